package io.gaitway.optim.policy;

import io.gaitway.client.simulation.Expansion;
import io.gaitway.client.simulation.Trajectory;
import io.gaitway.optim.trajopt.CostTerm;
import io.gaitway.optim.trajopt.GaussianTrajectory;
import io.gaitway.optim.trajopt.NormalSampler;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.mult.VectorVectorMult_DDRM;

/**
 * The cost −log π(u | x) of a trajectory, averaged over samples of the state's distribution.
 *
 * <p>Per knot it is
 *
 * <pre>
 *   (1/S) Σ_s ½ ‖u + K δx_s − μ(x + δx_s)‖²  (weighted by σ⁻²)  + Σ log σ + ½ m log 2π
 * </pre>
 *
 * <p>with offsets δx_s drawn once, from the marginals of a distribution q whose gains are K. It is
 * the averaging of policy derivatives over samples from the marginals (Levine and Koltun,
 * Variational Policy Search via Trajectory Optimization, 2013, section 5), made the derivative of a
 * function, so that a line search can compare values: the actions follow q's feedback to the
 * sampled states. Without the K δx_s it would ask for the same action at all of them. The gradient
 * is exact, the Hessian is Gauss–Newton's: positive semi-definite jointly in (x, u).
 *
 * <p>The policy and the offsets are frozen, so W1 δx_s and K δx_s are computed once. Inputs that
 * the policy does not see have columns of zeros in W1 here: states need no selection. Products are
 * EJML's, on matrices of one knot's samples. Not thread-safe.
 */
public final class PolicyTerm implements CostTerm {
  /** Least numbers that activations are computed of at once, to make the best of vectors. */
  private static final int LEAST_BATCH = 256;

  private final GaussianMlp policy;
  private final int steps;
  private final int S;
  private final int nx;
  private final int h;
  private final int m;

  /** W1 δx_s + b1, shape (steps, S, h), and K δx_s − b2, shape (steps, S, m). */
  private final double[] dz;

  private final double[] du;

  /** The hidden weights by all state entries, shape (h, nx). */
  private final DMatrixRMaj W1;

  /** The output weights and diag(σ⁻²) W2 / S, shape (m, h); W2ᵀ diag(σ⁻²) W2 / S, shape (h, h). */
  private final DMatrixRMaj W2;

  private final DMatrixRMaj weightedW2;
  private final DMatrixRMaj M;

  /** 1/σ², shape (m). */
  private final double[] precision;

  /**
   * Knots in a batch, their states, shape (batch, nx), and the hidden units' arguments by these,
   * shape (batch, h).
   */
  private final int batch;

  private final DMatrixRMaj x;
  private final DMatrixRMaj z0;

  /** A batch's activations, shape (batch · S, h), and their slopes. */
  private final DMatrixRMaj a;

  private final double[] slope;
  private final double[] exponential;

  /** A batch's residuals, 1/(σ² S) in every row, and their product, shape (batch · S, m). */
  private final DMatrixRMaj r;

  private final DMatrixRMaj weight;
  private final DMatrixRMaj weighted;

  /** One knot's part of them, shape (S, m). */
  private final DMatrixRMaj rt;

  private final DMatrixRMaj weightedt;

  /** One knot's slopes and the gradient by the hidden units' arguments, shape (S, h). */
  private final DMatrixRMaj s;

  private final DMatrixRMaj G;

  /** Sums over the samples: of G and of the slopes, shape (1, h); of weighted, shape (1, m). */
  private final DMatrixRMaj gz;

  private final DMatrixRMaj slopes;
  private final DMatrixRMaj lu;

  private final DMatrixRMaj P;
  private final DMatrixRMaj PW;
  private final DMatrixRMaj J;
  private final DMatrixRMaj lx;
  private final DMatrixRMaj lux;
  private final DMatrixRMaj lxx;

  /** The term without averaging: −log π(u | x) itself, on the first {@code steps} knots. */
  public static PolicyTerm local(GaussianMlp policy, int steps) {
    PolicyTerm term = new PolicyTerm(policy, steps, 1);
    DMatrixRMaj dx = new DMatrixRMaj(1, policy.nx);
    DMatrixRMaj K = new DMatrixRMaj(policy.m, policy.nx);
    for (int t = 0; t < steps; t++) {
      term.setOffsets(t, dx, K);
    }
    return term;
  }

