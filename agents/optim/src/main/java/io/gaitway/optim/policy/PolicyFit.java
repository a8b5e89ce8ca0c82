package io.gaitway.optim.policy;

import io.gaitway.optim.trajopt.NormalSampler;
import java.util.Arrays;

/**
 * The M step: the policy that maximises Σ_n w_n E log π(u | x_n), u ~ N(t_n, C_n), over weighted
 * samples (Levine and Koltun, Variational Policy Search via Trajectory Optimization, 2013, section
 * 5).
 *
 * <p>The expectation over actions is −½ Σ_i [(t_i − μ_i(x))² + C_ii]/σ_i² − Σ log σ_i − ½ m log 2π;
 * the variances and the output weights are projected out, the hidden weights found by {@link
 * LevenbergMarquardt} in units in which the samples have mean 0 and deviation 1. Single-threaded
 * and deterministic.
 */
public final class PolicyFit {
  private static final double LOG_2PI = StrictMath.log(2 * Math.PI);

  /** Part of the iterations after which the best of several starts is chosen: one in so many. */
  private static final int TRIAL_FRACTION = 4;

  private final Options options;

  /**
   * How to fit.
   *
   * @param optimizer limits and tolerances of the optimiser
   * @param weightDecay factor of ½ ‖W1‖² in the objective and, as a ridge, of each output's ‖W2_i‖²
   *     in its mean squared residual; in standardised units, without the biases, at least 0
   * @param minimumStd added in quadrature to the samples' action noise, in the action's unit;
   *     bounds σ from below, as do 1e-4 of the targets' deviation
   * @param residualShare share of the mean squared residual in the policy's variance, in [0, 1]; 1
   *     is maximum likelihood, 0 the samples' action variance alone
   */
  public record Options(
      LevenbergMarquardt.Options optimizer,
      double weightDecay,
      double minimumStd,
      double residualShare) {
    /** Checks the values. */
    public Options {
      if (!(weightDecay >= 0 && minimumStd >= 0)) {
        throw new IllegalArgumentException(
            "weightDecay and minimumStd must be at least 0, but are "
                + weightDecay
                + ", "
                + minimumStd);
      }
      if (!(residualShare >= 0 && residualShare <= 1)) {
        throw new IllegalArgumentException(
            "residualShare must be in [0, 1], but is " + residualShare);
      }
    }

    /** 200 iterations, tolerance 1e-6, decay 1e-6, no least deviation, maximum likelihood. */
    public static Options defaults() {
      return new Options(new LevenbergMarquardt.Options(200, 1e-6), 1e-6, 0, 1);
    }

    /** These options with another limit of iterations. */
    public Options withMaxIterations(int value) {
      return new Options(
          new LevenbergMarquardt.Options(value, optimizer.tolerance()),
          weightDecay,
          minimumStd,
          residualShare);
    }
  }

  /**
   * A fitted policy.
   *
   * @param policy with the samples' scaling folded in
   * @param objective −E log π per unit of weight, in the action's units, with the decay: that of W1
   *     added, that of W2 inside the variances
   * @param iterations of the optimiser
   * @param evaluations of objective and gradient
   * @param converged whether the optimiser stopped because no step lowered the objective or it
   *     hardly changed
   */
  public record Result(
      GaussianMlp policy, double objective, int iterations, int evaluations, boolean converged) {}

  /** Fits with these options. */
  public PolicyFit(Options options) {
    this.options = options;
  }

  /** Fits from the hidden weights of {@code start}; its outputs and its noise do not matter. */
  public Result fit(PolicySamples samples, GaussianMlp start) {
    if (start.nx != samples.nx
        || start.m != samples.m
        || !Arrays.equals(start.inputs, samples.inputs)) {
      throw new IllegalArgumentException(
          "the policy reads (nx, inputs, m) = (%d, %s, %d), the samples (%d, %s, %d)"
              .formatted(
                  start.nx,
                  Arrays.toString(start.inputs),
                  start.m,
                  samples.nx,
                  Arrays.toString(samples.inputs),
                  samples.m));
    }
    checkWeights(samples);
    Standardization scale = new Standardization(samples);
    return fit(samples, scale, start.h, scale.unfold(start));
  }

  /**
   * Fits from random weights: from several starts for a quarter of the iterations, then from the
   * best of them, the first among equals, to the end.
   *
   * @param hidden number of hidden units, at least 1
   * @param starts number of random starts, at least 1
   * @param normal source of the random weights
   */
  public Result fit(PolicySamples samples, int hidden, int starts, NormalSampler normal) {
    if (hidden < 1 || starts < 1) {
      throw new IllegalArgumentException(
          "hidden and starts must be at least 1, but are " + hidden + ", " + starts);
    }
    checkWeights(samples);
    Standardization scale = new Standardization(samples);
    if (starts == 1) {
      return fit(samples, scale, hidden, random(samples, hidden, normal));
    }
    PolicyFit trial =
        new PolicyFit(
            options.withMaxIterations(options.optimizer().maxIterations() / TRIAL_FRACTION));
    Result best = trial.fit(samples, scale, hidden, random(samples, hidden, normal));
    for (int i = 1; i < starts; i++) {
      Result result = trial.fit(samples, scale, hidden, random(samples, hidden, normal));
      if (result.objective() < best.objective()) {
        best = result;
      }
    }
    return fit(samples, scale, hidden, scale.unfold(best.policy()));
  }

  private static void checkWeights(PolicySamples samples) {
    for (int n = 0; n < samples.size(); n++) {
      if (samples.weight[n] > 0) {
        return;
      }
    }
    throw new IllegalArgumentException("at least one sample must have a positive weight");
  }

  /** Hidden weights of deviation 1/√d, biases of deviation 1. */
  private static double[] random(PolicySamples samples, int h, NormalSampler normal) {
    int d = samples.d;
    double[] theta = new double[h * d + h];
    double spread = 1 / Math.sqrt(d);
    for (int p = 0; p < h * d; p++) {
      theta[p] = spread * normal.next();
    }
    for (int p = h * d; p < h * d + h; p++) {
      theta[p] = normal.next();
    }
    return theta;
  }

  private Result fit(PolicySamples samples, Standardization scale, int h, double[] theta) {
    FitObjective objective =
        new FitObjective(samples, scale, h, options.weightDecay(), options.minimumStd());
    LevenbergMarquardt.Result result =
        new LevenbergMarquardt(objective.size(), options.optimizer()).minimize(objective, theta);
    double value = objective.evaluate(theta, new double[theta.length]);
    for (int i = 0; i < samples.m; i++) {
      value += 0.5 * (1 + LOG_2PI) + StrictMath.log(scale.outStd[i]);
    }
    double[] variance = objective.variance(options.residualShare());
    GaussianMlp policy =
        scale.fold(samples.nx, samples.inputList(), h, theta, objective.output(), variance);
    return new Result(policy, value, result.iterations(), result.evaluations(), result.converged());
  }
}
