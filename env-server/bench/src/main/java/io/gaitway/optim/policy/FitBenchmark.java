package io.gaitway.optim.policy;

import io.gaitway.client.simulation.Expansion;
import io.gaitway.client.simulation.Trajectory;
import io.gaitway.optim.trajopt.CostTerm;
import io.gaitway.optim.trajopt.GaussianTrajectory;
import io.gaitway.optim.trajopt.NormalSampler;
import io.gaitway.optim.trajopt.RiccatiSweep;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.commons.rng.simple.RandomSource;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.factory.LinearSolverFactory_DDRM;
import org.ejml.interfaces.linsol.LinearSolverDense;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The products of a policy's fit and of its cost, each in a loop of our own and as EJML's, in the
 * sizes that VGPS has on the walker by default: 17 inputs, 10 hidden units, 6 actions, 10 states a
 * knot. A product is EJML's unless that takes more than 1.3 times our loop's time here.
 *
 * <p>A call takes a few hundred microseconds, so that the median is that of calls which no other
 * program interrupted: 50 of 560 knots, 2048 of 25000 examples, in blocks as the fit has them.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 1)
public class FitBenchmark {
  private static final int NX = 18;
  private static final int D = 17;
  private static final int H = 10;
  private static final int M = 6;
  private static final int S = 10;
  private static final int T = 50;
  private static final int BLOCK = 256;
  private static final int BLOCKS = 8;

  /** Hidden weights and biases of a fit. */
  private static final int SIZE = H * D + H;

  /** Features of an example: 1, activations, derivatives by the hidden weights and biases. */
  private static final int FEATURES = 1 + H + SIZE;

  private static final int STATES = 50;

  private final Random random = new Random(1);
  private final GaussianMlp policy =
      new GaussianMlp(
          NX,
          IntStream.range(1, NX).boxed().toList(),
          gaussian(H * D),
          gaussian(H),
          gaussian(M * H),
          gaussian(M),
          new double[] {1, 2, 3, 1, 2, 3});
  private final Trajectory trajectory = new Trajectory(T, NX, M);
  private final Expansion expansion = new Expansion(T, NX, M);
  private final CostTerm termLoop;
  private final CostTerm termEjml;
  private final double[] mu = new double[M];
  private final double[] mux = new double[M * NX];

  private final double[][] weight = rows(1)[0];
  private final double[][][] Z = rows(D);
  private final double[][][] target = rows(M);
  private final double[][][] A = rows(H);
  private final double[][][] slope = rows(H);
  private final double[][][] R = rows(M);
  private final double[][] unit = new double[BLOCKS][BLOCK];
  private final double[] row = new double[BLOCK];
  private final double[] theta = gaussian(SIZE);
  private final double[] gram = new double[(H + 1) * (H + 1)];
  private final double[] output = gaussian(M * (H + 1));
  private final double[] gradient = new double[SIZE];
  private final FeatureProducts products = new FeatureProducts(D, H);

  private final DMatrixRMaj[] inputs = blocks(1 + D, true);
  private final DMatrixRMaj[] arguments = blocks(H, false);
  private final DMatrixRMaj[] activations = blocks(1 + H, true);
  private final DMatrixRMaj[] slopes = blocks(H, false);
  private final DMatrixRMaj[] targets = blocks(M, false);
  private final DMatrixRMaj[] residuals = blocks(M, false);
  private final DMatrixRMaj hiddenWeights = matrix(H, 1 + D);
  private final DMatrixRMaj outputWeights = matrix(M, H);
  private final DMatrixRMaj weighted = new DMatrixRMaj(1 + H, BLOCK);
  private final DMatrixRMaj gramMatrix = new DMatrixRMaj(1 + H, 1 + H);
  private final DMatrixRMaj outputMatrix = new DMatrixRMaj(M, 1 + H);
  private final DMatrixRMaj G = new DMatrixRMaj(H, BLOCK);
  private final DMatrixRMaj gradientMatrix = new DMatrixRMaj(H, 1 + D);
  private final DMatrixRMaj featureMatrix =
      DMatrixRMaj.wrap(BLOCK, FEATURES, gaussian(BLOCK * FEATURES));
  private final DMatrixRMaj blockProducts = new DMatrixRMaj(FEATURES, FEATURES);
  private final DMatrixRMaj productMatrix = new DMatrixRMaj(FEATURES, FEATURES);
  private final DMatrixRMaj definite = CommonOps_DDRM.identity(SIZE);
  private final DMatrixRMaj factor = new DMatrixRMaj(SIZE, SIZE);
  private final DMatrixRMaj step = new DMatrixRMaj(SIZE, 1);
  private final LinearSolverDense<DMatrixRMaj> solver = LinearSolverFactory_DDRM.chol(SIZE);

