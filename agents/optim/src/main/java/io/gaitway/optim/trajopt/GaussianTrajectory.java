package io.gaitway.optim.trajopt;

import io.gaitway.client.simulation.Controller;
import io.gaitway.client.simulation.Expansion;
import io.gaitway.client.simulation.Trajectory;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.decomposition.TriangularSolver_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.dense.row.mult.VectorVectorMult_DDRM;
import org.ejml.interfaces.decomposition.CholeskyDecomposition_F64;

/**
 * A Gaussian distribution q over trajectories: linear-Gaussian actions about a nominal trajectory,
 * and the state marginals that follow from the linearised dynamics.
 *
 * <p>q(u_t | x_t) = N(û_t + K_t (x_t − x̂_t), C_t) with C_t = Quu_t⁻¹, the maximum-entropy solution
 * of the linear-quadratic problem (Levine and Koltun 2013, section 4). The feed-forward term is 0:
 * the nominal is the mean, as it is where the optimiser has converged. The marginals' mean is then
 * x̂_t, and their covariance follows
 *
 * <pre>
 *   Σ_{t+1} = [fx fu] [[Σ, ΣKᵀ], [KΣ, C + KΣKᵀ]] [fx fu]ᵀ + F_t
 *           = (fx + fu K) Σ (fx + fu K)ᵀ + fu C fuᵀ + F_t,   F_t = fu diag(s²) fuᵀ,
 * </pre>
 *
 * <p>with s the standard deviations of a disturbance of the actions that widens the marginals but
 * is not part of q(u | x).
 *
 * <p>Where a sweep within bounds has clamped an entry of the action, the maximum-entropy solution
 * varies in the free entries only, with the inverse of Quu's free block as their covariance. Such a
 * Gaussian has no density, and q needs one: in log q, in its entropy, and for the policy that is to
 * imitate it. So C is the inverse of the whole Quu there too: the noise that the cost would bear
 * without this knot's bound. What is drawn beyond the bound is clipped by the simulator, which
 * moves the mean of what is applied inwards. The gain of the clamped entry is zero.
 *
 * <p>Immutable after construction, by convention: the arrays are public.
 */
public final class GaussianTrajectory {
  private static final double LOG_2PI = StrictMath.log(2 * Math.PI);

  /** Number of control steps. */
  public final int T;

  /** Number of state entries. */
  public final int nx;

  /** Number of action entries. */
  public final int nu;

  /** Nominal states x̂, which are the marginals' means, shape (T + 1, nx). */
  public final double[] xs;

  /** Nominal actions û, shape (T, nu). */
  public final double[] us;

  /** Feedback gains, shape (T, nu, nx). */
  public final double[] K;

  /** Action covariances C, shape (T, nu, nu). */
  public final double[] C;

  /** Lower Cholesky factors of C, shape (T, nu, nu). */
  public final double[] L;

  /** State covariances Σ, shape (T + 1, nx, nx). */
  public final double[] Sigma;

  /** Lower factors of Σ, of Σ's rank, T + 1 matrices of shape (nx, nx). */
  public final DMatrixRMaj[] SigmaL;

  /** Disturbance s of the actions, shape (nu). */
  public final double[] disturbance;

  /**
   * How wide a distribution is.
   *
   * @param initialStd standard deviations of the initial state, shape (nx)
   * @param covarianceFactor multiplier of Quu⁻¹, positive; 1 for the maximum-entropy covariance
   * @param disturbance standard deviations s of the action disturbance in the marginals, shape (nu)
   */
  public record Width(double[] initialStd, double covarianceFactor, double[] disturbance) {
    /** Checks the values. */
    public Width {
      checkDeviations("initialStd", initialStd);
      checkDeviations("disturbance", disturbance);
      if (!(covarianceFactor > 0 && covarianceFactor < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException(
            "covarianceFactor must be positive and finite, but is " + covarianceFactor);
      }
    }

    private static void checkDeviations(String name, double[] std) {
      for (int i = 0; i < std.length; i++) {
        if (!(std[i] >= 0 && std[i] < Double.POSITIVE_INFINITY)) {
          throw new IllegalArgumentException(
              name + "[" + i + "] must be finite and at least 0, but is " + std[i]);
        }
      }
    }
  }

  /** The distribution around an optimiser's solution; copies what it needs. */
  public static GaussianTrajectory of(Ilqr.Solution solution, Width width) {
    return new GaussianTrajectory(
        solution.nominal().xs,
        solution.nominal().us,
        solution.sweep(),
        solution.expansion(),
        width);
  }

