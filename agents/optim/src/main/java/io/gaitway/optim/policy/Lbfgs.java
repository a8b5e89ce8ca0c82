package io.gaitway.optim.policy;

/**
 * Limited-memory BFGS: minimises a smooth function of many variables from values and gradients,
 * with the two-loop recursion and a line search for the strong Wolfe conditions (Nocedal and
 * Wright, Numerical Optimization, 2006, algorithms 7.4, 7.5, 3.5 and 3.6).
 *
 * <p>Arrays are allocated once; iterations allocate nothing. Pairs whose curvature sᵀy is not
 * clearly positive are left out. A value that is not finite counts as infinitely large. Instances
 * are not thread-safe.
 */
public final class Lbfgs {
  private static final double ARMIJO = 1e-4;
  private static final double CURVATURE = 0.9;
  private static final double LEAST_CURVATURE = 1e-12;
  private static final int MAX_TRIALS = 30;

  private final int n;
  private final int memory;
  private final Options options;
  private final double[][] s;
  private final double[][] y;
  private final double[] rho;
  private final double[] a;
  private final double[] direction;
  private final double[] gradient;
  private final double[] trial;
  private final double[] trialGradient;
  private int stored;
  private int newest;
  private int evaluations;

  /** A function with its gradient. */
  @FunctionalInterface
  public interface Objective {
    /**
     * The value at x.
     *
     * @param x not modified
     * @param gradient receives the gradient, same length
     */
    double evaluate(double[] x, double[] gradient);
  }

  /**
   * When to stop.
   *
   * @param maxIterations most iterations, at least 0
   * @param valueTolerance stop when an iteration lowers the value by less than this times max(1,
   *     |value|)
   * @param gradientTolerance stop when the gradient's largest entry is at most this
   * @param memory pairs remembered, at least 1
   */
  public record Options(
      int maxIterations, double valueTolerance, double gradientTolerance, int memory) {
    /** Checks the values. */
    public Options {
      if (maxIterations < 0 || memory < 1) {
        throw new IllegalArgumentException(
            "maxIterations must be at least 0 and memory at least 1, but are "
                + maxIterations
                + ", "
                + memory);
      }
      if (!(valueTolerance >= 0 && gradientTolerance >= 0)) {
        throw new IllegalArgumentException(
            "tolerances must be at least 0, but are " + valueTolerance + ", " + gradientTolerance);
      }
    }
  }

  /** Why a minimisation stopped. */
  public enum Reason {
    /** The gradient is small enough. */
    GRADIENT,
    /** The value hardly changes. */
    VALUE,
    /** The limit of iterations was reached. */
    MAX_ITERATIONS,
    /** No step along a descent direction lowers the value: round-off, or a wrong gradient. */
    LINE_SEARCH
  }

  /**
   * Outcome of a minimisation.
   *
   * @param value at the end; never above that at the start
   * @param iterations accepted steps
   * @param evaluations of the objective
   * @param reason why it stopped
   */
  public record Result(double value, int iterations, int evaluations, Reason reason) {}

  /** Allocates for functions of n variables. */
  public Lbfgs(int n, Options options) {
    this.n = n;
    this.options = options;
    memory = options.memory();
    s = new double[memory][n];
    y = new double[memory][n];
    rho = new double[memory];
    a = new double[memory];
    direction = new double[n];
    gradient = new double[n];
    trial = new double[n];
    trialGradient = new double[n];
  }

