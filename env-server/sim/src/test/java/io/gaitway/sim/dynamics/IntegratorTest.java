package io.gaitway.sim.dynamics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.sim.model.Joint;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the integrator keeps of the physics: order, momentum, energy, limits. */
class IntegratorTest {

  /** Halving h halves the distance from a Runge–Kutta solution of the accelerations. */
  @ParameterizedTest
  @CsvSource({
    "swimmer, 0.01",
    "tree, 0.01",
    "crab in the air, 0.4",
    "crab in water on springs, 0.05"
  })
  void theOrderIsOne(String kind, double most) {
    SplittableRandom random = new SplittableRandom(31);
    Mechanism m =
        switch (kind) {
          case "swimmer" -> Mechanisms.swimmer(3);
          case "tree" ->
              Mechanisms.tree(
                  kind, 1, TimeStep.midpoint(0.01), Mechanisms.ON_EARTH, Mechanisms.LIMITS);
          default -> Mechanisms.named(kind);
        };
    double[] x = m.state(random, Mechanism.Region.FREE, 1);
    double[] u = Arrays.stream(m.action(random)).map(a -> a / 10).toArray();
    double time = 0.25;
    double[] exact = rungeKutta(m, x, u, time, 4000);
    List<Double> errors = new ArrayList<>();
    for (int steps = 40; steps <= 640; steps *= 2) {
      double h = time / steps;
      TimeStep step = m.step().before() > 0 ? TimeStep.midpoint(h) : TimeStep.euler(h);
      double[] end = run(m, x, u, step, steps);
      double error = 0;
      for (int i = 0; i < x.length; i++) {
        error = Math.max(error, Math.abs(end[i] - exact[i]));
      }
      errors.add(error);
    }
    for (int i = errors.size() - 2; i < errors.size(); i++) {
      assertEquals(2, errors.get(i - 1) / errors.get(i), 0.2, "errors " + errors);
    }
    assertTrue(errors.get(errors.size() - 1) < most, "errors " + errors);
  }

  /**
   * With the configuration in the middle of the step free fall is exact, with Euler off by g h t/2.
   */
  @Test
  void freeFallIsExactAtTheMidpoint() {
    double h = 0.01;
    int steps = 50;
    double t = h * steps;
    double[] x = new double[2 * Mechanisms.ON_EARTH.nv()];
    double[] none = new double[6];
    for (TimeStep step : List.of(TimeStep.midpoint(h), TimeStep.euler(h))) {
      Mechanism m = Mechanisms.tree("tree", 0, step, Mechanisms.ON_EARTH);
      double off = step.before() > 0 ? 0 : 9.81 * h * t / 2;
      double[] end = run(m, x, none, step, steps);
      assertEquals(-9.81 * t * t / 2 - off, end[1], 1e-12);
      assertEquals(-9.81 * t, end[m.nv() + 1], 1e-12);
    }
  }

  /**
   * In a void, over one second of moderate motion under internal torques, momenta drift by less
   * than 20 h of their scale, and half as much with half the step.
   */
  @Test
  void momentumDriftsInProportionToTheStep(TestReporter reporter) {
    Mechanism m = Mechanisms.swimmer("in a void", 3, Mechanisms.LIMITS);
    SplittableRandom random = new SplittableRandom(32);
    double[] drift = new double[3];
    double worst = 0;
    for (int trial = 0; trial < 20; trial++) {
      double[] x = m.state(random, Mechanism.Region.FREE, 0.5);
      double[] u = {random.nextDouble(-5, 5), random.nextDouble(-5, 5)};
      Kinematics before = new Kinematics(m.model(), x, new double[m.nv()]);
      double scale = m.model().mass() * 3; // mass · (speed · length), the size of each momentum
      for (int k = 0; k < 3; k++) {
        int steps = 400 << k;
        double[] end = run(m, x, u, TimeStep.euler(1.0 / steps), steps);
        Kinematics after = new Kinematics(m.model(), end, new double[m.nv()]);
        double change =
            Math.abs(after.momentum[0] - before.momentum[0])
                + Math.abs(after.momentum[1] - before.momentum[1])
                + Math.abs(after.spin - before.spin);
        drift[k] += change / scale;
        worst = Math.max(worst, change / scale * steps);
      }
    }
    reporter.publishEntry("momentum drift per step length and second", Double.toString(worst));
    assertTrue(worst <= 20, "drift / h = " + worst);
    assertEquals(2, drift[0] / drift[1], 0.3, Arrays.toString(drift));
    assertEquals(2, drift[1] / drift[2], 0.2, Arrays.toString(drift));
  }

