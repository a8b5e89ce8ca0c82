package io.gaitway.optim.policy;

import java.util.Arrays;
import java.util.List;

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
    int columns = mean.length;
    double total = 0;
    for (int n = 0; n < samples.size(); n++) {
      total += samples.weight[n];
      for (int c = 0; c < columns; c++) {
        mean[c] += samples.weight[n] * values[n * columns + c];
      }
    }
    for (int c = 0; c < columns; c++) {
      mean[c] /= total;
    }
    for (int n = 0; n < samples.size(); n++) {
      for (int c = 0; c < columns; c++) {
        double r = values[n * columns + c] - mean[c];
        std[c] += samples.weight[n] * r * r;
      }
    }
    for (int c = 0; c < columns; c++) {
      double deviation = Math.sqrt(std[c] / total);
      std[c] = deviation > CONSTANT * (1 + Math.abs(mean[c])) ? deviation : 1;
    }
  }

  /** Parameters [W1, b1] of a policy for standardised inputs. */
  double[] unfold(GaussianMlp policy) {
    int h = policy.h;
    int b1 = h * d;
    double[] theta = new double[b1 + h];
    for (int j = 0; j < h; j++) {
      theta[b1 + j] = policy.b1[j];
      for (int c = 0; c < d; c++) {
        theta[j * d + c] = policy.W1[j * d + c] * inStd[c];
        theta[b1 + j] += policy.W1[j * d + c] * inMean[c];
      }
    }
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
    double[] W1 = Arrays.copyOf(theta, h * d);
    double[] b1 = Arrays.copyOfRange(theta, h * d, h * d + h);
    double[] W2 = new double[m * h];
    double[] b2 = new double[m];
    double[] std = new double[m];
    for (int j = 0; j < h; j++) {
      for (int c = 0; c < d; c++) {
        W1[j * d + c] /= inStd[c];
        b1[j] -= W1[j * d + c] * inMean[c];
      }
    }
    for (int i = 0; i < m; i++) {
      b2[i] = outMean[i] + outStd[i] * output[i * (h + 1)];
      std[i] = outStd[i] * Math.sqrt(variance[i]);
      for (int j = 0; j < h; j++) {
        W2[i * h + j] = outStd[i] * output[i * (h + 1) + 1 + j];
      }
    }
    return new GaussianMlp(nx, inputs, W1, b1, W2, b2, std);
  }
}
