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

  /** Allocates an expansion of zeros. */
  public Expansion(int T, int nx, int nu) {
    this.T = T;
    this.nx = nx;
    this.nu = nu;
    fx = new double[T * nx * nx];
    fu = new double[T * nx * nu];
    l = new double[T + 1];
    lx = new double[(T + 1) * nx];
    lu = new double[T * nu];
    lxx = new double[(T + 1) * nx * nx];
    lux = new double[T * nu * nx];
    luu = new double[T * nu * nu];
  }
}
