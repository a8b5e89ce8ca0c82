package io.gaitway.sim.dynamics;

import io.gaitway.sim.pause.Pause;
import java.util.Arrays;
import java.util.List;

/**
 * Derivatives of a control step by numbers p that it was made with: of integrator steps x_{s+1} =
 * φ(x_s, u, p),
 *
 * <pre>
 *   ∂x_{s+1}/∂p = φ_x ∂x_s/∂p + φ_p    with φ_p of {@link StepSlope}
 * </pre>
 *
 * <p>Belongs to one thread.
 */
final class SlopeSweep {
  private final ImplicitStep.Data data;
  private final List<StepSlope> by;
  private final int substeps;
  private final int nv;
  private final int nx;
  private final int nu;
  private final double[] byState;
  private final double[] byAction;
  private final double[] start;
  private final double[] end;
  private final double[] before;
  private final double[][] memory;

  /** Allocates. */
  SlopeSweep(ImplicitStep.Data data, List<StepSlope> by, int substeps, int nv, int nu) {
    this.data = data;
    this.by = by;
    this.substeps = substeps;
    this.nv = nv;
    this.nu = nu;
    nx = 2 * nv;
    byState = new double[nx * nx];
    byAction = new double[nx * nu];
    start = new double[nx];
    end = new double[nx];
    before = new double[nx * by.size()];
    memory = by.stream().map(slope -> slope.kernel.newMemory()).toArray(double[][]::new);
  }

  /** See {@link ControlStep.Data#differentiateBy}. */
  boolean sweep(double[] x, int xAt, double[] u, int uAt, double[] out) {
    Pause pause = Pause.ofThread();
    int count = by.size();
    data.set(x, xAt, u, uAt);
    data.get(end, 0);
    Arrays.fill(out, 0, nx * count, 0);
    for (int s = 0; s < substeps; s++) {
      pause.point();
      System.arraycopy(end, 0, start, 0, nx);
      if (!data.advanceAndDifferentiate(byState, byAction)) {
        return false;
      }
      data.get(end, 0);
      System.arraycopy(out, 0, before, 0, nx * count);
      Arrays.fill(out, 0, nx * count, 0);
      for (int i = 0; i < nx; i++) {
        for (int k = 0; k < nx; k++) {
          ControlStep.addScaledRow(byState[i * nx + k], before, k, out, i, count);
        }
      }
      for (int j = 0; j < count; j++) {
        addOwn(j, u, uAt, out);
      }
    }
    double sum = 0;
    for (int i = 0; i < nx * count; i++) {
      sum += 0 * out[i]; // NaN unless it is finite
    }
    return sum == 0;
  }

  /** Adds φ_p of the step from start to end to column j. */
  private void addOwn(int j, double[] u, int uAt, double[] out) {
    double[] inputs = memory[j];
    System.arraycopy(start, 0, inputs, 0, nx);
    System.arraycopy(u, uAt, inputs, nx, nu);
    System.arraycopy(end, nv, inputs, nx + nu, nv);
    by.get(j).kernel.run(inputs);
    int at = by.get(j).kernel.outputAt();
    for (int i = 0; i < nx; i++) {
      out[i * by.size() + j] += inputs[at + i];
    }
  }
}
