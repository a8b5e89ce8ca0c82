package io.gaitway.client.simulation;

import org.ejml.data.DMatrixRMaj;

/**
 * First derivatives of the dynamics at n knots that need not follow from each other, flat and
 * row-major, allocated once and refilled. Derivatives are of the discrete control step.
 *
 * <p>As those of an {@link Expansion}, arrays have methods of their name that copy a knot out.
 */
public final class Jacobians {
  /** Number of knots. */
  public final int n;

  /** Number of state entries. */
  public final int nx;

  /** Number of action entries. */
  public final int nu;

  /** ∂f/∂x, shape (n, nx, nx). */
  public final double[] fx;

  /** ∂f/∂u, shape (n, nx, nu). */
  public final double[] fu;

  /** Whether a knot's control step diverges, shape (n); its derivatives are then NaN. */
  public final boolean[] diverged;

  /**
   * Allocates Jacobians of zeros.
   *
   * @throws IllegalArgumentException if a size is negative, or there are no arrays of these sizes
   */
  public Jacobians(int n, int nx, int nu) {
    this.n = Sizes.require("n", n);
    this.nx = Sizes.require("nx", nx);
    this.nu = Sizes.require("nu", nu);
    fx = Sizes.array("fx", n, nx, nx);
    fu = Sizes.array("fu", n, nx, nu);
    diverged = new boolean[n];
  }

  /** ∂f/∂x at knot i, shape (nx, nx); a copy. */
  public DMatrixRMaj fx(int i) {
    return Matrices.copy(fx, i, n, nx, nx);
  }

  /** ∂f/∂x at knot i, copied into {@code out}, which takes shape (nx, nx). */
  public DMatrixRMaj fx(int i, DMatrixRMaj out) {
    return Matrices.copy(fx, i, n, nx, nx, out);
  }

  /** ∂f/∂u at knot i, shape (nx, nu); a copy. */
  public DMatrixRMaj fu(int i) {
    return Matrices.copy(fu, i, n, nx, nu);
  }

  /** ∂f/∂u at knot i, copied into {@code out}, which takes shape (nx, nu). */
  public DMatrixRMaj fu(int i, DMatrixRMaj out) {
    return Matrices.copy(fu, i, n, nx, nu, out);
  }
}
