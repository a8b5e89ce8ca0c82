package io.gaitway.sim.dynamics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.sim.model.Link;
import io.gaitway.sim.model.PlanarModel;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The ground's forces as they are told, against what the bodies did. */
class ContactForcesTest {
  private static final double G = 9.81;

  /**
   * Newton and Euler for the whole walker, with momenta summed body by body: what its weight leaves
   * of the rate of its momentum comes from the ground, and what the weight's moment leaves of the
   * rate of its spin comes from the ground's forces at the spheres' lowest points. The step is
   * linear in its acceleration, so that this holds to round-off, not only in the limit.
   */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void theForcesAreWhatChangesTheMomenta(int substeps, TestReporter reporter) {
    Mechanism m = Mechanisms.walker(substeps);
    PlanarModel model = m.model();
    ImplicitStep.Data integrator = m.newStep().newData();
    Recorder recorder = new Recorder(m);
    SplittableRandom random = new SplittableRandom(71);
    double worst = 0;
    double greatest = 0;
    int touching = 0;
    for (int fall = 0; fall < 20; fall++) {
      double[] x = m.state(random, Mechanism.Region.FREE, 1);
      double[] u = m.action(random);
      for (int t = 0; t < 60; t++) {
        double[] start = x.clone();
        integrator.set(x, 0, u, 0);
        for (int i = 1; i < substeps; i++) {
          assertTrue(integrator.advance());
        }
        integrator.get(start, 0);
        double[] end = recorder.step(x, u);
        for (int i = 0; i < m.nv(); i++) {
          start[i] += m.step().before() * start[m.nv() + i];
        }
        double[] acceleration = new double[m.nv()];
        for (int i = 0; i < m.nv(); i++) {
          acceleration[i] = (end[m.nv() + i] - start[m.nv() + i]) / m.h();
        }
        Kinematics body = new Kinematics(model, start, acceleration);
        double[] force = {0, -model.mass() * G};
        double moment = -G * firstMoment(model, start);
        for (int i = 0; i < recorder.spheres.size(); i++) {
          GroundContact.Sphere sphere = recorder.spheres.get(i);
          double[] centre = Kinematics.point(model, start, sphere.link(), sphere.centre());
          double along = recorder.forces[2 * i];
          double up = recorder.forces[2 * i + 1];
          force[0] += along;
          force[1] += up;
          moment += centre[0] * up - (centre[1] - sphere.radius()) * along;
          assertTrue(up >= -1e-9, "the ground pulls with " + up + " N");
          touching += up > 1 ? 1 : 0;
          greatest = Math.max(greatest, up);
        }
        double size = model.mass() * G + Math.abs(force[1]);
        worst = Math.max(worst, Math.abs(body.momentumRate[0] - force[0]) / size);
        worst = Math.max(worst, Math.abs(body.momentumRate[1] - force[1]) / size);
        worst = Math.max(worst, Math.abs(body.spinRate - moment) / size);
        x = end;
      }
    }
    reporter.publishEntry("worst, of the forces", Double.toString(worst));
    reporter.publishEntry("greatest force, N", Double.toString(greatest));
    assertTrue(touching > 500, "spheres that touched: " + touching);
    assertTrue(worst <= 1e-9, "unexplained: " + worst + " of the forces");
  }

  private static double firstMoment(PlanarModel model, double[] x) {
    double moment = 0;
    for (int i = 0; i < model.size(); i++) {
      Link link = model.link(i);
      moment += link.mass() * Kinematics.point(model, x, i, link.com())[0];
    }
    return moment;
  }

  /** In the air there is nothing, not even round-off. */
  @Test
  void nothingActsInTheAir() {
    Mechanism m = Mechanisms.walker(2);
    Recorder recorder = new Recorder(m);
    SplittableRandom random = new SplittableRandom(72);
    for (int i = 0; i < 20; i++) {
      double[] x = m.state(random, Mechanism.Region.FREE, 1);
      x[1] = 3;
      Arrays.fill(recorder.forces, Double.NaN);
      recorder.step(x, m.action(random));
      for (double force : recorder.forces) {
        assertEquals(0, Math.abs(force));
      }
    }
  }

  /** Steps a mechanism and keeps the forces. */
  private static final class Recorder {
    final List<GroundContact.Sphere> spheres;
    final double[] forces;
    private final ControlStep.Data data;
    private final ContactForces ground;
    private final double[] memory;

    Recorder(Mechanism m) {
      spheres = GroundContact.spheres(m.model());
      forces = new double[2 * spheres.size()];
      data = m.newControlStep().newData();
      GroundContact law = (GroundContact) m.forces().get(0);
      ground = new ContactForces(m.model(), law, m.step());
      memory = ground.newMemory();
    }

    /** The state after a control step, the same as without the record. */
    double[] step(double[] x, double[] u) {
      double[] start = new double[x.length];
      double[] end = new double[x.length];
      assertTrue(data.advanceKeepingLast(x, 0, u, 0, start, end));
      ground.evaluate(memory, start, end, forces, 0);
      double[] plain = new double[x.length];
      assertTrue(data.advance(x, 0, u, 0, plain, 0));
      assertArrayEquals(plain, end);
      return end;
    }
  }
}
