package io.gaitway.agents.guidance;

import io.gaitway.client.simulation.Expansion;
import io.gaitway.client.simulation.Trajectory;
import io.gaitway.optim.policy.GaussianMlp;
import io.gaitway.optim.policy.PolicyTerm;
import io.gaitway.optim.trajopt.GaussianTrajectory;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.mult.VectorVectorMult_DDRM;

/**
 * The variational lower bound L(q, θ) = ∫ q(ζ) log [p(O | ζ) p(ζ | θ) / q(ζ)] dζ of log p(O | θ)
 * (Levine and Koltun, Variational Policy Search via Trajectory Optimization, 2013, section 3). The
 * dynamics cancel, and with log p(O | ζ) = −Σ κ β c it is
 *
 * <pre>
 *   L = Σ_t E_q [−κ β c(x_t, u_t) + log π(u_t | x_t) − log q(u_t | x_t)] − E_q κ β c(x_{T+1}).
 * </pre>
 *
 * <p>The cost's expectation is taken of its second-order expansion along q's mean, log π's over u
 * in closed form and over x by the cubature of degree 3, −log q's is q's entropy. So the value is
 * exact where the dynamics and the policy are linear and the cost quadratic, and an estimate
 * elsewhere. The disturbance that widens q's marginals is no part of q.
 */
final class LowerBound {
  private final GaussianTrajectory q;
  private final GaussianMlp policy;
  private final DMatrixRMaj Sigma = new DMatrixRMaj();
  private final DMatrixRMaj K = new DMatrixRMaj();
  private final DMatrixRMaj KSigma = new DMatrixRMaj();
  private final DMatrixRMaj covariance = new DMatrixRMaj();
  private final DMatrixRMaj hessian = new DMatrixRMaj();

  /**
   * A bound.
   *
   * @param q without disturbance
   */
  LowerBound(GaussianTrajectory q, GaussianMlp policy) {
    this.q = q;
    this.policy = policy;
  }

  /**
   * The bound, in nats.
   *
   * @param cost expansion of κ β c alone along q's mean
   */
  double value(Expansion cost) {
    double sum = logPolicy() - cost.l[q.T];
    sum -= 0.5 * innerProduct(cost.lxx(q.T, hessian), q.Sigma(q.T, Sigma));
    for (int t = 0; t < q.T; t++) {
      sum += -cost.l[t] - costSpread(cost, t) + q.entropy(t);
    }
    return sum;
  }

  /** ½ E of the second-order terms in δx and δu = K δx + ε, ε ~ N(0, C). */
  private double costSpread(Expansion cost, int t) {
    q.Sigma(t, Sigma);
    q.K(t, K);
    CommonOps_DDRM.mult(K, Sigma, KSigma);
    q.C(t, covariance);
    CommonOps_DDRM.multAddTransB(KSigma, K, covariance);
    return 0.5 * innerProduct(cost.lxx(t, hessian), Sigma)
        + innerProduct(cost.lux(t, hessian), KSigma)
        + 0.5 * innerProduct(cost.luu(t, hessian), covariance);
  }

  /** tr(Aᵀ B). */
  private static double innerProduct(DMatrixRMaj A, DMatrixRMaj B) {
    return VectorVectorMult_DDRM.innerProd(A, B);
  }

  /** E_q log π(u | x), all knots. */
  private double logPolicy() {
    Trajectory mean = new Trajectory(q.T, q.nx, q.nu);
    System.arraycopy(q.xs, 0, mean.xs, 0, q.xs.length);
    System.arraycopy(q.us, 0, mean.us, 0, q.us.length);
    double sum = -PolicyTerm.cubature(policy, q).value(mean);
    for (int i = 0; i < q.T * q.nu; i++) {
      double std = policy.std[i % q.nu];
      sum -= 0.5 * q.C[i * q.nu + i % q.nu] / (std * std);
    }
    return sum;
  }
}
