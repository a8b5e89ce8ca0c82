package io.gaitway.optim.policy;

import java.util.Arrays;
import java.util.List;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;

/**
 * The affine change of variables that gives inputs and targets of a set of samples weighted mean 0
 * and deviation 1, and what it does to a network's weights. A constant entry is only shifted.
 */
final class Standardization {
  private static final double CONSTANT = 1e-10;

  final int d;
  final int m;
  final double[] inMean;
  final double[] inStd;
  final double[] outMean;
  final double[] outStd;

  Standardization(PolicySamples samples) {
    d = samples.d;
    m = samples.m;
    inMean = new double[d];
    inStd = new double[d];
    outMean = new double[m];
    outStd = new double[m];
    moments(samples, samples.x, inMean, inStd);
    moments(samples, samples.target, outMean, outStd);
  }

  private static void moments(PolicySamples samples, double[] values, double[] mean, double[] std) {
    int N = samples.size();
    int columns = mean.length;
    DMatrixRMaj squares = DMatrixRMaj.wrap(N, columns, Arrays.copyOf(values, N * columns));
    DMatrixRMaj weights = DMatrixRMaj.wrap(N, 1, samples.weights());
    double total = CommonOps_DDRM.elementSum(weights);
    DMatrixRMaj sums = CommonOps_DDRM.multTransA(squares, weights, new DMatrixRMaj(columns, 1));
    CommonOps_DDRM.divide(sums, total);
    System.arraycopy(sums.data, 0, mean, 0, columns);
    for (int n = 0; n < N * columns; n++) {
      double r = squares.data[n] - mean[n % columns];
      squares.data[n] = r * r;
    }
    CommonOps_DDRM.multTransA(squares, weights, sums);
    for (int c = 0; c < columns; c++) {
      double deviation = Math.sqrt(sums.data[c] / total);
      std[c] = deviation > CONSTANT * (1 + Math.abs(mean[c])) ? deviation : 1;
    }
  }

  /** Parameters [W1, b1] of a policy for standardised inputs. */
  double[] unfold(GaussianMlp policy) {
    int h = policy.h;
    DMatrixRMaj W1 = new DMatrixRMaj(h, d, true, policy.W1);
    DMatrixRMaj b1 = new DMatrixRMaj(h, 1, true, policy.b1);
    CommonOps_DDRM.multAdd(W1, DMatrixRMaj.wrap(d, 1, inMean), b1);
    CommonOps_DDRM.multCols(W1, inStd);
    double[] theta = Arrays.copyOf(W1.data, h * d + h);
    System.arraycopy(b1.data, 0, theta, h * d, h);
    return theta;
  }

  /**
   * The policy with parameters for standardised inputs and outputs.
   *
   * @param nx number of state entries
   * @param inputs state indices that it reads
   * @param h number of hidden units
   * @param theta begins with [W1, b1]
   * @param output rows [b2_i, W2_i], shape (m, h + 1)
   * @param variance of the standardised outputs' noise, shape (m)
   */
  GaussianMlp fold(
      int nx, List<Integer> inputs, int h, double[] theta, double[] output, double[] variance) {
    DMatrixRMaj W1 = DMatrixRMaj.wrap(h, d, Arrays.copyOf(theta, h * d));
    DMatrixRMaj b1 = DMatrixRMaj.wrap(h, 1, Arrays.copyOfRange(theta, h * d, h * d + h));
    CommonOps_DDRM.divideCols(W1, inStd);
    CommonOps_DDRM.multAdd(-1, W1, DMatrixRMaj.wrap(d, 1, inMean), b1);
    DMatrixRMaj outputs = new DMatrixRMaj(m, h + 1, true, output);
    CommonOps_DDRM.multRows(outStd, outputs);
    DMatrixRMaj b2 = CommonOps_DDRM.extract(outputs, 0, m, 0, 1);
    CommonOps_DDRM.addEquals(b2, DMatrixRMaj.wrap(m, 1, outMean));
    DMatrixRMaj W2 = CommonOps_DDRM.extract(outputs, 0, m, 1, h + 1);
    double[] std = new double[m];
    for (int i = 0; i < m; i++) {
      std[i] = outStd[i] * Math.sqrt(variance[i]);
    }
    return new GaussianMlp(nx, inputs, W1.data, b1.data, W2.data, b2.data, std);
  }
}
