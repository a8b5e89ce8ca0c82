package io.gaitway.optim.trajopt;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.client.simulation.Expansion;
import io.gaitway.optim.trajopt.RiccatiSweep.Form;
import java.util.Random;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RiccatiSweepTest {

  /** The solution of the whole problem at once, with multipliers of the dynamics. */
  private static DMatrixRMaj solveKkt(Expansion e, double[] dx1) {
    int nx = e.nx;
    int nu = e.nu;
    int us = (e.T + 1) * nx;
    int variables = us + e.T * nu;
    int n = variables + (e.T + 1) * nx;
    DMatrixRMaj A = new DMatrixRMaj(n, n);
    DMatrixRMaj b = new DMatrixRMaj(n, 1);
    for (int t = 0; t <= e.T; t++) {
      for (int i = 0; i < nx; i++) {
        int row = t * nx + i;
        b.set(row, 0, -e.lx[row]);
        for (int j = 0; j < nx; j++) {
          A.set(row, t * nx + j, e.lxx[row * nx + j]);
        }
        constrain(A, variables + row, row, -1);
      }
    }
    for (int i = 0; i < nx; i++) {
      b.set(variables + i, 0, -dx1[i]);
    }
    for (int t = 0; t < e.T; t++) {
      for (int i = 0; i < nu; i++) {
        int row = us + t * nu + i;
        b.set(row, 0, -e.lu[t * nu + i]);
        for (int j = 0; j < nx; j++) {
          double lux = e.lux[(t * nu + i) * nx + j];
          A.set(row, t * nx + j, lux);
          A.set(t * nx + j, row, lux);
        }
        for (int j = 0; j < nu; j++) {
          A.set(row, us + t * nu + j, e.luu[(t * nu + i) * nu + j]);
        }
      }
      for (int i = 0; i < nx; i++) {
        int row = variables + (t + 1) * nx + i;
        for (int j = 0; j < nx; j++) {
          constrain(A, row, t * nx + j, e.fx[(t * nx + i) * nx + j]);
        }
        for (int j = 0; j < nu; j++) {
          constrain(A, row, us + t * nu + j, e.fu[(t * nx + i) * nu + j]);
        }
      }
    }
    DMatrixRMaj z = new DMatrixRMaj(n, 1);
    assertTrue(CommonOps_DDRM.solve(A, b, z));
    return z;
  }

  private static void constrain(DMatrixRMaj A, int row, int column, double value) {
    A.set(row, column, value);
    A.set(column, row, value);
  }

  @ParameterizedTest
  @CsvSource({"1,1,1,1", "5,3,2,2", "12,10,2,3", "12,10,2,4", "8,18,6,5", "9,7,3,6", "6,5,4,7"})
  void agreesWithDenseKkt(int T, int nx, int nu, long seed) {
    Random random = new Random(seed);
    Expansion e = RandomLq.problem(random, T, nx, nu);
    RiccatiSweep sweep = new RiccatiSweep(T, nx, nu);
    assertTrue(sweep.sweep(e, 0, Form.CONTROL));
    double[] dx = new double[nx];
    RandomLq.fill(random, dx, 1);
    DMatrixRMaj z = solveKkt(e, dx);
    double scale = CommonOps_DDRM.elementMaxAbs(z);
    int us = (T + 1) * nx;
    int multipliers = us + T * nu;
    for (int t = 0; t <= T; t++) {
      for (int i = 0; i < nx; i++) {
        assertEquals(z.get(t * nx + i), dx[i], 1e-9 * scale);
        double slope = sweep.Vx[t * nx + i];
        for (int j = 0; j < nx; j++) {
          slope += sweep.Vxx[(t * nx + i) * nx + j] * dx[j];
        }
        assertEquals(z.get(multipliers + t * nx + i), slope, 1e-9 * scale);
      }
      if (t < T) {
        dx = step(e, sweep, t, dx, z, us, scale);
      }
    }
  }

  private static double[] step(
      Expansion e, RiccatiSweep sweep, int t, double[] dx, DMatrixRMaj z, int us, double scale) {
    double[] du = new double[e.nu];
    for (int i = 0; i < e.nu; i++) {
      du[i] = sweep.k[t * e.nu + i];
      for (int j = 0; j < e.nx; j++) {
        du[i] += sweep.K[(t * e.nu + i) * e.nx + j] * dx[j];
      }
      assertEquals(z.get(us + t * e.nu + i), du[i], 1e-9 * scale);
    }
    double[] next = new double[e.nx];
    for (int i = 0; i < e.nx; i++) {
      for (int j = 0; j < e.nx; j++) {
        next[i] += e.fx[(t * e.nx + i) * e.nx + j] * dx[j];
      }
      for (int j = 0; j < e.nu; j++) {
        next[i] += e.fu[(t * e.nx + i) * e.nu + j] * du[j];
      }
    }
    return next;
  }

  /** With any gains, V must be the cost of following them; without λ, also for α below 1. */
  @ParameterizedTest
  @CsvSource({"CONTROL,0,1", "CONTROL,0,0.3", "CONTROL,0.7,1", "STATE,0.7,1", "STATE,50,1"})
  void valueIsTheCostOfTheGains(Form form, double lambda, double alpha) {
    Random random = new Random(11);
    int nx = 5;
    int nu = 3;
    Expansion e = RandomLq.problem(random, 20, nx, nu);
    RiccatiSweep sweep = new RiccatiSweep(20, nx, nu);
    assertTrue(sweep.sweep(e, lambda, form));
    double[] zero = new double[nx];
    double stay = RandomLq.cost(e, sweep.k, sweep.K, alpha, zero);
    assertEquals(-sweep.expectedReduction(alpha), stay, 1e-10 * Math.abs(stay));
    double[] dx1 = new double[nx];
    RandomLq.fill(random, dx1, 1);
    double expected = -sweep.expectedReduction(1);
    for (int i = 0; i < nx; i++) {
      expected += dx1[i] * sweep.Vx[i];
      for (int j = 0; j < nx; j++) {
        expected += 0.5 * dx1[i] * sweep.Vxx[i * nx + j] * dx1[j];
      }
    }
    assertEquals(RandomLq.cost(e, sweep.k, sweep.K, 1, dx1), expected, 1e-10 * Math.abs(expected));
  }

  private static ActionBox box(int T, int nx, int nu, double bound) {
    FakeSimulator simulator = FakeSimulator.linearQuadratic(new Expansion(T, nx, nu));
    simulator.bound = bound;
    ActionBox box = new ActionBox(simulator.environment(), T);
    box.around(new double[T * nu]);
    return box;
  }

  private static int count(boolean[] flags) {
    int count = 0;
    for (boolean flag : flags) {
      count += flag ? 1 : 0;
    }
    return count;
  }

  /** As above within bounds: with any gains, V must be the cost of following them. */
  @ParameterizedTest
  @CsvSource({"CONTROL,0", "CONTROL,0.7", "STATE,0.7"})
  void valueWithinBoundsIsTheCostOfTheGains(Form form, double lambda) {
    Random random = new Random(11);
    int nx = 5;
    int nu = 3;
    Expansion e = RandomLq.problem(random, 20, nx, nu);
    RiccatiSweep sweep = new RiccatiSweep(20, nx, nu);
    assertTrue(sweep.sweep(e, box(20, nx, nu, 0.3), lambda, form));
    int clamped = count(sweep.clamped);
    assertTrue(clamped > 10 && clamped < 50, "clamped " + clamped);
    for (int i = 0; i < 20 * nu; i++) {
      assertTrue(Math.abs(sweep.k[i]) <= 0.3);
      for (int j = 0; j < nx; j++) {
        assertEquals(sweep.clamped[i], sweep.K[i * nx + j] == 0);
      }
    }
    double stay = RandomLq.cost(e, sweep.k, sweep.K, 1, new double[nx]);
    assertEquals(-sweep.expectedReduction(1), stay, 1e-10 * Math.abs(stay));
    double[] dx1 = new double[nx];
    RandomLq.fill(random, dx1, 1);
    double expected = -sweep.expectedReduction(1);
    for (int i = 0; i < nx; i++) {
      expected += dx1[i] * sweep.Vx[i];
      for (int j = 0; j < nx; j++) {
        expected += 0.5 * dx1[i] * sweep.Vxx[i * nx + j] * dx1[j];
      }
    }
    assertEquals(RandomLq.cost(e, sweep.k, sweep.K, 1, dx1), expected, 1e-10 * Math.abs(expected));
  }

  @ParameterizedTest
  @CsvSource({"CONTROL,0", "CONTROL,0.7", "STATE,0.7"})
  void boundsOutOfReachChangeNoBit(Form form, double lambda) {
    Expansion e = RandomLq.problem(new Random(14), 20, 5, 3);
    RiccatiSweep without = new RiccatiSweep(20, 5, 3);
    assertTrue(without.sweep(e, lambda, form));
    RiccatiSweep within = new RiccatiSweep(20, 5, 3);
    assertTrue(within.sweep(e, box(20, 5, 3, 1e6), lambda, form));
    assertArrayEquals(without.k, within.k);
    assertArrayEquals(without.K, within.K);
    assertArrayEquals(without.L, within.L);
    assertArrayEquals(without.Vxx, within.Vxx);
    assertEquals(0, count(within.clamped));
  }

  @Test
  void stateFormPenalisesTheNextState() {
    Random random = new Random(5);
    Expansion e = RandomLq.problem(random, 1, 4, 2);
    RiccatiSweep regularized = new RiccatiSweep(1, 4, 2);
    assertTrue(regularized.sweep(e, 0.4, Form.STATE));
    for (int i = 0; i < 4; i++) {
      e.lxx[16 + i * 5] += 0.4;
    }
    RiccatiSweep shifted = new RiccatiSweep(1, 4, 2);
    assertTrue(shifted.sweep(e, 0, Form.STATE));
    assertArrayEquals(shifted.K, regularized.K, 1e-12);
    assertArrayEquals(shifted.k, regularized.k, 1e-12);
    assertArrayEquals(shifted.L, regularized.L, 1e-12);
  }

  @Test
  void controlFormAddsToTheDiagonal() {
    Random random = new Random(6);
    Expansion e = RandomLq.problem(random, 3, 4, 2);
    RiccatiSweep sweep = new RiccatiSweep(3, 4, 2);
    assertTrue(sweep.sweep(e, 0.4, Form.CONTROL));
    for (int t = 0; t < 3; t++) {
      for (int i = 0; i < 2; i++) {
        for (int j = 0; j < 2; j++) {
          double product = 0;
          for (int r = 0; r < 2; r++) {
            product += sweep.L[t * 4 + i * 2 + r] * sweep.L[t * 4 + j * 2 + r];
          }
          double regularized = sweep.Quu[t * 4 + i * 2 + j] + (i == j ? 0.4 : 0);
          assertEquals(regularized, product, 1e-12);
        }
      }
    }
  }

  @Test
  void namesTheKnotWhoseHessianIsIndefinite() {
    Expansion e = RandomLq.problem(new Random(8), 6, 3, 2);
    e.luu[4 * 4] = -1e6;
    RiccatiSweep sweep = new RiccatiSweep(6, 3, 2);
    assertFalse(sweep.sweep(e, 0, Form.CONTROL));
    assertEquals(4, sweep.failedKnot());
    assertTrue(sweep.sweep(e, 1e7, Form.CONTROL));
    assertEquals(-1, sweep.failedKnot());
  }

  @ParameterizedTest
  @CsvSource({"0", "3"})
  void refusesNumbersThatAreNotFinite(int knot) {
    for (double bad : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
      Expansion e = RandomLq.problem(new Random(9), 6, 3, 2);
      e.lx[knot * 3] = bad;
      RiccatiSweep sweep = new RiccatiSweep(6, 3, 2);
      assertFalse(sweep.sweep(e, 0, Form.CONTROL));
      assertEquals(knot, sweep.failedKnot());
    }
  }

  /** A pivot that is infinite would make gains of zero, which look finite. */
  @Test
  void refusesAnInfiniteHessian() {
    Expansion e = RandomLq.problem(new Random(9), 6, 3, 2);
    e.luu[3 * 4] = Double.POSITIVE_INFINITY;
    RiccatiSweep sweep = new RiccatiSweep(6, 3, 2);
    assertFalse(sweep.sweep(e, 0, Form.CONTROL));
    assertEquals(3, sweep.failedKnot());
  }

  @ParameterizedTest
  @CsvSource({"CONTROL,0", "CONTROL,0.7", "STATE,0.7"})
  void hessiansAreSymmetricToTheBit(Form form, double lambda) {
    int nx = 7;
    int nu = 3;
    RiccatiSweep sweep = new RiccatiSweep(20, nx, nu);
    assertTrue(sweep.sweep(RandomLq.problem(new Random(12), 20, nx, nu), lambda, form));
    for (int t = 0; t <= 20; t++) {
      assertSymmetric(sweep.Vxx, t, nx);
    }
    for (int t = 0; t < 20; t++) {
      assertSymmetric(sweep.Quu, t, nu);
    }
  }

  private static void assertSymmetric(double[] matrices, int t, int n) {
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < i; j++) {
        assertEquals(matrices[(t * n + i) * n + j], matrices[(t * n + j) * n + i]);
      }
    }
  }

  @Test
  void refusesOtherShapesAndNegativeLambda() {
    RiccatiSweep sweep = new RiccatiSweep(6, 3, 2);
    assertThrows(
        IllegalArgumentException.class, () -> sweep.sweep(new Expansion(6, 3, 1), 0, Form.CONTROL));
    assertThrows(
        IllegalArgumentException.class,
        () -> sweep.sweep(new Expansion(6, 3, 2), -1, Form.CONTROL));
    assertThrows(IllegalArgumentException.class, () -> new RiccatiSweep(0, 3, 2));
  }

  @Test
  void repeatsToTheBit() {
    Expansion e = RandomLq.problem(new Random(10), 30, 10, 2);
    RiccatiSweep first = new RiccatiSweep(30, 10, 2);
    RiccatiSweep second = new RiccatiSweep(30, 10, 2);
    assertTrue(first.sweep(e, 0.1, Form.STATE));
    assertTrue(second.sweep(e, 0, Form.CONTROL));
    assertTrue(second.sweep(e, 0.1, Form.STATE));
    assertArrayEquals(first.K, second.K);
    assertArrayEquals(first.Vxx, second.Vxx);
  }
}
