package io.gaitway.optim.policy;

import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.MatrixFeatures_DDRM;
import org.ejml.dense.row.NormOps_DDRM;
import org.ejml.dense.row.mult.VectorVectorMult_DDRM;

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
  private final DMatrixRMaj[] s;
  private final DMatrixRMaj[] y;
  private final double[] rho;
  private final double[] a;
  private final DMatrixRMaj direction;
  private final DMatrixRMaj gradient;
  private final DMatrixRMaj trial;
  private final DMatrixRMaj trialGradient;

  /** Differences of the last step, which may become a pair. */
  private final DMatrixRMaj lastS;

  private final DMatrixRMaj lastY;
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
    s = new DMatrixRMaj[memory];
    y = new DMatrixRMaj[memory];
    for (int p = 0; p < memory; p++) {
      s[p] = new DMatrixRMaj(n, 1);
      y[p] = new DMatrixRMaj(n, 1);
    }
    rho = new double[memory];
    a = new double[memory];
    direction = new DMatrixRMaj(n, 1);
    gradient = new DMatrixRMaj(n, 1);
    trial = new DMatrixRMaj(n, 1);
    trialGradient = new DMatrixRMaj(n, 1);
    lastS = new DMatrixRMaj(n, 1);
    lastY = new DMatrixRMaj(n, 1);
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
    DMatrixRMaj at = DMatrixRMaj.wrap(n, 1, x);
    stored = 0;
    newest = -1;
    evaluations = 1;
    double value = objective.evaluate(x, gradient.data);
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException("the start's value must be finite, but is " + value);
    }
    for (int iteration = 0; ; iteration++) {
      if (isSmall(gradient)) {
        return new Result(value, iteration, evaluations, Reason.GRADIENT);
      }
      if (iteration == options.maxIterations()) {
        return new Result(value, iteration, evaluations, Reason.MAX_ITERATIONS);
      }
      double slope = descend();
      double first = stored == 0 ? Math.min(1, 1 / NormOps_DDRM.fastNormF(gradient)) : 1;
      double next = search(objective, at, value, slope, first);
      if (!(next < value)) {
        if (stored == 0) {
          return new Result(value, iteration, evaluations, Reason.LINE_SEARCH);
        }
        stored = 0;
        next = search(objective, at, value, descend(), 1 / NormOps_DDRM.fastNormF(gradient));
        if (!(next < value)) {
          return new Result(value, iteration, evaluations, Reason.LINE_SEARCH);
        }
      }
      double reduction = value - next;
      value = next;
      remember(at);
      if (reduction <= options.valueTolerance() * Math.max(1, Math.abs(value))) {
        return new Result(value, iteration + 1, evaluations, Reason.VALUE);
      }
    }
  }

  /** Sets direction to −H gradient by the two-loop recursion. Returns its slope, negative. */
  private double descend() {
    CommonOps_DDRM.changeSign(gradient, direction);
    for (int i = 0; i < stored; i++) {
      int p = Math.floorMod(newest - i, memory);
      a[p] = rho[p] * VectorVectorMult_DDRM.innerProd(s[p], direction);
      CommonOps_DDRM.addEquals(direction, -a[p], y[p]);
    }
    if (stored > 0) {
      double yy = VectorVectorMult_DDRM.innerProd(y[newest], y[newest]);
      CommonOps_DDRM.scale(1 / (rho[newest] * yy), direction);
    }
    for (int i = stored - 1; i >= 0; i--) {
      int p = Math.floorMod(newest - i, memory);
      double b = rho[p] * VectorVectorMult_DDRM.innerProd(y[p], direction);
      CommonOps_DDRM.addEquals(direction, a[p] - b, s[p]);
    }
    double slope = VectorVectorMult_DDRM.innerProd(direction, gradient);
    if (slope < 0) {
      return slope;
    }
    stored = 0;
    CommonOps_DDRM.changeSign(gradient, direction);
    return -VectorVectorMult_DDRM.innerProd(gradient, gradient);
  }

  /**
   * Looks along the direction for a step that meets the strong Wolfe conditions. Leaves the best
   * point found in trial and trialGradient and returns its value, NaN if none lowers the value.
   */
  private double search(
      Objective objective, DMatrixRMaj x, double value, double slope, double first) {
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
      double triedSlope = VectorVectorMult_DDRM.innerProd(trialGradient, direction);
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

  private double evaluate(Objective objective, DMatrixRMaj x, double step) {
    CommonOps_DDRM.add(x, step, direction, trial);
    evaluations++;
    double value = objective.evaluate(trial.data, trialGradient.data);
    return Double.isFinite(value) ? value : Double.POSITIVE_INFINITY;
  }

  /** Stores the pair of differences, if its curvature is positive, and moves x to trial. */
  private void remember(DMatrixRMaj x) {
    CommonOps_DDRM.subtract(trial, x, lastS);
    CommonOps_DDRM.subtract(trialGradient, gradient, lastY);
    double sy = VectorVectorMult_DDRM.innerProd(lastS, lastY);
    double ss = VectorVectorMult_DDRM.innerProd(lastS, lastS);
    double yy = VectorVectorMult_DDRM.innerProd(lastY, lastY);
    if (sy > LEAST_CURVATURE * Math.sqrt(ss * yy)) {
      newest = (newest + 1) % memory;
      stored = Math.min(stored + 1, memory);
      rho[newest] = 1 / sy;
      s[newest].setTo(lastS);
      y[newest].setTo(lastY);
    }
    x.setTo(trial);
    gradient.setTo(trialGradient);
  }

  private boolean isSmall(DMatrixRMaj v) {
    return !MatrixFeatures_DDRM.hasNaN(v)
        && CommonOps_DDRM.elementMaxAbs(v) <= options.gradientTolerance();
  }
}
