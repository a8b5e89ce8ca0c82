package io.gaitway.optim.policy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.RandomMatrices_DDRM;
import org.junit.jupiter.api.Test;

class LevenbergMarquardtTest {
  private static LevenbergMarquardt of(int n, int maxIterations, double tolerance) {
    return new LevenbergMarquardt(n, new LevenbergMarquardt.Options(maxIterations, tolerance));
  }

  /** ½ Σ residual², with residuals 10 (x2 − x1²) and 1 − x1 and the Gauss–Newton matrix. */
  private static final class Rosenbrock implements LevenbergMarquardt.Objective {
    private double slope;

    @Override
    public double evaluate(double[] x, double[] g) {
      double a = 10 * (x[1] - x[0] * x[0]);
      double b = 1 - x[0];
      slope = -20 * x[0];
      g[0] = slope * a - b;
      g[1] = 10 * a;
      return 0.5 * (a * a + b * b);
    }

    @Override
    public void curvature(DMatrixRMaj H) {
      H.set(0, 0, slope * slope + 1);
      H.set(0, 1, 10 * slope);
      H.set(1, 0, 10 * slope);
      H.set(1, 1, 100);
    }
  }

  /** A function of one variable with a constant for its curvature. */
  private record Curve(double curvature, LevenbergMarquardtTest.Values values)
      implements LevenbergMarquardt.Objective {
    @Override
    public double evaluate(double[] x, double[] g) {
      g[0] = values.derivative(x[0]);
      return values.at(x[0]);
    }

    @Override
    public void curvature(DMatrixRMaj H) {
      H.set(0, 0, curvature);
    }
  }

  private interface Values {
    double at(double x);

    double derivative(double x);
  }

  /** x², with a gradient of the wrong sign. */
  private static final class Uphill implements Values {
    @Override
    public double at(double x) {
      return x * x;
    }

    @Override
    public double derivative(double x) {
      return -2 * x;
    }
  }

  /** −log(1 − x) − 100 x, not a number beyond 1. */
  private static final class Wall implements Values {
    @Override
    public double at(double x) {
      return -StrictMath.log(1 - x) - 100 * x;
    }

    @Override
    public double derivative(double x) {
      return 1 / (1 - x) - 100;
    }
  }

  @Test
  void minimisesRosenbrock() {
    double[] x = {-1.2, 1};
    Rosenbrock rosenbrock = new Rosenbrock();
    LevenbergMarquardt.Result result = of(2, 60, 1e-20).minimize(rosenbrock, x);
    assertTrue(result.converged());
    assertEquals(rosenbrock.evaluate(x, new double[2]), result.value());
    assertArrayEquals(new double[] {1, 1}, x, 1e-8);
  }

  @Test
  void solvesAQuadraticToItsLinearSystem() {
    int n = 30;
    DMatrixRMaj A = RandomMatrices_DDRM.symmetricPosDef(n, new Random(5));
    DMatrixRMaj b = RandomMatrices_DDRM.rectangle(n, 1, new Random(6));
    DMatrixRMaj solution = new DMatrixRMaj(n, 1);
    assertTrue(CommonOps_DDRM.solve(A, b, solution));
    double[] x = new double[n];
    of(n, 8, 0)
        .minimize(
            new LevenbergMarquardt.Objective() {
              @Override
              public double evaluate(double[] at, double[] g) {
                DMatrixRMaj Ax = DMatrixRMaj.wrap(n, 1, g);
                CommonOps_DDRM.mult(A, DMatrixRMaj.wrap(n, 1, at), Ax);
                double value = 0;
                for (int i = 0; i < n; i++) {
                  value += at[i] * (0.5 * g[i] - b.data[i]);
                  g[i] -= b.data[i];
                }
                return value;
              }

              @Override
              public void curvature(DMatrixRMaj H) {
                H.setTo(A);
              }
            },
            x);
    assertArrayEquals(solution.data, x, 1e-6);
  }

  /** The optimum lies close before the wall, and undamped steps from the start end beyond it. */
  @Test
  void backsOffFromNumbersThatAreNotFinite() {
    double[] x = {0.001};
    of(1, 500, 0).minimize(new Curve(50, new Wall()), x);
    assertEquals(0.99, x[0], 1e-6);
  }

  @Test
  void variablesWithoutEffectStayWhereTheyAre() {
    double[] x = {3, 1};
    of(2, 20, 1e-12)
        .minimize(
            new LevenbergMarquardt.Objective() {
              @Override
              public double evaluate(double[] at, double[] g) {
                g[0] = 0;
                g[1] = at[1];
                return 0.5 * at[1] * at[1];
              }

              @Override
              public void curvature(DMatrixRMaj H) {
                H.set(1, 1, 1);
              }
            },
            x);
    assertArrayEquals(new double[] {3, 0}, x, 1e-6);
  }

  @Test
  void stopsForTheReasonsItStates() {
    double[] x = {-1.2, 1};
    LevenbergMarquardt.Result limit = of(2, 3, 0).minimize(new Rosenbrock(), x);
    assertFalse(limit.converged());
    assertEquals(3, limit.iterations());
    assertTrue(of(2, 100, 1e-3).minimize(new Rosenbrock(), x).converged());
    double[] start = {1};
    Curve uphill = new Curve(1, new Uphill());
    LevenbergMarquardt.Result result = of(1, 10, 0).minimize(uphill, start);
    assertTrue(result.converged());
    assertEquals(1, result.iterations());
    assertEquals(1, start[0]);
    assertThrows(
        IllegalArgumentException.class,
        () -> of(1, 10, 0).minimize(new Curve(1, new Wall()), new double[] {2}));
    assertThrows(
        IllegalArgumentException.class, () -> of(2, 10, 0).minimize(uphill, new double[1]));
  }
}
