package io.gaitway.optim.trajopt;

import io.gaitway.client.simulation.Jacobians;
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

/** Σ_s F_sᵀ V F_s over 25 samples at 20 knots, by {@link SampledProducts} and by EJML. */
@State(Scope.Thread)
@SuppressWarnings("NullAway.Init") // JMH sets the size and calls create
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class SampledProductsBenchmark {
  private static final int T = 20;
  private static final int S = 25;

  /** Of the problem. */
  @Param public Size size;

  private int nx;
  private int nu;
  private int nz;
  private Jacobians samples;
  private double[] V;
  private SampledProducts products;
  private double[] H;
  private DMatrixRMaj Vm;
  private DMatrixRMaj F;
  private DMatrixRMaj VF;
  private DMatrixRMaj sum;

  /** Makes the samples. */
  @Setup
  public void create() {
    Random random = new Random(1);
    nx = size.nx;
    nu = size.nu;
    nz = (nx + nu + 3) / 4 * 4;
    samples = new Jacobians(T * S, nx, nu);
    V = new double[nx * nx];
    for (double[] values : new double[][] {samples.fx, samples.fu, V}) {
      Size.fill(random, values);
    }
    products = new SampledProducts(nx, nu, S, nz);
    H = new double[nz * nz];
    Vm = new DMatrixRMaj(nx, nx, true, V);
    F = new DMatrixRMaj(nx, nx + nu);
    VF = new DMatrixRMaj(nx, nx + nu);
    sum = new DMatrixRMaj(nx + nu, nx + nu);
  }

  /** By loops of our own; only the lower triangle. */
  @Benchmark
  public double[] own() {
    for (int t = 0; t < T; t++) {
      products.add(samples, t, V, nx, H);
    }
    return H;
  }

  /** By EJML, with [fx fu] as one matrix. */
  @Benchmark
  public DMatrixRMaj ejml() {
    for (int n = 0; n < T * S; n++) {
      for (int i = 0; i < nx; i++) {
        System.arraycopy(samples.fx, (n * nx + i) * nx, F.data, i * (nx + nu), nx);
        System.arraycopy(samples.fu, (n * nx + i) * nu, F.data, i * (nx + nu) + nx, nu);
      }
      CommonOps_DDRM.mult(Vm, F, VF);
      CommonOps_DDRM.multAddTransA(F, VF, sum);
    }
    return sum;
  }
}
