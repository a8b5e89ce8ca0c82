package io.gaitway.optim.policy;

import java.util.Arrays;

/**
 * Sums over samples of the products of a network's features: its outputs' inputs u = [1, a], and
 * the derivatives g = s_j [z, 1] of its activations a_j by the hidden weights and the bias, with s
 * the slopes and z the network's inputs.
 *
 * <p>A product of two g is that of a pair of slopes and a pair of inputs, and either pair may be
 * turned round. So half of the products are enough, and what a sample adds to them is the outer
 * product of its vectors of pairs.
 */
final class FeatureProducts {
  /** Samples that are added at once, as many as {@link Rows} adds in one pass. */
  private static final int GROUP = 4;

  private final int d;
  private final int h;

  /** Of each sample of a group: u; the slopes, and those times the weight. */
  private final double[][] u;

  private final double[][] slopes;
  private final double[][] weighted;

  /** And w u_k s_j at k h + j; [z, 1]; the pairs of these. */
  private final double[][] unitPairs;

  private final double[][] inputs;
  private final double[][] inputPairs;

  /** Σ w u_k u_r, lower triangle. */
  private final double[][] outputs;

  /** Σ w u_k s_j [z, 1]: first index the input, second k h + j. */
  private final double[][] mixed;

  /** Σ w s_j s_k times the pairs of inputs: first index the pair of units. */
  private final double[][] pairs;

  private double total;

  /**
   * No samples yet.
   *
   * @param d number of inputs
   * @param h number of hidden units
   */
  FeatureProducts(int d, int h) {
    this.d = d;
    this.h = h;
    u = new double[GROUP][h + 1];
    slopes = new double[GROUP][h];
    weighted = new double[GROUP][h];
    unitPairs = new double[GROUP][(h + 1) * h];
    inputs = new double[GROUP][d + 1];
    inputPairs = new double[GROUP][pair(d + 1, 0)];
    outputs = new double[h + 1][h + 1];
    mixed = new double[d + 1][(h + 1) * h];
    pairs = new double[pair(h, 0)][pair(d + 1, 0)];
  }

  /** The place of a pair among those of the lower triangle, row by row. */
  private static int pair(int i, int j) {
    return i < j ? pair(j, i) : i * (i + 1) / 2 + j;
  }

  /** Forgets all samples. */
  void clear() {
    total = 0;
    for (double[][] sums : new double[][][] {outputs, mixed, pairs}) {
      for (double[] row : sums) {
        Arrays.fill(row, 0);
      }
    }
  }

  /**
   * Adds a block of samples.
   *
   * @param b the block
   * @param weight w, by block and sample; four samples or a multiple of them in a block
   * @param Z inputs, by variable, block and sample
   * @param A activations, likewise
   * @param slope their derivatives, likewise
   */
  void add(int b, double[][] weight, double[][][] Z, double[][][] A, double[][][] slope) {
    total += Rows.sum(weight[b]);
    for (int at = 0; at < weight[b].length; at += GROUP) {
      for (int n = 0; n < GROUP; n++) {
        load(n, b, at + n, weight, Z, A, slope);
      }
      addGroup();
    }
  }

  private void load(
      int n, int b, int at, double[][] weight, double[][][] Z, double[][][] A, double[][][] slope) {
    double w = weight[b][at];
    u[n][0] = 1;
    for (int j = 0; j < h; j++) {
      u[n][1 + j] = A[j][b][at];
      slopes[n][j] = slope[j][b][at];
      weighted[n][j] = w * slopes[n][j];
    }
    for (int k = 0; k <= h; k++) {
      for (int r = 0; r <= k; r++) {
        outputs[k][r] += w * u[n][k] * u[n][r];
      }
      for (int j = 0; j < h; j++) {
        unitPairs[n][k * h + j] = weighted[n][j] * u[n][k];
      }
    }
    double[] z = inputs[n];
    for (int c = 0; c < d; c++) {
      z[c] = Z[c][b][at];
    }
    z[d] = 1;
    int p = 0;
    for (int c = 0; c <= d; c++) {
      for (int e = 0; e <= c; e++) {
        inputPairs[n][p++] = z[c] * z[e];
      }
    }
  }

  private void addGroup() {
    for (int c = 0; c <= d; c++) {
      Rows.addScaled(
          mixed[c],
          inputs[0][c],
          unitPairs[0],
          inputs[1][c],
          unitPairs[1],
          inputs[2][c],
          unitPairs[2],
          inputs[3][c],
          unitPairs[3]);
    }
    for (int j = 0; j < h; j++) {
      for (int k = 0; k <= j; k++) {
        Rows.addScaled(
            pairs[pair(j, k)],
            weighted[0][j] * slopes[0][k],
            inputPairs[0],
            weighted[1][j] * slopes[1][k],
            inputPairs[1],
            weighted[2][j] * slopes[2][k],
            inputPairs[2],
            weighted[3][j] * slopes[3][k],
            inputPairs[3]);
      }
    }
  }

  /** Σ w. */
  double total() {
    return total;
  }

  /** Σ w u_k u_r, r ≤ k. */
  double outputs(int k, int r) {
    return outputs[k][r];
  }

  /** Σ w u_k s_j [z, 1]_c. */
  double mixed(int k, int j, int c) {
    return mixed[c][k * h + j];
  }

  /** Σ w s_j [z, 1]_c s_k [z, 1]_e. */
  double derivatives(int j, int c, int k, int e) {
    return pairs[pair(j, k)][pair(c, e)];
  }
}
