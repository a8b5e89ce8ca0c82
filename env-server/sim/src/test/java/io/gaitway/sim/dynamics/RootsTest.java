package io.gaitway.sim.dynamics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.sim.model.Capsule;
import io.gaitway.sim.model.Joint;
import io.gaitway.sim.model.Link;
import io.gaitway.sim.model.PlanarModel;
import io.gaitway.sim.model.PlaneInertia;
import io.gaitway.sim.model.Root;
import io.gaitway.sim.model.Vec2;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Roots that are fixed, turn or slide, against the equations of textbooks. */
class RootsTest {
  private static final double G = 9.81;
  private static final Vec2 EARTH = new Vec2(0, -G);

  /** (M + m) ẍ − m l cos φ φ̈ + m l sin φ φ̇² = F; (I + m l²) φ̈ − m l cos φ ẍ = m g l sin φ. */
  @Test
  void aCartPoleMovesAsInTextbooks() {
    double cart = 1.3;
    double m = 0.4;
    double l = 0.3;
    double inertia = 0.013;
    ForwardDynamics dynamics = Mechanisms.cartPole().newForwardDynamics();
    SplittableRandom random = new SplittableRandom(1);
    for (int trial = 0; trial < 200; trial++) {
      double[] q = {random.nextDouble(-5, 5), random.nextDouble(-4, 4)};
      double[] qd = {random.nextDouble(-5, 5), random.nextDouble(-9, 9)};
      double[] force = {random.nextDouble(-50, 50)};
      double c = m * l * StrictMath.cos(q[1]);
      double s = m * l * StrictMath.sin(q[1]);
      double[] expected =
          solve(cart + m, -c, -c, inertia + m * l * l, force[0] - s * qd[1] * qd[1], G * s);
      assertAccelerations(dynamics, q, qd, force, expected);
    }
  }

  /** Spong's acrobot: two links hanging from a fixed hinge, a motor between them. */
  @Test
  void anAcrobotMovesAsInTextbooks() {
    double m1 = 1.1;
    double m2 = 0.8;
    double l1 = 0.7;
    double lc1 = 0.3;
    double lc2 = 0.45;
    double i1 = 0.06;
    double i2 = 0.05;
    PlanarModel model =
        new PlanarModel(
            Root.HINGED,
            List.of(
                hanging("upper", -1, new Vec2(3, 2), m1, lc1, i1),
                hanging("lower", 0, new Vec2(0, -l1), m2, lc2, i2)),
            EARTH);
    assertEquals(2, model.nv());
    ForwardDynamics dynamics = new ForwardDynamics(model, List.of(), List.of(new Motor(1, 1)));
    SplittableRandom random = new SplittableRandom(2);
    for (int trial = 0; trial < 200; trial++) {
      double[] q = {random.nextDouble(-4, 4), random.nextDouble(-4, 4)};
      double[] qd = {random.nextDouble(-9, 9), random.nextDouble(-9, 9)};
      double[] torque = {random.nextDouble(-20, 20)};
      double c2 = StrictMath.cos(q[1]);
      double h = m2 * l1 * lc2 * StrictMath.sin(q[1]);
      double m22 = i2 + m2 * lc2 * lc2;
      double m12 = m22 + m2 * l1 * lc2 * c2;
      double m11 = i1 + i2 + m1 * lc1 * lc1 + m2 * (l1 * l1 + lc2 * lc2 + 2 * l1 * lc2 * c2);
      double both = m2 * lc2 * G * StrictMath.sin(q[0] + q[1]);
      double upper = (m1 * lc1 + m2 * l1) * G * StrictMath.sin(q[0]);
      double[] expected =
          solve(
              m11,
              m12,
              m12,
              m22,
              h * (2 * qd[0] * qd[1] + qd[1] * qd[1]) - upper - both,
              torque[0] - h * qd[0] * qd[0] - both);
      assertAccelerations(dynamics, q, qd, torque, expected);
    }
  }