  /**
   * Builds the distribution.
   *
   * @param xs nominal states, shape (T + 1, nx); copied
   * @param us nominal actions, shape (T, nu); copied
   * @param sweep a successful sweep along the nominal; its K is copied, its L gives C
   * @param e the dynamics' derivatives along the nominal
   * @param width initial and action noise
   */
  public GaussianTrajectory(
      double[] xs, double[] us, RiccatiSweep sweep, Expansion e, Width width) {
    this(
        sweep.T,
        sweep.nx,
        sweep.nu,
        xs,
        us,
        sweep.K,
        actionCovariances(sweep, width.covarianceFactor()),
        new double[(sweep.T + 1) * sweep.nx * sweep.nx],
        width.disturbance());
    propagate(width.initialStd(), e);
  }

  /**
   * A distribution whose marginals are known, such as one that was saved; copies the arrays.
   *
   * @param xs nominal states, shape (T + 1, nx)
   * @param us nominal actions, shape (T, nu)
   * @param K gains, shape (T, nu, nx)
   * @param C action covariances, shape (T, nu, nu)
   * @param Sigma state covariances, shape (T + 1, nx, nx)
   * @param disturbance of the actions, shape (nu)
   */
  public static GaussianTrajectory withMarginals(
      int T,
      int nx,
      int nu,
      double[] xs,
      double[] us,
      double[] K,
      double[] C,
      double[] Sigma,
      double[] disturbance) {
    GaussianTrajectory q = new GaussianTrajectory(T, nx, nu, xs, us, K, C, Sigma, disturbance);
    q.factorMarginals();
    return q;
  }

  /**
   * The distribution of a controller û + K (x − x̂) with noise ε ~ N(0, s² I); copies the arrays.
   *
   * @param e the dynamics' derivatives along the nominal
   * @param K gains, shape (T, nu, nx)
   * @param initialStd standard deviations of the initial state, shape (nx)
   * @param std the deviation s of the noise, positive
   */
  static GaussianTrajectory disturbed(
      Trajectory nominal, Expansion e, double[] K, double[] initialStd, double std) {
    int nx = nominal.nx;
    int nu = nominal.nu;
    double[] C = new double[nominal.T * nu * nu];
    for (int i = 0; i < nominal.T * nu; i++) {
      C[i * nu + i % nu] = std * std;
    }
    GaussianTrajectory q =
        new GaussianTrajectory(
            nominal.T,
            nx,
            nu,
            nominal.xs,
            nominal.us,
            K,
            C,
            new double[(nominal.T + 1) * nx * nx],
            new double[nu]);
    q.propagate(initialStd, e);
    return q;
  }

  private GaussianTrajectory(
      int T,
      int nx,
      int nu,
      double[] xs,
      double[] us,
      double[] K,
      double[] C,
      double[] Sigma,
      double[] disturbance) {
    this.T = T;
    this.nx = nx;
    this.nu = nu;
    checkLength("xs", xs, (T + 1) * nx);
    checkLength("us", us, T * nu);
    checkLength("K", K, T * nu * nx);
    checkLength("C", C, T * nu * nu);
    checkLength("Sigma", Sigma, (T + 1) * nx * nx);
    checkLength("disturbance", disturbance, nu);
    this.xs = xs.clone();
    this.us = us.clone();
    this.K = K.clone();
    this.C = C.clone();
    this.Sigma = Sigma.clone();
    this.disturbance = disturbance.clone();
    L = C.clone();
    factorActions(L, "action covariance");
    SigmaL = new DMatrixRMaj[T + 1];
  }

  /** Replaces each knot's covariance of the actions by its lower factor. */
  private void factorActions(double[] covariances, String name) {
    CholeskyDecomposition_F64<DMatrixRMaj> cholesky = DecompositionFactory_DDRM.chol(nu, true);
    DMatrixRMaj A = new DMatrixRMaj(nu, nu);
    for (int t = 0; t < T; t++) {
      Knots.load(covariances, t, A);
      if (!cholesky.decompose(A) || !Double.isFinite(CommonOps_DDRM.elementSum(A))) {
        throw new ArithmeticException("the " + name + " of knot " + t + " is singular");
      }
      Knots.store(A, covariances, t);
    }
  }

  private void propagate(double[] initialStd, Expansion e) {
    checkLength("initialStd", initialStd, nx);
    for (int i = 0; i < nx; i++) {
      Sigma[i * nx + i] = initialStd[i] * initialStd[i];
    }
    new MarginalRecursion(this, e).run();
    factorMarginals();
  }

  private void factorMarginals() {
    for (int t = 0; t <= T; t++) {
      SigmaL[t] = Sigma(t, new DMatrixRMaj(nx, nx));
      SemidefiniteFactor.factor(SigmaL[t]);
    }
  }

  private static void checkLength(String name, double[] values, int length) {
    if (values.length != length) {
      throw new IllegalArgumentException(
          name + " must have length " + length + ", but has " + values.length);
    }
  }

