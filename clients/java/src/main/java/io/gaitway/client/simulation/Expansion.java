package io.gaitway.client.simulation;

import org.ejml.data.DMatrixRMaj;

/**
 * First derivatives of the dynamics and second-order expansion of the cost along a trajectory, flat
 * and row-major, allocated once and refilled. Derivatives are of the discrete control step.
 *
 * <p>The arrays are what a linearisation fills. Each has a method of its name that copies one knot
 * out of it as a matrix of EJML, new or given; a matrix does not follow when the expansion is
 * refilled. A knot that is not there is an {@link IllegalArgumentException}.
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

  /** ∂f/∂x at knot t, shape (nx, nx); a copy. */
  public DMatrixRMaj fx(int t) {
    return Matrices.copy(fx, t, T, nx, nx);
  }

  /** ∂f/∂x at knot t, copied into {@code out}, which takes shape (nx, nx). */
  public DMatrixRMaj fx(int t, DMatrixRMaj out) {
    return Matrices.copy(fx, t, T, nx, nx, out);
  }

  /** ∂f/∂u at knot t, shape (nx, nu); a copy. */
  public DMatrixRMaj fu(int t) {
    return Matrices.copy(fu, t, T, nx, nu);
  }

  /** ∂f/∂u at knot t, copied into {@code out}, which takes shape (nx, nu). */
  public DMatrixRMaj fu(int t, DMatrixRMaj out) {
    return Matrices.copy(fu, t, T, nx, nu, out);
  }

  /** ∂c/∂x at knot t, T for the terminal one, shape (nx, 1); a copy. */
  public DMatrixRMaj lx(int t) {
    return Matrices.copy(lx, t, T + 1, nx, 1);
  }

  /**
   * ∂c/∂x at knot t, T for the terminal one, copied into {@code out}, which takes shape (nx, 1).
   */
  public DMatrixRMaj lx(int t, DMatrixRMaj out) {
    return Matrices.copy(lx, t, T + 1, nx, 1, out);
  }

  /** ∂c/∂u at knot t, shape (nu, 1); a copy. */
  public DMatrixRMaj lu(int t) {
    return Matrices.copy(lu, t, T, nu, 1);
  }

  /** ∂c/∂u at knot t, copied into {@code out}, which takes shape (nu, 1). */
  public DMatrixRMaj lu(int t, DMatrixRMaj out) {
    return Matrices.copy(lu, t, T, nu, 1, out);
  }

  /** ∂²c/∂x² at knot t, T for the terminal one, shape (nx, nx); a copy. */
  public DMatrixRMaj lxx(int t) {
    return Matrices.copy(lxx, t, T + 1, nx, nx);
  }

  /**
   * ∂²c/∂x² at knot t, T for the terminal one, copied into {@code out}, which takes shape (nx, nx).
   */
  public DMatrixRMaj lxx(int t, DMatrixRMaj out) {
    return Matrices.copy(lxx, t, T + 1, nx, nx, out);
  }

  /** ∂²c/∂u∂x at knot t, shape (nu, nx); a copy. */
  public DMatrixRMaj lux(int t) {
    return Matrices.copy(lux, t, T, nu, nx);
  }

  /** ∂²c/∂u∂x at knot t, copied into {@code out}, which takes shape (nu, nx). */
  public DMatrixRMaj lux(int t, DMatrixRMaj out) {
    return Matrices.copy(lux, t, T, nu, nx, out);
  }

  /** ∂²c/∂u² at knot t, shape (nu, nu); a copy. */
  public DMatrixRMaj luu(int t) {
    return Matrices.copy(luu, t, T, nu, nu);
  }

  /** ∂²c/∂u² at knot t, copied into {@code out}, which takes shape (nu, nu). */
  public DMatrixRMaj luu(int t, DMatrixRMaj out) {
    return Matrices.copy(luu, t, T, nu, nu, out);
  }
}
