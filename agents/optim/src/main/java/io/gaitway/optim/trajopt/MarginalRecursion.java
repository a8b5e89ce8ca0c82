package io.gaitway.optim.trajopt;

import io.gaitway.client.simulation.Expansion;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;

/** Propagates state covariances: Σ_{t+1} = A Σ_t Aᵀ + fu (C + diag(s²)) fuᵀ, A = fx + fu K. */
final class MarginalRecursion {
  private final GaussianTrajectory q;
  private final Expansion e;
  private final DMatrixRMaj A;
  private final DMatrixRMaj AS;
  private final DMatrixRMaj fu;
  private final DMatrixRMaj fuN;
  private final DMatrixRMaj K;
  private final DMatrixRMaj N;
  private final DMatrixRMaj Sigma;

  MarginalRecursion(GaussianTrajectory q, Expansion e) {
    if (e.T != q.T || e.nx != q.nx || e.nu != q.nu) {
      throw new IllegalArgumentException(
          "expansion has (T, nx, nu) = (%d, %d, %d), the trajectory (%d, %d, %d)"
              .formatted(e.T, e.nx, e.nu, q.T, q.nx, q.nu));
    }
    this.q = q;
    this.e = e;
    A = new DMatrixRMaj(q.nx, q.nx);
    AS = new DMatrixRMaj(q.nx, q.nx);
    fu = new DMatrixRMaj(q.nx, q.nu);
    fuN = new DMatrixRMaj(q.nx, q.nu);
    K = new DMatrixRMaj(q.nu, q.nx);
    N = new DMatrixRMaj(q.nu, q.nu);
    Sigma = new DMatrixRMaj(q.nx, q.nx);
  }

  /** Fills Σ_2 … Σ_{T+1} from Σ_1. */
  void run() {
    q.Sigma(0, Sigma);
    for (int t = 0; t < q.T; t++) {
      e.fx(t, A);
      e.fu(t, fu);
      CommonOps_DDRM.multAdd(fu, q.K(t, K), A);
      noise(t);
      CommonOps_DDRM.mult(A, Sigma, AS);
      CommonOps_DDRM.mult(fu, N, fuN);
      CommonOps_DDRM.multTransB(AS, A, Sigma);
      CommonOps_DDRM.multAddTransB(fuN, fu, Sigma);
      CommonOps_DDRM.symmLowerToFull(Sigma);
      Knots.store(Sigma, q.Sigma, t + 1);
    }
  }

  /** N = C + diag(s²). */
  private void noise(int t) {
    q.C(t, N);
    for (int i = 0; i < q.nu; i++) {
      N.add(i, i, q.disturbance[i] * q.disturbance[i]);
    }
  }
}
