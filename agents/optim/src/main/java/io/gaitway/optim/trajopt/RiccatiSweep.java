package io.gaitway.optim.trajopt;

import io.gaitway.client.simulation.Expansion;
import io.gaitway.client.simulation.Jacobians;
import java.util.Arrays;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.factory.LinearSolverFactory_DDRM;
import org.ejml.interfaces.linsol.LinearSolverDense;
import org.jspecify.annotations.Nullable;

/**
 * The backward pass of a linear-quadratic problem along a trajectory: value function, gains and
 * action Hessians, knot by knot from the end.
 *
 * <p>It solves min Σ_t ½ [1; δx; δu]ᵀ [0 lxᵀ luᵀ; lx lxx luxᵀ; lu lux luu] [1; δx; δu] subject to
 * δx_{t+1} = fx δx_t + fu δu_t, by the recursions of Levine and Koltun (2013, section 4) and of
 * Tassa et al. (2012, equations 5 and 6):
 *
 * <pre>
 *   Qx  = lx  + fxᵀ Vx'        Qxx = lxx + fxᵀ Vxx' fx
 *   Qu  = lu  + fuᵀ Vx'        Qux = lux + fuᵀ Vxx' fx       Quu = luu + fuᵀ Vxx' fu
 * </pre>
 *
 * <p>With λ &gt; 0 the gains come from a regularised Quu (see {@link Form}) and the value from the
 * improved update that stays exact for such gains (Tassa et al. 2012, equations 10 and 11).
 *
 * <p>Within bounds of δu, k_t minimises the step's quadratic model there, and the rows of K_t are
 * zero where k_t is clamped at a bound (Tassa, Mansard and Todorov, Control-limited differential
 * dynamic programming, ICRA 2014): {@link BoxQp}. The value is that of these gains.
 *
 * <p>All arrays are allocated once, flat and row-major; a sweep allocates nothing. Only additions,
 * multiplications, divisions and square roots are used, in a fixed order, so that the same input
 * gives the same bits on every JVM. Instances are not thread-safe.
 */
public final class RiccatiSweep {

  /** Where the regularisation λ enters the matrix that the gains are computed with. */
  public enum Form {
    /** Quu + λ I: a penalty on deviations of the action (Levenberg–Marquardt). */
    CONTROL,
    /**
     * luu + fuᵀ (Vxx' + λ I) fu, and likewise for Qux: a penalty on deviations of the next state
     * (Tassa et al. 2012, equation 10).
     */
    STATE
  }

  /** Number of control steps. */
  public final int T;

  /** Number of state entries. */
  public final int nx;

  /** Number of action entries. */
  public final int nu;

  /** Feed-forward terms k_t = −Quu⁻¹ Qu, or the minimum within bounds, shape (T, nu). */
  public final double[] k;

  /** Feedback gains K_t = −Quu⁻¹ Qux, of the free entries within bounds, shape (T, nu, nx). */
  public final double[] K;

  /** Action gradients Qu of the value of a step, shape (T, nu). */
  public final double[] Qu;

  /** Action Hessians without regularisation, shape (T, nu, nu). */
  public final double[] Quu;

  /**
   * Lower Cholesky factors of the (regularised) Quu that the gains were computed with, of clamped
   * entries too, shape (T, nu, nu).
   */
  public final double[] L;

  /** Whether entries of k_t are clamped at a bound, shape (T, nu); never without bounds. */
  public final boolean[] clamped;

  /** Gradients of the value function, shape (T + 1, nx). */
  public final double[] Vx;

  /** Hessians of the value function, shape (T + 1, nx, nx); symmetric to the bit. */
  public final double[] Vxx;

  private final int S;
  private final QuadraticForm form;
  private final LinearSolverDense<DMatrixRMaj> solver;

  /** Derivatives of the knot's cost-to-go; Qx and the lower triangle of Qxx become Vx and Vxx. */
  private final DMatrixRMaj Qx;

  private final DMatrixRMaj Qut;
  private final DMatrixRMaj Qxx;
  private final DMatrixRMaj Qux;
  private final DMatrixRMaj Quut;

  /** What the gains are computed with, regularised: Quu, which its factor replaces, and Qux. */
  private final DMatrixRMaj QuuGain;

  private final DMatrixRMaj QuxGain;

  private final BoxQp qp;
  private final DMatrixRMaj H;
  private final DMatrixRMaj lower;
  private final DMatrixRMaj upper;
  private final DMatrixRMaj kt;
  private final DMatrixRMaj Kt;
  private final DMatrixRMaj QuuK;
  private final DMatrixRMaj Quuk;
  private final DMatrixRMaj fx;
  private final DMatrixRMaj fu;
  private double linearReduction;
  private double quadraticReduction;
  private double lambda;
  private int failedKnot = -1;

  /**
   * Allocates the arrays of a sweep.
   *
   * @param T number of control steps, at least 1
   * @param nx number of state entries, at least 1
   * @param nu number of action entries, at least 1
   */
  public RiccatiSweep(int T, int nx, int nu) {
    this(T, nx, nu, 0);
  }

