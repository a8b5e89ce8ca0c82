package io.gaitway.sim.dynamics;

import io.gaitway.sim.pause.Pause;
import java.util.Arrays;

/**
 * Second derivatives of λᵀ f of a control step f, made of integrator steps x_{s+1} = φ(x_s, u):
 * with D_s the derivative of step s's motion (q_s, q̇_s, q̇_{s+1}) by (x_0, u), H_s of {@link
 * StepCurvature}, and λ_s = φ_xᵀ λ_{s+1} from λ at the end,
 *
 * <pre>
 *   ∂²(λᵀ f) = −Σ_s D_sᵀ H_s(λ_{s+1}) D_s
 * </pre>
 *
 * <p>Belongs to one thread.
 */
final class CurvatureSweep {
  private final ImplicitStep.Data data;
  private final StepCurvature.Data curvature;
  private final TimeStep time;
  private final int substeps;
  private final int nv;
  private final int nx;
  private final int nu;
  private final int nz;

  /** States before every step and after the last. */
  private final double[][] states;

  private final double[][] byState;
  private final double[] byAction;

  /** By step, the rows of D_sᵀ: by entry of (x_0, u), how the step's motion moves. */
  private final double[][][] moved;

  private final double[] product;
  private final double[] weights;
  private final double[] earlier;

  /** Allocates. */
  CurvatureSweep(
      ImplicitStep.Data data,
      StepCurvature.Data curvature,
      TimeStep time,
      int substeps,
      int nv,
      int nu) {
    this.data = data;
    this.curvature = curvature;
    this.time = time;
    this.substeps = substeps;
    this.nv = nv;
    this.nu = nu;
    nx = 2 * nv;
    nz = nx + nu;
    states = new double[substeps + 1][nx];
    byState = new double[substeps][nx * nx];
    byAction = new double[nx * nu];
    moved = new double[substeps][nz][3 * nv];
    product = new double[3 * nv];
    weights = new double[nx];
    earlier = new double[nx];
  }

  /** See {@link ControlStep.Data#curvature}. */
  boolean sweep(
      double[] x, int xAt, double[] u, int uAt, double[] lambda, int lambdaAt, double[] out) {
    Pause pause = Pause.ofThread();
    data.set(x, xAt, u, uAt);
    data.get(states[0], 0);
    for (int s = 0; s < substeps; s++) {
      pause.point();
      if (!data.advanceAndDifferentiate(byState[s], byAction)) {
        return false;
      }
      data.get(states[s + 1], 0);
      move(s);
    }
    System.arraycopy(lambda, lambdaAt, weights, 0, nx);
    Arrays.fill(out, 0, nz * nz, 0);
    for (int s = substeps - 1; s >= 0; s--) {
      pause.point();
      curvature.set(states[s], states[s + 1], weights);
      addCurvature(moved[s], out);
      Arrays.fill(earlier, 0);
      for (int i = 0; i < nx; i++) {
        ControlStep.addScaledRow(weights[i], byState[s], i, earlier, 0, nx);
      }
      System.arraycopy(earlier, 0, weights, 0, nx);
    }
    return mirror(out);
  }

  /** Fills D_s: the state before the step as the steps so far have moved it, then q̇ after it. */
  private void move(int s) {
    for (int j = 0; j < nz; j++) {
      double[] own = moved[s][j];
      if (s == 0) {
        Arrays.fill(own, 0);
        if (j < nx) {
          own[j] = 1;
        }
      } else {
        double[] before = moved[s - 1][j];
        for (int i = 0; i < nv; i++) {
          double rate = before[nv + i];
          double nextRate = before[2 * nv + i];
          own[i] = before[i] + time.before() * rate + time.after() * nextRate;
          own[nv + i] = nextRate;
        }
      }
      for (int i = 0; i < nv; i++) {
        double sum = j < nx ? 0 : byAction[(nv + i) * nu + j - nx];
        for (int k = 0; k < nx; k++) {
          sum += byState[s][(nv + i) * nx + k] * own[k];
        }
        own[2 * nv + i] = sum;
      }
    }
  }

  /** Adds −Dᵀ H D to the lower triangle. Modified: {@code out}. */
  private void addCurvature(double[][] directions, double[] out) {
    for (int j = 0; j < nz; j++) {
      curvature.multiply(directions[j], product);
      for (int i = j; i < nz; i++) {
        double sum = 0;
        for (int k = 0; k < 3 * nv; k++) {
          sum += directions[i][k] * product[k];
        }
        out[i * nz + j] += sum;
      }
    }
  }

  /** Copies the lower triangle to the upper one; whether all entries are finite. */
  private boolean mirror(double[] out) {
    double sum = 0;
    for (int i = 0; i < nz; i++) {
      for (int j = 0; j <= i; j++) {
        sum += 0 * out[i * nz + j]; // NaN unless it is finite
        out[j * nz + i] = out[i * nz + j];
      }
    }
    return sum == 0;
  }
}
