package io.gaitway.optim.policy;

/**
 * Weights exp(−λ c) of samples by their costs, normalised to the sum 1, and the effective size of
 * weighted samples, 1 / Σ w² (Kish 1965).
 */
public final class SampleWeights {
  private static final double LEAST_TEMPERATURE_INVERSE = 1e-9;
  private static final double MOST_TEMPERATURE_INVERSE = 1e9;
  private static final int BISECTIONS = 40;

  private SampleWeights() {}

  /**
   * The weights for an inverse temperature λ.
   *
   * @param costs at least one of them finite; +∞ for samples that count nothing
   * @param lambda at least 0
   * @return shape of {@code costs}
   */
  public static double[] exponential(double[] costs, double lambda) {
    double least = Double.POSITIVE_INFINITY;
    for (double cost : costs) {
      least = Math.min(least, cost);
    }
    if (!Double.isFinite(least)) {
      throw new IllegalArgumentException("at least one cost must be finite");
    }
    double[] weights = new double[costs.length];
    double total = 0;
    for (int n = 0; n < costs.length; n++) {
      weights[n] = Double.isFinite(costs[n]) ? Softplus.exp(-lambda * (costs[n] - least)) : 0;
      total += weights[n];
    }
    for (int n = 0; n < costs.length; n++) {
      weights[n] /= total;
    }
    return weights;
  }

  /**
   * The weights whose effective size is {@code size}, by bisection on log λ; where no λ in [1e-9,
   * 1e9] gives it, those of the nearest.
   */
  public static double[] ofEffectiveSize(double[] costs, double size) {
    double low = StrictMath.log(LEAST_TEMPERATURE_INVERSE);
    double high = StrictMath.log(MOST_TEMPERATURE_INVERSE);
    for (int i = 0; i < BISECTIONS; i++) {
      double middle = 0.5 * (low + high);
      if (effectiveSize(exponential(costs, StrictMath.exp(middle))) > size) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return exponential(costs, StrictMath.exp(low));
  }

  /**
   * Systematic resampling: at most {@code count} samples keep a weight, k/count if drawn k times,
   * so that each weight's expectation over the offset stays what it was.
   *
   * @param weights sum to 1
   * @param count of draws, at least 1
   * @param offset of the draws, uniform in [0, 1)
   */
  public static double[] resampled(double[] weights, int count, double offset) {
    double[] drawn = new double[weights.length];
    double sum = 0;
    int before = 0;
    for (int n = 0; n < weights.length; n++) {
      sum += weights[n];
      int draws = (int) Math.floor(count * sum + offset);
      drawn[n] = (double) (draws - before) / count;
      before = draws;
    }
    return drawn;
  }

  /** 1 / Σ w² of weights that sum to 1. */
  public static double effectiveSize(double[] weights) {
    double squares = 0;
    for (double weight : weights) {
      squares += weight * weight;
    }
    return 1 / squares;
  }
}
