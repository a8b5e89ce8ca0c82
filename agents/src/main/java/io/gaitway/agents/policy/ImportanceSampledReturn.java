package io.gaitway.agents.policy;

import java.util.Arrays;
import java.util.List;

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
  private final int N;
  private final int T;
  private final int h;
  private final int d;
  private final int m;
  private final int nx;
  private final List<Integer> inputs;
  private final Standardization scale;
  private final double regularization;

  /** Steps of each trajectory; states, actions standardised; rewards and log q, shape (N, T). */
  private final int[] steps;

  private final double[][] x;
  private final double[][] u;
  private final double[][] reward;
  private final double[][] logQ;

  /** Per trajectory: activations and slopes (steps, h), scaled residuals (steps, m), log ω (T). */
  private final double[][] a;

  private final double[][] slope;
  private final double[][] exponential;
  private final double[][] residual;
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
    x = new double[N][];
    u = new double[N][];
    reward = new double[N][];
    logQ = new double[N][];
    a = new double[N][];
    slope = new double[N][];
    exponential = new double[N][];
    residual = new double[N][];
    ratio = new double[N][T];
    share = new double[T][N];
    meanReward = new double[T];
    inverseStd = new double[m];
    for (int i = 0; i < N; i++) {
      Sample sample = samples.get(i);
      x[i] = new double[steps[i] * d];
      u[i] = new double[steps[i] * m];
      standardize(sample, like.inputs, x[i], u[i]);
      reward[i] = sample.rewards();
      logQ[i] = sample.logQ();
      a[i] = new double[steps[i] * h];
      slope[i] = new double[steps[i] * h];
      exponential[i] = new double[steps[i] * h];
      residual[i] = new double[steps[i] * m];
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

  private void standardize(Sample sample, int[] inputs, double[] x, double[] u) {
    for (int t = 0; t < sample.steps(); t++) {
      for (int c = 0; c < d; c++) {
        x[t * d + c] = (sample.xs()[t * nx + inputs[c]] - scale.inMean[c]) / scale.inStd[c];
      }
      for (int i = 0; i < m; i++) {
        u[t * m + i] = (sample.us()[t * m + i] - scale.outMean[i]) / scale.outStd[i];
      }
    }
  }

  /** Number of parameters. */
  public int size() {
    return h * d + h + m * h + m + m;
  }

  /**
   * The policy that maximises Φ from a start on.
   *
   * @param maxIterations most L-BFGS iterations
   * @param tolerance relative change of Φ that ends the search
   */
  public GaussianMlp maximize(GaussianMlp start, int maxIterations, double tolerance) {
    double[] theta = parameters(start);
    new Lbfgs(theta.length, new Lbfgs.Options(maxIterations, tolerance, 0, 20))
        .minimize(this, theta);
    return policy(theta);
  }

  /** The estimated return Σ_t r̄_t of a policy, without the regulariser. */
  public double estimate(GaussianMlp policy) {
    evaluate(parameters(policy), new double[size()]);
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
    for (int k = 0; k < m; k++) {
      inverseStd[k] = StrictMath.exp(-theta[theta.length - m + k]);
    }
    for (int i = 0; i < N; i++) {
      activate(theta, i);
      logRatios(theta, i);
    }
    double value = 0;
    for (int t = 0; t < T; t++) {
      value -= step(t);
    }
    Arrays.fill(gradient, 0);
    for (int i = 0; i < N; i++) {
      addGradient(theta, i, gradient);
    }
    return value;
  }

  /** Sets activations and slopes of a trajectory. */
  private void activate(double[] theta, int i) {
    double[] z = a[i];
    for (int t = 0; t < steps[i]; t++) {
      for (int j = 0; j < h; j++) {
        double sum = theta[h * d + j];
        for (int c = 0; c < d; c++) {
          sum += theta[j * d + c] * x[i][t * d + c];
        }
        z[t * h + j] = sum;
      }
    }
    Softplus.apply(z, slope[i], exponential[i]);
  }

  /** Sets residuals (u − μ)/σ and log ω of a trajectory; constants of the densities are kept. */
  private void logRatios(double[] theta, int i) {
    int W2 = h * d + h;
    int b2 = W2 + m * h;
    double constant = 0.5 * m * StrictMath.log(2 * Math.PI);
    for (int k = 0; k < m; k++) {
      constant += theta[b2 + m + k] + StrictMath.log(scale.outStd[k]);
    }
    double logPi = 0;
    for (int t = 0; t < T; t++) {
      if (t < steps[i]) {
        logPi -= constant;
        for (int k = 0; k < m; k++) {
          double r = u[i][t * m + k] - theta[b2 + k];
          for (int j = 0; j < h; j++) {
            r -= theta[W2 + k * h + j] * a[i][t * h + j];
          }
          r *= inverseStd[k];
          residual[i][t * m + k] = r;
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

  private void addGradient(double[] theta, int i, double[] gradient) {
    int b1 = h * d;
    int W2 = b1 + h;
    int b2 = W2 + m * h;
    double[] back = new double[m];
    double xi = 0;
    for (int t = T - 1; t >= 0; t--) {
      xi += share[t][i] * (reward[i][t] - meanReward[t] + regularization);
      if (t >= steps[i] || xi == 0) {
        continue;
      }
      for (int k = 0; k < m; k++) {
        double r = residual[i][t * m + k];
        gradient[b2 + m + k] -= xi * (r * r - 1);
        double dmu = -xi * r * inverseStd[k];
        back[k] = dmu;
        gradient[b2 + k] += dmu;
        for (int j = 0; j < h; j++) {
          gradient[W2 + k * h + j] += dmu * a[i][t * h + j];
        }
      }
      for (int j = 0; j < h; j++) {
        double dz = 0;
        for (int k = 0; k < m; k++) {
          dz += back[k] * theta[W2 + k * h + j];
        }
        dz *= slope[i][t * h + j];
        gradient[b1 + j] += dz;
        for (int c = 0; c < d; c++) {
          gradient[j * d + c] += dz * x[i][t * d + c];
        }
      }
    }
  }
}