  /** A base that is fixed makes the same pendulum as a hinge in the same place. */
  @Test
  void aFixedBaseCarriesAPendulum() {
    Link base = hanging("base", -1, new Vec2(1, 1), 5, 0.2, 1);
    Link rod = hanging("rod", 0, new Vec2(0.5, 0), 2, 0.4, 0.3);
    PlanarModel model = new PlanarModel(Root.FIXED, List.of(base, rod), EARTH);
    assertEquals(1, model.nv());
    ForwardDynamics dynamics = new ForwardDynamics(model, List.of(), List.of(new Motor(0, 1)));
    double expected = (3 - 2 * 0.4 * G * StrictMath.sin(0.7)) / (0.3 + 2 * 0.16);
    assertAccelerations(
        dynamics, new double[] {0.7}, new double[] {-2}, new double[] {3}, new double[] {expected});
  }

  /** A lift: its rotor's inertia is no weight. */
  @Test
  void aCarriageThatSlidesAlongYFallsAndIsLifted() {
    Link cabin = hanging("cabin", -1, new Vec2(4, 0), 5, 0.2, 1);
    PlanarModel model =
        new PlanarModel(new Root(null, Joint.FREE.withArmature(1.5), false), List.of(cabin), EARTH);
    ForwardDynamics dynamics = new ForwardDynamics(model, List.of(), List.of(new Motor(0, 1)));
    assertAccelerations(
        dynamics,
        new double[] {2},
        new double[] {1},
        new double[] {7},
        new double[] {(7 - 5 * G) / 6.5});
  }

  @Test
  void coordinatesAreWhatMoves() {
    PlanarModel rail = Mechanisms.cartPoleModel();
    assertEquals(List.of(0, -1, -1, 1), coordinates(rail, 1));
    List<Link> links = List.of(hanging("a", -1, Vec2.ZERO, 1, 1, 1));
    PlanarModel upright = new PlanarModel(new Root(false, true, true), links, EARTH);
    assertEquals(List.of(-1, 0, 1, 1), coordinates(upright, 0));
    assertEquals(List.of(0, 1, 2, 2), coordinates(new PlanarModel(links, EARTH), 0));
    assertTrue(rail.isSlide(0) && !rail.isSlide(1));
    assertEquals(1, rail.index("pole"));
  }

  private static List<Integer> coordinates(PlanarModel model, int link) {
    return List.of(model.slideX(), model.slideY(), model.hinge(0), model.hinge(link));
  }

  @Test
  void modelsThatCannotBeAreRefused() {
    Link still = hanging("base", -1, Vec2.ZERO, 1, 1, 1);
    assertEquals(
        "a fixed root needs a link that moves",
        assertThrows(
                IllegalArgumentException.class,
                () -> new PlanarModel(Root.FIXED, List.of(still), EARTH))
            .getMessage());
    Capsule shape = new Capsule(Vec2.ZERO, new Vec2(1, 0), 0.1);
    Joint joint = Joint.FREE.withArmature(0.1).withRange(-1, 1);
    Link driven = Link.capsule("base", -1, 1, Vec2.ZERO, shape, 1, joint);
    assertEquals(
        "the root 'base' does not turn: its hinge must have no armature, damping, spring or limits",
        assertThrows(
                IllegalArgumentException.class,
                () -> new PlanarModel(Root.RAIL_X, List.of(driven), EARTH))
            .getMessage());
    assertEquals(
        "there is no link 'wheel'; the links are cart, pole",
        assertThrows(
                IllegalArgumentException.class, () -> Mechanisms.cartPoleModel().index("wheel"))
            .getMessage());
  }

  private static Link hanging(
      String name, int parent, Vec2 hinge, double mass, double centre, double inertia) {
    Capsule shape = new Capsule(Vec2.ZERO, new Vec2(0, -2 * centre), 0.05);
    return new Link(
        name,
        parent,
        1,
        hinge,
        0,
        mass,
        new Vec2(0, -centre),
        inertia,
        new PlaneInertia(shape.direction(), inertia, inertia),
        Joint.FREE,
        List.of(shape));
  }

  private static double[] solve(double a, double b, double c, double d, double x, double y) {
    double determinant = a * d - b * c;
    return new double[] {(d * x - b * y) / determinant, (a * y - c * x) / determinant};
  }

  private static void assertAccelerations(
      ForwardDynamics dynamics, double[] q, double[] qd, double[] tau, double[] expected) {
    ForwardDynamics.Data data = dynamics.newData();
    dynamics.evaluate(data, q, qd, tau);
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], data.qdd(i), 1e-11 * (1 + Math.abs(expected[i])), "entry " + i);
    }
  }
}
