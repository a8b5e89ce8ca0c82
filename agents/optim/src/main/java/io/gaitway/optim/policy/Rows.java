package io.gaitway.optim.policy;

import java.util.Arrays;

/**
 * Arithmetic on whole arrays of equal length. The loops begin at 0, index without offsets and write
 * to one array, which is what HotSpot makes vector instructions of; sums run over four at a time,
 * as loads and stores take longer than the arithmetic. The order of summation is fixed.
 *
 * <p>EJML's products take more than twice as long, as HotSpot makes no vector instructions of them:
 * rows hidden, normalEquations, gradient and curvature of the benchmark FitBenchmark.
 */
final class Rows {
  private Rows() {}

  /** a += factor b. */
  static void addScaled(double[] a, double factor, double[] b) {
    for (int n = 0; n < a.length; n++) {
      a[n] += factor * b[n];
    }
  }

  /** a += Σ_r factors[at + r] rows[r][block]. */
  static void addScaled(double[] a, double[] factors, int at, double[][][] rows, int block) {
    int r = 0;
    for (; r + 3 < rows.length; r += 4) {
      addScaled(
          a,
          factors[at + r],
          rows[r][block],
          factors[at + r + 1],
          rows[r + 1][block],
          factors[at + r + 2],
          rows[r + 2][block],
          factors[at + r + 3],
          rows[r + 3][block]);
    }
    for (; r < rows.length; r++) {
      addScaled(a, factors[at + r], rows[r][block]);
    }
  }

  /** a += f0 b0 + f1 b1 + f2 b2 + f3 b3; the b may be longer than a. */
  static void addScaled(
      double[] a,
      double f0,
      double[] b0,
      double f1,
      double[] b1,
      double f2,
      double[] b2,
      double f3,
      double[] b3) {
    for (int n = 0; n < a.length; n++) {
      a[n] += (f0 * b0[n] + f1 * b1[n]) + (f2 * b2[n] + f3 * b3[n]);
    }
  }

  /** a *= b, entry by entry. */
  static void multiply(double[] a, double[] b) {
    for (int n = 0; n < a.length; n++) {
      a[n] *= b[n];
    }
  }

  /**
   * Σ a b over all rows.
   *
   * @param scratch overwritten; as long as a row
   */
  static double dot(double[][] a, double[][] b, double[] scratch) {
    Arrays.fill(scratch, 0);
    int r = 0;
    for (; r + 1 < a.length; r += 2) {
      addProducts(scratch, a[r], b[r], a[r + 1], b[r + 1]);
    }
    if (r < a.length) {
      addProduct(scratch, a[r], b[r]);
    }
    return sum(scratch);
  }

  private static void addProducts(
      double[] sum, double[] a0, double[] b0, double[] a1, double[] b1) {
    for (int n = 0; n < sum.length; n++) {
      sum[n] += a0[n] * b0[n] + a1[n] * b1[n];
    }
  }

  private static void addProduct(double[] sum, double[] a, double[] b) {
    for (int n = 0; n < sum.length; n++) {
      sum[n] += a[n] * b[n];
    }
  }

  /**
   * The sum of all rows.
   *
   * @param scratch overwritten; as long as a row
   */
  static double sum(double[][] a, double[] scratch) {
    Arrays.fill(scratch, 0);
    for (double[] row : a) {
      addScaled(scratch, 1, row);
    }
    return sum(scratch);
  }

  /** The sum of a row. */
  static double sum(double[] a) {
    double s0 = 0;
    double s1 = 0;
    double s2 = 0;
    double s3 = 0;
    int n = 0;
    for (; n + 3 < a.length; n += 4) {
      s0 += a[n];
      s1 += a[n + 1];
      s2 += a[n + 2];
      s3 += a[n + 3];
    }
    for (; n < a.length; n++) {
      s0 += a[n];
    }
    return (s0 + s1) + (s2 + s3);
  }
}
