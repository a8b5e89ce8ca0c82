package io.gaitway.optim.policy;

import java.util.Arrays;
import java.util.List;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;

/**
 * The return of a policy estimated from trajectories of other distributions, and a search for the
 * policy that maximises it (Levine and Koltun, Guided Policy Search, 2013, section 5):
 *
 * <pre>
 *   Φ(θ) = Σ_t [ (1/Z_t) Σ_i ω_i,t r_i,t + w_r log Z_t ],   Z_t = Σ_i ω_i,t,
 *   ω_i,t = π_θ(ζ_i,1:t) / q(ζ_i,1:t),
 * </pre>
 *
 * <p>with ζ_i,1:t the first t steps of trajectory i and q the mixture that the trajectories were
 * drawn from. Since the dynamics are deterministic, or at least the same, they cancel: only the
 * densities of the actions remain. After a trajectory has ended early, its ratio stays as it is,
 * and its reward is what the environment charges for steps left out. The gradient follows from ∇ω =
 * ω ∇ log π:
 *
 * <pre>
 *   ∇Φ = Σ_i Σ_t ξ_i,t ∇ log π_θ(u_i,t | x_i,t),   ξ_i,t = Σ_{s ≥ t} ω̄_i,s (r_i,s − r̄_s + w_r),
 * </pre>
 *
 * <p>ω̄ being the normalised ratios and r̄ the estimate Σ_i ω̄_i r_i of a step. The parameters are
 * [W1, b1, W2, b2, log σ] in units in which the samples' states and actions have mean 0 and
 * deviation 1. Not thread-safe.
 */
public final class ImportanceSampledReturn implements Lbfgs.Objective {
  private static final int BLOCK = 256;

  /** States that the Fisher information is taken from, about. */
  private static final int INFORMATION_STATES = 4000;

  private final int N;
  private final int T;
  private final int h;
  private final int d;
  private final int m;
  private final int nx;
  private final List<Integer> inputs;
  private final Standardization scale;
  private final double regularization;

  /** Steps of each trajectory, and the place of its first one among all. */
  private final int[] steps;

  private final int[] start;

  /** Rewards and log q, shape (N, T). */
  private final double[][] reward;

  private final double[][] logQ;

  /**
   * All steps of all trajectories, one after the other, in blocks of equal length: standardised
   * inputs (d) and actions (m), activations and slopes (h), scaled residuals and derivatives of −Φ
   * by the mean actions (m). First index the variable, second the block, third the place; the last
   * places are filled up with zeros. {@link Rows} does the arithmetic on whole arrays.
   */
  private final double[][][] x;

  private final double[][][] u;
  private final double[][][] a;
  private final double[][][] slope;
  private final double[][][] residual;
  private final double[][][] dmu;

  /** One hidden unit's derivatives by its argument: block, place. */
  private final double[][] unit;

  private final double[] row = new double[BLOCK];

  /** log ω, shape (N, T). */
  private final double[][] ratio;

  /** Normalised ratios of a step over trajectories, shape (T, N), and the steps' estimates r̄. */
  private final double[][] share;

  private final double[] meanReward;

  /** 1/σ in standardised units, shape (m). */
  private final double[] inverseStd;

  /**
   * A trajectory to learn from.
   *
   * @param steps control steps completed, at most T
   * @param xs states, shape (at least steps, nx)
   * @param us actions, shape (at least steps, m)
   * @param rewards of every step, those after the end included, shape (T)
   * @param logQ log density of the actions up to and with each step under the mixture that all
   *     trajectories were drawn from, shape (T)
   */
  public record Sample(int steps, double[] xs, double[] us, double[] rewards, double[] logQ) {}

