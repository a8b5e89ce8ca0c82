package io.gaitway.optim.policy;

import io.gaitway.optim.trajopt.Cholesky;

/**
 * Coordinates z of a policy's parameters, θ = θ_0 + L⁻ᵀ z, in which the Fisher information L Lᵀ of
 * a trajectory's actions is the identity: there a step of length 1 from θ_0 changes the
 * trajectories' distribution by half a nat, whatever the scales of the weights are (Amari, Natural
 * gradient works efficiently in learning, 1998).
 */
final class FisherCoordinates {
  /** Added to the information: relative to its diagonal, and absolutely for each action. */
  private static final double DAMPING = 1e-3;

  private static final double LEAST_INFORMATION = 1e-6;

  private final int n;
  private final double[] origin;
  private final double[] L;

  /**
   * Coordinates around a point.
   *
   * @param origin θ_0, shape (n)
   * @param information at θ_0, shape (n, n); overwritten
   * @param actions of a trajectory
   */
  FisherCoordinates(double[] origin, double[] information, int actions) {
    this.origin = origin;
    n = origin.length;
    L = information;
    for (int p = 0; p < n; p++) {
      L[p * n + p] = (1 + DAMPING) * L[p * n + p] + LEAST_INFORMATION * actions;
    }
    if (!Cholesky.factor(L, 0, n)) {
      throw new ArithmeticException("the policy's Fisher information is not finite");
    }
  }

  /** The parameters θ at z. */
  double[] parameters(double[] z) {
    double[] theta = z.clone();
    Cholesky.solveTransposed(L, n, theta);
    for (int p = 0; p < n; p++) {
      theta[p] += origin[p];
    }
    return theta;
  }

  /** A function of θ as one of z. */
  Lbfgs.Objective of(Lbfgs.Objective objective) {
    return (z, gradient) -> {
      double value = objective.evaluate(parameters(z), gradient);
      Cholesky.solveForward(L, 0, n, gradient);
      return value;
    };
  }
}
