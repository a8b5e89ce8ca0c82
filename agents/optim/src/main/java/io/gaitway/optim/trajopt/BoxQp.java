package io.gaitway.optim.trajopt;

import java.util.Arrays;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.factory.LinearSolverFactory_DDRM;
import org.ejml.interfaces.linsol.LinearSolverDense;

/**
 * A quadratic program in a box, min ½ xᵀ H x + gᵀ x subject to lower ≤ x ≤ upper, by a projected
 * Newton method (Bertsekas, Projected Newton methods for optimization problems with simple
 * constraints, SIAM J. Control and Optimization 20, 1982; Tassa, Mansard and Todorov,
 * Control-limited differential dynamic programming, ICRA 2014).
 *
 * <p>An entry is clamped where it is at a bound beyond which the cost would fall; the others are
 * free. A step goes to the minimum over the free entries, or along the box towards it where it lies
 * outside. The method ends at a minimum over the free entries that is inside and leaves the same
 * entries clamped, which is the solution to round-off.
 *
 * <p>The free block of H keeps its place in a matrix of H's size, with the identity's rows and
 * columns for clamped entries. Arrays are allocated once. Only additions, multiplications,
 * divisions and square roots are used, in a fixed order. Instances are not thread-safe.
 */
final class BoxQp {
  private static final int MAX_ITERATIONS = 100;

  /** Least ratio of actual to linearly expected reduction of a step along the box. */
  private static final double ACCEPTANCE = 0.1;

  private static final double SHORTENING = 0.6;

  /** Shortened this often, to 1e-22, a step is lost in round-off. */
  private static final int MAX_SHORTENINGS = 100;

  private final int n;
  private final boolean[] clamped;
  private final LinearSolverDense<DMatrixRMaj> solver;
  private final DMatrixRMaj freeBlock;
  private final DMatrixRMaj gradient;
  private final DMatrixRMaj rightSide;
  private final DMatrixRMaj target;
  private final DMatrixRMaj next;
  private final DMatrixRMaj step;
  private final DMatrixRMaj Hstep;

  /** Allocates for n entries. */
  BoxQp(int n) {
    this.n = n;
    clamped = new boolean[n];
    solver = LinearSolverFactory_DDRM.chol(n);
    freeBlock = new DMatrixRMaj(n, n);
    gradient = new DMatrixRMaj(n, 1);
    rightSide = new DMatrixRMaj(n, 1);
    target = new DMatrixRMaj(n, 1);
    next = new DMatrixRMaj(n, 1);
    step = new DMatrixRMaj(n, 1);
    Hstep = new DMatrixRMaj(n, 1);
  }

  /**
   * Solves the program.
   *
   * @param H shape (n, n), symmetric and positive definite; not modified
   * @param g shape (n, 1); not modified
   * @param lower shape (n, 1), nowhere above {@code upper}; not modified
   * @param upper shape (n, 1); not modified
   * @param x where to begin, which need not be in the box; becomes the solution. Shape (n, 1)
   * @return whether it succeeded; not if H is not positive definite or a number is not finite
   */
  boolean solve(DMatrixRMaj H, DMatrixRMaj g, DMatrixRMaj lower, DMatrixRMaj upper, DMatrixRMaj x) {
    project(x, lower, upper, x);
    boolean minimal = false;
    for (int iteration = 0; iteration < MAX_ITERATIONS; iteration++) {
      CommonOps_DDRM.mult(H, x, gradient);
      CommonOps_DDRM.addEquals(gradient, g);
      boolean changed = clamp(x, lower, upper);
      if (minimal && !changed) {
        return true;
      }
      if (!minimizeOverFree(H, g, x)) {
        return false;
      }
      minimal = move(H, lower, upper, x);
    }
    return false;
  }

  /**
   * Solves H Z = B for the rows of entries that are free in the solution, with the free block of H;
   * the other rows of Z become zero.
   *
   * @param B shape (n, m); its rows of clamped entries become zero
   * @param Z receives the solution, shape (n, m)
   */
  void solveFree(DMatrixRMaj B, DMatrixRMaj Z) {
    for (int i = 0; i < n; i++) {
      if (clamped[i]) {
        Arrays.fill(B.data, i * B.numCols, (i + 1) * B.numCols, 0);
      }
    }
    solver.solve(B, Z);
  }

  /** Whether an entry of the solution is clamped. */
  boolean clamped(int i) {
    return clamped[i];
  }

  /** Sets {@code out} to the point of the box next to {@code x}; NaN becomes the lower bound. */
  private static void project(
      DMatrixRMaj x, DMatrixRMaj lower, DMatrixRMaj upper, DMatrixRMaj out) {
    for (int i = 0; i < x.numRows; i++) {
      double value = x.data[i];
      out.data[i] = value > lower.data[i] ? Math.min(value, upper.data[i]) : lower.data[i];
    }
  }

  /** Finds the entries that are clamped at x. Returns whether they are others than before. */
  private boolean clamp(DMatrixRMaj x, DMatrixRMaj lower, DMatrixRMaj upper) {
    boolean changed = false;
    for (int i = 0; i < n; i++) {
      double slope = gradient.data[i];
      boolean now =
          (x.data[i] <= lower.data[i] && slope > 0) || (x.data[i] >= upper.data[i] && slope < 0);
      changed |= now != clamped[i];
      clamped[i] = now;
    }
    return changed;
  }

  /** Sets the target to the minimum over the free entries. Returns whether there is one. */
  private boolean minimizeOverFree(DMatrixRMaj H, DMatrixRMaj g, DMatrixRMaj x) {
    for (int i = 0; i < n; i++) {
      double slope = g.data[i];
      for (int j = 0; j < n; j++) {
        boolean free = !clamped[i] && !clamped[j];
        freeBlock.set(i, j, free ? H.get(i, j) : i == j ? 1 : 0);
        slope += clamped[j] ? H.get(i, j) * x.data[j] : 0;
      }
      rightSide.data[i] = clamped[i] ? x.data[i] : -slope;
    }
    if (!solver.setA(freeBlock)) {
      return false;
    }
    solver.solve(rightSide, target);
    return Double.isFinite(CommonOps_DDRM.elementSum(target));
  }

  /**
   * Moves x to the target, or as far towards it along the box as the cost falls enough. Returns
   * whether x is then minimal over the free entries: it is at the target, or no step lowers the
   * cost, which is a matter of round-off.
   */
  private boolean move(DMatrixRMaj H, DMatrixRMaj lower, DMatrixRMaj upper, DMatrixRMaj x) {
    project(target, lower, upper, next);
    if (Arrays.equals(next.data, target.data)) {
      x.setTo(target);
      return true;
    }
    double size = 1;
    for (int shortenings = 0; shortenings < MAX_SHORTENINGS; shortenings++) {
      CommonOps_DDRM.subtract(target, x, step);
      CommonOps_DDRM.add(x, size, step, next);
      project(next, lower, upper, next);
      CommonOps_DDRM.subtract(next, x, step);
      CommonOps_DDRM.mult(H, step, Hstep);
      double expected = CommonOps_DDRM.dot(gradient, step);
      double change = expected + 0.5 * CommonOps_DDRM.dot(step, Hstep);
      if (expected < 0 && change <= ACCEPTANCE * expected) {
        x.setTo(next);
        return false;
      }
      size *= SHORTENING;
    }
    return true;
  }
}
