package io.gaitway.sim.dynamics;

import io.gaitway.sim.pause.Pause;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One control step: several integrator steps under constant torques, and its exact derivative by
 * the chain rule. Immutable; a {@link Data} belongs to one thread.
 */
public final class ControlStep {
  private final ImplicitStep step;
  private final int substeps;
  private final int nv;
  private final int nu;

  /** {@code substeps} integrator steps of the given kind. */
  public ControlStep(ImplicitStep step, int substeps) {
    if (substeps < 1) {
      throw new IllegalArgumentException("substeps = " + substeps + " must be at least 1");
    }
    this.step = step;
    this.substeps = substeps;
    nv = step.nv();
    nu = step.nu();
  }

  /** Length and method of an integrator step. */
  public TimeStep time() {
    return step.time();
  }

  /** Arithmetic operations of {@link Data#advance}, about. */
  public double operations() {
    return substeps * step.operations();
  }

  /** Arithmetic operations of {@link Data#differentiate}, about. */
  public double derivativeOperations() {
    double chain = 4.0 * nv * nv * (2 * nv + nu);
    return substeps * (step.derivativeOperations() + chain);
  }

  /** Arithmetic operations of {@link Data#curvature}, about; compiles as that does. */
  public double curvatureOperations() {
    int nz = 2 * nv + nu;
    double products = step.curvature().operations(nz);
    double sums = nz * (4.0 * nv * nv + 3.0 * nv * nz);
    return substeps * (step.derivativeOperations() + products + sums);
  }

  /**
   * Its derivative by a number that it was made with, such as a mass; compiles.
   *
   * @param variants steps made alike with other values of that number
   * @param offsets these values less its own, all different
   * @return empty if the variants differ in more than numbers
   */
  public Optional<StepSlope> slope(List<ControlStep> variants, double[] offsets) {
    return step.slope(variants.stream().map(variant -> variant.step).toList(), offsets);
  }

  /** Arithmetic operations of {@link Data#differentiateBy}, about. */
  public double slopeOperations(List<StepSlope> by) {
    double kernels = by.stream().mapToDouble(slope -> slope.kernel.operations()).sum();
    double chain = 4.0 * nv * nv * by.size();
    return substeps * (step.derivativeOperations() + kernels + chain);
  }

  /** Scratch memory for one thread; allocates. */
  public Data newData() {
    return new Data();
  }

  /** Scratch and results of one thread. */
  public final class Data {
    private final ImplicitStep.Data data = step.newData();

    /** Rows of q̇ of the control step's derivatives before the current integrator step. */
    private final double[] previousFx = new double[2 * nv * nv];

    private final double[] previousFu = new double[nv * nu];

    /** Derivatives of the current integrator step, from the second one on. */
    private final double[] stepFx = new double[4 * nv * nv];

    private final double[] stepFu = new double[2 * nv * nu];

    private @Nullable CurvatureSweep curvature;

    private Data() {}

    /**
     * Second derivatives of λᵀ xNext by state and action. The first call allocates, and compiles
     * unless {@link ControlStep#curvatureOperations} has.
     *
     * @param lambda λ, shape (2 nv). Not modified.
     * @param out shape (2 nv + nu, 2 nv + nu), symmetric. Modified.
     * @return false if an integrator step failed or an entry is not finite; out is then unspecified
     */
    public boolean curvature(
        double[] x, int xAt, double[] u, int uAt, double[] lambda, int lambdaAt, double[] out) {
      if (curvature == null) {
        StepCurvature.Data own = step.curvature().newData();
        curvature = new CurvatureSweep(data, own, time(), substeps, nv, nu);
      }
      return curvature.sweep(x, xAt, u, uAt, lambda, lambdaAt, out);
    }

    /**
     * Advances.
     *
     * @param x state, shape (2 nv). Not modified.
     * @param u torques, N m, shape (nu). Not modified.
     * @param xNext state after the control step. Modified.
     * @return false if an integrator step failed; xNext is then unspecified
     */
    public boolean advance(double[] x, int xAt, double[] u, int uAt, double[] xNext, int xNextAt) {
      data.set(x, xAt, u, uAt);
      if (!advance(substeps)) {
        return false;
      }
      data.get(xNext, xNextAt);
      return true;
    }