  /**
   * Minimises.
   *
   * @param x the start; overwritten by the best point
   * @throws IllegalArgumentException if the value at the start is not finite
   */
  public Result minimize(Objective objective, double[] x) {
    if (x.length != n) {
      throw new IllegalArgumentException("x must have length " + n + ", but has " + x.length);
    }
    stored = 0;
    newest = -1;
    evaluations = 1;
    double value = objective.evaluate(x, gradient);
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException("the start's value must be finite, but is " + value);
    }
    for (int iteration = 0; ; iteration++) {
      if (largest(gradient) <= options.gradientTolerance()) {
        return new Result(value, iteration, evaluations, Reason.GRADIENT);
      }
      if (iteration == options.maxIterations()) {
        return new Result(value, iteration, evaluations, Reason.MAX_ITERATIONS);
      }
      double slope = descend();
      double first = stored == 0 ? Math.min(1, 1 / Math.sqrt(dot(gradient, gradient))) : 1;
      double next = search(objective, x, value, slope, first);
      if (!(next < value)) {
        if (stored == 0) {
          return new Result(value, iteration, evaluations, Reason.LINE_SEARCH);
        }
        stored = 0;
        next = search(objective, x, value, descend(), 1 / Math.sqrt(dot(gradient, gradient)));
        if (!(next < value)) {
          return new Result(value, iteration, evaluations, Reason.LINE_SEARCH);
        }
      }
      double reduction = value - next;
      value = next;
      remember(x);
      if (reduction <= options.valueTolerance() * Math.max(1, Math.abs(value))) {
        return new Result(value, iteration + 1, evaluations, Reason.VALUE);
      }
    }
  }

  /** Sets direction to −H gradient by the two-loop recursion. Returns its slope, negative. */
  private double descend() {
    for (int i = 0; i < n; i++) {
      direction[i] = -gradient[i];
    }
    for (int i = 0; i < stored; i++) {
      int p = Math.floorMod(newest - i, memory);
      a[p] = rho[p] * dot(s[p], direction);
      add(direction, -a[p], y[p]);
    }
    if (stored > 0) {
      double scale = 1 / (rho[newest] * dot(y[newest], y[newest]));
      for (int i = 0; i < n; i++) {
        direction[i] *= scale;
      }
    }
    for (int i = stored - 1; i >= 0; i--) {
      int p = Math.floorMod(newest - i, memory);
      add(direction, a[p] - rho[p] * dot(y[p], direction), s[p]);
    }
    double slope = dot(direction, gradient);
    if (slope < 0) {
      return slope;
    }
    stored = 0;
    for (int i = 0; i < n; i++) {
      direction[i] = -gradient[i];
    }
    return -dot(gradient, gradient);
  }

  /**
   * Looks along the direction for a step that meets the strong Wolfe conditions. Leaves the best
   * point found in trial and trialGradient and returns its value, NaN if none lowers the value.
   */
  private double search(Objective objective, double[] x, double value, double slope, double first) {
    double low = 0;
    double lowValue = value;
    double lowSlope = slope;
    double high = Double.POSITIVE_INFINITY;
    double step = first;
    for (int i = 0; i < MAX_TRIALS; i++) {
      double tried = evaluate(objective, x, step);
      if (!(tried <= value + ARMIJO * step * slope) || tried >= lowValue) {
        high = step;
        step = low + (step - low) * interior(lowValue, lowSlope, tried, step - low);
        continue;
      }
      double triedSlope = dot(trialGradient, direction);
      if (Math.abs(triedSlope) <= -CURVATURE * slope) {
        return tried;
      }
      double width = step - low;
      if (triedSlope * (Double.isInfinite(high) ? 1 : high - low) >= 0) {
        high = low;
      }
      low = step;
      lowValue = tried;
      lowSlope = triedSlope;
      if (Double.isInfinite(high)) {
        step = low + Math.max(width, low) * 1.5;
      } else {
        step = 0.5 * (low + high);
      }
    }
    return low > 0 ? evaluate(objective, x, low) : Double.NaN;
  }

  /** Minimiser of the parabola through the low end, as a fraction of the way, within [0.1, 0.5]. */
  private static double interior(double lowValue, double lowSlope, double value, double width) {
    double bend = value - lowValue - lowSlope * width;
    double fraction = -0.5 * lowSlope * width / bend;
    return fraction > 0.1 ? Math.min(fraction, 0.5) : 0.1;
  }

  private double evaluate(Objective objective, double[] x, double step) {
    for (int i = 0; i < n; i++) {
      trial[i] = x[i] + step * direction[i];
    }
    evaluations++;
    double value = objective.evaluate(trial, trialGradient);
    return Double.isFinite(value) ? value : Double.POSITIVE_INFINITY;
  }

  /** Stores the pair of differences, if its curvature is positive, and moves x to trial. */
  private void remember(double[] x) {
    double sy = 0;
    double ss = 0;
    double yy = 0;
    for (int i = 0; i < n; i++) {
      double si = trial[i] - x[i];
      double yi = trialGradient[i] - gradient[i];
      sy += si * yi;
      ss += si * si;
      yy += yi * yi;
    }
    if (sy > LEAST_CURVATURE * Math.sqrt(ss * yy)) {
      newest = (newest + 1) % memory;
      stored = Math.min(stored + 1, memory);
      rho[newest] = 1 / sy;
      for (int i = 0; i < n; i++) {
        s[newest][i] = trial[i] - x[i];
        y[newest][i] = trialGradient[i] - gradient[i];
      }
    }
    System.arraycopy(trial, 0, x, 0, n);
    System.arraycopy(trialGradient, 0, gradient, 0, n);
  }

  private static double largest(double[] v) {
    double largest = 0;
    for (double entry : v) {
      largest = Math.max(largest, Math.abs(entry));
    }
    return largest;
  }

  private static double dot(double[] v, double[] w) {
    double sum = 0;
    for (int i = 0; i < v.length; i++) {
      sum += v[i] * w[i];
    }
    return sum;
  }

  private static void add(double[] v, double factor, double[] w) {
    for (int i = 0; i < v.length; i++) {
      v[i] += factor * w[i];
    }
  }
}
