package io.gaitway.sim.task;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.sim.robots.Swimmer;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

/** Tests the check itself, on functions whose derivatives are known and on wrong ones. */
class DerivativeCheckTest {

  @Test
  void differencesOfSmoothFunctionsHaveElevenDigits() {
    double[] out = new double[3];
    for (double x : new double[] {-3, -0.2, 0, 0.7, 2.5}) {
      new Difference(3)
          .derivative(
              (shift, f) -> {
                f[0] = StrictMath.sin(x + shift);
                f[1] = StrictMath.exp(x + shift);
                f[2] = (x + shift) * (x + shift) * (x + shift);
                return true;
              },
              Math.max(1, Math.abs(x)),
              out);
      assertEquals(StrictMath.cos(x), out[0], 1e-11);
      assertEquals(StrictMath.exp(x), out[1], 1e-11 * Math.exp(Math.abs(x)));
      assertEquals(3 * x * x, out[2], 1e-10);
    }
  }

  @Test
  void differencesDoNotStraddleAKinkNearby() {
    double[] out = new double[2];
    for (double x : new double[] {1e-1, 1e-2, -1e-2, 1e-3, -1e-3, 1e-6, -1e-7}) {
      new Difference(2)
          .derivative(
              (shift, f) -> {
                double v = x + shift;
                f[0] = Math.abs(v) * v;
                f[1] = Math.abs(v) + v * v;
                return true;
              },
              1,
              out);
      assertEquals(2 * Math.abs(x), out[0], 1e-10, "at " + x);
      assertEquals(Math.signum(x) + 2 * x, out[1], 1e-10, "at " + x);
    }
  }

  @Test
  void aKinkHasTwoSidesAndTheirMean() {
    double[][] out = new double[Difference.KINDS][3];
    for (double reach : new double[] {1, 1e-2}) {
      new Difference(3)
          .sides(
              (shift, f) -> {
                f[0] = Math.abs(shift) + 3 * shift;
                f[1] = StrictMath.exp(shift);
                f[2] = Math.max(shift, 0) * (1 + shift);
                return true;
              },
              reach,
              out);
      assertArrayEquals(new double[] {3, 1, 0.5}, out[0], 1e-9);
      assertArrayEquals(new double[] {4, 1, 1}, out[1], 1e-9);
      assertArrayEquals(new double[] {2, 1, 0}, out[2], 1e-9);
    }
  }

  /** Every kind of corner in turn; kinks that follow on each other within a step leave 4e-6. */
  @Test
  void aSwimmerPassesInCorners() {
    DerivativeCheck.Report report = inCorners(new Swimmer().create(Map.of()), 40);
    assertEquals(40, report.samples());
    assertTrue(report.worst().relativeError() <= 1e-5, report.worst().toString());
  }

  @Test
  void aWrongEntryIsFoundInCorners() {
    DerivativeCheck.DerivativeError fx = inCorners(new Pendulum(1e-6, 0, 0), 5).worst();
    assertEquals("fx[velocity, angle]", fx.entry());
    assertEquals(1e-6, fx.relativeError(), 1e-8);
    assertEquals(0, fx.kink(), 1e-10);
    assertTrue(
        DoubleStream.of(fx.state()[1], fx.action()[0]).anyMatch(entry -> entry == 0 || entry == -2),
        "neither at rest nor at a bound");
  }

  private static DerivativeCheck.Report inCorners(Environment environment, int samples) {
    return DerivativeCheck.sample(environment, DerivativeCheck.Knots.CORNERS, 1, samples);
  }

  @Test
  void correctDerivativesPass() {
    DerivativeCheck.Report report = DerivativeCheck.sample(new Pendulum(0, 0, 0), 1, 50);
    assertEquals(50, report.samples());
    assertEquals(9, report.errors().size());
    assertTrue(report.worst().relativeError() < 1e-10, report.worst().toString());
  }

  @Test
  void aWrongEntryIsFoundAndNamed() {
    DerivativeCheck.DerivativeError fx =
        DerivativeCheck.sample(new Pendulum(1e-6, 0, 0), 1, 5).worst();
    assertEquals("fx[velocity, angle]", fx.entry());
    assertEquals(1, fx.row());
    assertEquals(0, fx.column());
    assertEquals(1e-6, fx.relativeError(), 1e-8);
    DerivativeCheck.DerivativeError lux =
        DerivativeCheck.sample(new Pendulum(0, 0, Double.NaN), 1, 5).worst();
    assertEquals("lux[torque, angle]", lux.entry());
  }

  @Test
  void aSmallArrayIsHeldToItsOwnScale() {
    DerivativeCheck.DerivativeError fu =
        DerivativeCheck.sample(new Pendulum(0, 1e-8, 0), 1, 5).worst();
    assertEquals("fu[velocity, torque]", fu.entry());
    assertEquals(1e-8 / 0.05, fu.relativeError(), 1e-11);
  }