  /** Makes up numbers. */
  public FitBenchmark() {
    fill(trajectory.xs);
    fill(trajectory.us);
    GaussianTrajectory q = distribution();
    termLoop = LoopPolicyTerm.averaged(policy, q, T, S, sampler());
    termEjml = PolicyTerm.averaged(policy, q, T, S, sampler());
    DMatrixRMaj square = matrix(SIZE, SIZE);
    CommonOps_DDRM.multAddTransB(square, square, definite);
  }

  private static NormalSampler sampler() {
    return new NormalSampler(RandomSource.PHILOX_4X64.create(2L));
  }

  private GaussianTrajectory distribution() {
    RiccatiSweep sweep = new RiccatiSweep(T, NX, M);
    fill(sweep.K);
    for (int i = 0; i < T * M; i++) {
      sweep.L[i * M + i % M] = 1;
    }
    double[] std = new double[NX];
    Arrays.fill(std, 0.1);
    return new GaussianTrajectory(
        trajectory.xs,
        trajectory.us,
        sweep,
        new Expansion(T, NX, M),
        new GaussianTrajectory.Width(std, 1, new double[M]));
  }

  private void fill(double[] values) {
    Arrays.setAll(values, i -> random.nextGaussian());
  }

  private double[] gaussian(int n) {
    double[] values = new double[n];
    fill(values);
    return values;
  }

  private DMatrixRMaj matrix(int rows, int columns) {
    return DMatrixRMaj.wrap(rows, columns, gaussian(rows * columns));
  }

  private double[][][] rows(int variables) {
    double[][][] rows = new double[variables][BLOCKS][];
    for (double[][] variable : rows) {
      Arrays.setAll(variable, block -> gaussian(BLOCK));
    }
    return rows;
  }

  private DMatrixRMaj[] blocks(int variables, boolean withOnes) {
    DMatrixRMaj[] blocks = new DMatrixRMaj[BLOCKS];
    for (int b = 0; b < BLOCKS; b++) {
      blocks[b] = matrix(variables, BLOCK);
      if (withOnes) {
        Arrays.fill(blocks[b].data, 0, BLOCK, 1);
      }
    }
    return blocks;
  }

  /** The cost −log π along a trajectory with its derivatives, averaged over states. */
  @Benchmark
  public Expansion termLoop() {
    termLoop.addExpansion(trajectory, expansion);
    return expansion;
  }

  /** The same as {@link PolicyTerm} does it. */
  @Benchmark
  public Expansion termEjml() {
    termEjml.addExpansion(trajectory, expansion);
    return expansion;
  }

  /** The value alone. */
  @Benchmark
  public double termValueLoop() {
    return termLoop.value(trajectory);
  }

  /** The same as {@link PolicyTerm} does it. */
  @Benchmark
  public double termValueEjml() {
    return termEjml.value(trajectory);
  }