    /**
     * Advances and keeps both ends of the last integrator step; arguments and result as in {@link
     * #advance}.
     *
     * @param start state that the last integrator step starts from, shape (2 nv). Modified.
     * @param end state that it leads to, shape (2 nv). Modified.
     */
    public boolean advanceKeepingLast(
        double[] x, int xAt, double[] u, int uAt, double[] start, double[] end) {
      data.set(x, xAt, u, uAt);
      if (!advance(substeps - 1)) {
        return false;
      }
      data.get(start, 0);
      if (!advance(1)) {
        return false;
      }
      data.get(end, 0);
      return true;
    }

    private boolean advance(int steps) {
      Pause pause = Pause.ofThread();
      for (int i = 0; i < steps; i++) {
        pause.point();
        if (!data.advance()) {
          return false;
        }
      }
      return true;
    }

    /**
     * Advances and differentiates; arguments and result as in {@link #advance}.
     *
     * @param fx ∂xNext/∂x, shape (2 nv, 2 nv). Modified.
     * @param fu ∂xNext/∂u, shape (2 nv, nu). Modified.
     */
    public boolean differentiate(
        double[] x, int xAt, double[] u, int uAt, double[] xNext, double[] fx, double[] fu) {
      data.set(x, xAt, u, uAt);
      Pause pause = Pause.ofThread();
      for (int i = 0; i < substeps; i++) {
        pause.point();
        boolean first = i == 0;
        if (!data.advanceAndDifferentiate(first ? fx : stepFx, first ? fu : stepFu)) {
          return false;
        }
        if (!first) {
          chain(fx, fu);
        }
      }
      data.get(xNext, 0);
      return true;
    }

    /**
     * Derivatives of xNext by numbers that the step was made with; allocates.
     *
     * @param by the numbers
     * @param out shape (2 nv, numbers). Modified.
     * @return false if an integrator step failed or an entry is not finite; out is then unspecified
     */
    public boolean differentiateBy(
        List<StepSlope> by, double[] x, int xAt, double[] u, int uAt, double[] out) {
      return new SlopeSweep(data, by, substeps, nv, nu).sweep(x, xAt, u, uAt, out);
    }

    /**
     * Multiplies the last integrator step's derivatives onto {@code fx} and {@code fu}. The rows of
     * q̇ are dense; those of q follow from {@link TimeStep}.
     */
    private void chain(double[] fx, double[] fu) {
      int nx = 2 * nv;
      System.arraycopy(fx, nv * nx, previousFx, 0, nv * nx);
      System.arraycopy(fu, nv * nu, previousFu, 0, nv * nu);
      for (int i = nv; i < nx; i++) {
        Arrays.fill(fx, i * nx, (i + 1) * nx, 0);
        for (int j = 0; j < nu; j++) {
          fu[i * nu + j] = stepFu[i * nu + j];
        }
        for (int k = 0; k < nv; k++) {
          double byPosition = stepFx[i * nx + k];
          if (byPosition != 0) {
            addScaledRow(byPosition, fx, k, fx, i, nx);
            addScaledRow(byPosition, fu, k, fu, i, nu);
          }
          double byVelocity = stepFx[i * nx + nv + k];
          addScaledRow(byVelocity, previousFx, k, fx, i, nx);
          addScaledRow(byVelocity, previousFu, k, fu, i, nu);
        }
      }
      for (int i = 0; i < nv; i++) {
        if (time().before() != 0) {
          addScaledRow(time().before(), previousFx, i, fx, i, nx);
          addScaledRow(time().before(), previousFu, i, fu, i, nu);
        }
        addScaledRow(time().after(), fx, nv + i, fx, i, nx);
        addScaledRow(time().after(), fu, nv + i, fu, i, nu);
      }
    }
  }

  /** Adds {@code factor} times row {@code k} of {@code from} to row {@code i} of {@code to}. */
  static void addScaledRow(double factor, double[] from, int k, double[] to, int i, int columns) {
    int source = k * columns;
    int target = i * columns;
    for (int j = 0; j < columns; j++) {
      to[target + j] += factor * from[source + j];
    }
  }
}
