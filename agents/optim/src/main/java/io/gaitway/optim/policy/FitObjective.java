package io.gaitway.optim.policy;

import java.util.Arrays;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.decomposition.TriangularSolver_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.dense.row.factory.LinearSolverFactory_DDRM;
import org.ejml.dense.row.mult.VectorVectorMult_DDRM;
import org.ejml.interfaces.decomposition.CholeskyDecomposition_F64;
import org.ejml.interfaces.linsol.LinearSolverDense;

/**
 * What a policy fit minimises over the hidden weights alone: ½ Σ_i log v_i + ½ λ ‖W1‖², with the
 * output weights and the noise variances that are best for them (variable projection, Golub and
 * Pereyra 1973),
 *
 * <pre>
 *   v_i = noise_i + min over W2_i, b2_i of Σ_n w_n (t_ni − W2_i · a(x_n) − b2_i)² + λ ‖W2_i‖²,
 *   noise_i = Σ_n w_n (C_n,ii + v_min),
 * </pre>
 *
 * <p>where the weights w sum to 1. Up to a constant and the decay it is −Σ_n w_n E log π(u | x_n),
 * the inner expectation over u ~ N(t_n, C_n) in closed form. The best output weights do not depend
 * on the variances, so one set of normal equations serves all outputs; and as they are best, the
 * gradient is the partial derivative at them. All in standardised units.
 *
 * <p>The samples are dealt out to blocks in turn, so that every block is a fair selection; one
 * array per block and variable, the last places filled up with samples of weight 0. {@link Rows}
 * does the arithmetic on whole arrays. No allocation per evaluation.
 */
final class FitObjective implements LevenbergMarquardt.Objective {
  private static final int BLOCK = 256;

  /** The curvature sees one block in so many, another one every time. */
  private static final int STRIDE = 4;

  /** Blocks that the curvature sees at least, if there are so many. */
  private static final int LEAST_BLOCKS = 4;

  /** The least λ of the output weights, for units that are zero everywhere. */
  private static final double LEAST_RIDGE = 1e-30;

  /**
   * Added to a unit's mean square, relative to it: above the round-off of the normal equations, so
   * that they can be solved for units that agree to all digits.
   */
  private static final double JITTER = 1e-12;

  /**
   * The action variance counts as this at least, relative to the targets' variance: samples without
   * variances that a network copies exactly still have a finite best density.
   */
  private static final double LEAST_NOISE = 1e-8;

  private final int blocks;
  private final int stride;
  private final int d;
  private final int h;
  private final int m;
  private final double decay;
  private final double ridge;
  private final double[] noise;

  /**
   * Weights, inputs (d), targets (m), activations and their slopes (h), and residuals (m): first
   * index the variable, second the block, third the sample.
   */
  private final double[][] weight;

  private final double[][][] Z;
  private final double[][][] target;
  private final double[][][] A;
  private final double[][][] slope;
  private final double[][][] R;

  /** One hidden unit's weighted activations, or derivatives by its argument: block, sample. */
  private final double[][] unit;

  private final double[] row = new double[BLOCK];

  /** Mean products of [1, a], overwritten by their factor, shape (h + 1, h + 1). */
  private final DMatrixRMaj gram;

  /** Mean products of [1, a] with targets, then the best output weights, shape (h + 1, m). */
  private final DMatrixRMaj moments;

  private final LinearSolverDense<DMatrixRMaj> solver;

  /** The best [b2_i, W2_i] in rows, shape (m, h + 1), and W2 and diag(1/v) W2, shape (m, h). */
  private final DMatrixRMaj output;

  private final DMatrixRMaj W2;
  private final DMatrixRMaj weightedW2;

  /** A row of W2, shape (1, h). */
  private final DMatrixRMaj W2i;

  private final double[] residual;
  private final double[] v;

  /** Of the features of this turn's blocks, see {@link #curvature}. */
  private final FeatureProducts products;

  /**
   * Products of [1, a] with themselves and with g, Y = L⁻¹ of the latter with L the factor of the
   * former, YᵀY, and W2ᵀ diag(1/v) W2.
   */
  private final DMatrixRMaj outputProducts;

  private final DMatrixRMaj L;
  private final DMatrixRMaj Y;
  private final DMatrixRMaj explained;
  private final DMatrixRMaj coupling;
  private final CholeskyDecomposition_F64<DMatrixRMaj> cholesky;
  private int turn;

