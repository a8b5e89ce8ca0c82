package io.gaitway.sim.task;

/**
 * Value and derivatives of one control step and its cost at one knot (x, u), row-major. Derivatives
 * are of the whole discrete step, through integrator and substeps.
 */
public final class Linearization {
  /** Next state f(x, u), shape (nx). */
  public final double[] xNext;

  /** ∂f/∂x, shape (nx, nx). */
  public final double[] fx;

  /** ∂f/∂u, shape (nx, nu). */
  public final double[] fu;

  /** Cost c(x, u). */
  public double l;

  /** ∂c/∂x, shape (nx). */
  public final double[] lx;

  /** ∂c/∂u, shape (nu). */
  public final double[] lu;

  /** ∂²c/∂x², shape (nx, nx). */
  public final double[] lxx;

  /** ∂²c/∂u∂x, shape (nu, nx). */
  public final double[] lux;

  /** ∂²c/∂u², shape (nu, nu). */
  public final double[] luu;

  /** Allocates for a system with {@code nx} states and {@code nu} actions. */
  public Linearization(int nx, int nu) {
    xNext = new double[nx];
    fx = new double[nx * nx];
    fu = new double[nx * nu];
    lx = new double[nx];
    lu = new double[nu];
    lxx = new double[nx * nx];
    lux = new double[nu * nx];
    luu = new double[nu * nu];
  }
}
