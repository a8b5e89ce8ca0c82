package io.gaitway.sim.dynamics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.sim.model.Box;
import io.gaitway.sim.model.Capsule;
import io.gaitway.sim.model.Joint;
import io.gaitway.sim.model.Link;
import io.gaitway.sim.model.PlanarModel;
import io.gaitway.sim.model.PlaneInertia;
import io.gaitway.sim.model.Root;
import io.gaitway.sim.model.Shape;
import io.gaitway.sim.model.Vec2;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Springs, dampers, limits and gears of single coordinates, and frames that are turned. */
class JointsTest {
  private static final double MASS = 2;

  /** m ẍ = g u − c ẋ − k (x − x₀) − m g, on a slide and, with the inertia for m, about a hinge. */
  @Test
  void aSprungCoordinateMovesAsInTextbooks() {
    Joint joint = Joint.FREE.withArmature(0.5).withDamping(0.7).withSpring(30, 0.2);
    Motor motor = new Motor(0, -4);
    Vec2 earth = new Vec2(0, -9.81);
    ForwardDynamics lift =
        new ForwardDynamics(
            new PlanarModel(new Root(null, joint, false), List.of(ball(Joint.FREE)), earth),
            List.of(),
            List.of(motor));
    ForwardDynamics wheel =
        new ForwardDynamics(
            new PlanarModel(Root.HINGED, List.of(ball(joint)), earth), List.of(), List.of(motor));
    for (ForwardDynamics dynamics : List.of(lift, wheel)) {
      ForwardDynamics.Data data = dynamics.newData();
      dynamics.evaluate(data, new double[] {1.1}, new double[] {-3}, new double[] {2});
      double effort = -4 * 2 + 0.7 * 3 - 30 * (1.1 - 0.2);
      double expected =
          dynamics == lift ? (effort - MASS * 9.81) / (MASS + 0.5) : effort / (0.3 + 0.5);
      assertEquals(expected, data.qdd(0), 1e-12 * Math.abs(expected));
    }
  }

  private static Link ball(Joint joint) {
    return Mechanisms.link(
        "ball",
        -1,
        1,
        Vec2.ZERO,
        MASS,
        Vec2.ZERO,
        0.3,
        joint,
        new Capsule(Vec2.ZERO, Vec2.ZERO, 0.1));
  }

  /**
   * A step of an undamped spring is v⁺ = (v − h k (x_c − x₀)/m)/(1 + h k a/m), with a from the
   * configuration to the step's end: stable however stiff the spring is.
   */
  @ParameterizedTest
  @ValueSource(doubles = {1, 1e3, 1e6, 1e9})
  void springsOfAnyStiffnessAreStable(double stiffness) {
    double h = 0.01;
    for (TimeStep step : List.of(TimeStep.euler(h), TimeStep.midpoint(h))) {
      Joint joint = Joint.FREE.withSpring(stiffness, 0.3);
      PlanarModel model =
          new PlanarModel(new Root(joint, null, false), List.of(ball(Joint.FREE)), Vec2.ZERO);
      ImplicitStep.Data data = new ImplicitStep(model, List.of(), List.of(), step).newData();
      double[] x = {1, 0.5};
      data.set(x, 0, new double[0], 0);
      assertTrue(data.advance());
      double[] next = new double[2];
      data.get(next, 0);
      double configuration = 1 + step.before() * 0.5;
      double expected =
          (0.5 - h * stiffness / MASS * (configuration - 0.3))
              / (1 + h * stiffness / MASS * step.after());
      assertEquals(expected, next[1], 1e-12 * Math.abs(expected));
      double farthest = 0;
      for (int t = 0; t < 2000; t++) {
        assertTrue(data.advance());
        data.get(next, 0);
        farthest = Math.max(farthest, Math.abs(next[0] - 0.3));
      }
      // Half a swing from 0.7 m and 0.5 m/s, and no more.
      double swing = Math.sqrt(0.49 + 0.25 * MASS / stiffness);
      assertTrue(farthest <= 1.01 * swing + 0.01, "farthest " + farthest);
    }
  }

  /** At rest a slide has gone beyond its limit by force over stiffness. */
  @Test
  void limitsHoldSlides() {
    Joint joint = Joint.FREE.withRange(-0.5, 1.5);
    PlanarModel model =
        new PlanarModel(new Root(joint, null, false), List.of(ball(Joint.FREE)), Vec2.ZERO);
    ImplicitStep step =
        new ImplicitStep(
            model,
            List.of(new JointLimits(1000, 50, 0.05)),
            List.of(new Motor(0, 10)),
            TimeStep.midpoint(0.01));
    for (double u : new double[] {10, -10}) {
      double[] x = {0, 0};
      ImplicitStep.Data data = step.newData();
      data.set(x, 0, new double[] {u}, 0);
      for (int t = 0; t < 2000; t++) {
        assertTrue(data.advance());
      }
      data.get(x, 0);
      assertEquals(u > 0 ? 1.6 : -0.6, x[0], 1e-6);
    }
  }

