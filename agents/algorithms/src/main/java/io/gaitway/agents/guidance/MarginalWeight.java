package io.gaitway.agents.guidance;

import io.gaitway.optim.trajopt.Cholesky;
import io.gaitway.optim.trajopt.GaussianTrajectory;
import java.util.Arrays;

/**
 * The density of a state in q's marginal, relative to that of the marginal's mean: exp(−½ d²/τ)
 * with d² = (x − x̂_t)ᵀ Σ_t⁻¹ (x − x̂_t). Relative, because densities themselves have different
 * units at different control steps, as it were: where the tube is narrow they would outweigh all
 * others.
 */
public final class MarginalWeight implements Visits.Weight {
  /** Added in quadrature to the deviations, rad, m, rad/s or m/s: Σ may be singular. */
  private static final double LEAST_STD = 0.01;

  /** What is added to each variance, relative to it, where round-off has made Σ indefinite. */
  private static final double FIRST_JITTER = 1e-12;

  private static final double JITTER_FACTOR = 100;

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
    L = q.Sigma.clone();
    for (int t = 0; t <= q.T; t++) {
      factor(t);
    }
  }

  /**
   * Replaces Σ_t by its factor. Where q is unstable, variances differ by so many orders of
   * magnitude that the least ones are round-off of the largest; the narrowest directions are then
   * widened.
   */
  private void factor(int t) {
    int nx = q.nx;
    int at = t * nx * nx;
    for (int i = 0; i < nx; i++) {
      L[at + i * nx + i] += LEAST_STD * LEAST_STD;
    }
    double[] Sigma = Arrays.copyOfRange(L, at, at + nx * nx);
    for (double jitter = FIRST_JITTER; !Cholesky.factor(L, at, nx); jitter *= JITTER_FACTOR) {
      System.arraycopy(Sigma, 0, L, at, nx * nx);
      for (int i = 0; i < nx; i++) {
        L[at + i * nx + i] *= 1 + jitter;
      }
      if (!Double.isFinite(jitter)) {
        throw new ArithmeticException("the marginal of knot " + t + " is not finite");
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
