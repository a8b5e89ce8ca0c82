package io.gaitway.sim.dynamics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.sim.Extent;
import io.gaitway.sim.model.Link;
import io.gaitway.sim.robots.Walker;
import io.gaitway.sim.symbolic.LongArithmetic;
import io.gaitway.sim.symbolic.LongArithmetic.Real;
import io.gaitway.sim.task.CostHessian;
import io.gaitway.sim.task.Environment;
import io.gaitway.sim.task.EnvironmentSpec;
import io.gaitway.sim.task.GaitStates;
import io.gaitway.sim.task.Linearization;
import io.gaitway.sim.task.Workspace;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

/**
 * f_x and f_u of the walker's whole control step in contact, against differences of the step solved
 * in arithmetic of 32 digits. In doubles, differences have at most 11 digits, and fewer beside the
 * corners of the contact law's third derivative; here a shift of 1e-12 leaves 16 and more. The
 * differences know the equations of motion, but none of the formulas of their derivatives.
 */
class WalkerStepDerivativesTest {
  private static final double TOLERANCE = 1e-6;

  private final Environment walker = new Walker().create(Map.of());
  private final int nx = walker.spec().nx();
  private final int nu = walker.spec().nu();

  @Test
  void holdInTheGait(TestReporter reporter) {
    List<GaitStates.Knot> knots = GaitStates.walking();
    assertTrue(knots.size() >= 500, "states " + knots.size());
    check(Extent.of(knots), "gait", 12, reporter);
  }

  @Tag("all")
  @Test
  void holdInFallsAndOnTheGround(TestReporter reporter) {
    List<GaitStates.Knot> knots = GaitStates.falling(8, 200);
    long fallen = knots.stream().filter(k -> walker.terminated(k.x(), 0)).count();
    long lying = knots.stream().filter(k -> k.x()[1] < 0.2).count();
    reporter.publishEntry(
        "states in falls, of these below the fall height, lying",
        knots.size() + ", " + fallen + ", " + lying);
    assertTrue(fallen >= 500 && lying >= 200, "fallen " + fallen + ", lying " + lying);
    check(Extent.of(knots), "falls", 11, reporter);
  }

  private void check(
      List<GaitStates.Knot> knots, String what, double leastDigits, TestReporter reporter) {
    Workspace workspace = walker.newWorkspace();
    Linearization exact = new Linearization(nx, nu);
    LongStep reference = new LongStep(Mechanisms.walker(walker.spec().substeps()));
    Worst state = new Worst();
    Worst fx = new Worst();
    Worst fu = new Worst();
    for (GaitStates.Knot knot : knots) {
      assertTrue(
          walker.linearize(workspace, knot.x(), 0, knot.u(), 0, CostHessian.GAUSS_NEWTON, exact));
      reference.differentiate(knot.x(), knot.u(), exact.xNext);
      state.add(exact.xNext, reference.next, 1, "next state", knot);
      fx.add(exact.fx, reference.fx, nx, "f_x", knot);
      fu.add(exact.fu, reference.fu, nu, "f_u", knot);
    }
    for (Worst worst : List.of(state, fx, fu)) {
      reporter.publishEntry(what, worst.toString());
      System.out.println("walker, " + what + ": " + worst);
    }
    assertTrue(state.error <= 1e-11, state.toString());
    assertTrue(Math.max(fx.error, fu.error) <= TOLERANCE, fx + ", " + fu);
    assertTrue(fx.digits() >= leastDigits, fx.toString());
  }

  /** The worst error of an array, relative to its largest entry, and where it was. */
  private final class Worst {
    private double error;
    private String where = "";

    void add(double[] exact, double[] expected, int columns, String name, GaitStates.Knot knot) {
      double scale = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
      for (int i = 0; i < expected.length; i++) {
        double now = Math.abs(exact[i] - expected[i]) / scale;
        if (!(now <= error)) {
          error = now;
          where =
              "%s[%s]: %s, expected %s, largest %.3g, at %s"
                  .formatted(
                      name,
                      entry(name, i / columns, i % columns),
                      exact[i],
                      expected[i],
                      scale,
                      Arrays.toString(knot.x()));
        }
      }
    }

    private String entry(String name, int row, int column) {
      EnvironmentSpec spec = walker.spec();
      String first = spec.state().get(row).name();
      return switch (name) {
        case "f_x" -> first + ", " + spec.state().get(column).name();
        case "f_u" -> first + ", " + spec.action().get(column).name();
        default -> first;
      };
    }

    double digits() {
      return -Math.log10(error);
    }

