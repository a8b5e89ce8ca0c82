package io.gaitway.optim.trajopt;

import io.gaitway.client.simulation.Expansion;
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

/** The quadratic models of 400 knots, by {@link QuadraticForm} and by EJML. */
@State(Scope.Thread)
@SuppressWarnings("NullAway.Init") // JMH sets the size and calls create
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class QuadraticFormBenchmark {
  private static final int T = 400;

  /** Of the problem. */
  @Param public Size size;

  private Expansion e;
  private double[] Vx;
  private double[] Vxx;
  private QuadraticForm form;
  private DMatrixRMaj fx;
  private DMatrixRMaj fu;
  private DMatrixRMaj Vxt;
  private DMatrixRMaj Vxxt;
  private DMatrixRMaj Vfx;
  private DMatrixRMaj Vfu;
  private DMatrixRMaj Qx;
  private DMatrixRMaj Qu;
  private DMatrixRMaj Qxx;
  private DMatrixRMaj Qux;
  private DMatrixRMaj Quu;

  /** Makes a problem. */
  @Setup
  public void create() {
    Random random = new Random(1);
    int nx = size.nx;
    int nu = size.nu;
    e = new Expansion(T, nx, nu);
    Vx = new double[(T + 1) * nx];
    Vxx = new double[(T + 1) * nx * nx];
    for (double[] values : new double[][] {e.fx, e.fu, e.lx, e.lu, e.lxx, e.lux, e.luu, Vx, Vxx}) {
      Size.fill(random, values);
    }
    form = new QuadraticForm(nx, nu, 0);
    fx = new DMatrixRMaj(nx, nx);
    fu = new DMatrixRMaj(nx, nu);
    Vxt = new DMatrixRMaj(nx, 1);
    Vxxt = new DMatrixRMaj(nx, nx);
    Vfx = new DMatrixRMaj(nx, nx);
    Vfu = new DMatrixRMaj(nx, nu);
    Qx = new DMatrixRMaj(nx, 1);
    Qu = new DMatrixRMaj(nu, 1);
    Qxx = new DMatrixRMaj(nx, nx);
    Qux = new DMatrixRMaj(nu, nx);
    Quu = new DMatrixRMaj(nu, nu);
  }

  /** By the kernel of our own. */
  @Benchmark
  public DMatrixRMaj own() {
    for (int t = T - 1; t >= 0; t--) {
      form.propagate(e, t, Vx, Vxx);
      form.read(Qx, Qu, Qxx, Qux, Quu);
    }
    return Qxx;
  }

  /** By EJML, block by block, which is faster there than [fx fu] as one matrix. */
  @Benchmark
  public DMatrixRMaj ejml() {
    for (int t = T - 1; t >= 0; t--) {
      Knots.load(Vx, t + 1, Vxt);
      Knots.load(Vxx, t + 1, Vxxt);
      e.fx(t, fx);
      e.fu(t, fu);
      CommonOps_DDRM.mult(Vxxt, fx, Vfx);
      CommonOps_DDRM.mult(Vxxt, fu, Vfu);
      CommonOps_DDRM.multAddTransA(fx, Vxt, e.lx(t, Qx));
      CommonOps_DDRM.multAddTransA(fu, Vxt, e.lu(t, Qu));
      CommonOps_DDRM.multAddTransA(fx, Vfx, e.lxx(t, Qxx));
      CommonOps_DDRM.multAddTransA(fu, Vfx, e.lux(t, Qux));
      CommonOps_DDRM.multAddTransA(fu, Vfu, e.luu(t, Quu));
      CommonOps_DDRM.symmLowerToFull(Quu);
    }
    return Qxx;
  }
}
