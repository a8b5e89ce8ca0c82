package io.gaitway.client.simulation;

import org.ejml.data.DMatrixRMaj;

/**
 * States, actions and costs over T control steps, flat and row-major. The arrays are the
 * trajectory: they are shared, not copied.
 */
public final class Trajectory {
  /** Number of control steps. */
  public final int T;

  /** Number of state entries. */
  public final int nx;

  /** Number of action entries. */
  public final int nu;

  /** States, shape (T + 1, nx). */
  public final double[] xs;

  /** Actions as applied, shape (T, nu). */
  public final double[] us;

  /** Running costs c(x_t, u_t), then the terminal cost; shape (T + 1). */
  public final double[] costs;

  /**
   * Allocates a trajectory of zeros.
   *
   * @throws IllegalArgumentException if a size is negative, or there are no arrays of these sizes
   */
  public Trajectory(int T, int nx, int nu) {
    this.T = Sizes.require("T", T);
    this.nx = Sizes.require("nx", nx);
    this.nu = Sizes.require("nu", nu);
    xs = Sizes.array("xs", T + 1L, nx);
    us = Sizes.array("us", T, nu);
    costs = Sizes.array("costs", T + 1L);
  }

  /** State t, from 0 to T, shape (nx, 1); a copy. */
  public DMatrixRMaj x(int t) {
    return Matrices.copy(xs, t, T + 1, nx, 1);
  }

  /** Action t, from 0 to T − 1, shape (nu, 1); a copy. */
  public DMatrixRMaj u(int t) {
    return Matrices.copy(us, t, T, nu, 1);
  }

  /** Sum of the running costs and the terminal cost. */
  public double totalCost() {
    return cost(T) + costs[T];
  }

  /**
   * Sum of the running costs of the first {@code steps} steps.
   *
   * @throws IllegalArgumentException if there are not as many steps
   */
  public double cost(int steps) {
    Sizes.requireSteps(steps, T);
    double sum = 0;
    for (int t = 0; t < steps; t++) {
      sum += costs[t];
    }
    return sum;
  }
}
