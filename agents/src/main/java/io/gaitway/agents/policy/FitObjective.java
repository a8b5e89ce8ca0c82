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
 * <p>Sample index fastest, so that the loops over samples run over contiguous memory; one pass
 * computes activations and residuals block by block, a second the gradient. No allocation per
 * evaluation.
 */
final class FitObjective implements Lbfgs.Objective {
  private static final int BLOCK = 128;

  private final int N;
  private final int d;
  private final int h;
  private final int m;
  private final double decay;
  private final double[] weight;
  private final double[] noise;

  /** Inputs (d, N), targets (m, N), activations and their slopes (h, N), residuals (m, N). */
  private final double[] Z;

  private final double[] target;
  private final double[] A;
  private final double[] slope;
  private final double[] R;
  private final double[] back = new double[BLOCK];
  private final double[] v;

  FitObjective(
      PolicySamples samples, Standardization scale, int h, double decay, double minimumStd) {
    N = samples.size();
    d = samples.d;
    m = samples.m;
    this.h = h;
    this.decay = decay;
    weight = new double[N];
    noise = new double[m];
    Z = new double[d * N];
    target = new double[m * N];
    A = new double[h * N];
    slope = new double[h * N];
    R = new double[m * N];
    v = new double[m];
    double total = 0;
    for (int n = 0; n < N; n++) {
      total += samples.weight[n];
    }
    for (int n = 0; n < N; n++) {
      weight[n] = samples.weight[n] / total;
      for (int c = 0; c < d; c++) {
        Z[c * N + n] = (samples.x[n * d + c] - scale.inMean[c]) / scale.inStd[c];
      }
      for (int i = 0; i < m; i++) {
        target[i * N + n] = (samples.target[n * m + i] - scale.outMean[i]) / scale.outStd[i];
        double C = samples.variance[n * m + i] + minimumStd * minimumStd;
        noise[i] += weight[n] * C / (scale.outStd[i] * scale.outStd[i]);
      }
    }
  }

  /** Number of parameters [W1 (h, d), b1 (h), W2 (m, h), b2 (m)]. */
  int size() {
    return h * d + h + m * h + m;
  }

  /** The best variances for the parameters of the last evaluation, shape (m). */
  double[] variance() {
    return v.clone();
  }

  @Override
  public double evaluate(double[] theta, double[] gradient) {
    System.arraycopy(noise, 0, v, 0, m);
    for (int from = 0; from < N; from += BLOCK) {
      int to = Math.min(N, from + BLOCK);
      hidden(theta, from, to);
      residuals(theta, from, to);
    }
    double value = 0;
    for (int i = 0; i < m; i++) {
      value += 0.5 * StrictMath.log(v[i]);
    }
    Arrays.fill(gradient, 0);
    for (int from = 0; from < N; from += BLOCK) {
      backward(theta, gradient, from, Math.min(N, from + BLOCK));
    }
    return value + decay(theta, gradient);
  }

  private void hidden(double[] theta, int from, int to) {
    for (int j = 0; j < h; j++) {
      int row = j * N;
      Arrays.fill(A, row + from, row + to, theta[h * d + j]);
      for (int c = 0; c < d; c++) {
        addScaled(A, row, theta[j * d + c], Z, c * N, from, to);
      }
      Softplus.apply(A, slope, row + from, row + to);
    }
  }

  /** Sets R = w (μ − t) and adds Σ w (μ − t)² to v. */
  private void residuals(double[] theta, int from, int to) {
    int W2 = h * d + h;
    for (int i = 0; i < m; i++) {
      int row = i * N;
      Arrays.fill(R, row + from, row + to, theta[W2 + m * h + i]);
      for (int j = 0; j < h; j++) {
        addScaled(R, row, theta[W2 + i * h + j], A, j * N, from, to);
      }
      double sum = 0;
      for (int n = from; n < to; n++) {
        double r = R[row + n] - target[row + n];
        double weighted = weight[n] * r;
        R[row + n] = weighted;
        sum += weighted * r;
      }
      v[i] += sum;
    }
  }

  private void backward(double[] theta, double[] gradient, int from, int to) {
    int b1 = h * d;
    int W2 = b1 + h;
    int b2 = W2 + m * h;
    for (int i = 0; i < m; i++) {
      gradient[b2 + i] += sum(R, i * N + from, to - from) / v[i];
      for (int j = 0; j < h; j++) {
        gradient[W2 + i * h + j] += dot(R, i * N + from, A, j * N + from, to - from) / v[i];
      }
    }
    int count = to - from;
    for (int j = 0; j < h; j++) {
      Arrays.fill(back, 0, count, 0);
      for (int i = 0; i < m; i++) {
        addScaled(back, -from, theta[W2 + i * h + j] / v[i], R, i * N, from, to);
      }
      for (int n = 0; n < count; n++) {
        back[n] *= slope[j * N + from + n];
      }
      gradient[b1 + j] += sum(back, 0, count);
      for (int c = 0; c < d; c++) {
        gradient[j * d + c] += dot(back, 0, Z, c * N + from, count);
      }
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

  /** a[at + n] += factor b[bAt + n] for n from … to. */
  private static void addScaled(
      double[] a, int at, double factor, double[] b, int bAt, int from, int to) {
    for (int n = from; n < to; n++) {
      a[at + n] += factor * b[bAt + n];
    }
  }

  private static double dot(double[] a, int at, double[] b, int bAt, int count) {
    double s0 = 0;
    double s1 = 0;
    double s2 = 0;
    double s3 = 0;
    int n = 0;
    for (; n + 3 < count; n += 4) {
      s0 += a[at + n] * b[bAt + n];
      s1 += a[at + n + 1] * b[bAt + n + 1];
      s2 += a[at + n + 2] * b[bAt + n + 2];
      s3 += a[at + n + 3] * b[bAt + n + 3];
    }
    for (; n < count; n++) {
      s0 += a[at + n] * b[bAt + n];
    }
    return (s0 + s1) + (s2 + s3);
  }

  private static double sum(double[] a, int at, int count) {
    double sum = 0;
    for (int n = 0; n < count; n++) {
      sum += a[at + n];
    }
    return sum;
  }
}
