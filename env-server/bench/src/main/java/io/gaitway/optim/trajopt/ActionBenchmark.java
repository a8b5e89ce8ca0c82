package io.gaitway.optim.trajopt;

import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** The mean actions of 400 knots, by {@link GaussianTrajectory#action} and by EJML. */
@State(Scope.Thread)
@SuppressWarnings("NullAway.Init") // JMH sets the size and calls create
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class ActionBenchmark {
  private static final int T = 400;

  /** Of the problem. */
  @Param public Size size;

  private GaussianTrajectory q;
  private double[] x;
  private double[] u;

  /** Makes a trajectory. */
  @Setup
  public void create() {
    Random random = new Random(1);
    int nx = size.nx;
    int nu = size.nu;
    double[] xs = new double[(T + 1) * nx];
    double[] us = new double[T * nu];
    double[] K = new double[T * nu * nx];
    double[] C = new double[T * nu * nu];
    Size.fill(random, xs);
    Size.fill(random, us);
    Size.fill(random, K);
    for (int i = 0; i < T * nu; i++) {
      C[i * nu + i % nu] = 1;
    }
    double[] Sigma = new double[(T + 1) * nx * nx];
    q = GaussianTrajectory.withMarginals(T, nx, nu, xs, us, K, C, Sigma, new double[nu]);
    x = new double[nx];
    Size.fill(random, x);
    u = new double[T * nu];
  }

  /** By the loop of our own. */
  @Benchmark
  public double[] own() {
    for (int t = 0; t < T; t++) {
      q.action(t, x, 0, u, t * q.nu);
    }
    return u;
  }

  /** By EJML, in matrices of the call's own, for q is shared. */
  @Benchmark
  public double[] ejml() {
    for (int t = 0; t < T; t++) {
      DMatrixRMaj K = q.K(t, new DMatrixRMaj(q.nu, q.nx));
      DMatrixRMaj dx = new DMatrixRMaj(q.nx, 1);
      for (int i = 0; i < q.nx; i++) {
        dx.data[i] = x[i] - q.xs[t * q.nx + i];
      }
      DMatrixRMaj action = Knots.load(q.us, t, new DMatrixRMaj(q.nu, 1));
      CommonOps_DDRM.multAdd(K, dx, action);
      Knots.store(action, u, t);
    }
    return u;
  }
}
