package io.gaitway.sim.dynamics;

import java.util.Arrays;

/**
 * Second derivatives of λᵀ f of a control step f, made of integrator steps x_{s+1} = φ(x_s, u):
 * with Z_s the derivative of (x_s, u) by (x_0, u), and λ_s = φ_xᵀ λ_{s+1} from λ at the end,
 *
 * <pre>
 *   ∂²(λᵀ f) = Σ_s Z_sᵀ ∂²(λ_{s+1}ᵀ φ)(x_s, u) Z_s
 * </pre>
 *
 * <p>Belongs to one thread.
 */
final class CurvatureSweep {
  private final ImplicitStep.Data data;
  private final int substeps;
  private final int nx;
  private final int nu;
  private final int nz;
  private final double[][] states;
  private final double[][] byState;
  private final double[][] byTorque;

  /** Z_s, shape (nz, nz) each. */
  private final double[][] moved;

  private final double[] weights;
  private final double[] earlier;
  private final double[] own;
  private final double[] half;

  /** Allocates. */
  CurvatureSweep(ImplicitStep.Data data, int substeps, int nv, int nu) {
    this.data = data;
    this.substeps = substeps;
    this.nu = nu;
    nx = 2 * nv;
    nz = nx + nu;
    states = new double[substeps][nx];
    byState = new double[substeps][nx * nx];
    byTorque = new double[substeps][nx * nu];
    moved = new double[substeps][nz * nz];
    weights = new double[nx];
    earlier = new double[nx];
    own = new double[nz * nz];
    half = new double[nz * nz];
  }

  /** See {@link ControlStep.Data#curvature}. */
  boolean sweep(double[] x, int xAt, double[] u, int uAt, double[] lambda, double[] out) {
    data.set(x, xAt, u, uAt);
    for (int s = 0; s < substeps; s++) {
      data.get(states[s], 0);
      if (!data.advanceAndDifferentiate(byState[s], byTorque[s])) {
        return false;
      }
      move(s);
    }
    System.arraycopy(lambda, 0, weights, 0, nx);
    Arrays.fill(out, 0, nz * nz, 0);
    for (int s = substeps - 1; s >= 0; s--) {
      data.set(states[s], 0, u, uAt);
      if (!data.curvature(weights, own)) {
        return false;
      }
      addCongruent(moved[s], out);
      Arrays.fill(earlier, 0);
      for (int i = 0; i < nx; i++) {
        ControlStep.addScaledRow(weights[i], byState[s], i, earlier, 0, nx);
      }
      System.arraycopy(earlier, 0, weights, 0, nx);
    }
    return true;
  }

  /** Fills Z_s from Z_{s−1}. */
  private void move(int s) {
    Arrays.fill(moved[s], 0);
    for (int k = s == 0 ? 0 : nx; k < nz; k++) {
      moved[s][k * nz + k] = 1;
    }
    for (int i = 0; i < nx && s > 0; i++) {
      for (int k = 0; k < nx; k++) {
        double byEntry = byState[s - 1][i * nx + k];
        ControlStep.addScaledRow(byEntry, moved[s - 1], k, moved[s], i, nz);
      }
      for (int k = 0; k < nu; k++) {
        moved[s][i * nz + nx + k] += byTorque[s - 1][i * nu + k];
      }
    }
  }

  /** Adds Zᵀ H Z with H = {@code own}. Modified: {@code out}. */
  private void addCongruent(double[] z, double[] out) {
    Arrays.fill(half, 0);
    for (int i = 0; i < nz; i++) {
      for (int k = 0; k < nz; k++) {
        ControlStep.addScaledRow(own[i * nz + k], z, k, half, i, nz);
      }
    }
    for (int i = 0; i < nz; i++) {
      for (int k = 0; k < nz; k++) {
        ControlStep.addScaledRow(z[k * nz + i], half, k, out, i, nz);
      }
    }
  }
}
