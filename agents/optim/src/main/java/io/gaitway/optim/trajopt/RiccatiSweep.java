package io.gaitway.optim.trajopt;

import io.gaitway.client.simulation.Expansion;

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

  /** Feed-forward terms k_t = −Quu⁻¹ Qu, shape (T, nu). */
  public final double[] k;

  /** Feedback gains K_t = −Quu⁻¹ Qux, shape (T, nu, nx). */
  public final double[] K;

  /** Action gradients Qu of the value of a step, shape (T, nu). */
  public final double[] Qu;

  /** Action Hessians without regularisation, shape (T, nu, nu). */
  public final double[] Quu;

  /** Lower Cholesky factors of the matrix that the gains were computed with, shape (T, nu, nu). */
  public final double[] L;

  /** Gradients of the value function, shape (T + 1, nx). */
  public final double[] Vx;

  /** Hessians of the value function, shape (T + 1, nx, nx); symmetric to the bit. */
  public final double[] Vxx;

  private final QuadraticForm form;
  private final double[] Qux;
  private final double[] QuxGain;
  private final double[] M;
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
    if (T < 1 || nx < 1 || nu < 1) {
      throw new IllegalArgumentException(
          "T, nx and nu must be at least 1, but are " + T + ", " + nx + ", " + nu);
    }
    this.T = T;
    this.nx = nx;
    this.nu = nu;
    k = new double[T * nu];
    K = new double[T * nu * nx];
    Qu = new double[T * nu];
    Quu = new double[T * nu * nu];
    L = new double[T * nu * nu];
    Vx = new double[(T + 1) * nx];
    Vxx = new double[(T + 1) * nx * nx];
    form = new QuadraticForm(nx, nu);
    Qux = new double[nu * nx];
    QuxGain = new double[nu * nx];
    M = new double[nu * nx];
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
    if (e.T != T || e.nx != nx || e.nu != nu) {
      throw new IllegalArgumentException(
          "expansion has (T, nx, nu) = (%d, %d, %d), the sweep (%d, %d, %d)"
              .formatted(e.T, e.nx, e.nu, T, nx, nu));
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
      form.propagate(e, t, Vx, Vxx);
      if (!gains(e, t, lambda, where) || !value(t, lambda)) {
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

  /** Computes Qu, Quu, L, k and K of knot t. Returns whether the pivots are positive and finite. */
  private boolean gains(Expansion e, int t, double lambda, Form where) {
    int u = t * nu;
    int uu = t * nu * nu;
    form.readU(Qu, u, Quu, uu, Qux);
    System.arraycopy(Quu, uu, L, uu, nu * nu);
    double[] cross = Qux;
    if (lambda > 0 && where == Form.CONTROL) {
      for (int i = 0; i < nu; i++) {
        L[uu + i * nu + i] += lambda;
      }
    } else if (lambda > 0) {
      cross = QuxGain;
      addStateRegularization(e, t, lambda);
    }
    if (!Cholesky.factor(L, uu, nu)) {
      return false;
    }
    for (int i = 0; i < nu; i++) {
      k[u + i] = -Qu[u + i];
    }
    Cholesky.solve(L, uu, nu, k, u, 1);
    int ux = t * nu * nx;
    for (int i = 0; i < nu * nx; i++) {
      K[ux + i] = -cross[i];
    }
    Cholesky.solve(L, uu, nu, K, ux, nx);
    return true;
  }

  /** Adds λ fuᵀ fu to L and sets QuxGain = Qux + λ fuᵀ fx. */
  private void addStateRegularization(Expansion e, int t, double lambda) {
    int uu = t * nu * nu;
    int fu = t * nx * nu;
    int fx = t * nx * nx;
    System.arraycopy(Qux, 0, QuxGain, 0, nu * nx);
    for (int r = 0; r < nx; r++) {
      for (int i = 0; i < nu; i++) {
        double a = lambda * e.fu[fu + r * nu + i];
        for (int j = 0; j < nu; j++) {
          L[uu + i * nu + j] += a * e.fu[fu + r * nu + j];
        }
        for (int j = 0; j < nx; j++) {
          QuxGain[i * nx + j] += a * e.fx[fx + r * nx + j];
        }
      }
    }
  }

  /**
   * Computes Vx = Qx + Quxᵀ k + Kᵀ (Quu k + Qu) and Vxx = Qxx + Quxᵀ K + Kᵀ (Quu K + Qux) of knot
   * t; the last term of either vanishes without regularisation. Returns whether Vx and K are
   * finite.
   */
  private boolean value(int t, double lambda) {
    int u = t * nu;
    int ux = t * nu * nx;
    int x = t * nx;
    int xx = t * nx * nx;
    form.readX(Vx, x, Vxx, xx);
    for (int i = 0; i < nu; i++) {
      double quuK = 0;
      for (int j = 0; j < nu; j++) {
        quuK += Quu[t * nu * nu + i * nu + j] * k[u + j];
      }
      double ki = k[u + i];
      linearReduction += ki * Qu[u + i];
      quadraticReduction += 0.5 * ki * quuK;
      double rest = lambda > 0 ? quuK + Qu[u + i] : 0;
      for (int j = 0; j < nx; j++) {
        Vx[x + j] += Qux[i * nx + j] * ki + K[ux + i * nx + j] * rest;
      }
    }
    addProduct(Qux, 0, K, ux, xx);
    if (lambda > 0) {
      regularizedRest(t);
      addProduct(K, ux, M, 0, xx);
    }
    double sum = 0;
    for (int i = 0; i < nx; i++) {
      for (int j = 0; j < i; j++) {
        Vxx[xx + j * nx + i] = Vxx[xx + i * nx + j];
      }
      sum += Vx[x + i];
    }
    for (int i = 0; i < nu * nx; i++) {
      sum += K[ux + i];
    }
    return Double.isFinite(sum);
  }

  /** Adds the lower triangle of Aᵀ B to Vxx at xx; A and B have shape (nu, nx). */
  private void addProduct(double[] A, int a, double[] B, int b, int xx) {
    for (int r = 0; r < nu; r++) {
      for (int i = 0; i < nx; i++) {
        double ari = A[a + r * nx + i];
        for (int j = 0; j <= i; j++) {
          Vxx[xx + i * nx + j] += ari * B[b + r * nx + j];
        }
      }
    }
  }

  /** Computes M = Quu K + Qux. */
  private void regularizedRest(int t) {
    int uu = t * nu * nu;
    int ux = t * nu * nx;
    for (int i = 0; i < nu; i++) {
      for (int j = 0; j < nx; j++) {
        double sum = Qux[i * nx + j];
        for (int r = 0; r < nu; r++) {
          sum += Quu[uu + i * nu + r] * K[ux + r * nx + j];
        }
        M[i * nx + j] = sum;
      }
    }
  }
}
