package io.gaitway.agents.guidance;

import io.gaitway.optim.trajopt.GaussianTrajectory;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.decomposition.TriangularSolver_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.dense.row.mult.VectorVectorMult_DDRM;
import org.ejml.interfaces.decomposition.CholeskyDecomposition_F64;
import org.jspecify.annotations.Nullable;

/**
 * The density of a state in q's marginal, relative to that of the marginal's mean: exp(−½ d²/τ)
 * with d² = (x − x̂_t)ᵀ Σ_t⁻¹ (x − x̂_t). Relative, because densities themselves have different
 * units at different control steps, as it were: where the tube is narrow they would outweigh all
 * others.
 */
public final class MarginalWeight implements Visits.Weight {
  /** Added in quadrature to the deviations, rad, m, rad/s or m/s: Σ may be singular. */
  private static final double LEAST_STD = 0.01;

  /** What is added to each variance, relative to it, where round-off has made Σ indefinite. */
  private static final double FIRST_JITTER = 1e-12;

  private static final double JITTER_FACTOR = 100;

  private final GaussianTrajectory q;
  private final double temperature;

  /** Lower Cholesky factor of each knot's Σ, widened; null where Σ is not finite. */
  private final @Nullable DMatrixRMaj[] L;

  /**
   * The weight.
   *
   * @param temperature τ, positive; 1 for the density itself
   */
  public MarginalWeight(GaussianTrajectory q, double temperature) {
    this.q = q;
    this.temperature = temperature;
    L = new @Nullable DMatrixRMaj[q.T + 1];
    for (int t = 0; t <= q.T; t++) {
      L[t] = factor(t);
    }
  }

  /**
   * Factors Σ_t. Where q is unstable, variances differ by so many orders of magnitude that the
   * least ones are round-off of the largest; the narrowest directions are then widened. Null where
   * they are beyond all numbers.
   */
  private @Nullable DMatrixRMaj factor(int t) {
    CholeskyDecomposition_F64<DMatrixRMaj> cholesky = DecompositionFactory_DDRM.chol(q.nx, true);
    DMatrixRMaj Sigma = q.Sigma(t, new DMatrixRMaj(q.nx, q.nx));
    for (int i = 0; i < q.nx; i++) {
      Sigma.add(i, i, LEAST_STD * LEAST_STD);
    }
    DMatrixRMaj factor = Sigma.copy();
    for (double jitter = FIRST_JITTER; !decompose(cholesky, factor); jitter *= JITTER_FACTOR) {
      if (!Double.isFinite(jitter)) {
        return null;
      }
      factor.setTo(Sigma);
      for (int i = 0; i < q.nx; i++) {
        factor.set(i, i, (1 + jitter) * factor.get(i, i));
      }
    }
    return factor;
  }

  /** Replaces A by its factor. Returns whether A is positive definite and finite. */
  private static boolean decompose(CholeskyDecomposition_F64<DMatrixRMaj> cholesky, DMatrixRMaj A) {
    return cholesky.decompose(A) && Double.isFinite(CommonOps_DDRM.elementSum(A));
  }

  @Override
  public double log(int t, double[] xs, int at) {
    int nx = q.nx;
    @Nullable DMatrixRMaj factor = L[t];
    if (factor == null) {
      return 0; // The limit of ever greater variances.
    }
    DMatrixRMaj offset = new DMatrixRMaj(nx, 1);
    for (int i = 0; i < nx; i++) {
      offset.data[i] = xs[at + i] - q.xs[t * nx + i];
    }
    TriangularSolver_DDRM.solveL(factor.data, offset.data, nx);
    return -0.5 * VectorVectorMult_DDRM.innerProd(offset, offset) / temperature;
  }
}
