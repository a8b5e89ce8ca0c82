package io.gaitway.agents.guidance;

import io.gaitway.client.simulation.Expansion;
import io.gaitway.optim.policy.GaussianMlp;
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
    double sum = -cost.l[q.T] - 0.5 * innerProduct(cost.lxx(q.T, hessian), q.Sigma(q.T, Sigma));
    for (int t = 0; t < q.T; t++) {
      sum += -cost.l[t] - costSpread(cost, t) + logPolicy(t) + q.entropy(t);
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

  /** E_q log π(u_t | x_t): the mean over x̂ ± √nx times the columns of Σ's factor. */
  private double logPolicy(int t) {
    int nx = q.nx;
    double[] x = new double[nx];
    double[] wanted = new double[q.nu];
    double[] mu = new double[q.nu];
    double spread = Math.sqrt(nx);
    double sum = 0;
    for (int column = 0; column < nx; column++) {
      for (int sign = -1; sign <= 1; sign += 2) {
        for (int i = 0; i < nx; i++) {
          x[i] = q.xs[t * nx + i] + sign * spread * q.SigmaL[t].get(i, column);
        }
        q.action(t, x, 0, wanted, 0);
        policy.mean(x, 0, mu, 0);
        for (int i = 0; i < q.nu; i++) {
          double r = (wanted[i] - mu[i]) / policy.std[i];
          sum -= 0.5 * r * r;
        }
      }
    }
    double mean = sum / (2 * nx) - policy.logNormalizer();
    for (int i = 0; i < q.nu; i++) {
      mean -= 0.5 * q.C[(t * q.nu + i) * q.nu + i] / (policy.std[i] * policy.std[i]);
    }
    return mean;
  }
}