  /**
   * Allocates the arrays of a sweep over sampled dynamics.
   *
   * @param T number of control steps, at least 1
   * @param nx number of state entries, at least 1
   * @param nu number of action entries, at least 1
   * @param S number of samples per knot; 0 for no room for samples
   */
  RiccatiSweep(int T, int nx, int nu, int S) {
    if (T < 1 || nx < 1 || nu < 1 || S < 0) {
      throw new IllegalArgumentException(
          "T, nx and nu must be at least 1 and S at least 0, but are %d, %d, %d, %d"
              .formatted(T, nx, nu, S));
    }
    this.T = T;
    this.S = S;
    this.nx = nx;
    this.nu = nu;
    k = new double[T * nu];
    K = new double[T * nu * nx];
    Qu = new double[T * nu];
    Quu = new double[T * nu * nu];
    L = new double[T * nu * nu];
    clamped = new boolean[T * nu];
    Vx = new double[(T + 1) * nx];
    Vxx = new double[(T + 1) * nx * nx];
    form = new QuadraticForm(nx, nu, S);
    solver = LinearSolverFactory_DDRM.chol(nu);
    Qx = new DMatrixRMaj(nx, 1);
    Qut = new DMatrixRMaj(nu, 1);
    Qxx = new DMatrixRMaj(nx, nx);
    Qux = new DMatrixRMaj(nu, nx);
    Quut = new DMatrixRMaj(nu, nu);
    QuuGain = new DMatrixRMaj(nu, nu);
    QuxGain = new DMatrixRMaj(nu, nx);
    qp = new BoxQp(nu);
    H = new DMatrixRMaj(nu, nu);
    lower = new DMatrixRMaj(nu, 1);
    upper = new DMatrixRMaj(nu, 1);
    kt = new DMatrixRMaj(nu, 1);
    Kt = new DMatrixRMaj(nu, nx);
    QuuK = new DMatrixRMaj(nu, nx);
    Quuk = new DMatrixRMaj(nu, 1);
    fx = new DMatrixRMaj(nx, nx);
    fu = new DMatrixRMaj(nx, nu);
  }

  /**
   * Sweeps from the last knot to the first.
   *
   * @param e derivatives of dynamics and cost; not modified
   * @param lambda regularisation λ ≥ 0
   * @param where where λ enters; without effect when λ is 0
   * @return whether every (regularised) Quu was positive definite and every result finite; if not,
   *     {@link #failedKnot()} names the knot and only the arrays' entries after it are valid
   */
  public boolean sweep(Expansion e, double lambda, Form where) {
    return sweep(e, null, null, lambda, where);
  }

  /**
   * As {@link #sweep(Expansion, double, Form)}, but within bounds.
   *
   * @param box bounds of δu; null for none. Not modified
   */
  boolean sweep(Expansion e, @Nullable ActionBox box, double lambda, Form where) {
    return sweep(e, null, box, lambda, where);
  }

  /**
   * As {@link #sweep(Expansion, double, Form)}, but with the mean over samples of fᵀ Vxx' f in Qxx,
   * Qux and Quu, f one of fx and fu; see {@link SampledFeedback}. The λ of {@link Form#STATE} goes
   * with the dynamics of the expansion.
   *
   * @param samples derivatives of the dynamics, S of knot 0, then S of knot 1 and so on; not
   *     modified
   */
  boolean sweep(Expansion e, Jacobians samples, double lambda, Form where) {
    return sweep(e, samples, null, lambda, where);
  }

  private boolean sweep(
      Expansion e,
      @Nullable Jacobians samples,
      @Nullable ActionBox box,
      double lambda,
      Form where) {
    if (e.T != T || e.nx != nx || e.nu != nu) {
      throw new IllegalArgumentException(
          "expansion has (T, nx, nu) = (%d, %d, %d), the sweep (%d, %d, %d)"
              .formatted(e.T, e.nx, e.nu, T, nx, nu));
    }
    if (samples != null && (samples.n != T * S || samples.nx != nx || samples.nu != nu)) {
      throw new IllegalArgumentException(
          "samples have (n, nx, nu) = (%d, %d, %d), the sweep (%d, %d, %d)"
              .formatted(samples.n, samples.nx, samples.nu, T * S, nx, nu));
    }
    if (!(lambda >= 0)) {
      throw new IllegalArgumentException("lambda must be at least 0, but is " + lambda);
    }
    this.lambda = lambda;
    linearReduction = 0;
    quadraticReduction = 0;
    System.arraycopy(e.lx, T * nx, Vx, T * nx, nx);
    symmetrize(e.lxx, T * nx * nx);
    for (int t = T - 1; t >= 0; t--) {
      if (samples == null) {
        form.propagate(e, t, Vx, Vxx);
      } else {
        form.propagate(e, samples, t, Vx, Vxx);
      }
      if (!gains(e, t, box, lambda, where) || !value(t, lambda)) {
        failedKnot = t;
        return false;
      }
    }
    failedKnot = -1;
    return true;
  }

