package io.gaitway.optim.policy;

import io.gaitway.client.simulation.Expansion;
import io.gaitway.client.simulation.Trajectory;
import io.gaitway.optim.trajopt.CostTerm;
import io.gaitway.optim.trajopt.GaussianTrajectory;
import io.gaitway.optim.trajopt.NormalSampler;
import java.util.Arrays;

/** {@link PolicyTerm} in loops of our own, for {@link FitBenchmark}. */
final class LoopPolicyTerm implements CostTerm {
  /** Least numbers that activations are computed of at once, to make the best of vectors. */
  private static final int LEAST_BATCH = 256;

  private final GaussianMlp policy;
  private final int steps;
  private final int S;
  private final int d;
  private final int h;
  private final int m;

  /** W1 δx_s, shape (steps, S, h), and K δx_s, shape (steps, S, m). */
  private final double[] dz;

  private final double[] du;

  /** 1/σ², shape (m), and W2ᵀ diag(σ⁻²) W2, shape (h, h). */
  private final double[] precision;

  private final double[] M;
  private final double[] z0;

  /** Knots in a batch; the hidden units of a batch, shape (batch, S, h). */
  private final int batch;

  private final double[] z;
  private final double[] slope;
  private final double[] exponential;
  private final double[] residual;
  private final double[] back;
  private final double[] gz;
  private final double[] meanSlope;
  private final double[] P;
  private final double[] PW;
  private final double[] J;

  /**
   * The averaged term, with offsets drawn from q's marginals in the order of knots, then samples.
   *
   * @param steps number of knots, from the first, that the term applies to
   * @param samples S, at least 1
   */
  static LoopPolicyTerm averaged(
      GaussianMlp policy, GaussianTrajectory q, int steps, int samples, NormalSampler normal) {
    if (steps > q.T || q.nx != policy.nx || q.nu != policy.m) {
      throw new IllegalArgumentException(
          "the distribution has (T, nx, nu) = (%d, %d, %d), the term (%d, %d, %d)"
              .formatted(q.T, q.nx, q.nu, steps, policy.nx, policy.m));
    }
    LoopPolicyTerm term = new LoopPolicyTerm(policy, steps, samples);
    double[] dx = new double[q.nx];
    for (int t = 0; t < steps; t++) {
      for (int s = 0; s < samples; s++) {
        q.sampleOffset(t, normal, dx, 0);
        term.setOffset(t, s, dx, q.K);
      }
    }
    return term;
  }

  private LoopPolicyTerm(GaussianMlp policy, int steps, int S) {
    if (steps < 0 || S < 1) {
      throw new IllegalArgumentException(
          "steps must be at least 0 and samples at least 1, but are " + steps + ", " + S);
    }
    this.policy = policy;
    this.steps = steps;
    this.S = S;
    d = policy.d;
    h = policy.h;
    m = policy.m;
    dz = new double[steps * S * h];
    du = new double[steps * S * m];
    precision = new double[m];
    M = new double[h * h];
    for (int i = 0; i < m; i++) {
      precision[i] = 1 / (policy.std[i] * policy.std[i]);
      for (int a = 0; a < h; a++) {
        for (int b = 0; b < h; b++) {
          M[a * h + b] += precision[i] * policy.W2[i * h + a] * policy.W2[i * h + b];
        }
      }
    }
    z0 = new double[h];
    batch = (LEAST_BATCH + S * h - 1) / (S * h);
    z = new double[batch * S * h];
    slope = new double[batch * S * h];
    exponential = new double[batch * S * h];
    residual = new double[m];
    back = new double[h];
    gz = new double[h];
    meanSlope = new double[h];
    P = new double[h * h];
    PW = new double[h * d];
    J = new double[m * d];
  }

  private void setOffset(int t, int s, double[] dx, double[] K) {
    int at = (t * S + s) * h;
    for (int j = 0; j < h; j++) {
      for (int c = 0; c < d; c++) {
        dz[at + j] += policy.W1[j * d + c] * dx[policy.inputs[c]];
      }
    }
    for (int i = 0; i < m; i++) {
      for (int r = 0; r < dx.length; r++) {
        du[(t * S + s) * m + i] += K[(t * m + i) * dx.length + r] * dx[r];
      }
    }
  }

  private void check(Trajectory trajectory) {
    if (trajectory.T < steps || trajectory.nx != policy.nx || trajectory.nu != m) {
      throw new IllegalArgumentException(
          "the trajectory has (T, nx, nu) = (%d, %d, %d), the term (%d, %d, %d)"
              .formatted(trajectory.T, trajectory.nx, trajectory.nu, steps, policy.nx, m));
    }
  }

  @Override
  public double value(Trajectory trajectory) {
    check(trajectory);
    double constant = policy.logNormalizer();
    double sum = 0;
    for (int t = 0; t < steps; t++) {
      if (t % batch == 0) {
        activate(trajectory, t);
      }
      double knot = 0;
      for (int s = 0; s < S; s++) {
        knot += residual(trajectory, t, s);
      }
      sum += knot / S + constant;
    }
    return sum;
  }