  /** How a link's frame lies in it is a convention; so is how it lies where a hinge is at 0. */
  @Test
  void aFramesAngleIsAConvention() {
    for (Mechanism m : Mechanisms.all().filter(JointsTest::isTree).toList()) {
      Mechanism turned = turned(m);
      ForwardDynamics dynamics = m.newForwardDynamics();
      ForwardDynamics otherDynamics = turned.newForwardDynamics();
      ForwardDynamics.Data one = dynamics.newData();
      ForwardDynamics.Data other = otherDynamics.newData();
      SplittableRandom random = new SplittableRandom(81);
      for (int trial = 0; trial < 50; trial++) {
        double[] x = m.state(random, Mechanism.Region.AT_LIMITS);
        double[] u = m.action(random);
        double[] q = Arrays.copyOf(x, m.nv());
        double[] qd = Arrays.copyOfRange(x, m.nv(), 2 * m.nv());
        dynamics.evaluate(one, q, qd, u);
        otherDynamics.evaluate(other, q, qd, u);
        double scale = 1;
        for (int i = 0; i < m.nv(); i++) {
          scale = Math.max(scale, Math.abs(one.qdd(i)));
        }
        for (int i = 0; i < m.nv(); i++) {
          assertEquals(one.qdd(i), other.qdd(i), 1e-10 * scale, m + ", entry " + i);
        }
      }
    }
  }

  private static boolean isTree(Mechanism m) {
    return m.name().startsWith("crab") || m.name().startsWith("tree");
  }

  /** The same mechanism with the frame of link k turned by 0.4 + 0.3 k in its body. */
  private static Mechanism turned(Mechanism m) {
    PlanarModel model = m.model();
    List<Link> links =
        Stream.iterate(0, i -> i + 1).limit(model.size()).map(i -> turned(model, i)).toList();
    return new Mechanism(
        m.name(),
        new PlanarModel(model.root(), links, model.gravity()),
        m.forces(),
        m.motors(),
        m.torque(),
        m.speed(),
        m.step(),
        m.substeps());
  }

  private static double turn(int link) {
    return link < 0 ? 0 : 0.4 + 0.3 * link;
  }

  private static Link turned(PlanarModel model, int i) {
    Link l = model.link(i);
    double by = -turn(i);
    PlaneInertia inertia = l.inPlane();
    return new Link(
        l.name(),
        l.parent(),
        l.axis(),
        l.hinge().turned(-turn(l.parent())),
        l.angle() + turn(i) - turn(l.parent()),
        l.mass(),
        l.com().turned(by),
        l.inertia(),
        new PlaneInertia(inertia.axis().turned(by), inertia.along(), inertia.across()),
        l.joint(),
        l.shapes().stream().map(shape -> turned(shape, by)).toList());
  }

  private static Shape turned(Shape shape, double by) {
    if (shape instanceof Box box) {
      return new Box(
          box.centre().turned(by), box.halfX(), box.halfY(), box.angle() + by, box.touchesGround());
    }
    Capsule capsule = (Capsule) shape;
    return new Capsule(
        capsule.from().turned(by),
        capsule.to().turned(by),
        capsule.radius(),
        capsule.touchesGround());
  }

  /**
   * MuJoCo's inertia-box model, by its documentation, for a body that moves along and about the
   * axes of its box: sides from the three principal moments, and forces from the sides.
   */
  @Test
  void dragIsThatOfTheInertiaBox() {
    double[] inertia = {0.2, 0.5, 0.6}; // about the first axis, the second, the normal
    double density = 900;
    double viscosity = 0.7;
    double[] box = new double[3];
    for (int i = 0; i < 3; i++) {
      double others = inertia[(i + 1) % 3] + inertia[(i + 2) % 3] - inertia[i];
      box[i] = Math.sqrt(6 * others / MASS);
    }
    double mean = (box[0] + box[1] + box[2]) / 3;
    Vec2 axis = new Vec2(0.6, -0.8);
    Link link =
        new Link(
            "body",
            -1,
            1,
            Vec2.ZERO,
            0.3,
            MASS,
            Vec2.ZERO,
            inertia[2],
            new PlaneInertia(axis, inertia[0], inertia[1]),
            Joint.FREE,
            List.of());
    ForwardDynamics dynamics =
        new ForwardDynamics(
            new PlanarModel(List.of(link), Vec2.ZERO),
            List.of(new FluidDrag(density, viscosity)),
            List.of());
    ForwardDynamics.Data data = dynamics.newData();
    double angle = 1.1;
    Vec2 first = axis.turned(0.3 + angle);
    double[] speed = {1.7, -0.4};
    double spin = -2.5;
    double[] qd = {
      first.x() * speed[0] - first.y() * speed[1], first.y() * speed[0] + first.x() * speed[1], spin
    };
    dynamics.evaluate(data, new double[] {3, 4, angle}, qd, new double[0]);
    double[] force = new double[2];
    for (int i = 0; i < 2; i++) {
      double quadratic = density / 2 * box[1 - i] * box[2] * Math.abs(speed[i]);
      force[i] = -(3 * Math.PI * mean * viscosity + quadratic) * speed[i];
    }
    double quadratic =
        density * box[2] * (Math.pow(box[0], 4) + Math.pow(box[1], 4)) / 64 * Math.abs(spin);
    double torque = -(Math.PI * Math.pow(mean, 3) * viscosity + quadratic) * spin;
    assertEquals(
        (first.x() * force[0] - first.y() * force[1]) / MASS, data.qdd(0), 1e-9, "along x");
    assertEquals(
        (first.y() * force[0] + first.x() * force[1]) / MASS, data.qdd(1), 1e-9, "along y");
    assertEquals(torque / inertia[2], data.qdd(2), 1e-9, "about the normal");
  }
}