  /** factor · L⁻ᵀ L⁻¹ with the sweep's L, symmetric to the last bit. */
  private static double[] actionCovariances(RiccatiSweep sweep, double factor) {
    int nu = sweep.nu;
    double[] covariances = new double[sweep.T * nu * nu];
    DMatrixRMaj L = new DMatrixRMaj(nu, nu);
    DMatrixRMaj C = new DMatrixRMaj(nu, nu);
    for (int t = 0; t < sweep.T; t++) {
      Knots.load(sweep.L, t, L);
      TriangularSolver_DDRM.invertLower(L.data, nu);
      CommonOps_DDRM.multInner(L, C);
      CommonOps_DDRM.scale(factor, C);
      Knots.store(C, covariances, t);
    }
    return covariances;
  }

  /** Gain K of knot t, copied into {@code out}, which takes shape (nu, nx). */
  public DMatrixRMaj K(int t, DMatrixRMaj out) {
    out.reshape(nu, nx);
    return Knots.load(K, t, out);
  }

  /** Covariance C of the action of knot t, copied into {@code out}, which takes shape (nu, nu). */
  public DMatrixRMaj C(int t, DMatrixRMaj out) {
    out.reshape(nu, nu);
    return Knots.load(C, t, out);
  }

  /** Covariance Σ of the state of knot t, copied into {@code out}, which takes shape (nx, nx). */
  public DMatrixRMaj Sigma(int t, DMatrixRMaj out) {
    out.reshape(nx, nx);
    return Knots.load(Sigma, t, out);
  }

  /**
   * Draws a state from the marginal of knot t.
   *
   * @param out receives the state at {@code at}, nx entries
   */
  public void sampleState(int t, NormalSampler normal, double[] out, int at) {
    sampleOffset(t, normal, out, at);
    for (int i = 0; i < nx; i++) {
      out[at + i] += xs[t * nx + i];
    }
  }

  /**
   * Draws a state's offset δx ~ N(0, Σ_t) from the nominal of knot t.
   *
   * @param out receives the offset at {@code at}, nx entries
   */
  public void sampleOffset(int t, NormalSampler normal, double[] out, int at) {
    DMatrixRMaj z = new DMatrixRMaj(nx, 1);
    for (int i = 0; i < nx; i++) {
      z.data[i] = normal.next();
    }
    DMatrixRMaj dx = CommonOps_DDRM.mult(SigmaL[t], z, null);
    System.arraycopy(dx.data, 0, out, at, nx);
  }

  /**
   * The mean action û_t + K_t (x − x̂_t) of knot t. EJML, with the copies for it, takes twice as
   * long: benchmark {@code ActionBenchmark}, rows {@code own} and {@code ejml}.
   *
   * @param x holds the state at {@code at}
   * @param out receives the action at {@code outAt}, nu entries
   */
  public void action(int t, double[] x, int at, double[] out, int outAt) {
    for (int i = 0; i < nu; i++) {
      double sum = us[t * nu + i];
      int row = (t * nu + i) * nx;
      for (int j = 0; j < nx; j++) {
        sum += K[row + j] * (x[at + j] - xs[t * nx + j]);
      }
      out[outAt + i] = sum;
    }
  }

  /**
   * log q(u | x) of knot t.
   *
   * @param x holds the state at {@code at}
   * @param u holds the action at {@code uAt}
   */
  public double logDensity(int t, double[] x, int at, double[] u, int uAt) {
    double[] r = new double[nu];
    action(t, x, at, r, 0);
    double sum = -0.5 * nu * LOG_2PI;
    for (int i = 0; i < nu; i++) {
      r[i] = u[uAt + i] - r[i];
      sum -= StrictMath.log(L[(t * nu + i) * nu + i]);
    }
    TriangularSolver_DDRM.solveL(Knots.load(L, t, new DMatrixRMaj(nu, nu)).data, r, nu);
    DMatrixRMaj whitened = DMatrixRMaj.wrap(nu, 1, r);
    return sum - 0.5 * VectorVectorMult_DDRM.innerProd(whitened, whitened);
  }

  /** Entropy −E log q(u | x) of the actions of knot t, nats. */
  public double entropy(int t) {
    double sum = 0.5 * nu * (1 + LOG_2PI);
    for (int i = 0; i < nu; i++) {
      sum += StrictMath.log(L[(t * nu + i) * nu + i]);
    }
    return sum;
  }

  /** The controller q(u | x), with noise of covariance C. */
  public Controller.LinearGaussian controller() {
    return controller(L);
  }

  /** The controller with noise of covariance C + diag(s²), whose states the marginals describe. */
  public Controller.LinearGaussian disturbedController() {
    double[] factors = C.clone();
    for (int t = 0; t < T; t++) {
      for (int i = 0; i < nu; i++) {
        factors[(t * nu + i) * nu + i] += disturbance[i] * disturbance[i];
      }
    }
    factorActions(factors, "disturbed covariance");
    return controller(factors);
  }

  private Controller.LinearGaussian controller(double[] factors) {
    return new Controller.LinearGaussian(T, xs, us, new double[T * nu], K, factors);
  }
}
