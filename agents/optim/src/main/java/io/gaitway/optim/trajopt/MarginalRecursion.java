package io.gaitway.optim.trajopt;

import io.gaitway.client.simulation.Expansion;

/** Propagates state covariances: Σ_{t+1} = A Σ_t Aᵀ + fu (C + diag(s²)) fuᵀ, A = fx + fu K. */
final class MarginalRecursion {
  private final GaussianTrajectory q;
  private final Expansion e;
  private final int nx;
  private final int nu;
  private final double[] A;
  private final double[] AS;
  private final double[] B;

  MarginalRecursion(GaussianTrajectory q, Expansion e) {
    if (e.T != q.T || e.nx != q.nx || e.nu != q.nu) {
      throw new IllegalArgumentException(
          "expansion has (T, nx, nu) = (%d, %d, %d), the trajectory (%d, %d, %d)"
              .formatted(e.T, e.nx, e.nu, q.T, q.nx, q.nu));
    }
    this.q = q;
    this.e = e;
    nx = q.nx;
    nu = q.nu;
    A = new double[nx * nx];
    AS = new double[nx * nx];
    B = new double[nx * nu];
  }

  /** Fills Σ_2 … Σ_{T+1} from Σ_1. */
  void run() {
    for (int t = 0; t < q.T; t++) {
      closedLoop(t);
      times(A, q.Sigma, t * nx * nx);
      noise(t);
      next(t);
    }
  }

  /** A = fx + fu K. */
  private void closedLoop(int t) {
    System.arraycopy(e.fx, t * nx * nx, A, 0, nx * nx);
    for (int i = 0; i < nx; i++) {
      for (int r = 0; r < nu; r++) {
        double fu = e.fu[(t * nx + i) * nu + r];
        int K = (t * nu + r) * nx;
        for (int j = 0; j < nx; j++) {
          A[i * nx + j] += fu * q.K[K + j];
        }
      }
    }
  }

  /** AS = A Σ. */
  private void times(double[] A, double[] Sigma, int at) {
    for (int i = 0; i < nx; i++) {
      for (int j = 0; j < nx; j++) {
        AS[i * nx + j] = 0;
      }
      for (int r = 0; r < nx; r++) {
        double a = A[i * nx + r];
        for (int j = 0; j < nx; j++) {
          AS[i * nx + j] += a * Sigma[at + r * nx + j];
        }
      }
    }
  }

  /** B = fu (C + diag(s²)). */
  private void noise(int t) {
    for (int i = 0; i < nx; i++) {
      int fu = (t * nx + i) * nu;
      for (int j = 0; j < nu; j++) {
        double sum = e.fu[fu + j] * q.disturbance[j] * q.disturbance[j];
        for (int r = 0; r < nu; r++) {
          sum += e.fu[fu + r] * q.C[(t * nu + r) * nu + j];
        }
        B[i * nu + j] = sum;
      }
    }
  }

  /** Σ_{t+1} = AS Aᵀ + B fuᵀ, its lower triangle mirrored. */
  private void next(int t) {
    int at = (t + 1) * nx * nx;
    for (int i = 0; i < nx; i++) {
      for (int j = 0; j <= i; j++) {
        double sum = 0;
        for (int r = 0; r < nx; r++) {
          sum += AS[i * nx + r] * A[j * nx + r];
        }
        for (int r = 0; r < nu; r++) {
          sum += B[i * nu + r] * e.fu[(t * nx + j) * nu + r];
        }
        q.Sigma[at + i * nx + j] = sum;
        q.Sigma[at + j * nx + i] = sum;
      }
    }
  }
}
