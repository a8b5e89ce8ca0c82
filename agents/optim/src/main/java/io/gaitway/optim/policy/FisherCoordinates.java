package io.gaitway.optim.policy;

import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.MatrixFeatures_DDRM;
import org.ejml.dense.row.decomposition.TriangularSolver_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.CholeskyDecomposition_F64;

/**
 * Coordinates z of a policy's parameters, θ = θ_0 + L⁻ᵀ z, in which the Fisher information L Lᵀ of
 * a trajectory's actions is the identity: there a step of length 1 from θ_0 changes the
 * trajectories' distribution by half a nat, whatever the scales of the weights are (Amari, Natural
 * gradient works efficiently in learning, 1998).
 */
final class FisherCoordinates {
  /** Added to the information: relative to its diagonal, and absolutely for each action. */
  private static final double DAMPING = 1e-3;

  private static final double LEAST_INFORMATION = 1e-6;

  private final int n;
  private final DMatrixRMaj origin;
  private final DMatrixRMaj L;

  /**
   * Coordinates around a point.
   *
   * @param origin θ_0, shape (n)
   * @param information at θ_0, symmetric, shape (n, n); overwritten
   * @param actions of a trajectory
   */
  FisherCoordinates(double[] origin, DMatrixRMaj information, int actions) {
    n = origin.length;
    this.origin = DMatrixRMaj.wrap(n, 1, origin);
    for (int p = 0; p < n; p++) {
      information.set(p, p, (1 + DAMPING) * information.get(p, p) + LEAST_INFORMATION * actions);
    }
    CholeskyDecomposition_F64<DMatrixRMaj> cholesky = DecompositionFactory_DDRM.chol(n, true);
    if (MatrixFeatures_DDRM.hasUncountable(information) || !cholesky.decompose(information)) {
      throw new ArithmeticException("the policy's Fisher information is not finite");
    }
    L = cholesky.getT(null);
  }

  /** The parameters θ at z. */
  double[] parameters(double[] z) {
    double[] theta = z.clone();
    TriangularSolver_DDRM.solveTranL(L.data, theta, n);
    CommonOps_DDRM.addEquals(DMatrixRMaj.wrap(n, 1, theta), origin);
    return theta;
  }

  /** A function of θ as one of z. */
  Lbfgs.Objective of(Lbfgs.Objective objective) {
    return (z, gradient) -> {
      double value = objective.evaluate(parameters(z), gradient);
      TriangularSolver_DDRM.solveL(L.data, gradient, n);
      return value;
    };
  }
}
