package io.gaitway.optim.trajopt;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.client.simulation.Expansion;
import io.gaitway.client.simulation.Simulator.CostHessian;
import io.gaitway.client.simulation.Trajectory;
import io.gaitway.optim.trajopt.RiccatiSweep.Form;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

/** Trajectory optimisation with second derivatives of the dynamics. */
class SecondOrderTest {
  private static final Ilqr.Options TO_THE_LAST_DIGIT =
      Ilqr.Options.defaults().withTolerance(0).withSecondOrder(true);

  @Test
  void aLinearSystemIsSolvedAsWithoutThem() {
    Expansion e = RandomLq.problem(new Random(5), 30, 6, 2);
    double[] x1 = {1, -1, 0.5, 2, 0, -0.3};
    Ilqr.Options options = Ilqr.Options.defaults();
    Ilqr first = new Ilqr(FakeSimulator.linearQuadratic(e), 30, options);
    Ilqr second = new Ilqr(FakeSimulator.linearQuadratic(e), 30, options.withSecondOrder(true));
    Trajectory start = first.rollout(x1, new double[60]).trajectory();
    Ilqr.Solution expected = first.solve(start);
    Ilqr.Solution solution = second.solve(start);
    assertArrayEquals(expected.costs(), solution.costs());
    assertArrayEquals(expected.nominal().us, solution.nominal().us);
    assertArrayEquals(expected.sweep().K, solution.sweep().K);
  }

  /**
   * The sweep's change of the actions, carried along the linearised dynamics, is −H⁻¹ g with H and
   * g the second and first differences of the total cost by all actions.
   */
  @Test
  void aSweepIsAStepOfNewtonsMethod() {
    int T = 12;
    FakeSimulator simulator = FakeSimulator.pendulum();
    Ilqr ilqr = new Ilqr(simulator, T, Ilqr.Options.defaults());
    double[] x1 = {2.6, 0.4};
    Trajectory nominal = ilqr.rollout(x1, new Random(2).doubles(T, -4, 4).toArray()).trajectory();
    NewtonExpansion newton = new NewtonExpansion(T, 2, 1);
    simulator.linearize(nominal, CostHessian.EXACT, newton.expansion);
    newton.addCurvature(simulator, nominal);
    RiccatiSweep sweep = new RiccatiSweep(T, 2, 1);
    assertTrue(sweep.sweep(newton.expansion, 0, Form.CONTROL));
    double[] step = change(newton.expansion, sweep);

    DMatrixRMaj hessian = new DMatrixRMaj(T, T);
    DMatrixRMaj gradient = new DMatrixRMaj(T, 1);
    for (int i = 0; i < T; i++) {
      gradient.set(i, 0, slope(ilqr, x1, nominal.us, i));
      for (int j = 0; j <= i; j++) {
        double[] above = nominal.us.clone();
        double[] below = nominal.us.clone();
        above[j] += 1e-2;
        below[j] -= 1e-2;
        double second = (slope(ilqr, x1, above, i) - slope(ilqr, x1, below, i)) / 2e-2;
        hessian.set(i, j, second);
        hessian.set(j, i, second);
      }
    }
    DMatrixRMaj expected = new DMatrixRMaj(T, 1);
    assertTrue(CommonOps_DDRM.solve(hessian, gradient, expected));
    CommonOps_DDRM.changeSign(expected);
    double size = CommonOps_DDRM.elementMaxAbs(expected);
    assertArrayEquals(expected.data, step, 1e-5 * size);

    assertTrue(sweep.sweep(expansion(simulator, nominal), 0, Form.CONTROL));
    double[] without = change(newton.expansion, sweep);
    assertTrue(distance(without, step) > 1e-2 * size, "second derivatives matter here");
  }

  private static Expansion expansion(FakeSimulator simulator, Trajectory nominal) {
    Expansion expansion = new Expansion(nominal.T, nominal.nx, nominal.nu);
    simulator.linearize(nominal, CostHessian.EXACT, expansion);
    return expansion;
  }

  /** Central difference of the total cost by action i. */
  private static double slope(Ilqr ilqr, double[] x1, double[] us, int i) {
    double[] above = us.clone();
    double[] below = us.clone();
    above[i] += 1e-2;
    below[i] -= 1e-2;
    return (ilqr.rollout(x1, above).cost() - ilqr.rollout(x1, below).cost()) / 2e-2;
  }