  /**
   * The estimate from some trajectories.
   *
   * @param samples at least one
   * @param like a policy of the kind that is sought; its weights do not matter
   * @param regularization w_r, at least 0
   */
  public ImportanceSampledReturn(List<Sample> samples, GaussianMlp like, double regularization) {
    N = samples.size();
    T = samples.get(0).rewards().length;
    h = like.h;
    d = like.d;
    m = like.m;
    nx = like.nx;
    inputs = like.inputList();
    this.regularization = regularization;
    scale = new Standardization(examples(samples));
    steps = samples.stream().mapToInt(Sample::steps).toArray();
    start = new int[N];
    int total = 0;
    for (int i = 0; i < N; i++) {
      start[i] = total;
      total += steps[i];
    }
    int blocks = (total + BLOCK - 1) / BLOCK;
    x = new double[d][blocks][BLOCK];
    u = new double[m][blocks][BLOCK];
    a = new double[h][blocks][BLOCK];
    slope = new double[h][blocks][BLOCK];
    residual = new double[m][blocks][BLOCK];
    dmu = new double[m][blocks][BLOCK];
    unit = new double[blocks][BLOCK];
    reward = new double[N][];
    logQ = new double[N][];
    ratio = new double[N][T];
    share = new double[T][N];
    meanReward = new double[T];
    inverseStd = new double[m];
    for (int i = 0; i < N; i++) {
      reward[i] = samples.get(i).rewards();
      logQ[i] = samples.get(i).logQ();
      standardize(samples.get(i), like.inputs, start[i]);
    }
  }

  private PolicySamples examples(List<Sample> samples) {
    PolicySamples examples = new PolicySamples(nx, inputs, m, samples.size() * T);
    double[] exact = new double[m * m];
    for (Sample sample : samples) {
      for (int t = 0; t < sample.steps(); t++) {
        examples.add(sample.xs(), t * nx, sample.us(), t * m, exact, 0, 1);
      }
    }
    return examples;
  }

  private void standardize(Sample sample, int[] inputs, int first) {
    for (int t = 0; t < sample.steps(); t++) {
      int block = (first + t) / BLOCK;
      int at = (first + t) % BLOCK;
      for (int c = 0; c < d; c++) {
        x[c][block][at] = (sample.xs()[t * nx + inputs[c]] - scale.inMean[c]) / scale.inStd[c];
      }
      for (int k = 0; k < m; k++) {
        u[k][block][at] = (sample.us()[t * m + k] - scale.outMean[k]) / scale.outStd[k];
      }
    }
  }

  /** Number of parameters. */
  public int size() {
    return h * d + h + m * h + m + m;
  }

  /**
   * The policy that maximises Φ from a start on, sought in {@link FisherCoordinates}.
   *
   * @param maxIterations most L-BFGS iterations
   * @param tolerance relative change of Φ that ends the search
   */
  public GaussianMlp maximize(GaussianMlp start, int maxIterations, double tolerance) {
    double[] origin = parameters(start);
    FisherCoordinates coordinates = new FisherCoordinates(origin, information(origin), T);
    double[] z = new double[origin.length];
    new Lbfgs(z.length, new Lbfgs.Options(maxIterations, tolerance, 0, 20))
        .minimize(coordinates.of(this), z);
    return policy(coordinates.parameters(z));
  }

  /**
   * Fisher information of T actions, at states like those of all trajectories (some of them, evenly
   * spread): T times the mean of E ∇ log π ∇ log πᵀ, shape (size, size).
   */
  DMatrixRMaj information(double[] theta) {
    activate(theta);
    DMatrixRMaj products = featureProducts();
    int n = size();
    int outputs = n - m;
    DMatrixRMaj factors = new DMatrixRMaj(outputs, m);
    for (int p = 0; p < outputs; p++) {
      for (int k = 0; k < m; k++) {
        factors.unsafe_set(p, k, factor(theta, p, k));
      }
    }
    DMatrixRMaj coupling = CommonOps_DDRM.multOuter(factors, null);
    DMatrixRMaj information = new DMatrixRMaj(n, n);
    for (int p = 0; p < outputs; p++) {
      for (int q = 0; q < outputs; q++) {
        double c = coupling.unsafe_get(p, q);
        information.unsafe_set(p, q, c == 0 ? 0 : c * products.unsafe_get(feature(p), feature(q)));
      }
    }
    for (int k = outputs; k < n; k++) {
      information.unsafe_set(k, k, 2 * T);
    }
    return information;
  }

