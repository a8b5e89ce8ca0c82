package io.gaitway.optim.trajopt;

import org.ejml.data.DMatrixRMaj;

/**
 * Knots of flat arrays as matrices: copies, because a matrix of EJML begins where its array begins.
 */
final class Knots {
  private Knots() {}

  /**
   * Copies the matrix of knot t out of {@code values}.
   *
   * @param out filled; its shape says how large a knot is
   * @return {@code out}
   */
  static DMatrixRMaj load(double[] values, int t, DMatrixRMaj out) {
    int size = out.getNumElements();
    System.arraycopy(values, t * size, out.data, 0, size);
    return out;
  }

  /**
   * Copies the matrix of knot t into {@code values}.
   *
   * @param knot not modified; its shape says how large a knot is
   */
  static void store(DMatrixRMaj knot, double[] values, int t) {
    int size = knot.getNumElements();
    System.arraycopy(knot.data, 0, values, t * size, size);
  }
}
