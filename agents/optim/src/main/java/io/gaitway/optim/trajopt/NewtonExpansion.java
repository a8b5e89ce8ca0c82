package io.gaitway.optim.trajopt;

import io.gaitway.client.simulation.Expansion;
import io.gaitway.client.simulation.Simulator;
import io.gaitway.client.simulation.Trajectory;

/**
 * The expansion whose linear-quadratic problem is a step of Newton's method on the actions: that of
 * the cost, with the second derivatives of the dynamics added to lxx, lux and luu, weighted with
 * the gradient of the cost-to-go along the trajectory,
 *
 * <pre>
 *   p_T = lx_T        p_t = lx_t + fxᵀ p_{t+1}        lzz_t += Σ_k (p_{t+1})_k ∂²f_k
 * </pre>
 *
 * <p>(De O. Pantoja, Differential dynamic programming and Newton's method, 1988.) Differential
 * dynamic programming has Vx of its sweep for p; the two are one at a minimum, and the convergence
 * is quadratic with either. But p is known before the sweep: one call fetches what all knots need,
 * and a sweep with another λ needs no other.
 */
final class NewtonExpansion {
  /** Of the cost, until {@link #addCurvature}. */
  final Expansion expansion;

  /** p_{t+1} at t, shape (T, nx). */
  private final double[] costates;

  /** Shape (T, nx + nu, nx + nu). */
  private final double[] curvature;

  /** Allocates. */
  NewtonExpansion(int T, int nx, int nu) {
    expansion = new Expansion(T, nx, nu);
    costates = new double[T * nx];
    curvature = new double[T * (nx + nu) * (nx + nu)];
  }

  /** Adds second derivatives of the dynamics. Modified: {@link #expansion}. */
  void addCurvature(Simulator simulator, Trajectory nominal) {
    Expansion e = expansion;
    int nx = e.nx;
    int nu = e.nu;
    for (int t = e.T - 1; t >= 0; t--) {
      for (int i = 0; i < nx; i++) {
        int next = (t + 1) * nx + i;
        double sum = e.lx[next];
        for (int k = 0; k < nx && t < e.T - 1; k++) {
          sum += e.fx[(next - i + k) * nx + i] * costates[next - i + k];
        }
        costates[next - nx] = sum;
      }
    }
    simulator.curvature(nominal.xs, nominal.us, costates, curvature);
    int nz = nx + nu;
    for (int t = 0; t < e.T; t++) {
      int from = t * nz * nz;
      for (int i = 0; i < nx; i++) {
        add(from + i * nz, nx, e.lxx, (t * nx + i) * nx);
      }
      for (int i = 0; i < nu; i++) {
        add(from + (nx + i) * nz, nx, e.lux, (t * nu + i) * nx);
        add(from + (nx + i) * nz + nx, nu, e.luu, (t * nu + i) * nu);
      }
    }
  }

  private void add(int from, int count, double[] to, int at) {
    for (int i = 0; i < count; i++) {
      to[at + i] += curvature[from + i];
    }
  }
}
