package io.gaitway.agents.guidance;

import io.gaitway.optim.policy.PolicySamples;
import io.gaitway.optim.trajopt.GaussianTrajectory;
import java.util.Arrays;

/** States at control steps, from which a policy is to learn. Grows as needed. Not thread-safe. */
public final class Visits {
  /** Examples of less weight, relative to the largest, are left out. */
  private static final double LEAST_LOG_WEIGHT = -40;

  private final int nx;
  private int[] steps = new int[16];
  private double[] xs;
  private int size;

  /** Starts empty. */
  public Visits(int nx) {
    this.nx = nx;
    xs = new double[steps.length * nx];
  }

  /** How much an example counts, as a logarithm up to a constant: only ratios matter. */
  @FunctionalInterface
  public interface Weight {
    /** All examples count alike. */
    Weight EQUAL = (t, xs, at) -> 0;

    /**
     * The weight's logarithm for the state that {@code xs} holds at {@code at}, visited at control
     * step {@code t}; below +∞.
     */
    double log(int t, double[] xs, int at);
  }

  /** Number of states. */
  public int size() {
    return size;
  }

  /** Adds the state that {@code states} holds at {@code at}, visited at control step {@code t}. */
  public void add(int t, double[] states, int at) {
    if (size == steps.length) {
      steps = Arrays.copyOf(steps, 2 * size);
      xs = Arrays.copyOf(xs, 2 * size * nx);
    }
    size++;
    set(size - 1, t, states, at);
  }

  /** Replaces state {@code n}. */
  void set(int n, int t, double[] states, int at) {
    steps[n] = t;
    System.arraycopy(states, at, xs, n * nx, nx);
  }

  /** The control steps, shape (size). */
  int[] steps() {
    return Arrays.copyOf(steps, size);
  }

  /** The states, shape (size, nx). */
  double[] states() {
    return Arrays.copyOf(xs, size * nx);
  }

  /**
   * Adds the states as examples of q's actions: mean û_t + K_t (x − x̂_t), covariance C_t times a
   * share. Those that count next to nothing are left out.
   *
   * @param parameters what the policy sees besides the state, as entries before it
   * @param covarianceShare factor on C_t, at least 0
   * @param samples receives them; of states that begin with the parameters
   */
  public void label(
      GaussianTrajectory q,
      double[] parameters,
      Weight weight,
      double covarianceShare,
      PolicySamples samples) {
    double[] logs = new double[size];
    double largest = Double.NEGATIVE_INFINITY;
    for (int n = 0; n < size; n++) {
      logs[n] = weight.log(steps[n], xs, n * nx);
      largest = Math.max(largest, logs[n]);
    }
    for (int n = 0; n < size; n++) {
      if (logs[n] - largest > LEAST_LOG_WEIGHT) {
        double w = StrictMath.exp(logs[n] - largest);
        samples.addLabelled(q, steps[n], parameters, xs, n * nx, covarianceShare, w);
      }
    }
  }
}