  /**
   * The averaged term, with offsets drawn from q's marginals in the order of knots, then samples.
   *
   * @param steps number of knots, from the first, that the term applies to
   * @param samples S, at least 1
   */
  public static PolicyTerm averaged(
      GaussianMlp policy, GaussianTrajectory q, int steps, int samples, NormalSampler normal) {
    requireFit(policy, q, steps);
    PolicyTerm term = new PolicyTerm(policy, steps, samples);
    DMatrixRMaj dx = new DMatrixRMaj(samples, q.nx);
    DMatrixRMaj K = new DMatrixRMaj(q.nu, q.nx);
    for (int t = 0; t < steps; t++) {
      for (int s = 0; s < samples; s++) {
        q.sampleOffset(t, normal, dx.data, s * q.nx);
      }
      term.setOffsets(t, dx, q.K(t, K));
    }
    return term;
  }

  /**
   * The term on all knots of q, averaged by the cubature of degree 3 instead of by samples: over x̂
   * ± √nx times the columns of Σ's factor. Exact where the policy's mean is linear.
   */
  public static PolicyTerm cubature(GaussianMlp policy, GaussianTrajectory q) {
    requireFit(policy, q, q.T);
    int nx = q.nx;
    PolicyTerm term = new PolicyTerm(policy, q.T, 2 * nx);
    DMatrixRMaj dx = new DMatrixRMaj(2 * nx, nx);
    DMatrixRMaj K = new DMatrixRMaj(q.nu, nx);
    double spread = Math.sqrt(nx);
    for (int t = 0; t < q.T; t++) {
      for (int i = 0; i < nx; i++) {
        for (int column = 0; column < nx; column++) {
          double offset = spread * q.SigmaL[t].get(i, column);
          dx.set(2 * column, i, offset);
          dx.set(2 * column + 1, i, -offset);
        }
      }
      term.setOffsets(t, dx, q.K(t, K));
    }
    return term;
  }

  private static void requireFit(GaussianMlp policy, GaussianTrajectory q, int steps) {
    if (steps > q.T || q.nx != policy.nx || q.nu != policy.m) {
      throw new IllegalArgumentException(
          "the distribution has (T, nx, nu) = (%d, %d, %d), the term (%d, %d, %d)"
              .formatted(q.T, q.nx, q.nu, steps, policy.nx, policy.m));
    }
  }

  private PolicyTerm(GaussianMlp policy, int steps, int S) {
    if (steps < 0 || S < 1) {
      throw new IllegalArgumentException(
          "steps must be at least 0 and samples at least 1, but are " + steps + ", " + S);
    }
    this.policy = policy;
    this.steps = steps;
    this.S = S;
    nx = policy.nx;
    h = policy.h;
    m = policy.m;
    dz = new double[steps * S * h];
    du = new double[steps * S * m];
    W1 = policy.hidden;
    W2 = new DMatrixRMaj(m, h, true, policy.W2);
    precision = new double[m];
    double[] share = new double[m];
    for (int i = 0; i < m; i++) {
      precision[i] = 1 / (policy.std[i] * policy.std[i]);
      share[i] = precision[i] / S;
    }
    weightedW2 = W2.copy();
    CommonOps_DDRM.multRows(share, weightedW2);
    M = CommonOps_DDRM.multTransA(W2, weightedW2, new DMatrixRMaj(h, h));
    batch = (LEAST_BATCH + S * h - 1) / (S * h);
    x = new DMatrixRMaj(batch, nx);
    z0 = new DMatrixRMaj(batch, h);
    a = new DMatrixRMaj(batch * S, h);
    slope = new double[batch * S * h];
    exponential = new double[batch * S * h];
    r = new DMatrixRMaj(batch * S, m);
    weight = new DMatrixRMaj(batch * S, m);
    for (int row = 0; row < batch * S; row++) {
      System.arraycopy(share, 0, weight.data, row * m, m);
    }
    weighted = new DMatrixRMaj(batch * S, m);
    rt = new DMatrixRMaj(S, m);
    weightedt = new DMatrixRMaj(S, m);
    s = new DMatrixRMaj(S, h);
    G = new DMatrixRMaj(S, h);
    gz = new DMatrixRMaj(1, h);
    slopes = new DMatrixRMaj(1, h);
    lu = new DMatrixRMaj(1, m);
    P = new DMatrixRMaj(h, h);
    PW = new DMatrixRMaj(h, nx);
    J = new DMatrixRMaj(m, h);
    lx = new DMatrixRMaj(1, nx);
    lux = new DMatrixRMaj(m, nx);
    lxx = new DMatrixRMaj(nx, nx);
  }

  /**
   * Sets the offsets of a knot's samples.
   *
   * @param dx offsets δx_s in rows, shape (S, nx)
   * @param K gains, shape (m, nx)
   */
  private void setOffsets(int t, DMatrixRMaj dx, DMatrixRMaj K) {
    CommonOps_DDRM.multTransB(dx, W1, G);
    CommonOps_DDRM.multTransB(dx, K, rt);
    for (int s = 0; s < S; s++) {
      for (int j = 0; j < h; j++) {
        dz[(t * S + s) * h + j] = G.data[s * h + j] + policy.b1[j];
      }
      for (int i = 0; i < m; i++) {
        du[(t * S + s) * m + i] = rt.data[s * m + i] - policy.b2[i];
      }
    }
  }

