package io.gaitway.optim.trajopt;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.gaitway.client.error.DivergedException;
import io.gaitway.client.simulation.Expansion;
import io.gaitway.client.simulation.Jacobians;
import io.gaitway.client.simulation.Simulator;
import io.gaitway.client.simulation.Trajectory;
import java.util.Random;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

/** Estimates against derivatives that are known. */
class EstimatedDerivativesTest {
  private static final int T = 5;
  private static final int NX = 3;
  private static final int NU = 2;

  private static double[] draw(Random random, int count) {
    return DoubleStream.generate(random::nextGaussian).limit(count).toArray();
  }

  /** Of linear dynamics the estimates are exact, whatever the offsets. */
  @Test
  void linearDynamicsAreFound() {
    Expansion problem = RandomLq.problem(new Random(8), T, NX, NU);
    Simulator linear = FakeSimulator.linearQuadratic(problem);
    Simulator estimating =
        new EstimatedDerivatives(linear, new EstimatedDerivatives.Options(2 * (NX + NU), 0.3, 7));
    Jacobians estimated = new Jacobians(T, NX, NU);
    Random random = new Random(9);
    estimating.linearizeDynamics(draw(random, T * NX), draw(random, T * NU), estimated);
    assertArrayEquals(problem.fx, estimated.fx, 1e-12);
    assertArrayEquals(problem.fu, estimated.fu, 1e-12);
  }

  /**
   * Of curved dynamics the error is of third order in the offsets; the cost is expanded exactly.
   */
  @Test
  void halfTheOffsetsAQuarterOfTheError() {
    FakeSimulator pendulum = FakeSimulator.pendulum();
    Trajectory knots = new Trajectory(T, 2, 1);
    System.arraycopy(draw(new Random(1), knots.xs.length), 0, knots.xs, 0, knots.xs.length);
    Expansion exact = new Expansion(T, 2, 1);
    pendulum.linearize(knots, Simulator.CostHessian.EXACT, exact);
    double coarse = error(pendulum, knots, exact, 0.02);
    double fine = error(pendulum, knots, exact, 0.01);
    assertEquals(4, coarse / fine, 0.02);
    assertEquals(0, error(pendulum, knots, exact, 1e-4), 1e-8);
  }

  private static double error(
      FakeSimulator simulator, Trajectory knots, Expansion exact, double std) {
    Expansion estimated = new Expansion(T, 2, 1);
    new EstimatedDerivatives(simulator, new EstimatedDerivatives.Options(6, std, std))
        .linearize(knots, Simulator.CostHessian.EXACT, estimated);
    assertArrayEquals(exact.lx, estimated.lx);
    assertArrayEquals(exact.luu, estimated.luu);
    double worst = 0;
    for (int i = 0; i < exact.fx.length; i++) {
      worst = Math.max(worst, Math.abs(exact.fx[i] - estimated.fx[i]));
    }
    return worst;
  }

  @Test
  void aStepThatDivergesLeavesNoDerivative() {
    FakeSimulator pendulum = FakeSimulator.pendulum();
    pendulum.divergingKnots = 1;
    Simulator estimating =
        new EstimatedDerivatives(pendulum, new EstimatedDerivatives.Options(3, 0.1, 0.1));
    Jacobians estimated = new Jacobians(T, 2, 1);
    estimating.linearizeDynamics(new double[T * 2], new double[T], estimated);
    assertArrayEquals(new boolean[] {true, false, false, false, false}, estimated.diverged);
    DivergedException e =
        assertThrows(
            DivergedException.class,
            () ->
                estimating.linearize(
                    new Trajectory(T, 2, 1), Simulator.CostHessian.EXACT, new Expansion(T, 2, 1)));
    assertEquals(0, e.knot());
    assertEquals("a control step beside knot 0 diverges, so it has no derivative", e.getMessage());
  }

  @Test
  void tooFewStepsAreRefused() {
    FakeSimulator pendulum = FakeSimulator.pendulum();
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () ->
                new EstimatedDerivatives(pendulum, new EstimatedDerivatives.Options(2, 0.1, 0.1)));
    assertEquals(
        "pairs must be at least 3, as many as state and action have entries, but is 2",
        e.getMessage());
    assertThrows(IllegalArgumentException.class, () -> new EstimatedDerivatives.Options(3, 0, 0.1));
  }
}
