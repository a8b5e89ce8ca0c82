package io.gaitway.optim.trajopt;

import io.gaitway.client.simulation.Jacobians;
import java.util.Arrays;

/**
 * Sums Σ_s F_sᵀ V F_s over the samples of a knot, F_s = [fx fu], where a sampled sweep spends its
 * time. The rows of V F_s are sums of whole rows of all samples, added four at a time: HotSpot
 * makes vector instructions of that loop. Rows are padded as in {@link QuadraticForm}. EJML takes
 * more than three times as long: benchmark {@code SampledProductsBenchmark}, rows {@code own} and
 * {@code ejml}.
 */
final class SampledProducts {
  /** Terms that one pass adds. */
  private static final int TERMS = 4;

  private final int nx;
  private final int nu;
  private final int S;

  /** Length of a sample's row. */
  private final int nz;

  /** Rows of F_s, those of V F_s: first index the row, then the sample, then the column. */
  private final double[][] F;

  private final double[][] W;

  /** A row of V, filled up with zeros. */
  private final double[] v;

  SampledProducts(int nx, int nu, int S, int nz) {
    this.nx = nx;
    this.nu = nu;
    this.S = S;
    this.nz = nz;
    int rows = (nx + TERMS - 1) / TERMS * TERMS;
    F = new double[rows][S * nz];
    W = new double[nx][S * nz];
    v = new double[rows];
  }

  /**
   * Adds the products of knot t's samples to the lower triangle of H.
   *
   * @param V symmetric, shape (nx, nx), its rows {@code nv} long
   * @param H shape (nz, nz)
   */
  void add(Jacobians samples, int t, double[] V, int nv, double[] H) {
    for (int s = 0; s < S; s++) {
      for (int i = 0; i < nx; i++) {
        int row = (t * S + s) * nx + i;
        System.arraycopy(samples.fx, row * nx, F[i], s * nz, nx);
        System.arraycopy(samples.fu, row * nu, F[i], s * nz + nx, nu);
      }
    }
    for (int i = 0; i < nx; i++) {
      System.arraycopy(V, i * nv, v, 0, nx);
      Arrays.fill(W[i], 0);
      for (int r = 0; r < v.length; r += TERMS) {
        addScaled(W[i], v[r], F[r], v[r + 1], F[r + 1], v[r + 2], F[r + 2], v[r + 3], F[r + 3]);
      }
    }
    for (int i = 0; i < nx; i++) {
      QuadraticForm.addLowerProducts(F[i], W[i], nz, nx + nu, S, H);
    }
  }

  private static void addScaled(
      double[] sum,
      double a,
      double[] A,
      double b,
      double[] B,
      double c,
      double[] C,
      double d,
      double[] D) {
    for (int n = 0; n < sum.length; n++) {
      sum[n] += a * A[n] + b * B[n] + c * C[n] + d * D[n];
    }
  }
}
