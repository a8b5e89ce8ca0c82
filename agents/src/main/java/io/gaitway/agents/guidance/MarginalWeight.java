package io.gaitway.agents.guidance;

import io.gaitway.agents.trajopt.Cholesky;
import io.gaitway.agents.trajopt.GaussianTrajectory;

/**
 * The density of a state in q's marginal, relative to that of the marginal's mean: exp(−½ d²/τ)
 * with d² = (x − x̂_t)ᵀ Σ_t⁻¹ (x − x̂_t). Relative, because densities themselves have different
 * units at different control steps, as it were: where the tube is narrow they would outweigh all
 * others.
 */
public final class MarginalWeight implements Visits.Weight {
  /** Added in quadrature to the deviations, rad, m, rad/s or m/s: Σ may be singular. */
  private static final double LEAST_STD = 0.01;

  private final GaussianTrajectory q;
  private final double temperature;
  private final double[] L;

  /**
   * The weight.
   *
   * @param temperature τ, positive; 1 for the density itself
   */
  public MarginalWeight(GaussianTrajectory q, double temperature) {
    this.q = q;
    this.temperature = temperature;
    int nx = q.nx;
    L = q.Sigma.clone();
    for (int t = 0; t <= q.T; t++) {
      for (int i = 0; i < nx; i++) {
        L[(t * nx + i) * nx + i] += LEAST_STD * LEAST_STD;
      }
      if (!Cholesky.factor(L, t * nx * nx, nx)) {
        throw new ArithmeticException("the marginal of knot " + t + " is not positive definite");
      }
    }
  }

  @Override
  public double log(int t, double[] xs, int at) {
    int nx = q.nx;
    double[] offset = new double[nx];
    for (int i = 0; i < nx; i++) {
      offset[i] = xs[at + i] - q.xs[t * nx + i];
    }
    return -0.5 * Cholesky.squaredNorm(L, t * nx * nx, nx, offset) / temperature;
  }
}
