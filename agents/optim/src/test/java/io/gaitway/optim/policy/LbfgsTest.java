package io.gaitway.optim.policy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.RandomMatrices_DDRM;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LbfgsTest {
  private static Lbfgs.Options options(int maxIterations, int memory) {
    return new Lbfgs.Options(maxIterations, 0, 1e-9, memory);
  }

  private static double rosenbrock(double[] x, double[] g) {
    Arrays.fill(g, 0);
    double sum = 0;
    for (int i = 0; i + 1 < x.length; i++) {
      double a = x[i + 1] - x[i] * x[i];
      double b = 1 - x[i];
      sum += 100 * a * a + b * b;
      g[i] -= 400 * a * x[i] + 2 * b;
      g[i + 1] += 200 * a;
    }
    return sum;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 20, 50})
  void minimisesRosenbrock(int memory) {
    double[] x = new double[10];
    Lbfgs lbfgs = new Lbfgs(10, options(5000, memory));
    Lbfgs.Result result = lbfgs.minimize(LbfgsTest::rosenbrock, x);
    assertEquals(Lbfgs.Reason.GRADIENT, result.reason());
    assertEquals(rosenbrock(x, new double[10]), result.value());
    double[] ones = new double[10];
    Arrays.fill(ones, 1);
    assertArrayEquals(ones, x, 1e-8);
  }

  @Test
  void solvesAQuadraticToItsLinearSystem() {
    int n = 30;
    DMatrixRMaj A = RandomMatrices_DDRM.symmetricPosDef(n, new Random(5));
    DMatrixRMaj b = RandomMatrices_DDRM.rectangle(n, 1, new Random(6));
    DMatrixRMaj solution = new DMatrixRMaj(n, 1);
    assertTrue(CommonOps_DDRM.solve(A, b, solution));
    DMatrixRMaj Ax = new DMatrixRMaj(n, 1);
    double[] x = new double[n];
    Lbfgs.Result result =
        new Lbfgs(n, options(2000, 20))
            .minimize(
                (at, g) -> {
                  CommonOps_DDRM.mult(A, DMatrixRMaj.wrap(n, 1, at), Ax);
                  double value = 0;
                  for (int i = 0; i < n; i++) {
                    g[i] = Ax.data[i] - b.data[i];
                    value += at[i] * (0.5 * Ax.data[i] - b.data[i]);
                  }
                  return value;
                },
                x);
    assertTrue(result.iterations() < 200);
    assertArrayEquals(solution.data, x, 1e-6);
  }

  /** Beyond a wall the function is not a number; the optimum lies close before it. */
  @Test
  void backsOffFromNumbersThatAreNotFinite() {
    double[] x = {0.001};
    Lbfgs.Result result =
        new Lbfgs(1, new Lbfgs.Options(200, 0, 1e-6, 5))
            .minimize(
                (at, g) -> {
                  g[0] = 1 / (1 - at[0]) - 100;
                  return -StrictMath.log(1 - at[0]) - 100 * at[0];
                },
                x);
    assertEquals(0.99, x[0], 1e-9);
    assertEquals(Lbfgs.Reason.GRADIENT, result.reason());
  }

  @Test
  void stopsForTheReasonsItStates() {
    double[] x = {-1, 1};
    assertEquals(
        Lbfgs.Reason.MAX_ITERATIONS,
        new Lbfgs(2, options(3, 5)).minimize(LbfgsTest::rosenbrock, x).reason());
    assertEquals(
        Lbfgs.Reason.VALUE,
        new Lbfgs(2, new Lbfgs.Options(1000, 1e-3, 0, 5))
            .minimize(LbfgsTest::rosenbrock, x)
            .reason());
    double[] one = {1, 1};
    assertEquals(
        Lbfgs.Reason.GRADIENT,
        new Lbfgs(2, options(3, 5)).minimize(LbfgsTest::rosenbrock, one).reason());
    Lbfgs.Objective wrongSign =
        (at, g) -> {
          g[0] = -2 * at[0];
          return at[0] * at[0];
        };
    double[] start = {1};
    Lbfgs.Result result = new Lbfgs(1, options(10, 5)).minimize(wrongSign, start);
    assertEquals(Lbfgs.Reason.LINE_SEARCH, result.reason());
    assertEquals(1, start[0]);
    assertThrows(
        IllegalArgumentException.class,
        () -> new Lbfgs(1, options(10, 5)).minimize((at, g) -> Double.NaN, new double[1]));
    assertThrows(
        IllegalArgumentException.class,
        () -> new Lbfgs(2, options(10, 5)).minimize(wrongSign, new double[1]));
  }
}