  private void check(Trajectory trajectory) {
    if (trajectory.T < steps || trajectory.nx != nx || trajectory.nu != m) {
      throw new IllegalArgumentException(
          "the trajectory has (T, nx, nu) = (%d, %d, %d), the term (%d, %d, %d)"
              .formatted(trajectory.T, trajectory.nx, trajectory.nu, steps, nx, m));
    }
  }

  @Override
  public double value(Trajectory trajectory) {
    check(trajectory);
    double constant = policy.logNormalizer();
    double sum = 0;
    for (int t = 0; t < steps; t += batch) {
      activate(trajectory, t);
      sum += 0.5 * VectorVectorMult_DDRM.innerProd(r, weighted) + x.numRows * constant;
    }
    return sum;
  }

  /** Sets activations, slopes and residuals u + K δx_s − μ(x + δx_s) of the batch from knot t. */
  private void activate(Trajectory trajectory, int t) {
    int knots = Math.min(batch, steps - t);
    x.reshape(knots, nx);
    System.arraycopy(trajectory.xs, t * nx, x.data, 0, knots * nx);
    CommonOps_DDRM.multTransB(x, W1, z0);
    a.reshape(knots * S, h);
    r.reshape(knots * S, m);
    for (int k = 0; k < knots; k++) {
      for (int s = k * S; s < (k + 1) * S; s++) {
        for (int j = 0; j < h; j++) {
          a.data[s * h + j] = z0.data[k * h + j] + dz[(t * S + s) * h + j];
        }
        for (int i = 0; i < m; i++) {
          r.data[s * m + i] = trajectory.us[(t + k) * m + i] + du[(t * S + s) * m + i];
        }
      }
    }
    Softplus.apply(a.data, slope, exponential);
    CommonOps_DDRM.multAddTransB(-1, a, W2, r);
    weight.reshape(knots * S, m);
    CommonOps_DDRM.elementMult(r, weight, weighted);
  }

  @Override
  public void addExpansion(Trajectory trajectory, Expansion e) {
    check(trajectory);
    double constant = policy.logNormalizer();
    for (int t = 0; t < steps; t++) {
      if (t % batch == 0) {
        activate(trajectory, t);
      }
      System.arraycopy(r.data, t % batch * S * m, rt.data, 0, S * m);
      System.arraycopy(weighted.data, t % batch * S * m, weightedt.data, 0, S * m);
      System.arraycopy(slope, t % batch * S * h, s.data, 0, S * h);
      e.l[t] += 0.5 * VectorVectorMult_DDRM.innerProd(rt, weightedt) + constant;
      addGradient(e, t);
      addHessian(e, t);
    }
  }

  /** lu += Σ_s weighted and lx −= W1ᵀ Σ_s slope ∘ W2ᵀ weighted. */
  private void addGradient(Expansion e, int t) {
    CommonOps_DDRM.sumCols(weightedt, lu);
    add(lu, e.lu, t * m);
    CommonOps_DDRM.mult(weightedt, W2, G);
    CommonOps_DDRM.elementMult(G, s);
    CommonOps_DDRM.sumCols(G, gz);
    CommonOps_DDRM.mult(-1, gz, W1, lx);
    add(lx, e.lx, t * nx);
  }

  /**
   * lxx += W1ᵀ [M ∘ Σ_s slope slopeᵀ] W1, lux −= diag(σ⁻²) W2 diag(mean slope) W1 and luu +=
   * diag(σ⁻²).
   */
  private void addHessian(Expansion e, int t) {
    CommonOps_DDRM.multInner(s, P);
    CommonOps_DDRM.elementMult(P, M);
    CommonOps_DDRM.mult(P, W1, PW);
    CommonOps_DDRM.multTransA(W1, PW, lxx);
    CommonOps_DDRM.symmLowerToFull(lxx);
    add(lxx, e.lxx, t * nx * nx);
    CommonOps_DDRM.sumCols(s, slopes);
    J.setTo(weightedW2);
    CommonOps_DDRM.multCols(J, slopes.data);
    CommonOps_DDRM.mult(-1, J, W1, lux);
    add(lux, e.lux, t * m * nx);
    for (int i = 0; i < m; i++) {
      e.luu[(t * m + i) * m + i] += precision[i];
    }
  }

  private static void add(DMatrixRMaj part, double[] sum, int at) {
    int size = part.getNumElements();
    for (int n = 0; n < size; n++) {
      sum[at + n] += part.data[n];
    }
  }
}
