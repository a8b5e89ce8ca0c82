package io.gaitway.sim.dynamics;

import java.util.Arrays;

/**
 * One control step: several integrator steps under constant torques, and its exact derivative by
 * the chain rule. Immutable; a {@link Data} belongs to one thread.
 */
public final class ControlStep {
  private final ImplicitStep step;
  private final int substeps;
  private final int nv;
  private final int nu;
  private final int width;

  /** {@code substeps} integrator steps of the given kind. */
  public ControlStep(ImplicitStep step, int substeps) {
    if (substeps < 1) {
      throw new IllegalArgumentException("substeps = " + substeps + " must be at least 1");
    }
    this.step = step;
    this.substeps = substeps;
    nv = step.nv();
    nu = step.nu();
    width = 2 * nv + nu;
  }

  /** Scratch memory for one thread; allocates. */
  public Data newData() {
    return new Data();
  }

  /** Scratch and results of one thread. */
  public final class Data {
    private final ImplicitStep.Data data = step.newData();

    /** ∂q/∂z and ∂q̇/∂z with z = (q, q̇, τ) at the start of the control step; shape (nv, width). */
    private final double[] qDz = new double[nv * width];

    private final double[] qdDz = new double[nv * width];
    private final double[] previousQdDz = new double[nv * width];

    private Data() {}

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
      for (int i = 0; i < substeps; i++) {
        if (!data.advance()) {
          return false;
        }
      }
      data.get(xNext, xNextAt);
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
      for (int i = 0; i < substeps; i++) {
        if (!data.advanceAndDifferentiate()) {
          return false;
        }
        if (i == 0) {
          firstTangent();
        } else {
          nextTangent();
        }
      }
      data.get(xNext, 0);
      for (int i = 0; i < nv; i++) {
        int row = i * width;
        System.arraycopy(qDz, row, fx, i * 2 * nv, 2 * nv);
        System.arraycopy(qdDz, row, fx, (nv + i) * 2 * nv, 2 * nv);
        System.arraycopy(qDz, row + 2 * nv, fu, i * nu, nu);
        System.arraycopy(qdDz, row + 2 * nv, fu, (nv + i) * nu, nu);
      }
      return true;
    }

    private void firstTangent() {
      double h = step.h();
      for (int i = 0; i < nv; i++) {
        data.copyTangentRow(i, qdDz, i * width);
        for (int j = 0; j < width; j++) {
          qDz[i * width + j] = h * qdDz[i * width + j];
        }
        qDz[i * width + i] += 1;
      }
    }

    private void nextTangent() {
      System.arraycopy(qdDz, 0, previousQdDz, 0, nv * width);
      for (int i = 0; i < nv; i++) {
        int row = i * width;
        Arrays.fill(qdDz, row, row + width, 0);
        for (int k = 0; k < nv; k++) {
          addScaledRow(data.qdNextDz(i, k), qDz, k, row);
          addScaledRow(data.qdNextDz(i, nv + k), previousQdDz, k, row);
        }
        for (int k = 0; k < nu; k++) {
          qdDz[row + 2 * nv + k] += data.qdNextDz(i, 2 * nv + k);
        }
      }
      double h = step.h();
      for (int i = 0; i < nv * width; i++) {
        qDz[i] += h * qdDz[i];
      }
    }

    private void addScaledRow(double factor, double[] from, int k, int row) {
      if (factor != 0) {
        for (int j = 0; j < width; j++) {
          qdDz[row + j] += factor * from[k * width + j];
        }
      }
    }
  }
}
