package io.gaitway.optim.trajopt;

import java.util.ArrayList;
import java.util.List;

/**
 * The step sizes that a line search tries, in order, and what it accepts: the first whose actual
 * reduction is at least a fraction of the expected one (Tassa et al. 2012, section II-D).
 *
 * @param stepSizes factors α on the feed-forward terms, in (0, 1], decreasing
 * @param acceptance least ratio of actual to expected reduction, in [0, 1)
 * @param raiseBelow accepting a step size below this raises λ, as a step so short says that the
 *     model is not to be trusted far; any other lowers it. 0 always lowers
 * @param perCall how many step sizes one rollout call simulates before any is judged; fewer save
 *     work where α = 1 is nearly always accepted, more save calls. The result does not depend on it
 */
public record LineSearch(
    List<Double> stepSizes, double acceptance, double raiseBelow, int perCall) {

  /** Copies the list and checks the values. */
  public LineSearch {
    stepSizes = List.copyOf(stepSizes);
    if (stepSizes.isEmpty()) {
      throw new IllegalArgumentException("stepSizes must not be empty");
    }
    double previous = Double.POSITIVE_INFINITY;
    for (double alpha : stepSizes) {
      if (!(alpha > 0 && alpha <= 1 && alpha < previous)) {
        throw new IllegalArgumentException(
            "stepSizes must decrease within (0, 1], but are " + stepSizes);
      }
      previous = alpha;
    }
    if (!(acceptance >= 0 && acceptance < 1)) {
      throw new IllegalArgumentException("acceptance must be in [0, 1), but is " + acceptance);
    }
    if (!(raiseBelow >= 0 && raiseBelow <= 1)) {
      throw new IllegalArgumentException("raiseBelow must be in [0, 1], but is " + raiseBelow);
    }
    if (perCall < 1) {
      throw new IllegalArgumentException("perCall must be at least 1, but is " + perCall);
    }
  }

  /**
   * Step sizes 1.1^(−i²), i = 0 … 9 (1 to 4.4e-4), acceptance 1e-4, λ raised below 0.1, all in one
   * call.
   */
  public static LineSearch defaults() {
    List<Double> stepSizes = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      stepSizes.add(StrictMath.pow(1.1, -i * i));
    }
    return new LineSearch(stepSizes, 1e-4, 0.1, stepSizes.size());
  }

  /** This line search with other step sizes, all tried in one rollout call. */
  public LineSearch withStepSizes(List<Double> value) {
    return new LineSearch(value, acceptance, raiseBelow, value.size());
  }

  /** This line search with another number of step sizes per rollout call. */
  public LineSearch withPerCall(int value) {
    return new LineSearch(stepSizes, acceptance, raiseBelow, value);
  }

  /** Whether a step with these reductions is accepted; never if either is not a positive number. */
  boolean accepts(double actual, double expected) {
    return actual > 0 && expected > 0 && actual >= acceptance * expected;
  }
}
