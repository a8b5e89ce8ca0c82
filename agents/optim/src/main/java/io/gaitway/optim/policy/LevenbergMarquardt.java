package io.gaitway.optim.policy;

import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.MatrixFeatures_DDRM;
import org.ejml.dense.row.factory.LinearSolverFactory_DDRM;
import org.ejml.dense.row.mult.VectorVectorMult_DDRM;
import org.ejml.interfaces.linsol.LinearSolverDense;

/**
 * Levenberg and Marquardt's method: minimises a smooth function from values, gradients and a
 * positive semidefinite approximation H of its Hessian, with steps −(H + μ diag H)⁻¹ g. The damping
 * μ falls while the quadratic model holds and rises where it does not (Marquardt 1963; Nocedal and
 * Wright, Numerical Optimization, 2006, section 10.3).
 *
 * <p>Arrays are allocated once; iterations allocate nothing. A value that is not finite counts as
 * infinitely large. Instances are not thread-safe.
 */
public final class LevenbergMarquardt {
  private static final double FIRST_DAMPING = 1e-3;
  private static final double LEAST_DAMPING = 1e-9;
  private static final double MOST_DAMPING = 1e6;

  /** Factors on the damping after a step as good as expected, a poor one and a failure. */
  private static final double LOWER = 0.1;

  private static final double RAISE = 2;
  private static final double RAISE_AFTER_FAILURE = 4;

  /** Parts of the reduction that the model expects: a good step, a poor step. */
  private static final double GOOD = 0.75;

  private static final double POOR = 0.25;

  /** Least diagonal entry, relative to the largest, for variables without any effect. */
  private static final double LEAST_CURVATURE = 1e-10;

  private final int n;
  private final Options options;
  private final DMatrixRMaj H;
  private final DMatrixRMaj damped;
  private final DMatrixRMaj diagonal;
  private final LinearSolverDense<DMatrixRMaj> solver;
  private final DMatrixRMaj gradient;
  private final DMatrixRMaj step;
  private final DMatrixRMaj trial;
  private final DMatrixRMaj trialGradient;
  private double damping;
  private int evaluations;

  /** A function with its gradient and curvature. */
  public interface Objective {
    /**
     * The value at x.
     *
     * @param x not modified
     * @param gradient receives the gradient, same length
     */
    double evaluate(double[] x, double[] gradient);

    /**
     * Computes an approximation of the Hessian at the point evaluated last.
     *
     * @param H receives it, symmetric and positive semidefinite, shape (n, n)
     */
    void curvature(DMatrixRMaj H);
  }

  /**
   * When to stop.
   *
   * @param maxIterations most iterations, at least 0
   * @param tolerance stop when an iteration lowers the value by at most this times max(1, |value|)
   */
  public record Options(int maxIterations, double tolerance) {
    /** Checks the values. */
    public Options {
      if (maxIterations < 0) {
        throw new IllegalArgumentException(
            "maxIterations must be at least 0, but is " + maxIterations);
      }
      if (!(tolerance >= 0)) {
        throw new IllegalArgumentException("tolerance must be at least 0, but is " + tolerance);
      }
    }
  }

  /**
   * Outcome of a minimisation.
   *
   * @param value at the end; never above that at the start
   * @param iterations computations of the curvature
   * @param evaluations of the objective
   * @param converged whether it stopped because the value hardly changed or no step lowered it
   */
  public record Result(double value, int iterations, int evaluations, boolean converged) {}

  /** Allocates for functions of n variables. */
  public LevenbergMarquardt(int n, Options options) {
    this.n = n;
    this.options = options;
    H = new DMatrixRMaj(n, n);
    damped = new DMatrixRMaj(n, n);
    diagonal = new DMatrixRMaj(n, 1);
    solver = LinearSolverFactory_DDRM.chol(n);
    gradient = new DMatrixRMaj(n, 1);
    step = new DMatrixRMaj(n, 1);
    trial = new DMatrixRMaj(n, 1);
    trialGradient = new DMatrixRMaj(n, 1);
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
    damping = FIRST_DAMPING;
    evaluations = 1;
    double value = objective.evaluate(x, gradient.data);
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException("the start's value must be finite, but is " + value);
    }
    for (int iteration = 1; iteration <= options.maxIterations(); iteration++) {
      objective.curvature(H);
      double next = descend(objective, at, value);
      double reduction = value - next;
      value = next;
      if (reduction <= options.tolerance() * Math.max(1, Math.abs(value))) {
        return new Result(value, iteration, evaluations, true);
      }
    }
    return new Result(value, options.maxIterations(), evaluations, false);
  }

  /**
   * Moves x by the first step that lowers the value, the damping rising from step to step. Returns
   * the value at x, the old one if no step lowers it.
   */
  private double descend(Objective objective, DMatrixRMaj x, double value) {
    for (; damping <= MOST_DAMPING; damping *= RAISE_AFTER_FAILURE) {
      if (!step()) {
        continue;
      }
      CommonOps_DDRM.add(x, step, trial);
      evaluations++;
      double tried = objective.evaluate(trial.data, trialGradient.data);
      if (Double.isFinite(tried) && tried < value) {
        adapt((value - tried) / expectedReduction());
        x.setTo(trial);
        gradient.setTo(trialGradient);
        return tried;
      }
    }
    return value;
  }

  /** Computes the step. Returns whether the damped matrix is positive definite. */
  private boolean step() {
    CommonOps_DDRM.extractDiag(H, diagonal);
    double least = LEAST_CURVATURE * CommonOps_DDRM.elementMax(diagonal);
    damped.setTo(H);
    for (int i = 0; i < n; i++) {
      damped.add(i, i, damping * diagonal.data[i] + least);
    }
    if (MatrixFeatures_DDRM.hasUncountable(damped) || !solver.setA(damped)) {
      return false;
    }
    CommonOps_DDRM.changeSign(gradient, step);
    solver.solve(step, step);
    return true;
  }

  /** What the quadratic model with damping promises for the step to its minimum: −½ gᵀ step. */
  private double expectedReduction() {
    return -0.5 * VectorVectorMult_DDRM.innerProd(gradient, step);
  }

  private void adapt(double gain) {
    if (gain > GOOD) {
      damping = Math.max(LEAST_DAMPING, LOWER * damping);
    } else if (gain < POOR) {
      damping *= RAISE;
    }
  }
}