  /** Sets z and slope to the hidden units' activations and slopes at the batch from knot t. */
  private void activate(Trajectory trajectory, int t) {
    for (int k = 0; k < batch && t + k < steps; k++) {
      preactivations(trajectory, t + k, k * S * h);
    }
    Softplus.apply(z, slope, exponential);
  }

  /** Sets z, from {@code at}, to the hidden units' arguments at the samples of knot t. */
  private void preactivations(Trajectory trajectory, int t, int at) {
    int x = t * policy.nx;
    for (int j = 0; j < h; j++) {
      double sum = policy.b1[j];
      for (int c = 0; c < d; c++) {
        sum += policy.W1[j * d + c] * trajectory.xs[x + policy.inputs[c]];
      }
      z0[j] = sum;
    }
    int from = t * S * h;
    for (int s = 0; s < S; s++) {
      for (int j = 0; j < h; j++) {
        z[at + s * h + j] = z0[j] + dz[from + s * h + j];
      }
    }
  }

  /** Sets residual to u + K δx_s − μ(x + δx_s), z holding activations. Returns ½ ‖residual‖². */
  private double residual(Trajectory trajectory, int t, int s) {
    double sum = 0;
    int at = (t % batch * S + s) * h;
    for (int i = 0; i < m; i++) {
      double r = trajectory.us[t * m + i] + du[(t * S + s) * m + i] - policy.b2[i];
      for (int j = 0; j < h; j++) {
        r -= policy.W2[i * h + j] * z[at + j];
      }
      residual[i] = r;
      sum += 0.5 * r * r * precision[i];
    }
    return sum;
  }

  @Override
  public void addExpansion(Trajectory trajectory, Expansion e) {
    check(trajectory);
    double constant = policy.logNormalizer();
    for (int t = 0; t < steps; t++) {
      if (t % batch == 0) {
        activate(trajectory, t);
      }
      Arrays.fill(gz, 0);
      Arrays.fill(meanSlope, 0);
      Arrays.fill(P, 0);
      double knot = 0;
      for (int s = 0; s < S; s++) {
        knot += residual(trajectory, t, s);
        accumulate(e, t, s);
      }
      e.l[t] += knot / S + constant;
      addGradientX(e, t);
      addHessianX(e, t);
      addHessianU(e, t);
    }
  }

  /** Adds sample s to lu, to the gradient gz in the hidden units and to the sums of slopes. */
  private void accumulate(Expansion e, int t, int s) {
    Arrays.fill(back, 0);
    for (int i = 0; i < m; i++) {
      double weighted = residual[i] * precision[i] / S;
      e.lu[t * m + i] += weighted;
      for (int j = 0; j < h; j++) {
        back[j] += policy.W2[i * h + j] * weighted;
      }
    }
    int at = (t % batch * S + s) * h;
    for (int j = 0; j < h; j++) {
      double sj = slope[at + j];
      gz[j] -= back[j] * sj;
      meanSlope[j] += sj / S;
      for (int r = 0; r <= j; r++) {
        P[j * h + r] += sj * slope[at + r];
      }
    }
  }

  private void addGradientX(Expansion e, int t) {
    for (int j = 0; j < h; j++) {
      for (int c = 0; c < d; c++) {
        e.lx[t * policy.nx + policy.inputs[c]] += policy.W1[j * d + c] * gz[j];
      }
    }
  }

  /** lxx += W1ᵀ [M ∘ (1/S) Σ_s slope slopeᵀ] W1. */
  private void addHessianX(Expansion e, int t) {
    Arrays.fill(PW, 0);
    for (int j = 0; j < h; j++) {
      for (int r = 0; r < h; r++) {
        double p = M[j * h + r] * (r <= j ? P[j * h + r] : P[r * h + j]) / S;
        for (int c = 0; c < d; c++) {
          PW[j * d + c] += p * policy.W1[r * d + c];
        }
      }
    }
    for (int a = 0; a < d; a++) {
      int rowA = (t * policy.nx + policy.inputs[a]) * policy.nx;
      for (int b = 0; b <= a; b++) {
        double sum = 0;
        for (int j = 0; j < h; j++) {
          sum += policy.W1[j * d + a] * PW[j * d + b];
        }
        int rowB = (t * policy.nx + policy.inputs[b]) * policy.nx;
        e.lxx[rowA + policy.inputs[b]] += sum;
        if (a != b) {
          e.lxx[rowB + policy.inputs[a]] += sum;
        }
      }
    }
  }

  /** lux −= diag(σ⁻²) W2 diag(mean slope) W1 and luu += diag(σ⁻²). */
  private void addHessianU(Expansion e, int t) {
    Arrays.fill(J, 0);
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < h; j++) {
        double w = precision[i] * policy.W2[i * h + j] * meanSlope[j];
        for (int c = 0; c < d; c++) {
          J[i * d + c] += w * policy.W1[j * d + c];
        }
      }
      int row = (t * m + i) * policy.nx;
      for (int c = 0; c < d; c++) {
        e.lux[row + policy.inputs[c]] -= J[i * d + c];
      }
      e.luu[(t * m + i) * m + i] += precision[i];
    }
  }
}
