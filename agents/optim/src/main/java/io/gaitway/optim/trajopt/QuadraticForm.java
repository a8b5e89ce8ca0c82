package io.gaitway.optim.trajopt;

import io.gaitway.client.simulation.Expansion;
import io.gaitway.client.simulation.Jacobians;
import java.util.Arrays;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.jspecify.annotations.Nullable;

/**
 * The quadratic model of one knot's cost-to-go in z = [x; u]: H = lzz + Fᵀ Vxx' F and g = lz + Fᵀ
 * Vx' with F = [fx fu]; or H = lzz + (1/S) Σ_s F_sᵀ Vxx' F_s over S samples of F, see {@link
 * SampledFeedback}.
 *
 * <p>This is where a Riccati sweep spends its time. Rows are padded to a multiple of four columns,
 * so that one kernel, computing 2 × 4 entries of Aᵀ B in registers, does both products; of H only
 * the blocks that touch the lower triangle are computed. EJML takes 1.4 times as long for a swimmer
 * and 1.7 times for a walker: benchmark {@code QuadraticFormBenchmark}, rows {@code own} and {@code
 * ejml}.
 */
final class QuadraticForm {
  private static final int BLOCK = 4;

  private final int nx;
  private final int nu;

  /** Row lengths of V and of F, W, H. */
  private final int nv;

  private final int nz;
  private final double[] V;
  private final double[] F;
  private final double[] W;
  private final double[] H;
  private final double[] g;
  private final int S;
  private final @Nullable SampledProducts sampled;

  /**
   * Allocates.
   *
   * @param S number of samples of F; 0 for none
   */
  QuadraticForm(int nx, int nu, int S) {
    this.nx = nx;
    this.nu = nu;
    this.S = S;
    nv = pad(nx);
    nz = pad(nx + nu);
    V = new double[nx * nv];
    F = new double[nx * nz];
    W = new double[nv * nz];
    H = new double[nz * nz];
    g = new double[nz];
    sampled = S == 0 ? null : new SampledProducts(nx, nu, S, nz);
  }

  private static int pad(int n) {
    return (n + BLOCK - 1) / BLOCK * BLOCK;
  }

  /** Forms g and the lower triangle of H at knot t from the value function at knot t + 1. */
  void propagate(Expansion e, int t, double[] Vx, double[] Vxx) {
    load(e, t, Vxx);
    Arrays.fill(W, 0);
    for (int i = 0; i < nx; i += 2) {
      for (int j = 0; j < nz; j += BLOCK) {
        addBlock(V, nv, i, F, nz, j, W, nx);
      }
    }
    addLowerProducts(F, W, nz, nx + nu, nx, H);
    cost(e, t, Vx, 1);
  }

  /** The same with the mean over the samples S t to S t + S − 1 of F in the quadratic term. */
  void propagate(Expansion e, Jacobians samples, int t, double[] Vx, double[] Vxx) {
    if (sampled == null) {
      throw new IllegalStateException("there is no room for samples");
    }
    load(e, t, Vxx);
    sampled.add(samples, t, V, nv, H);
    cost(e, t, Vx, 1.0 / S);
  }

  private void load(Expansion e, int t, double[] Vxx) {
    for (int i = 0; i < nx; i++) {
      System.arraycopy(Vxx, ((t + 1) * nx + i) * nx, V, i * nv, nx);
      System.arraycopy(e.fx, (t * nx + i) * nx, F, i * nz, nx);
      System.arraycopy(e.fu, (t * nx + i) * nu, F, i * nz + nx, nu);
    }
    Arrays.fill(H, 0);
  }

  /**
   * Adds the blocks of Aᵀ B that touch the lower triangle to C.
   *
   * @param nc length of the rows of A, B and C
   * @param rows of C that are wanted
   * @param n number of rows of A and B
   */
  static void addLowerProducts(double[] A, double[] B, int nc, int rows, int n, double[] C) {
    for (int i = 0; i < rows; i += 2) {
      for (int j = 0; j <= i + 1; j += BLOCK) {
        addBlock(A, nc, i, B, nc, j, C, n);
      }
    }
  }

  /**
   * Adds rows i, i + 1 and columns j … j + 3 of Aᵀ B to those of C.
   *
   * @param n number of rows of A and B
   */
  private static void addBlock(
      double[] A, int na, int i, double[] B, int nb, int j, double[] C, int n) {
    double c00 = 0;
    double c01 = 0;
    double c02 = 0;
    double c03 = 0;
    double c10 = 0;
    double c11 = 0;
    double c12 = 0;
    double c13 = 0;
    int a = i;
    int b = j;
    for (int r = 0; r < n; r++) {
      double a0 = A[a];
      double a1 = A[a + 1];
      double b0 = B[b];
      double b1 = B[b + 1];
      double b2 = B[b + 2];
      double b3 = B[b + 3];
      c00 += a0 * b0;
      c01 += a0 * b1;
      c02 += a0 * b2;
      c03 += a0 * b3;
      c10 += a1 * b0;
      c11 += a1 * b1;
      c12 += a1 * b2;
      c13 += a1 * b3;
      a += na;
      b += nb;
    }
    int c = i * nb + j;
    C[c] += c00;
    C[c + 1] += c01;
    C[c + 2] += c02;
    C[c + 3] += c03;
    C[c + nb] += c10;
    C[c + nb + 1] += c11;
    C[c + nb + 2] += c12;
    C[c + nb + 3] += c13;
  }

  /** Forms g of the F loaded at row 0, and lzz + share H. */
  private void cost(Expansion e, int t, double[] Vx, double share) {
    System.arraycopy(e.lx, t * nx, g, 0, nx);
    System.arraycopy(e.lu, t * nu, g, nx, nu);
    for (int r = 0; r < nx; r++) {
      double v = Vx[(t + 1) * nx + r];
      for (int j = 0; j < nz; j++) {
        g[j] += v * F[r * nz + j];
      }
    }
    for (int i = 0; i < nx; i++) {
      int row = (t * nx + i) * nx;
      for (int j = 0; j <= i; j++) {
        H[i * nz + j] = share * H[i * nz + j] + e.lxx[row + j];
      }
    }
    for (int i = 0; i < nu; i++) {
      int at = (nx + i) * nz;
      for (int j = 0; j < nx; j++) {
        H[at + j] = share * H[at + j] + e.lux[(t * nu + i) * nx + j];
      }
      for (int j = 0; j <= i; j++) {
        H[at + nx + j] = share * H[at + nx + j] + e.luu[(t * nu + i) * nu + j];
      }
    }
  }

  /**
   * Copies the parts of g and H.
   *
   * @param Qx shape (nx, 1)
   * @param Qu shape (nu, 1)
   * @param Qxx shape (nx, nx); only its lower triangle is that of H
   * @param Qux shape (nu, nx)
   * @param Quu shape (nu, nu); symmetric to the bit
   */
  void read(DMatrixRMaj Qx, DMatrixRMaj Qu, DMatrixRMaj Qxx, DMatrixRMaj Qux, DMatrixRMaj Quu) {
    System.arraycopy(g, 0, Qx.data, 0, nx);
    System.arraycopy(g, nx, Qu.data, 0, nu);
    for (int i = 0; i < nx; i++) {
      System.arraycopy(H, i * nz, Qxx.data, i * nx, nx);
    }
    for (int i = 0; i < nu; i++) {
      System.arraycopy(H, (nx + i) * nz, Qux.data, i * nx, nx);
      System.arraycopy(H, (nx + i) * nz + nx, Quu.data, i * nu, nu);
    }
    CommonOps_DDRM.symmLowerToFull(Quu);
  }
}