  /** The mean action in a state. */
  @Benchmark
  @OperationsPerInvocation(STATES)
  public double[] meanLoop() {
    for (int t = 0; t < STATES; t++) {
      double[] in = new double[D];
      double[] out = new double[H];
      for (int c = 0; c < D; c++) {
        in[c] = trajectory.xs[t * NX + policy.inputs[c]];
      }
      layer(policy.W1, policy.b1, in, D, out);
      for (int j = 0; j < H; j++) {
        out[j] = Softplus.value(out[j]);
      }
      layer(policy.W2, policy.b2, out, H, mu);
    }
    return mu;
  }

  private static void layer(double[] W, double[] b, double[] in, int width, double[] out) {
    for (int i = 0; i < b.length; i++) {
      double sum = b[i];
      for (int j = 0; j < width; j++) {
        sum += W[i * width + j] * in[j];
      }
      out[i] = sum;
    }
  }

  /** The same as {@link Network} does it. */
  @Benchmark
  @OperationsPerInvocation(STATES)
  public double[] meanEjml() {
    for (int t = 0; t < STATES; t++) {
      policy.mean(trajectory.xs, t * NX, mu, 0);
    }
    return mu;
  }

  /** The Jacobian of the mean action in a state. */
  @Benchmark
  @OperationsPerInvocation(STATES)
  public double[] jacobianLoop() {
    for (int t = 0; t < STATES; t++) {
      Arrays.fill(mux, 0);
      for (int j = 0; j < H; j++) {
        double z = policy.b1[j];
        for (int c = 0; c < D; c++) {
          z += policy.W1[j * D + c] * trajectory.xs[t * NX + policy.inputs[c]];
        }
        double s = Softplus.derivative(z);
        for (int i = 0; i < M; i++) {
          double w = policy.W2[i * H + j] * s;
          for (int c = 0; c < D; c++) {
            mux[i * NX + policy.inputs[c]] += w * policy.W1[j * D + c];
          }
        }
      }
    }
    return mux;
  }

  /** The same as {@link GaussianMlp} does it. */
  @Benchmark
  @OperationsPerInvocation(STATES)
  public double[] jacobianEjml() {
    for (int t = 0; t < STATES; t++) {
      policy.jacobian(trajectory.xs, t * NX, mux, 0);
    }
    return mux;
  }

  /** The hidden units' arguments at all examples, as {@link FitObjective} does it. */
  @Benchmark
  public double[][][] hiddenLoop() {
    for (int b = 0; b < BLOCKS; b++) {
      for (int j = 0; j < H; j++) {
        Arrays.fill(A[j][b], theta[H * D + j]);
        Rows.addScaled(A[j][b], theta, j * D, Z, b);
      }
    }
    return A;
  }

  /** The same as products [b1, W1] [1; x]. */
  @Benchmark
  public DMatrixRMaj[] hiddenEjml() {
    for (int b = 0; b < BLOCKS; b++) {
      CommonOps_DDRM.mult(hiddenWeights, inputs[b], arguments[b]);
    }
    return arguments;
  }

  /** Weighted products of [1, a] with [1, a] and targets, as {@link FitObjective} does it. */
  @Benchmark
  public double[] normalEquationsLoop() {
    int n = H + 1;
    gram[0] = Rows.sum(weight, row);
    for (int i = 0; i < M; i++) {
      output[i * n] = Rows.dot(weight, target[i], row);
    }
    for (int j = 0; j < H; j++) {
      for (int b = 0; b < BLOCKS; b++) {
        System.arraycopy(A[j][b], 0, unit[b], 0, BLOCK);
        Rows.multiply(unit[b], weight[b]);
      }
      int at = (j + 1) * n;
      gram[at] = Rows.sum(unit, row);
      for (int k = 0; k <= j; k++) {
        gram[at + k + 1] = Rows.dot(unit, A[k], row);
      }
      for (int i = 0; i < M; i++) {
        output[i * n + j + 1] = Rows.dot(unit, target[i], row);
      }
    }
    return gram;
  }