  /** T times the mean products of [a, 1, s xᵀ, s], s the slopes, over some of the states. */
  private DMatrixRMaj featureProducts() {
    int count = h + 1 + h * d + h;
    DMatrixRMaj products = new DMatrixRMaj(count, count);
    DMatrixRMaj part = new DMatrixRMaj(count, count);
    DMatrixRMaj f = new DMatrixRMaj(BLOCK, count);
    int total = Arrays.stream(steps).sum();
    int stride = Math.max(1, total / INFORMATION_STATES);
    int used = (total + stride - 1) / stride;
    for (int first = 0; first < used; first += BLOCK) {
      f.reshape(Math.min(BLOCK, used - first), count);
      for (int r = 0; r < f.numRows; r++) {
        int n = (first + r) * stride;
        features(n / BLOCK, n % BLOCK, f, r);
      }
      CommonOps_DDRM.multInner(f, part);
      CommonOps_DDRM.addEquals(products, part);
    }
    CommonOps_DDRM.scale((double) T / used, products);
    return products;
  }

  private void features(int block, int at, DMatrixRMaj f, int row) {
    f.unsafe_set(row, h, 1);
    for (int j = 0; j < h; j++) {
      f.unsafe_set(row, j, a[j][block][at]);
      double s = slope[j][block][at];
      for (int c = 0; c < d; c++) {
        f.unsafe_set(row, h + 1 + j * d + c, s * x[c][block][at]);
      }
      f.unsafe_set(row, h + 1 + h * d + j, s);
    }
  }

  /** Which feature the derivative of a mean action by a parameter is proportional to. */
  private int feature(int p) {
    int W2 = h * d + h;
    int b2 = W2 + m * h;
    return p < W2 ? h + 1 + p : p < b2 ? (p - W2) % h : h;
  }

  /** The factor to it in the derivative of the mean action k, in units of σ_k. */
  private double factor(double[] theta, int p, int k) {
    int W2 = h * d + h;
    int b2 = W2 + m * h;
    if (p < W2) {
      int j = p < h * d ? p / d : p - h * d;
      return theta[W2 + k * h + j] * inverseStd[k];
    }
    int output = p < b2 ? (p - W2) / h : p - b2;
    return output == k ? inverseStd[k] : 0;
  }

  /** The estimated return Σ_t r̄_t of a policy, without the regulariser. */
  public double estimate(GaussianMlp policy) {
    value(parameters(policy));
    return Arrays.stream(meanReward).sum();
  }