  /** δu of a sweep along δx' = fx δx + fu δu, for one action entry and two state entries. */
  private static double[] change(Expansion e, RiccatiSweep sweep) {
    double[] du = new double[e.T];
    double[] dx = new double[2];
    for (int t = 0; t < e.T; t++) {
      du[t] = sweep.k[t] + sweep.K[2 * t] * dx[0] + sweep.K[2 * t + 1] * dx[1];
      double next = e.fx[4 * t] * dx[0] + e.fx[4 * t + 1] * dx[1] + e.fu[2 * t] * du[t];
      dx[1] = e.fx[4 * t + 2] * dx[0] + e.fx[4 * t + 3] * dx[1] + e.fu[2 * t + 1] * du[t];
      dx[0] = next;
    }
    return du;
  }

  private static double distance(double[] a, double[] b) {
    double distance = 0;
    for (int i = 0; i < a.length; i++) {
      distance = Math.max(distance, Math.abs(a[i] - b[i]));
    }
    return distance;
  }

  /**
   * Close to the solution each error is at most a multiple of the square of the one before it, down
   * to round-off; iLQR's is a fraction of it.
   */
  @Test
  void convergenceIsQuadratic(TestReporter reporter) {
    List<Double> newton = errors(TO_THE_LAST_DIGIT);
    List<Double> ilqr = errors(TO_THE_LAST_DIGIT.withSecondOrder(false));
    reporter.publishEntry("with second derivatives", newton.toString());
    reporter.publishEntry("without", ilqr.toString());
    double least = ilqr.get(0);
    int squared = 0;
    for (int i = 1; i < newton.size() && newton.get(i) > 1e-9; i++) {
      if (newton.get(i - 1) < 0.1) {
        double ratio = newton.get(i) / (newton.get(i - 1) * newton.get(i - 1));
        assertTrue(ratio < 10, "ratio " + ratio + " at iteration " + i);
        squared++;
      }
    }
    assertTrue(squared >= 1, newton.toString());
    for (int i = 1; i < ilqr.size() && ilqr.get(i) > 1e-6; i++) {
      if (ilqr.get(i - 1) < 0.1) {
        least = Math.min(least, ilqr.get(i) / ilqr.get(i - 1));
      }
    }
    assertTrue(least > 1e-2, "iLQR converges linearly, but by " + least);
    assertTrue(newton.size() < ilqr.size());
  }

  /** Largest error of an action after every iteration, against the solution with second order. */
  private static List<Double> errors(Ilqr.Options options) {
    int T = 60;
    double[] start = new double[T];
    for (int t = 0; t < T; t++) {
      start[t] = 0.1 * StrictMath.sin(0.2 * t);
    }
    FakeSimulator simulator = FakeSimulator.pendulum();
    double[] x1 = {0, 0};
    double[] solution = after(100, TO_THE_LAST_DIGIT, simulator, x1, start);
    List<Double> errors = new ArrayList<>();
    for (int n = 0; n < 100; n++) {
      errors.add(distance(after(n, options, simulator, x1, start), solution));
      if (errors.get(n) < 1e-9) {
        break;
      }
    }
    return errors;
  }

  private static double[] after(
      int iterations, Ilqr.Options options, FakeSimulator simulator, double[] x1, double[] us) {
    Ilqr ilqr = new Ilqr(simulator, us.length, options.withMaxIterations(iterations));
    return ilqr.solve(ilqr.rollout(x1, us).trajectory()).nominal().us;
  }

  /** Where second derivatives are not finite, sweeps do without them. */
  @Test
  void doesWithoutThoseThatMakeNoSense() {
    FakeSimulator simulator =
        new FakeSimulator.Pendulum() {
          @Override
          public void curvature(double[] xs, double[] us, double[] lambda, double[] out) {
            Arrays.fill(out, Double.NaN);
          }
        };
    Ilqr.Options options = Ilqr.Options.defaults();
    double[] expected = after(20, options, FakeSimulator.pendulum(), new double[2], new double[60]);
    double[] us =
        after(20, options.withSecondOrder(true), simulator, new double[2], new double[60]);
    assertArrayEquals(expected, us);
  }

  @Test
  void aSimulatorWithoutThemIsRefused() {
    Ilqr ilqr =
        new Ilqr(
            new EstimatedDerivatives(
                FakeSimulator.pendulum(), new EstimatedDerivatives.Options(6, 1e-4, 1e-3)),
            20,
            Ilqr.Options.defaults().withSecondOrder(true));
    Trajectory start = ilqr.rollout(new double[2], new double[20]).trajectory();
    assertEquals(
        "this simulator has no second derivatives",
        assertThrows(UnsupportedOperationException.class, () -> ilqr.solve(start)).getMessage());
  }
}
