package io.gaitway.sim.task;

import io.gaitway.sim.dynamics.ControlStep;

/**
 * The derivatives of a cost c(x, u) = g(x, u, f(x, u)) that depends on the control step f. With F =
 * ∂(x, u, f)/∂(x, u), they are ∇c = Fᵀ ∇g and ∂²c = Fᵀ ∂²g F + ∂²(λᵀ f) with λ = ∂g/∂f; the
 * Gauss–Newton Hessian leaves the last term out. Scratch of one thread.
 */
final class DisplacedCost {
  private final Objective objective;
  private final ControlStep.Data step;
  private final int nx;
  private final int nz;

  /** ∇g, shape (nz + nx), and ∂²g. */
  private final double[] gradient;

  private final double[] hessian;

  /** F's lower rows [f_x f_u], shape (nx, nz). */
  private final double[] moved;

  private final double[] lambda;
  private final double[] half;
  private final double[] whole;
  private final double[] curvature;

  /** Allocates. */
  DisplacedCost(Objective objective, ControlStep.Data step, int nx, int nu) {
    this.objective = objective;
    this.step = step;
    this.nx = nx;
    nz = nx + nu;
    gradient = new double[nz + nx];
    hessian = new double[(nz + nx) * (nz + nx)];
    moved = new double[nx * nz];
    lambda = new double[nx];
    half = new double[(nz + nx) * nz];
    whole = new double[nz * nz];
    curvature = new double[nz * nz];
  }

  /**
   * Writes the cost and its derivatives.
   *
   * @param memory of the objective. Modified.
   * @param out with next state, f_x and f_u of the knot; its cost's part is modified
   * @return whether second derivatives of the step are finite
   */
  boolean differentiate(
      double[] memory,
      double[] x,
      int xAt,
      double[] u,
      int uAt,
      CostHessian kind,
      Linearization out) {
    int nu = nz - nx;
    out.l = objective.differentiate(memory, x, xAt, u, uAt, out.xNext, kind, gradient, hessian);
    System.arraycopy(gradient, nz, lambda, 0, nx);
    for (int i = 0; i < nx; i++) {
      System.arraycopy(out.fx, i * nx, moved, i * nz, nx);
      System.arraycopy(out.fu, i * nu, moved, i * nz + nx, nu);
    }
    for (int j = 0; j < nz; j++) {
      double slope = gradient[j];
      for (int i = 0; i < nx; i++) {
        slope += lambda[i] * moved[i * nz + j];
      }
      if (j < nx) {
        out.lx[j] = slope;
      } else {
        out.lu[j - nx] = slope;
      }
    }
    multiply();
    if (kind == CostHessian.EXACT) {
      if (!step.curvature(x, xAt, u, uAt, lambda, 0, curvature)) {
        return false;
      }
      for (int i = 0; i < whole.length; i++) {
        whole[i] += curvature[i];
      }
    }
    for (int i = 0; i < nz; i++) {
      if (i < nx) {
        System.arraycopy(whole, i * nz, out.lxx, i * nx, nx);
      } else {
        System.arraycopy(whole, i * nz, out.lux, (i - nx) * nx, nx);
        System.arraycopy(whole, i * nz + nx, out.luu, (i - nx) * nu, nu);
      }
    }
    return true;
  }

  /** Fᵀ ∂²g F. Modified: {@code half}, {@code whole}. */
  private void multiply() {
    int n = nz + nx;
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < nz; j++) {
        double sum = hessian[i * n + j];
        for (int k = 0; k < nx; k++) {
          sum += hessian[i * n + nz + k] * moved[k * nz + j];
        }
        half[i * nz + j] = sum;
      }
    }
    for (int i = 0; i < nz; i++) {
      for (int j = 0; j < nz; j++) {
        double sum = half[i * nz + j];
        for (int k = 0; k < nx; k++) {
          sum += moved[k * nz + i] * half[(nz + k) * nz + j];
        }
        whole[i * nz + j] = sum;
      }
    }
  }
}