    @Override
    public String toString() {
      return "%.1f digits, worst %s".formatted(digits(), where);
    }
  }

  /** One integrator step and its differences in long arithmetic. */
  private static final class LongStep {
    private static final double SHIFT = 1e-12;

    /** The error after a Newton step is about its square. */
    private static final double CONVERGED = 1e-17;

    private static final int MAX_NEWTON = 12;

    private final Mechanism mechanism;
    private final int nv;
    private final int nu;
    private final LongArithmetic arithmetic;

    /** The step's result, and its derivatives by state and torques. */
    double[] next;

    final double[] fx;
    final double[] fu;

    LongStep(Mechanism mechanism) {
      assertEquals(1, mechanism.substeps());
      this.mechanism = mechanism;
      nv = mechanism.nv();
      nu = mechanism.nu();
      SymbolicDynamics dynamics =
          new SymbolicDynamics(
              mechanism.model(), mechanism.forces(), mechanism.motors(), mechanism.step());
      arithmetic = new LongArithmetic(dynamics.graph, List.of(dynamics.newtonStep()));
      next = new double[2 * nv];
      fx = new double[4 * nv * nv];
      fu = new double[2 * nv * nu];
    }

    /** Fills the results; {@code about} is where Newton's method starts, the step in doubles. */
    void differentiate(double[] x, double[] u, double[] about) {
      Real[] inputs = new Real[3 * nv + nu];
      Arrays.setAll(
          inputs,
          i ->
              Real.of(
                  i < 2 * nv ? x[i] : i < 2 * nv + nu ? u[i - 2 * nv] : acceleration(x, about, i)));
      Real[] result = solve(inputs);
      next = Arrays.stream(result).mapToDouble(Real::high).toArray();
      for (int j = 0; j < 2 * nv + nu; j++) {
        Real[] plus = solve(shifted(inputs, j, SHIFT));
        Real[] minus = solve(shifted(inputs, j, -SHIFT));
        for (int i = 0; i < 2 * nv; i++) {
          double slope = plus[i].minus(minus[i]).over(Real.of(2 * SHIFT)).high();
          if (j < 2 * nv) {
            fx[i * 2 * nv + j] = slope;
          } else {
            fu[i * nu + j - 2 * nv] = slope;
          }
        }
      }
    }

    private static Real[] shifted(Real[] inputs, int at, double shift) {
      Real[] result = inputs.clone();
      result[at] = result[at].plus(Real.of(shift));
      return result;
    }

    /** Absolute acceleration of input {@code i}, by the step in doubles. */
    private double acceleration(double[] x, double[] about, int i) {
      int k = i - 2 * nv - nu;
      double change = 0;
      for (int link = k - 2; link >= 0; link = mechanism.model().link(link).parent()) {
        int rate = nv + 2 + link;
        change += mechanism.model().link(link).axis() * (about[rate] - x[rate]);
      }
      return (k < 2 ? about[nv + k] - x[nv + k] : change) / mechanism.h();
    }

    /** The next state. Modified: the guess at the end of {@code inputs}. */
    private Real[] solve(Real[] inputs) {
      int guess = 2 * nv + nu;
      for (int iteration = 0; iteration < MAX_NEWTON; iteration++) {
        Real[] step = arithmetic.evaluate(inputs);
        double size = 0;
        for (int i = 0; i < nv; i++) {
          inputs[guess + i] = inputs[guess + i].plus(step[i]);
          size = Math.max(size, Math.abs(step[i].high()));
        }
        if (size * mechanism.h() <= CONVERGED) {
          return next(inputs);
        }
      }
      throw new AssertionError("Newton's method does not converge");
    }

    /**
     * q̇⁺ = q̇ + h q̈, q⁺ = q + h (q̇ + q̇⁺)/2, with the hinges' accelerations from the absolute
     * ones.
     */
    private Real[] next(Real[] inputs) {
      Real h = Real.of(mechanism.h());
      Real[] result = new Real[2 * nv];
      for (int i = 0; i < nv; i++) {
        Real acceleration = inputs[2 * nv + nu + i];
        if (i >= 2) {
          Link link = mechanism.model().link(i - 2);
          if (link.parent() >= 0) {
            acceleration = acceleration.minus(inputs[2 * nv + nu + 2 + link.parent()]);
          }
          acceleration = acceleration.times(Real.of(link.axis()));
        }
        result[nv + i] = inputs[nv + i].plus(acceleration.times(h));
        Real mean = inputs[nv + i].plus(result[nv + i]).times(Real.of(0.5));
        result[i] = inputs[i].plus(mean.times(h));
      }
      return result;
    }
  }
}
