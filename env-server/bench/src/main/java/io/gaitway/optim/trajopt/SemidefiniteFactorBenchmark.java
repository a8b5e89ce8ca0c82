package io.gaitway.optim.trajopt;

import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.EigenDecomposition_F64;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** A root of a singular covariance, by {@link SemidefiniteFactor} and by EJML's eigenvectors. */
@State(Scope.Thread)
@SuppressWarnings("NullAway.Init") // JMH sets the size and calls create
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class SemidefiniteFactorBenchmark {

  /** Of the covariance. */
  @Param public Size size;

  private DMatrixRMaj Sigma;
  private DMatrixRMaj A;
  private DMatrixRMaj root;
  private EigenDecomposition_F64<DMatrixRMaj> eigen;

  /** Makes a covariance whose rank is that of the actions. */
  @Setup
  public void create() {
    DMatrixRMaj G = new DMatrixRMaj(size.nx, size.nu);
    Size.fill(new Random(1), G.data);
    Sigma = CommonOps_DDRM.multOuter(G, null);
    A = new DMatrixRMaj(size.nx, size.nx);
    root = new DMatrixRMaj(size.nx, size.nx);
    eigen = DecompositionFactory_DDRM.eig(size.nx, true, true);
  }

  /** By the factor of our own. */
  @Benchmark
  public DMatrixRMaj own() {
    A.setTo(Sigma);
    SemidefiniteFactor.factor(A);
    return A;
  }

  /** By EJML's eigenvectors, each times the root of its eigenvalue. */
  @Benchmark
  public DMatrixRMaj ejml() {
    A.setTo(Sigma);
    if (!eigen.decompose(A)) {
      throw new IllegalStateException("no eigenvalues");
    }
    for (int i = 0; i < size.nx; i++) {
      double scale = Math.sqrt(Math.max(0, eigen.getEigenvalue(i).real));
      CommonOps_DDRM.insert(eigen.getEigenVector(i), root, 0, i);
      CommonOps_DDRM.scaleCol(scale, root, i);
    }
    return root;
  }
}
