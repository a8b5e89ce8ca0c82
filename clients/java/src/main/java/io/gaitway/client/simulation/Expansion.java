package io.gaitway.client.simulation;

/**
 * First derivatives of the dynamics and second-order expansion of the cost along a trajectory, flat
 * and row-major, allocated once and refilled. Derivatives are of the discrete control step.
 */
public final class Expansion {
  /** Number of control steps. */
  public final int T;

  /** Number of state entries. */
  public final int nx;

  /** Number of action entries. */
  public final int nu;

  /** ∂f/∂x, shape (T, nx, nx). */
  public final double[] fx;

  /** ∂f/∂u, shape (T, nx, nu). */
  public final double[] fu;

  /** Costs, running then terminal, shape (T + 1). */
  public final double[] l;

  /** ∂c/∂x, terminal last, shape (T + 1, nx). */
  public final double[] lx;

  /** ∂c/∂u, shape (T, nu). */
  public final double[] lu;

  /** ∂²c/∂x², terminal last, shape (T + 1, nx, nx). */
  public final double[] lxx;

  /** ∂²c/∂u∂x, shape (T, nu, nx). */
  public final double[] lux;

  /** ∂²c/∂u², shape (T, nu, nu). */
  public final double[] luu;

  /**
   * Allocates an expansion of zeros.
   *
   * @throws IllegalArgumentException if a size is negative, or there are no arrays of these sizes
   */
  public Expansion(int T, int nx, int nu) {
    this.T = Sizes.require("T", T);
    this.nx = Sizes.require("nx", nx);
    this.nu = Sizes.require("nu", nu);
    fx = Sizes.array("fx", T, nx, nx);
    fu = Sizes.array("fu", T, nx, nu);
    l = Sizes.array("l", T + 1L);
    lx = Sizes.array("lx", T + 1L, nx);
    lu = Sizes.array("lu", T, nu);
    lxx = Sizes.array("lxx", T + 1L, nx, nx);
    lux = Sizes.array("lux", T, nu, nx);
    luu = Sizes.array("luu", T, nu, nu);
  }
}