  @Test
  void aSwimmerPasses() {
    DerivativeCheck.Report report = DerivativeCheck.sample(new Swimmer().create(Map.of()), 1, 200);
    assertEquals(200, report.samples());
    assertTrue(report.worst().relativeError() <= 1e-8, report.worst().toString());
  }

  @Test
  void curvaturesAreCheckedWhereThereAreAny() {
    DerivativeCheck.Report report = DerivativeCheck.sample(new Swimmer().create(Map.of()), 2, 5);
    DerivativeCheck.DerivativeError error = report.errors().get(9);
    assertEquals("curvature", error.array());
    assertTrue(error.entry().matches("curvature\\[\\w+, \\w+]"), error.entry());
    assertTrue(error.relativeError() <= 1e-8 && error.analytic() != 0, error.toString());
    Environment none = new Pendulum(0, 0, 0);
    assertEquals(
        "the environment 'pendulum' has no second derivatives of its dynamics",
        assertThrows(
                UnsupportedOperationException.class,
                () ->
                    none.curvature(
                        none.newWorkspace(),
                        new double[2],
                        0,
                        new double[1],
                        0,
                        new double[2],
                        0,
                        new double[9]))
            .getMessage());
  }

  /** A pendulum by one explicit Euler step, with errors put into two derivatives. */
  private record Pendulum(double fxError, double fuError, double luxError) implements Environment {
    private static final double H = 0.05;

    @Override
    public EnvironmentSpec spec() {
      return new EnvironmentSpec(
          "pendulum",
          "1",
          "",
          "",
          List.of(
              new EnvironmentSpec.StateEntry("angle", "rad", true, -10, 10),
              new EnvironmentSpec.StateEntry("velocity", "rad/s", false, -10, 10)),
          List.of(new EnvironmentSpec.ActionEntry("torque", "Nm", -2, Double.POSITIVE_INFINITY)),
          List.of(0, 1),
          H,
          1,
          "explicit Euler",
          10,
          List.of(),
          List.of(),
          List.of(),
          new EnvironmentSpec.InitialState(List.of(0.1, 0.2), List.of(0.0, 0.0)),
          "",
          0,
          false,
          List.of(),
          List.of(),
          List.of(),
          0,
          null,
          null);
    }

    @Override
    public boolean contactForces(
        Workspace w, double[] x, int xAt, double[] u, int uAt, double[] out, int outAt) {
      return true;
    }

    @Override
    public Workspace newWorkspace() {
      return new Workspace() {};
    }

    @Override
    public boolean step(
        Workspace w, double[] x, int xAt, double[] u, int uAt, double[] xNext, int xNextAt) {
      double angle = x[xAt] + H * x[xAt + 1];
      xNext[xNextAt + 1] = x[xAt + 1] + H * (u[uAt] - StrictMath.sin(x[xAt]));
      xNext[xNextAt] = angle;
      return true;
    }

    @Override
    public double cost(Workspace w, double[] x, int xAt, double[] u, int uAt) {
      return x[xAt] * x[xAt] * u[uAt] + u[uAt] * u[uAt];
    }

    @Override
    public double terminalCost(Workspace w, double[] x, int xAt) {
      return x[xAt] * x[xAt + 1];
    }

    @Override
    public boolean terminated(double[] x, int xAt) {
      return false;
    }

    @Override
    public boolean linearize(
        Workspace w,
        double[] x,
        int xAt,
        double[] u,
        int uAt,
        CostHessian hessian,
        Linearization out) {
      out.fx[0] = 1;
      out.fx[1] = H;
      out.fx[2] = -H * StrictMath.cos(x[xAt]) + fxError;
      out.fx[3] = 1;
      out.fu[0] = 0;
      out.fu[1] = H + fuError;
      out.lx[0] = 2 * x[xAt] * u[uAt];
      out.lx[1] = 0;
      out.lu[0] = x[xAt] * x[xAt] + 2 * u[uAt];
      out.lxx[0] = 2 * u[uAt];
      out.lxx[1] = 0;
      out.lxx[2] = 0;
      out.lxx[3] = 0;
      out.lux[0] = 2 * x[xAt] + luxError;
      out.lux[1] = 0;
      out.luu[0] = 2;
      return true;
    }

    @Override
    public void linearizeTerminal(
        Workspace w, double[] x, int xAt, CostHessian hessian, Linearization out) {
      out.lx[0] = x[xAt + 1];
      out.lx[1] = x[xAt];
      out.lxx[0] = 0;
      out.lxx[1] = 1;
      out.lxx[2] = 1;
      out.lxx[3] = 0;
    }

    @Override
    public void sampleInitialState(long seed, long episode, double[] x, int xAt) {
      x[xAt] = 0.1;
      x[xAt + 1] = 0.2;
    }
  }
}