  FitObjective(
      PolicySamples samples, Standardization scale, int h, double decay, double minimumStd) {
    int N = samples.size();
    blocks = (N + BLOCK - 1) / BLOCK;
    stride = Math.max(1, Math.min(STRIDE, blocks / LEAST_BLOCKS));
    d = samples.d;
    m = samples.m;
    this.h = h;
    this.decay = decay;
    ridge = Math.max(decay, LEAST_RIDGE);
    noise = new double[m];
    weight = new double[blocks][BLOCK];
    Z = new double[d][blocks][BLOCK];
    target = new double[m][blocks][BLOCK];
    A = new double[h][blocks][BLOCK];
    slope = new double[h][blocks][BLOCK];
    R = new double[m][blocks][BLOCK];
    unit = new double[blocks][BLOCK];
    gram = new DMatrixRMaj(h + 1, h + 1);
    moments = new DMatrixRMaj(h + 1, m);
    solver = LinearSolverFactory_DDRM.chol(h + 1);
    output = new DMatrixRMaj(m, h + 1);
    W2 = new DMatrixRMaj(m, h);
    weightedW2 = new DMatrixRMaj(m, h);
    W2i = new DMatrixRMaj(1, h);
    residual = new double[m];
    v = new double[m];
    products = new FeatureProducts(d, h);
    outputProducts = new DMatrixRMaj(h + 1, h + 1);
    L = new DMatrixRMaj(h + 1, h + 1);
    Y = new DMatrixRMaj(h + 1, size());
    explained = new DMatrixRMaj(size(), size());
    coupling = new DMatrixRMaj(h, h);
    cholesky = DecompositionFactory_DDRM.chol(h + 1, true);
    double total = 0;
    for (int n = 0; n < N; n++) {
      total += samples.weight[n];
    }
    for (int n = 0; n < N; n++) {
      int b = n % blocks;
      int at = n / blocks;
      double w = samples.weight[n] / total;
      weight[b][at] = w;
      for (int c = 0; c < d; c++) {
        Z[c][b][at] = (samples.x[n * d + c] - scale.inMean[c]) / scale.inStd[c];
      }
      for (int i = 0; i < m; i++) {
        target[i][b][at] = (samples.target[n * m + i] - scale.outMean[i]) / scale.outStd[i];
        double C = samples.variance[n * m + i] + minimumStd * minimumStd;
        noise[i] += w * C / (scale.outStd[i] * scale.outStd[i]);
      }
    }
    for (int i = 0; i < m; i++) {
      noise[i] = Math.max(LEAST_NOISE, noise[i]);
    }
  }

  /** Number of parameters [W1 (h, d), b1 (h)]. */
  int size() {
    return h * d + h;
  }

  /** The best output weights of the last evaluation, rows [b2_i, W2_i], shape (m, h + 1). */
  double[] output() {
    return output.data.clone();
  }

  /**
   * The samples' mean action variance plus a share of the mean squared residual of the last
   * evaluation, shape (m); at share 1 the best variances but for the decay's part.
   */
  double[] variance(double residualShare) {
    double[] variance = new double[m];
    for (int i = 0; i < m; i++) {
      variance[i] = noise[i] + residualShare * residual[i];
    }
    return variance;
  }

  /** {@inheritDoc} Not finite if numbers overflow. */
  @Override
  public double evaluate(double[] theta, double[] gradient) {
    for (int b = 0; b < blocks; b++) {
      hidden(theta, b);
    }
    normalEquations();
    if (!solver.setA(gram)) {
      return Double.NaN;
    }
    solver.solve(moments, moments);
    CommonOps_DDRM.transpose(moments, output);
    CommonOps_DDRM.extract(output, 0, m, 1, h + 1, W2);
    double value = 0;
    for (int i = 0; i < m; i++) {
      residuals(i);
      v[i] = noise[i] + residual[i] + ridge * squaredOutputWeights(i);
      value += 0.5 * StrictMath.log(v[i]);
    }
    weightedW2.setTo(W2);
    CommonOps_DDRM.divideRows(v, weightedW2);
    for (int j = 0; j < h; j++) {
      hiddenGradient(gradient, j);
    }
    for (int p = 0; p < h * d; p++) {
      value += 0.5 * decay * theta[p] * theta[p];
      gradient[p] += decay * theta[p];
    }
    return value;
  }

  private void hidden(double[] theta, int b) {
    for (int j = 0; j < h; j++) {
      Arrays.fill(A[j][b], theta[h * d + j]);
      Rows.addScaled(A[j][b], theta, j * d, Z, b);
      Softplus.apply(A[j][b], slope[j][b], row);
    }
  }

