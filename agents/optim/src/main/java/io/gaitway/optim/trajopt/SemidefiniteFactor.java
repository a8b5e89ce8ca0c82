package io.gaitway.optim.trajopt;

import org.ejml.data.DMatrixRMaj;

/**
 * The lower factor L of a positive semidefinite matrix L Lᵀ, which may be singular, of the matrix's
 * rank.
 *
 * <p>EJML's Cholesky decomposition refuses singular matrices, and its symmetric eigendecomposition
 * takes five times as long: benchmark {@code SemidefiniteFactorBenchmark}, rows {@code own} and
 * {@code ejml}.
 */
final class SemidefiniteFactor {
  /** Pivots below this fraction of the diagonal entry count as zero. */
  private static final double RANK_TOLERANCE = 1e-12;

  private SemidefiniteFactor() {}

  /**
   * Replaces a matrix by its factor. A column whose pivot is zero to round-off becomes zero, so
   * that the factor spans the matrix's range.
   *
   * @param A symmetric, shape (n, n); only its lower triangle is read
   */
  static void factor(DMatrixRMaj A) {
    int n = A.numRows;
    double[] L = A.data;
    for (int j = 0; j < n; j++) {
      int rowJ = j * n;
      double diagonal = L[rowJ + j];
      double pivot = diagonal;
      for (int r = 0; r < j; r++) {
        pivot -= L[rowJ + r] * L[rowJ + r];
      }
      boolean independent = pivot > RANK_TOLERANCE * diagonal;
      double root = independent ? Math.sqrt(pivot) : 0;
      L[rowJ + j] = root;
      for (int i = j + 1; i < n; i++) {
        int rowI = i * n;
        double sum = L[rowI + j];
        for (int r = 0; r < j; r++) {
          sum -= L[rowI + r] * L[rowJ + r];
        }
        L[rowI + j] = independent ? sum / root : 0;
        L[rowJ + i] = 0;
      }
    }
  }
}
