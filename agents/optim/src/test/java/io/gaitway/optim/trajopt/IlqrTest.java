package io.gaitway.optim.trajopt;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.client.simulation.Expansion;
import io.gaitway.client.simulation.Simulator.CostHessian;
import io.gaitway.client.simulation.Trajectory;
import io.gaitway.optim.trajopt.RiccatiSweep.Form;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class IlqrTest {
  private static final int T = 60;

  private static Ilqr.Options options(Form form) {
    return Ilqr.Options.defaults()
        .withTolerance(1e-10)
        .withRegularization(new Regularization.Options(form, 0, 1e-6, 1e10, 2));
  }

  private static Trajectory hanging(Ilqr ilqr) {
    double[] us = new double[T];
    for (int t = 0; t < T; t++) {
      us[t] = 0.1 * StrictMath.sin(0.2 * t);
    }
    return ilqr.rollout(new double[] {0, 0}, us).trajectory();
  }

  private static void assertDecreasing(double[] costs) {
    for (int i = 1; i < costs.length; i++) {
      assertTrue(costs[i] < costs[i - 1], "cost " + i);
    }
  }

  @ParameterizedTest
  @EnumSource(Form.class)
  void swingsAPendulumUp(Form form) {
    Ilqr ilqr = new Ilqr(FakeSimulator.pendulum(), T, options(form));
    Ilqr.Solution solution = ilqr.solve(hanging(ilqr));
    assertEquals(Ilqr.Reason.CONVERGED, solution.reason());
    assertDecreasing(solution.costs());
    Trajectory s = solution.nominal();
    assertEquals(solution.cost(), s.totalCost());
    assertEquals(Math.PI, s.xs[2 * T], 0.05);
    assertEquals(0, s.xs[2 * T + 1], 0.1);
    double[] gradient = differences(ilqr, s);
    assertArrayEquals(new double[T], gradient, 2e-3);
    assertEquals(0, solution.sweep().lambda());
  }

  /** Total cost's gradient with respect to the actions, by central differences. */
  private static double[] differences(Ilqr ilqr, Trajectory s) {
    double[] gradient = new double[s.T];
    double h = 1e-5;
    for (int t = 0; t < s.T; t++) {
      double[] us = s.us.clone();
      us[t] += h;
      double above = ilqr.rollout(new double[] {0, 0}, us).cost();
      us[t] -= 2 * h;
      double below = ilqr.rollout(new double[] {0, 0}, us).cost();
      gradient[t] = (above - below) / (2 * h);
    }
    return gradient;
  }

  /** Under an overwhelming λ the gains vanish and Qu is the gradient of the total cost. */
  @Test
  void actionGradientAgreesWithDifferences() {
    FakeSimulator simulator = FakeSimulator.pendulum();
    Ilqr ilqr = new Ilqr(simulator, T, Ilqr.Options.defaults());
    Trajectory start = hanging(ilqr);
    Expansion e = new Expansion(T, 2, 1);
    simulator.linearize(start, CostHessian.EXACT, e);
    RiccatiSweep sweep = new RiccatiSweep(T, 2, 1);
    assertTrue(sweep.sweep(e, 1e100, Form.CONTROL));
    double[] expected = differences(ilqr, start);
    for (int t = 0; t < T; t++) {
      assertEquals(expected[t], sweep.Qu[t], 1e-7 * (1 + Math.abs(expected[t])));
    }
  }

  @Test
  void solvesALinearQuadraticProblemInOneStep() {
    Expansion e = RandomLq.problem(new Random(3), 30, 6, 2);
    FakeSimulator simulator = FakeSimulator.linearQuadratic(e);
    Ilqr ilqr = new Ilqr(simulator, 30, Ilqr.Options.defaults());
    double[] x1 = {1, -1, 0.5, 2, 0, -0.3};
    Trajectory start = ilqr.rollout(x1, new double[60]).trajectory();
    simulator.rolloutCalls = 0;
    Ilqr.Solution solution = ilqr.solve(start);
    assertEquals(Ilqr.Reason.CONVERGED, solution.reason());
    assertEquals(1, solution.iterations());
    assertEquals(1, simulator.rolloutCalls);
    assertArrayEquals(new double[60], solution.sweep().Qu, 1e-9);
    RiccatiSweep sweep = new RiccatiSweep(30, 6, 2);
    Expansion origin = new Expansion(30, 6, 2);
    simulator.linearize(new Trajectory(30, 6, 2), CostHessian.EXACT, origin);
    assertTrue(sweep.sweep(origin, 0, Form.CONTROL));
    double optimum = RandomLq.cost(e, sweep.k, sweep.K, 1, x1);
    assertEquals(optimum, solution.cost(), 1e-11 * Math.abs(optimum));
  }

  @Test
  void weightAndExtraTermFormTheCost() {
    Expansion e = RandomLq.problem(new Random(4), 20, 3, 2);
    FakeSimulator simulator = FakeSimulator.linearQuadratic(e);
    Ilqr ilqr = new Ilqr(simulator, 20, Ilqr.Options.defaults());
    Trajectory start = ilqr.rollout(new double[] {1, 2, 3}, new double[40]).trajectory();
    CostTerm same = new WeightedCopy(simulator, 0.75);
    Ilqr.Solution split = ilqr.solve(start, 0.25, same);
    double[] us = split.nominal().us.clone();
    double[] Quu = split.sweep().Quu.clone();
    Ilqr.Solution whole = ilqr.solve(start);
    assertArrayEquals(whole.nominal().us, us, 1e-9);
    assertArrayEquals(whole.sweep().Quu, Quu, 1e-9);
    assertEquals(whole.cost(), split.cost(), 1e-9);
  }

  /** The environment's own cost, once more. */
  private record WeightedCopy(FakeSimulator simulator, double weight) implements CostTerm {
    @Override
    public double value(Trajectory trajectory) {
      return weight * trajectory.totalCost();
    }

    @Override
    public void addExpansion(Trajectory trajectory, Expansion expansion) {
      Expansion own = new Expansion(expansion.T, expansion.nx, expansion.nu);
      simulator.linearize(trajectory, CostHessian.EXACT, own);
      add(own.l, expansion.l);
      add(own.lx, expansion.lx);
      add(own.lu, expansion.lu);
      add(own.lxx, expansion.lxx);
      add(own.lux, expansion.lux);
      add(own.luu, expansion.luu);
    }

    private void add(double[] from, double[] to) {
      for (int i = 0; i < from.length; i++) {
        to[i] += weight * from[i];
      }
    }
  }

  /**
   * A linear-quadratic problem with bounds is convex, so that its only minimum is where the cost
   * rises or stays in every direction that the bounds leave; its differences are exact.
   */
  @Test
  void boundedSolutionOfALinearQuadraticProblemIsItsMinimum() {
    Expansion e = RandomLq.problem(new Random(21), 30, 6, 2);
    FakeSimulator simulator = FakeSimulator.linearQuadratic(e);
    simulator.bound = 0.5;
    simulator.clips = true;
    Ilqr.Options options = Ilqr.Options.defaults().withTolerance(1e-14).withBounded(true);
    Ilqr ilqr = new Ilqr(simulator, 30, options);
    double[] x1 = {1, -1, 0.5, 2, 0, -0.3};
    Ilqr.Solution solution = ilqr.solve(ilqr.rollout(x1, new double[60]).trajectory());
    assertEquals(Ilqr.Reason.CONVERGED, solution.reason());
    assertDecreasing(solution.costs());
    double[] us = solution.nominal().us;
    double[] none = new double[60 * 6];
    boolean[] held = solution.sweep().clamped;
    int clamped = 0;
    for (int i = 0; i < 60; i++) {
      double[] above = us.clone();
      double[] below = us.clone();
      above[i] += 1;
      below[i] -= 1;
      double slope =
          (RandomLq.cost(e, above, none, 1, x1) - RandomLq.cost(e, below, none, 1, x1)) / 2;
      assertTrue(Math.abs(us[i]) <= 0.5);
      if (held[i]) {
        clamped++;
        assertEquals(0.5, Math.abs(us[i]), 1e-15);
        assertTrue(slope * us[i] < 0);
      } else {
        assertEquals(0, slope, 1e-6);
      }
    }
    assertTrue(clamped > 5 && clamped < 55, "clamped " + clamped);
  }

  /** The pendulum must swing to and fro: 4 is less than half of what holds it level. */
  @Test
  void boundedSolutionOfAPendulumCostsNoMoreThanClipping() {
    FakeSimulator simulator = FakeSimulator.pendulum();
    simulator.bound = 4;
    simulator.clips = true;
    Ilqr.Options options = options(Form.STATE);
    Ilqr clipping = new Ilqr(simulator, T, options);
    Ilqr bounded = new Ilqr(simulator, T, options.withBounded(true));
    Trajectory start = hanging(bounded);
    Ilqr.Solution solution = bounded.solve(start);
    double clipped = clipping.solve(start).cost();
    assertEquals(Ilqr.Reason.CONVERGED, solution.reason());
    assertDecreasing(solution.costs());
    assertTrue(solution.cost() <= clipped, solution.cost() + ", clipping " + clipped);
    for (double u : solution.nominal().us) {
      assertTrue(Math.abs(u) <= 4);
    }
  }

  @Test
  void refusesAStartOutOfBounds() {
    FakeSimulator simulator = FakeSimulator.pendulum();
    Ilqr ilqr = new Ilqr(simulator, T, Ilqr.Options.defaults().withBounded(true));
    Trajectory start = hanging(ilqr);
    start.us[3] = 1.5;
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> ilqr.solve(start));
    assertEquals("action u0 of knot 3 must be in [-1.0, 1.0], but is 1.5", refused.getMessage());
  }

  @Test
  void survivesDivergingCandidates() {
    FakeSimulator simulator = FakeSimulator.pendulum();
    simulator.limit = 3.6;
    Ilqr ilqr = new Ilqr(simulator, T, options(Form.CONTROL).withMaxIterations(40));
    Ilqr.Solution solution = ilqr.solve(hanging(ilqr));
    assertDecreasing(solution.costs());
    assertTrue(solution.costs().length > 3);
    for (double x : solution.nominal().xs) {
      assertTrue(Math.abs(x) < 3.6);
    }
  }

  @Test
  void stopsWhenNothingIsAccepted() {
    FakeSimulator simulator = FakeSimulator.pendulum();
    Ilqr ilqr = new Ilqr(simulator, T, Ilqr.Options.defaults().withMaxIterations(1000));
    Trajectory start = hanging(ilqr);
    simulator.limit = 0;
    Ilqr.Solution solution = ilqr.solve(start);
    assertEquals(Ilqr.Reason.REGULARIZATION_LIMIT, solution.reason());
    assertArrayEquals(new double[] {start.totalCost()}, solution.costs());
    assertArrayEquals(start.us, solution.nominal().us);
  }

  @Test
  void resultDoesNotDependOnCandidatesPerCall() {
    Ilqr.Options options = options(Form.CONTROL);
    FakeSimulator simulator = FakeSimulator.pendulum();
    Ilqr all = new Ilqr(simulator, T, options);
    Ilqr few = new Ilqr(simulator, T, options.withLineSearch(LineSearch.defaults().withPerCall(3)));
    double[] expected = all.solve(hanging(all)).costs();
    assertArrayEquals(expected, few.solve(hanging(few)).costs());
  }

  @Test
  void refusesAStartWithoutFiniteCost() {
    Ilqr ilqr = new Ilqr(FakeSimulator.pendulum(), T, Ilqr.Options.defaults());
    Trajectory start = hanging(ilqr);
    start.costs[3] = Double.NaN;
    assertThrows(IllegalArgumentException.class, () -> ilqr.solve(start));
    assertThrows(IllegalArgumentException.class, () -> ilqr.solve(hanging(ilqr), 0, null));
    assertThrows(IllegalArgumentException.class, () -> ilqr.solve(new Trajectory(T, 2, 2)));
  }
}