  /** Sets gram and moments to the mean products of [1, a] with themselves and with targets. */
  private void normalEquations() {
    gram.set(0, 0, Rows.sum(weight, row));
    for (int i = 0; i < m; i++) {
      moments.set(0, i, Rows.dot(weight, target[i], row));
    }
    for (int j = 0; j < h; j++) {
      for (int b = 0; b < blocks; b++) {
        System.arraycopy(A[j][b], 0, unit[b], 0, BLOCK);
        Rows.multiply(unit[b], weight[b]);
      }
      gram.set(j + 1, 0, Rows.sum(unit, row));
      for (int k = 0; k <= j; k++) {
        gram.set(j + 1, k + 1, Rows.dot(unit, A[k], row));
      }
      gram.add(j + 1, j + 1, ridge + JITTER * gram.get(j + 1, j + 1));
      for (int i = 0; i < m; i++) {
        moments.set(j + 1, i, Rows.dot(unit, target[i], row));
      }
    }
    CommonOps_DDRM.symmLowerToFull(gram);
  }

  /** Sets R = w (μ − t) and the residual Σ w (μ − t)² of an output. */
  private void residuals(int i) {
    residual[i] = 0;
    for (int b = 0; b < blocks; b++) {
      double[] r = R[i][b];
      Arrays.fill(r, output.get(i, 0));
      Rows.addScaled(r, output.data, i * (h + 1) + 1, A, b);
      Rows.addScaled(r, -1, target[i][b]);
      System.arraycopy(r, 0, row, 0, BLOCK);
      Rows.multiply(r, weight[b]);
      Rows.multiply(row, r);
      residual[i] += Rows.sum(row);
    }
  }

  private double squaredOutputWeights(int i) {
    CommonOps_DDRM.extractRow(W2, i, W2i);
    return VectorVectorMult_DDRM.innerProd(W2i, W2i);
  }

  private void hiddenGradient(double[] gradient, int j) {
    for (int b = 0; b < blocks; b++) {
      Arrays.fill(unit[b], 0);
      for (int i = 0; i < m; i++) {
        Rows.addScaled(unit[b], weightedW2.get(i, j), R[i][b]);
      }
      Rows.multiply(unit[b], slope[j][b]);
    }
    gradient[h * d + j] = Rows.sum(unit, row);
    for (int c = 0; c < d; c++) {
      gradient[j * d + c] = Rows.dot(unit, Z[c], row);
    }
  }

  /**
   * {@inheritDoc} That of Σ_i v_i at fixed scales 1/(2 v_i), with Kaufman's (1975) Jacobian: the
   * derivatives of the predictions by theta, less what the output weights can make up for. By theta
   * the prediction i has the derivatives W2_ij times the features g = (s_j z_c, s_j), s the slopes;
   * so the matrix is Σ_i W2_ij W2_ik / v_i times the mean products of g after regression on [1, a].
   * The means are over some of the blocks, others every time.
   */
  @Override
  public void curvature(DMatrixRMaj H) {
    products.clear();
    for (int b = turn; b < blocks; b += stride) {
      products.add(b, weight, Z, A, slope);
    }
    turn = (turn + 1) % stride;
    if (!eliminateOutputs()) {
      CommonOps_DDRM.fill(H, Double.NaN);
      return;
    }
    CommonOps_DDRM.multTransA(W2, weightedW2, coupling);
    for (int p = 0; p < size(); p++) {
      for (int q = 0; q <= p; q++) {
        double all = products.derivatives(unitOf(p), inputOf(p), unitOf(q), inputOf(q));
        double unexplained = (all - explained.unsafe_get(p, q)) / products.total();
        H.unsafe_set(p, q, unexplained * coupling.get(unitOf(p), unitOf(q)));
      }
    }
    for (int p = 0; p < h * d; p++) {
      H.add(p, p, decay);
    }
    CommonOps_DDRM.symmLowerToFull(H);
  }

  /**
   * Sets explained to what regression on [1, a] explains of the products of g. Returns whether it
   * can be computed.
   */
  private boolean eliminateOutputs() {
    for (int k = 0; k <= h; k++) {
      for (int r = 0; r <= k; r++) {
        outputProducts.unsafe_set(k, r, products.outputs(k, r));
      }
      if (k > 0) {
        outputProducts.add(k, k, products.total() * ridge + JITTER * products.outputs(k, k));
      }
      for (int p = 0; p < size(); p++) {
        Y.unsafe_set(k, p, products.mixed(k, unitOf(p), inputOf(p)));
      }
    }
    CommonOps_DDRM.symmLowerToFull(outputProducts);
    if (!cholesky.decompose(outputProducts)) {
      return false;
    }
    cholesky.getT(L);
    TriangularSolver_DDRM.solveL(L.data, Y.data, h + 1, size());
    CommonOps_DDRM.multInner(Y, explained);
    return true;
  }

  /** The hidden unit of an entry of theta. */
  private int unitOf(int p) {
    return p < h * d ? p / d : p - h * d;
  }

  /** Its input; d for the bias. */
  private int inputOf(int p) {
    return p < h * d ? p % d : d;
  }
}
