package io.gaitway.client.simulation;

/**
 * Single control steps from n knots that need not follow from each other, flat and row-major,
 * allocated once and refilled.
 */
public final class Transitions {
  /** Number of knots. */
  public final int n;

  /** Number of state entries. */
  public final int nx;

  /** Next states f(x, u), shape (n, nx). */
  public final double[] next;

  /** Running costs c(x, u), shape (n). */
  public final double[] costs;

  /** Whether the task's failure condition holds in the next state, shape (n). */
  public final boolean[] terminated;

  /** Whether a knot's control step diverges, shape (n); its next state and cost are then NaN. */
  public final boolean[] diverged;

  /**
   * Allocates transitions of zeros.
   *
   * @throws IllegalArgumentException if a size is negative, or there are no arrays of these sizes
   */
  public Transitions(int n, int nx) {
    this.n = Sizes.require("n", n);
    this.nx = Sizes.require("nx", nx);
    next = Sizes.array("next", n, nx);
    costs = Sizes.array("costs", n);
    terminated = new boolean[n];
    diverged = new boolean[n];
  }
}