  /**
   * A passive swimmer in water, with the environment's step: the energy of motion and of the
   * limits' springs never grows beyond round-off. Holds for 2 and 3 links up to standard deviations
   * of 10 m/s and rad/s of all velocities, for 6 links up to 5; thinner media need shorter steps.
   */
  @ParameterizedTest
  @CsvSource({"2, 10", "3, 10", "6, 5"})
  void aPassiveSwimmersEnergyNeverGrows(int links, double fastest, TestReporter reporter) {
    Mechanism m = Mechanisms.swimmer(links);
    ControlStep.Data data = m.newControlStep().newData();
    double[] u = new double[m.nu()];
    double worst = Double.NEGATIVE_INFINITY;
    for (Mechanism.Region region : Mechanism.Region.values()) {
      for (double speed = fastest; speed > 0.01; speed /= 2) {
        SplittableRandom random = new SplittableRandom(33);
        for (int trial = 0; trial < 40; trial++) {
          double[] x = m.state(random, region, speed);
          double energy = Energy.of(m, x);
          for (int t = 0; t < 40; t++) {
            assertTrue(data.advance(x, 0, u, 0, x, 0));
            double next = Energy.of(m, x);
            worst = Math.max(worst, (next - energy) / energy);
            assertTrue(
                next <= energy * (1 + 1e-12),
                "energy %s J to %s J, speed %s, %s, trial %d, step %d"
                    .formatted(energy, next, speed, region, trial, t));
            energy = next;
          }
        }
      }
    }
    reporter.publishEntry(links + " links: largest relative growth", Double.toString(worst));
  }

  /** Full torque for 20 s in every combination of signs, first held, then swung to and fro. */
  @ParameterizedTest
  @CsvSource({"2, 0.3", "3, 0.3", "6, 0.5"})
  void limitsHoldAgainstFullTorque(int links, double farthest, TestReporter reporter) {
    Mechanism m = Mechanisms.swimmer(links);
    ControlStep.Data data = m.newControlStep().newData();
    double worst = Double.NEGATIVE_INFINITY;
    for (int signs = 0; signs < 1 << m.nu(); signs++) {
      double[] x = new double[2 * m.nv()];
      double[] u = new double[m.nu()];
      for (int t = 0; t < 400; t++) {
        for (int j = 0; j < u.length; j++) {
          // Constant for 10 s, then swung from limit to limit.
          boolean positive = (signs >> j & 1) == 1 ^ (t >= 200 && (t / 40) % 2 == 0);
          u[j] = positive ? m.torque() : -m.torque();
        }
        assertTrue(data.advance(x, 0, u, 0, x, 0));
        for (int k = 1; k < links; k++) {
          Joint joint = m.model().link(k).joint();
          double beyond = Math.max(x[2 + k] - joint.upper(), joint.lower() - x[2 + k]);
          worst = Math.max(worst, beyond);
        }
      }
    }
    reporter.publishEntry(links + " links: farthest beyond a limit, rad", Double.toString(worst));
    // At rest the spring alone gives way by 150 N m / 2000 N m/rad = 0.075 rad.
    assertTrue(worst > 0.075 && worst < farthest, "beyond " + worst);
  }

  private static double[] run(Mechanism m, double[] x, double[] u, TimeStep step, int steps) {
    ImplicitStep.Data data = new ImplicitStep(m.model(), m.forces(), m.motors(), step).newData();
    data.set(x, 0, u, 0);
    for (int i = 0; i < steps; i++) {
      assertTrue(data.advance());
    }
    double[] end = new double[x.length];
    data.get(end, 0);
    return end;
  }

  private static double[] rungeKutta(
      Mechanism m, double[] start, double[] u, double time, int steps) {
    ForwardDynamics dynamics = m.newForwardDynamics();
    ForwardDynamics.Data data = dynamics.newData();
    double h = time / steps;
    double[] x = start.clone();
    double[] none = new double[x.length];
    for (int step = 0; step < steps; step++) {
      double[] k1 = rate(m, dynamics, data, x, none, 0, u);
      double[] k2 = rate(m, dynamics, data, x, k1, h / 2, u);
      double[] k3 = rate(m, dynamics, data, x, k2, h / 2, u);
      double[] k4 = rate(m, dynamics, data, x, k3, h, u);
      for (int i = 0; i < x.length; i++) {
        x[i] += h / 6 * (k1[i] + 2 * k2[i] + 2 * k3[i] + k4[i]);
      }
    }
    return x;
  }

  private static double[] rate(
      Mechanism m,
      ForwardDynamics dynamics,
      ForwardDynamics.Data data,
      double[] x,
      double[] direction,
      double by,
      double[] u) {
    int nv = m.nv();
    double[] q = new double[nv];
    double[] qd = new double[nv];
    for (int i = 0; i < nv; i++) {
      q[i] = x[i] + by * direction[i];
      qd[i] = x[nv + i] + by * direction[nv + i];
    }
    dynamics.evaluate(data, q, qd, u);
    double[] rate = new double[2 * nv];
    for (int i = 0; i < nv; i++) {
      rate[i] = qd[i];
      rate[nv + i] = data.qdd(i);
    }
    return rate;
  }
}