  /** Index of the knot at which the last sweep failed, −1 if it succeeded. */
  public int failedKnot() {
    return failedKnot;
  }

  /** The regularisation λ of the last sweep. */
  public double lambda() {
    return lambda;
  }

  /**
   * Reduction of the total cost that the quadratic model predicts for the step size α: −α Σ kᵀ Qu −
   * ½ α² Σ kᵀ Quu k (Tassa et al. 2012, equation 12).
   */
  public double expectedReduction(double alpha) {
    return -alpha * (linearReduction + alpha * quadraticReduction);
  }

  /** Copies the terminal Hessian into Vxx, made symmetric. */
  private void symmetrize(double[] lxx, int at) {
    for (int i = 0; i < nx; i++) {
      for (int j = 0; j <= i; j++) {
        double mean = 0.5 * (lxx[at + i * nx + j] + lxx[at + j * nx + i]);
        Vxx[at + i * nx + j] = mean;
        Vxx[at + j * nx + i] = mean;
      }
    }
  }

  /** Computes Qu, Quu, L, k and K of knot t. Returns whether the pivots are positive. */
  private boolean gains(Expansion e, int t, @Nullable ActionBox box, double lambda, Form where) {
    form.read(Qx, Qut, Qxx, Qux, Quut);
    QuuGain.setTo(Quut);
    QuxGain.setTo(Qux);
    if (lambda > 0 && where == Form.CONTROL) {
      for (int i = 0; i < nu; i++) {
        QuuGain.add(i, i, lambda);
      }
    } else if (lambda > 0) {
      e.fx(t, fx);
      e.fu(t, fu);
      CommonOps_DDRM.multAddTransA(lambda, fu, fu, QuuGain);
      CommonOps_DDRM.multAddTransA(lambda, fu, fx, QuxGain);
    }
    H.setTo(QuuGain);
    if (!solver.setA(QuuGain)) {
      return false;
    }
    // A product with the inverse would be faster, but loses digits where Quu is ill-conditioned.
    solver.solve(Qut, kt);
    CommonOps_DDRM.changeSign(kt);
    solver.solve(QuxGain, Kt);
    CommonOps_DDRM.changeSign(Kt);
    Arrays.fill(clamped, t * nu, (t + 1) * nu, false);
    if (box != null && !box.contains(kt, t) && !gainsWithin(box, t)) {
      return false;
    }
    Knots.store(Qut, Qu, t);
    Knots.store(Quut, Quu, t);
    Knots.store(QuuGain, L, t);
    Knots.store(kt, k, t);
    Knots.store(Kt, K, t);
    return true;
  }

  /**
   * Computes k, K and what is clamped of knot t within bounds, from the k without them on: with the
   * active bounds known at once, one factorization is nearly always enough. Returns whether it
   * succeeded.
   */
  private boolean gainsWithin(ActionBox box, int t) {
    Knots.load(box.lower, t, lower);
    Knots.load(box.upper, t, upper);
    if (!qp.solve(H, Qut, lower, upper, kt)) {
      return false;
    }
    qp.solveFree(QuxGain, Kt);
    CommonOps_DDRM.changeSign(Kt);
    for (int i = 0; i < nu; i++) {
      clamped[t * nu + i] = qp.clamped(i);
    }
    return true;
  }

  /**
   * Computes Vx = Qx + Quxᵀ k + Kᵀ (Quu k + Qu) and Vxx = Qxx + Quxᵀ K + Kᵀ (Quu K + Qux) of knot
   * t; the last term of either vanishes without regularisation, within bounds too, as the rows of
   * K_t are zero wherever Quu k + Qu is not. Returns whether L, K and Vx are finite.
   */
  private boolean value(int t, double lambda) {
    CommonOps_DDRM.mult(Quut, kt, Quuk);
    linearReduction += CommonOps_DDRM.dot(kt, Qut);
    quadraticReduction += 0.5 * CommonOps_DDRM.dot(kt, Quuk);
    CommonOps_DDRM.multAddTransA(Qux, kt, Qx);
    CommonOps_DDRM.multAddTransA(Qux, Kt, Qxx);
    if (lambda > 0) {
      CommonOps_DDRM.addEquals(Quuk, Qut);
      CommonOps_DDRM.multAddTransA(Kt, Quuk, Qx);
      CommonOps_DDRM.mult(Quut, Kt, QuuK);
      CommonOps_DDRM.addEquals(QuuK, Qux);
      CommonOps_DDRM.multAddTransA(Kt, QuuK, Qxx);
    }
    CommonOps_DDRM.symmLowerToFull(Qxx);
    Knots.store(Qx, Vx, t);
    Knots.store(Qxx, Vxx, t);
    // Infinite and undefined pivots are no failure to the solver.
    return Double.isFinite(
        CommonOps_DDRM.elementSum(QuuGain)
            + CommonOps_DDRM.elementSum(Kt)
            + CommonOps_DDRM.elementSum(Qx));
  }
}