  /** The parameters of a policy. */
  double[] parameters(GaussianMlp policy) {
    double[] theta = Arrays.copyOf(scale.unfold(policy), size());
    int W2 = h * d + h;
    int b2 = W2 + m * h;
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < h; j++) {
        theta[W2 + i * h + j] = policy.W2[i * h + j] / scale.outStd[i];
      }
      theta[b2 + i] = (policy.b2[i] - scale.outMean[i]) / scale.outStd[i];
      theta[b2 + m + i] = StrictMath.log(policy.std[i] / scale.outStd[i]);
    }
    return theta;
  }

  /** The policy of some parameters. */
  GaussianMlp policy(double[] theta) {
    int W2 = h * d + h;
    int b2 = W2 + m * h;
    double[] output = new double[m * (h + 1)];
    double[] variance = new double[m];
    for (int i = 0; i < m; i++) {
      output[i * (h + 1)] = theta[b2 + i];
      System.arraycopy(theta, W2 + i * h, output, i * (h + 1) + 1, h);
      variance[i] = StrictMath.exp(2 * theta[b2 + m + i]);
    }
    return scale.fold(nx, inputs, h, theta, output, variance);
  }

  /** −Φ and its gradient. */
  @Override
  public double evaluate(double[] theta, double[] gradient) {
    double value = value(theta);
    Arrays.fill(gradient, 0);
    for (int i = 0; i < N; i++) {
      meanActionDerivatives(i, gradient);
    }
    outputGradient(gradient);
    for (int j = 0; j < h; j++) {
      hiddenGradient(theta, gradient, j);
    }
    return value;
  }

  /** −Φ; sets the shares and the estimates r̄. */
  private double value(double[] theta) {
    activate(theta);
    for (int i = 0; i < N; i++) {
      logRatios(theta, i);
    }
    double value = 0;
    for (int t = 0; t < T; t++) {
      value -= step(t);
    }
    return value;
  }

  /** Sets 1/σ, activations, slopes and residuals of all steps. */
  private void activate(double[] theta) {
    for (int k = 0; k < m; k++) {
      inverseStd[k] = StrictMath.exp(-theta[theta.length - m + k]);
    }
    for (int block = 0; block < unit.length; block++) {
      residuals(theta, block);
    }
  }

  /** Sets activations, slopes and residuals (u − μ)/σ. */
  private void residuals(double[] theta, int block) {
    int W2 = h * d + h;
    int b2 = W2 + m * h;
    for (int j = 0; j < h; j++) {
      Arrays.fill(a[j][block], theta[h * d + j]);
      Rows.addScaled(a[j][block], theta, j * d, x, block);
      Softplus.apply(a[j][block], slope[j][block], row);
    }
    for (int k = 0; k < m; k++) {
      Arrays.fill(row, theta[b2 + k]);
      Rows.addScaled(row, theta, W2 + k * h, a, block);
      double[] r = residual[k][block];
      Arrays.fill(r, 0);
      Rows.addScaled(r, inverseStd[k], u[k][block]);
      Rows.addScaled(r, -inverseStd[k], row);
    }
  }

  /** Sets log ω of a trajectory; constants of the densities are kept. */
  private void logRatios(double[] theta, int i) {
    double constant = 0.5 * m * StrictMath.log(2 * Math.PI);
    for (int k = 0; k < m; k++) {
      constant += theta[theta.length - m + k] + StrictMath.log(scale.outStd[k]);
    }
    double logPi = 0;
    for (int t = 0; t < T; t++) {
      if (t < steps[i]) {
        int n = start[i] + t;
        logPi -= constant;
        for (int k = 0; k < m; k++) {
          double r = residual[k][n / BLOCK][n % BLOCK];
          logPi -= 0.5 * r * r;
        }
      }
      ratio[i][t] = logPi - logQ[i][t];
    }
  }

  /** Sets the shares and the mean reward of a step. Returns its part of Φ. */
  private double step(int t) {
    double largest = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < N; i++) {
      largest = Math.max(largest, ratio[i][t]);
    }
    double Z = 0;
    for (int i = 0; i < N; i++) {
      share[t][i] = StrictMath.exp(ratio[i][t] - largest);
      Z += share[t][i];
    }
    double mean = 0;
    for (int i = 0; i < N; i++) {
      share[t][i] /= Z;
      mean += share[t][i] * reward[i][t];
    }
    meanReward[t] = mean;
    return mean + regularization * (largest + StrictMath.log(Z));
  }

  /** Sets a trajectory's derivatives by its mean actions, and adds to those by log σ. */
  private void meanActionDerivatives(int i, double[] gradient) {
    double xi = 0;
    for (int t = T - 1; t >= 0; t--) {
      xi += share[t][i] * (reward[i][t] - meanReward[t] + regularization);
      if (t < steps[i]) {
        int n = start[i] + t;
        for (int k = 0; k < m; k++) {
          double r = residual[k][n / BLOCK][n % BLOCK];
          gradient[gradient.length - m + k] -= xi * (r * r - 1);
          dmu[k][n / BLOCK][n % BLOCK] = -xi * r * inverseStd[k];
        }
      }
    }
  }

  private void outputGradient(double[] gradient) {
    int W2 = h * d + h;
    for (int k = 0; k < m; k++) {
      for (int j = 0; j < h; j++) {
        gradient[W2 + k * h + j] = Rows.dot(dmu[k], a[j], row);
      }
      gradient[W2 + m * h + k] = Rows.sum(dmu[k], row);
    }
  }

  private void hiddenGradient(double[] theta, double[] gradient, int j) {
    for (int block = 0; block < unit.length; block++) {
      Arrays.fill(unit[block], 0);
      for (int k = 0; k < m; k++) {
        Rows.addScaled(unit[block], theta[h * d + h + k * h + j], dmu[k][block]);
      }
      Rows.multiply(unit[block], slope[j][block]);
    }
    for (int c = 0; c < d; c++) {
      gradient[j * d + c] = Rows.dot(unit, x[c], row);
    }
    gradient[h * d + j] = Rows.sum(unit, row);
  }
}
