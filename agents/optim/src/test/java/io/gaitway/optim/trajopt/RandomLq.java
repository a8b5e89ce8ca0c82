package io.gaitway.optim.trajopt;

import io.gaitway.client.simulation.Expansion;
import java.util.random.RandomGenerator;

/** Random linear-quadratic problems with cross terms. */
public final class RandomLq {
  private RandomLq() {}

  /** Damped random dynamics and a positive definite cost in (x, u) at every knot. */
  public static Expansion problem(RandomGenerator random, int T, int nx, int nu) {
    Expansion e = new Expansion(T, nx, nu);
    double gain = 0.9 / Math.sqrt(nx);
    fill(random, e.fx, gain);
    fill(random, e.fu, 1);
    fill(random, e.lx, 1);
    fill(random, e.lu, 1);
    for (int t = 0; t <= T; t++) {
      int n = nx + nu;
      double[] H = positiveDefinite(random, n);
      for (int i = 0; i < nx; i++) {
        System.arraycopy(H, i * n, e.lxx, (t * nx + i) * nx, nx);
      }
      for (int i = 0; i < nu && t < T; i++) {
        System.arraycopy(H, (nx + i) * n, e.lux, (t * nu + i) * nx, nx);
        System.arraycopy(H, (nx + i) * n + nx, e.luu, (t * nu + i) * nu, nu);
      }
    }
    return e;
  }

  static double[] positiveDefinite(RandomGenerator random, int n) {
    double[] G = new double[n * n];
    fill(random, G, 1);
    double[] H = new double[n * n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        double sum = i == j ? 0.1 : 0;
        for (int r = 0; r < n; r++) {
          sum += G[i * n + r] * G[j * n + r] / n;
        }
        H[i * n + j] = sum;
      }
    }
    return H;
  }

  static void fill(RandomGenerator random, double[] values, double scale) {
    for (int i = 0; i < values.length; i++) {
      values[i] = scale * random.nextGaussian();
    }
  }

  /**
   * Cost of the linear-quadratic model under δu = α k + K δx from δx1, relative to staying on the
   * nominal.
   */
  static double cost(Expansion e, double[] k, double[] K, double alpha, double[] dx1) {
    double[] dx = dx1.clone();
    double cost = 0;
    for (int t = 0; t < e.T; t++) {
      double[] du = new double[e.nu];
      for (int i = 0; i < e.nu; i++) {
        du[i] = alpha * k[t * e.nu + i] + row(K, (t * e.nu + i) * e.nx, dx);
      }
      for (int i = 0; i < e.nx; i++) {
        cost += dx[i] * (e.lx[t * e.nx + i] + 0.5 * row(e.lxx, (t * e.nx + i) * e.nx, dx));
      }
      for (int i = 0; i < e.nu; i++) {
        int at = t * e.nu + i;
        cost += du[i] * (e.lu[at] + row(e.lux, at * e.nx, dx) + 0.5 * row(e.luu, at * e.nu, du));
      }
      double[] next = new double[e.nx];
      for (int i = 0; i < e.nx; i++) {
        int at = t * e.nx + i;
        next[i] = row(e.fx, at * e.nx, dx) + row(e.fu, at * e.nu, du);
      }
      dx = next;
    }
    for (int i = 0; i < e.nx; i++) {
      int at = e.T * e.nx + i;
      cost += dx[i] * (e.lx[at] + 0.5 * row(e.lxx, at * e.nx, dx));
    }
    return cost;
  }

  private static double row(double[] A, int at, double[] v) {
    double sum = 0;
    for (int j = 0; j < v.length; j++) {
      sum += A[at + j] * v[j];
    }
    return sum;
  }
}
