package io.gaitway.optim.trajopt;

/** Cholesky factorisations of small symmetric matrices inside flat row-major arrays. */
public final class Cholesky {
  private Cholesky() {}

  /**
   * Replaces the symmetric (n, n) matrix at {@code at} by its lower factor; entries above the
   * diagonal become 0.
   *
   * @return whether the matrix is positive definite and finite; if not, its entries are unspecified
   */
  public static boolean factor(double[] A, int at, int n) {
    for (int j = 0; j < n; j++) {
      int rowJ = at + j * n;
      double pivot = A[rowJ + j];
      for (int r = 0; r < j; r++) {
        pivot -= A[rowJ + r] * A[rowJ + r];
      }
      if (!(pivot > 0 && pivot < Double.POSITIVE_INFINITY)) {
        return false;
      }
      double root = Math.sqrt(pivot);
      A[rowJ + j] = root;
      for (int i = j + 1; i < n; i++) {
        int rowI = at + i * n;
        double sum = A[rowI + j];
        for (int r = 0; r < j; r++) {
          sum -= A[rowI + r] * A[rowJ + r];
        }
        A[rowI + j] = sum / root;
        A[rowJ + i] = 0;
      }
    }
    return true;
  }

  /**
   * Solves L Lᵀ X = B in place.
   *
   * @param L lower factor at {@code at}, shape (n, n); not modified
   * @param B right-hand sides at {@code b}, shape (n, columns); overwritten by X
   */
  public static void solve(double[] L, int at, int n, double[] B, int b, int columns) {
    for (int i = 0; i < n; i++) {
      for (int r = 0; r < i; r++) {
        subtract(B, b + i * columns, L[at + i * n + r], b + r * columns, columns);
      }
      divide(B, b + i * columns, L[at + i * n + i], columns);
    }
    for (int i = n - 1; i >= 0; i--) {
      for (int r = i + 1; r < n; r++) {
        subtract(B, b + i * columns, L[at + r * n + i], b + r * columns, columns);
      }
      divide(B, b + i * columns, L[at + i * n + i], columns);
    }
  }

  /**
   * Replaces r by L⁻¹ r.
   *
   * @param L lower factor at {@code at}, shape (n, n); not modified
   * @param r shape (n)
   */
  public static void solveForward(double[] L, int at, int n, double[] r) {
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < i; j++) {
        r[i] -= L[at + i * n + j] * r[j];
      }
      r[i] /= L[at + i * n + i];
    }
  }

  /**
   * Replaces r by L⁻ᵀ r.
   *
   * @param L lower factor, shape (n, n); not modified
   * @param r shape (n)
   */
  public static void solveTransposed(double[] L, int n, double[] r) {
    for (int i = n - 1; i >= 0; i--) {
      r[i] /= L[i * n + i];
      for (int j = 0; j < i; j++) {
        r[j] -= L[i * n + j] * r[i];
      }
    }
  }

  private static void subtract(double[] B, int row, double factor, int from, int columns) {
    for (int c = 0; c < columns; c++) {
      B[row + c] -= factor * B[from + c];
    }
  }

  private static void divide(double[] B, int row, double divisor, int columns) {
    double inverse = 1 / divisor;
    for (int c = 0; c < columns; c++) {
      B[row + c] *= inverse;
    }
  }
}
