package io.gaitway.agents.policy;

import java.util.Arrays;

/**
 * What a policy fit minimises: ½ Σ_i log v_i + ½ λ (‖W1‖² + ‖W2‖²), with v_i the noise variance
 * that is best for the weights,
 *
 * <pre>
 *   v_i = Σ_n w_n [(t_ni − μ_i(x_n))² + C_n,ii + v_min] / Σ_n w_n.
 * </pre>
 *
 * <p>Up to a constant it is −Σ_n w_n E log π(u | x_n) per unit of weight, the inner expectation
 * over u ~ N(t_n, C_n) in closed form and the variances profiled out. All in standardised units.
 *
 * <p>Samples lie in blocks, one array per block and variable, the last block filled up with samples
 * of weight 0, and {@link Rows} does the arithmetic on whole arrays. One pass computes activations
 * and residuals block by block, a second the gradient. No allocation per evaluation.
 */
final class FitObjective implements Lbfgs.Objective {
  private static final int BLOCK = 256;

  private final int blocks;
  private final int d;
  private final int h;
  private final int m;
  private final double decay;
  private final double[] noise;

  /**
   * Weights, inputs (d), targets (m), activations and their slopes (h), and residuals (m): first
   * index the variable, second the block, third the sample.
   */
  private final double[][] weight;

  private final double[][][] Z;
  private final double[][][] target;
  private final double[][][] A;
  private final double[][][] slope;
  private final double[][][] R;

  /** Derivatives by the argument of one hidden unit: block, sample. */
  private final double[][] back;

  private final double[] row = new double[BLOCK];
  private final double[] v;

  FitObjective(
      PolicySamples samples, Standardization scale, int h, double decay, double minimumStd) {
    int N = samples.size();
    blocks = (N + BLOCK - 1) / BLOCK;
    d = samples.d;
    m = samples.m;
    this.h = h;
    this.decay = decay;
    noise = new double[m];
    weight = new double[blocks][BLOCK];
    Z = new double[d][blocks][BLOCK];
    target = new double[m][blocks][BLOCK];
    A = new double[h][blocks][BLOCK];
    slope = new double[h][blocks][BLOCK];
    R = new double[m][blocks][BLOCK];
    back = new double[blocks][BLOCK];
    v = new double[m];
    double total = 0;
    for (int n = 0; n < N; n++) {
      total += samples.weight[n];
    }
    for (int n = 0; n < N; n++) {
      int b = n / BLOCK;
      int at = n % BLOCK;
      double w = samples.weight[n] / total;
      weight[b][at] = w;
      for (int c = 0; c < d; c++) {
        Z[c][b][at] = (samples.x[n * d + c] - scale.inMean[c]) / scale.inStd[c];
      }
      for (int i = 0; i < m; i++) {
        target[i][b][at] = (samples.target[n * m + i] - scale.outMean[i]) / scale.outStd[i];
        double C = samples.variance[n * m + i] + minimumStd * minimumStd;
        noise[i] += w * C / (scale.outStd[i] * scale.outStd[i]);
      }
    }
  }

  /** Number of parameters [W1 (h, d), b1 (h), W2 (m, h), b2 (m)]. */
  int size() {
    return h * d + h + m * h + m;
  }

  /**
   * The samples' mean action variance plus a share of the mean squared residual of the last
   * evaluation, shape (m); at share 1 the best variances for its parameters.
   */
  double[] variance(double residualShare) {
    double[] variance = new double[m];
    for (int i = 0; i < m; i++) {
      variance[i] = noise[i] + residualShare * (v[i] - noise[i]);
    }
    return variance;
  }

  @Override
  public double evaluate(double[] theta, double[] gradient) {
    System.arraycopy(noise, 0, v, 0, m);
    for (int b = 0; b < blocks; b++) {
      hidden(theta, b);
      residuals(theta, b);
    }
    double value = 0;
    for (int i = 0; i < m; i++) {
      value += 0.5 * StrictMath.log(v[i]);
    }
    outputGradient(gradient);
    for (int j = 0; j < h; j++) {
      hiddenGradient(theta, gradient, j);
    }
    return value + decay(theta, gradient);
  }

  private void hidden(double[] theta, int b) {
    for (int j = 0; j < h; j++) {
      Arrays.fill(A[j][b], theta[h * d + j]);
      Rows.addScaled(A[j][b], theta, j * d, Z, b);
      Softplus.apply(A[j][b], slope[j][b], row);
    }
  }

  /** Sets R = w (μ − t) and adds Σ w (μ − t)² to v. */
  private void residuals(double[] theta, int b) {
    int W2 = h * d + h;
    for (int i = 0; i < m; i++) {
      double[] r = R[i][b];
      Arrays.fill(r, theta[W2 + m * h + i]);
      Rows.addScaled(r, theta, W2 + i * h, A, b);
      Rows.addScaled(r, -1, target[i][b]);
      System.arraycopy(r, 0, row, 0, BLOCK);
      Rows.multiply(r, weight[b]);
      Rows.multiply(row, r);
      v[i] += Rows.sum(row);
    }
  }

  private void outputGradient(double[] gradient) {
    int W2 = h * d + h;
    for (int i = 0; i < m; i++) {
      gradient[W2 + m * h + i] = Rows.sum(R[i], row) / v[i];
      for (int j = 0; j < h; j++) {
        gradient[W2 + i * h + j] = Rows.dot(R[i], A[j], row) / v[i];
      }
    }
  }

  private void hiddenGradient(double[] theta, double[] gradient, int j) {
    for (int b = 0; b < blocks; b++) {
      Arrays.fill(back[b], 0);
      for (int i = 0; i < m; i++) {
        Rows.addScaled(back[b], theta[h * d + h + i * h + j] / v[i], R[i][b]);
      }
      Rows.multiply(back[b], slope[j][b]);
    }
    gradient[h * d + j] = Rows.sum(back, row);
    for (int c = 0; c < d; c++) {
      gradient[j * d + c] = Rows.dot(back, Z[c], row);
    }
  }

  private double decay(double[] theta, double[] gradient) {
    if (decay == 0) {
      return 0;
    }
    int W2 = h * d + h;
    return decay(theta, gradient, 0, h * d) + decay(theta, gradient, W2, W2 + m * h);
  }

  private double decay(double[] theta, double[] gradient, int from, int to) {
    double value = 0;
    for (int p = from; p < to; p++) {
      value += 0.5 * decay * theta[p] * theta[p];
      gradient[p] += decay * theta[p];
    }
    return value;
  }
}
