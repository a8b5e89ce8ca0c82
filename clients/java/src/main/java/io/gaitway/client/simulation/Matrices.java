package io.gaitway.client.simulation;

import org.ejml.data.DMatrixRMaj;

/**
 * Blocks of flat arrays as matrices. They are copies: EJML's matrices begin with their array, and a
 * block does not.
 */
final class Matrices {
  private Matrices() {}

  /**
   * Copies a block into a matrix.
   *
   * @param t number of the block
   * @param blocks number of blocks in the array
   * @param out filled; reshaped to (rows, columns)
   * @return {@code out}
   * @throws IllegalArgumentException if there is no such block
   */
  static DMatrixRMaj copy(
      double[] array, int t, int blocks, int rows, int columns, DMatrixRMaj out) {
    if (t < 0 || t >= blocks) {
      throw new IllegalArgumentException(
          blocks == 0
              ? "t is %d, but there are no control steps".formatted(t)
              : "t must be between 0 and %d, but is %d".formatted(blocks - 1, t));
    }
    out.reshape(rows, columns);
    System.arraycopy(array, t * rows * columns, out.data, 0, rows * columns);
    return out;
  }

  /** Copies a block into a new matrix. */
  static DMatrixRMaj copy(double[] array, int t, int blocks, int rows, int columns) {
    return copy(array, t, blocks, rows, columns, new DMatrixRMaj(rows, columns));
  }
}