  /** The same as sums of products over blocks. */
  @Benchmark
  public DMatrixRMaj normalEquationsEjml() {
    gramMatrix.zero();
    outputMatrix.zero();
    for (int b = 0; b < BLOCKS; b++) {
      weighted.setTo(activations[b]);
      CommonOps_DDRM.multCols(weighted, weight[b]);
      CommonOps_DDRM.multAddTransB(weighted, activations[b], gramMatrix);
      CommonOps_DDRM.multAddTransB(targets[b], weighted, outputMatrix);
    }
    return gramMatrix;
  }

  /** The gradient by the hidden weights from the residuals, as {@link FitObjective} does it. */
  @Benchmark
  public double[] gradientLoop() {
    for (int j = 0; j < H; j++) {
      for (int b = 0; b < BLOCKS; b++) {
        Arrays.fill(unit[b], 0);
        for (int i = 0; i < M; i++) {
          Rows.addScaled(unit[b], outputWeights.data[i * H + j], R[i][b]);
        }
        Rows.multiply(unit[b], slope[j][b]);
      }
      gradient[H * D + j] = Rows.sum(unit, row);
      for (int c = 0; c < D; c++) {
        gradient[j * D + c] = Rows.dot(unit, Z[c], row);
      }
    }
    return gradient;
  }

  /** The same as products (W2ᵀ r ∘ slope) [1; x]ᵀ. */
  @Benchmark
  public DMatrixRMaj gradientEjml() {
    gradientMatrix.zero();
    for (int b = 0; b < BLOCKS; b++) {
      CommonOps_DDRM.multTransA(outputWeights, residuals[b], G);
      CommonOps_DDRM.elementMult(G, slopes[b]);
      CommonOps_DDRM.multAddTransB(G, inputs[b], gradientMatrix);
    }
    return gradientMatrix;
  }

  /** Sums of the features' products over a block, as {@link FitObjective} does it. */
  @Benchmark
  public double curvatureLoop() {
    products.add(0, weight, Z, A, slope);
    return products.total();
  }

  /** The same as the inner product of a block's features, without making these. */
  @Benchmark
  public DMatrixRMaj curvatureEjml() {
    CommonOps_DDRM.multInner(featureMatrix, blockProducts);
    CommonOps_DDRM.addEquals(productMatrix, blockProducts);
    return productMatrix;
  }

  /** One step's linear system, in a loop of our own. */
  @Benchmark
  public double[] solveLoop() {
    double[] L = factor.data;
    double[] x = step.data;
    System.arraycopy(definite.data, 0, L, 0, SIZE * SIZE);
    Arrays.fill(x, 1);
    for (int j = 0; j < SIZE; j++) {
      double pivot = L[j * SIZE + j];
      for (int r = 0; r < j; r++) {
        pivot -= L[j * SIZE + r] * L[j * SIZE + r];
      }
      double root = Math.sqrt(pivot);
      L[j * SIZE + j] = root;
      for (int i = j + 1; i < SIZE; i++) {
        double sum = L[i * SIZE + j];
        for (int r = 0; r < j; r++) {
          sum -= L[i * SIZE + r] * L[j * SIZE + r];
        }
        L[i * SIZE + j] = sum / root;
      }
    }
    for (int i = 0; i < SIZE; i++) {
      for (int r = 0; r < i; r++) {
        x[i] -= L[i * SIZE + r] * x[r];
      }
      x[i] /= L[i * SIZE + i];
    }
    for (int i = SIZE - 1; i >= 0; i--) {
      x[i] /= L[i * SIZE + i];
      for (int r = 0; r < i; r++) {
        x[r] -= L[i * SIZE + r] * x[i];
      }
    }
    return x;
  }

  /** The same as {@link LevenbergMarquardt} does it. */
  @Benchmark
  public DMatrixRMaj solveEjml() {
    factor.setTo(definite);
    Arrays.fill(step.data, 1);
    if (!solver.setA(factor)) {
      throw new IllegalStateException("the matrix is not positive definite");
    }
    solver.solve(step, step);
    return step;
  }
}
