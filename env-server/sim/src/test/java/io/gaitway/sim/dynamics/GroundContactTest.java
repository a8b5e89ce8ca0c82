package io.gaitway.sim.dynamics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.sim.Extent;
import io.gaitway.sim.model.Box;
import io.gaitway.sim.model.Capsule;
import io.gaitway.sim.model.Joint;
import io.gaitway.sim.model.Link;
import io.gaitway.sim.model.PlanarModel;
import io.gaitway.sim.model.Vec2;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the ground does to bodies on it. */
class GroundContactTest {
  private static final double G = 9.81;

  /** Spheres that share a hinge count once, and the larger one stays. */
  @Test
  void theWalkerTouchesTheGroundInEightPlaces() {
    List<GroundContact.Sphere> spheres = GroundContact.spheres(Mechanisms.walker(1).model());
    assertEquals(8, spheres.size(), spheres.toString());
    assertEquals(
        List.of(0.05, 0.05, 0.05, 0.05, 0.06, 0.06, 0.06, 0.06),
        spheres.stream().map(GroundContact.Sphere::radius).sorted().toList());
  }

  /** Corners are spheres of radius 0; what is only drawn, and what is there already, is none. */
  @Test
  void boxesTouchTheGroundWithTheirCorners() {
    Box box = new Box(Vec2.ZERO, 0.3, 0.1, 0);
    Box beside = new Box(new Vec2(0.1 + 0.5, 0), 0.3, 0.1, 0); // shares two corners, but for an ulp
    Box drawn = new Box(Vec2.ZERO, 1, 1, 0, false);
    Capsule ball = new Capsule(new Vec2(-0.3, 0.1), new Vec2(-0.3, 0.1), 0.05);
    Link hull = Mechanisms.link("hull", -1, 1, Vec2.ZERO, 1, Vec2.ZERO, 1, Joint.FREE, ball);
    Link hinge = Link.massless("hinge", 0, 1, new Vec2(0.3, 0.1), Joint.FREE.withArmature(1));
    Capsule leg = new Capsule(Vec2.ZERO, new Vec2(0, -1), 0.08);
    PlanarModel model =
        new PlanarModel(
            List.of(
                hull.withShapes(List.of(drawn, box, beside, ball)),
                hinge,
                Link.capsule("leg", 1, 1, Vec2.ZERO, leg, 10, Joint.FREE.withArmature(1))),
            Vec2.ZERO);
    List<GroundContact.Sphere> spheres = GroundContact.spheres(model);
    assertEquals(
        List.of(0.0, 0.0, 0.08, 0.05, 0.0, 0.0, 0.08),
        spheres.stream().map(GroundContact.Sphere::radius).toList(),
        spheres.toString());
    assertEquals(2, spheres.get(2).link(), "the leg's end stands for the corner in its hinge");
  }

  /** On a floor as high as the root's place everything happens that happens on the ground. */
  @Test
  void aFloorIsAsHighAsItSays() {
    Mechanism m = Mechanisms.walker(1);
    GroundContact floor = new GroundContact(6e4, 4e-3, 2, 1, 0.1, 0.7);
    ImplicitStep.Data low =
        new ImplicitStep(m.model(), List.of(Mechanisms.GROUND), m.motors(), m.step()).newData();
    ImplicitStep.Data high =
        new ImplicitStep(m.model(), List.of(floor), m.motors(), m.step()).newData();
    SplittableRandom random = new SplittableRandom(52);
    double pushed = 0;
    for (int trial = 0; trial < 100; trial++) {
      double[] x = m.state(random, Mechanism.Region.FREE);
      x[1] += random.nextDouble(-0.01, 0.01) - lowest(m, x);
      double[] u = m.action(random);
      low.set(x, 0, u, 0);
      double fall = x[m.nv() + 1];
      x[1] += 0.7;
      high.set(x, 0, u, 0);
      assertTrue(low.advance() && high.advance());
      double[] a = new double[x.length];
      double[] b = new double[x.length];
      low.get(a, 0);
      high.get(b, 0);
      b[1] -= 0.7;
      pushed = Math.max(pushed, a[m.nv() + 1] - fall);
      for (int i = 0; i < a.length; i++) {
        assertEquals(a[i], b[i], 1e-8 * (1 + Math.abs(a[i])), "entry " + i);
      }
    }
    assertTrue(pushed > 0.1, "the ground pushes: " + pushed);
  }

  /** A crate dropped on a floor lies there, on two corners, as deep as half its weight makes it. */
  @Test
  void aCrateLiesOnTheFloor() {
    Box box = new Box(new Vec2(0.05, 0), 0.3, 0.2, 0);
    Link crate =
        Mechanisms.link(
                "crate",
                -1,
                1,
                Vec2.ZERO,
                4,
                new Vec2(0.05, 0),
                0.2,
                Joint.FREE,
                new Capsule(Vec2.ZERO, Vec2.ZERO, 0.1))
            .withShapes(List.of(box));
    PlanarModel model = new PlanarModel(List.of(crate), new Vec2(0, -G));
    GroundContact floor = new GroundContact(6e4, 1e-4, 2, 1, 0.1, 1.5);
    ImplicitStep.Data data =
        new ImplicitStep(model, List.of(floor), List.of(), TimeStep.midpoint(0.005)).newData();
    double[] x = {0, 2, 0.3, 0, 0, 0};
    data.set(x, 0, new double[0], 0);
    for (int t = 0; t < 4000; t++) {
      assertTrue(data.advance());
    }
    data.get(x, 0);
    assertEquals(0, x[2], 1e-6, "it lies flat");
    assertEquals(1.5 + 0.2 - 2 * G / 6e4, x[1], 1e-6);
  }

  /**
   * The passive walker in any pose, dropped. It comes to rest on the ground, not in it, and its
   * energy, springs included, never grows but by the integrator's error where limbs at 10 to 20
   * rad/s hit ground or limits: 20 J of some 700 J in a step of 10 ms, and 1 J with half the step.
   */
  @ParameterizedTest
  @CsvSource({"1, 20", "2, 1"})
  void aDroppedWalkerComesToRestOnTheGround(int substeps, double most, TestReporter reporter) {
    Mechanism m = Mechanisms.walker(substeps);
    ControlStep.Data data = m.newControlStep().newData();
    SplittableRandom random = new SplittableRandom(51);
    double[] u = new double[m.nu()];
    double growth = Double.NEGATIVE_INFINITY;
    double fastest = 0;
    double deepest = 0;
    double deepestAtRest = 0;
    for (int pose = 0; pose < Extent.of(100); pose++) {
      double[] x = m.state(random, Mechanism.Region.FREE, 0);
      x[1] += random.nextDouble(0.02, 0.5) - lowest(m, x);
      double energy = Energy.of(m, x);
      for (int t = 0; t < 12_000; t++) {
        assertTrue(data.advance(x, 0, u, 0, x, 0), "pose " + pose + ", step " + t);
        if (t < 500) {
          double next = Energy.of(m, x);
          growth = Math.max(growth, next - energy);
          energy = next;
          deepest = Math.min(deepest, lowest(m, x));
        }
      }
      for (int i = m.nv(); i < x.length; i++) {
        fastest = Math.max(fastest, Math.abs(x[i]));
      }
      deepestAtRest = Math.min(deepestAtRest, lowest(m, x));
    }
    reporter.publishEntry("largest growth of energy in a step, J", Double.toString(growth));
    reporter.publishEntry("greatest speed after 2 min, m/s or rad/s", Double.toString(fastest));
    reporter.publishEntry("deepest on the way and at rest, m", deepest + ", " + deepestAtRest);
    assertTrue(growth <= most, "energy grows by " + growth + " J");
    assertTrue(fastest <= 1e-3, "speed after 2 min: " + fastest);
    assertTrue(deepestAtRest >= -0.012, "at rest " + deepestAtRest + " m in the ground");
    assertTrue(deepest >= -0.05, "on the way " + deepest + " m in the ground");
  }

  /**
   * A passive crab, with boxes for a hull and feet, dropped on a floor that is not at 0, with its
   * root on springs and without: the energy of motion, springs, limits and floor never grows but by
   * the integrator's error, and in the end there is rest.
   */
  @ParameterizedTest
  @CsvSource({
    "crab on a raised floor, 0.004, 1",
    "crab on springs and on a raised floor, 0.004, 4",
    "crab on springs and on a raised floor, 0.002, 0.1"
  })
  void aDroppedCrabComesToRestOnTheFloor(
      String name, double h, double most, TestReporter reporter) {
    Mechanism m = Mechanisms.named(name);
    ImplicitStep.Data data =
        new ImplicitStep(m.model(), m.forces(), m.motors(), TimeStep.midpoint(h)).newData();
    SplittableRandom random = new SplittableRandom(53);
    double growth = Double.NEGATIVE_INFINITY;
    double fastest = 0;
    double deepest = 0;
    for (int pose = 0; pose < Extent.of(10); pose++) {
      double[] x = m.state(random, Mechanism.Region.FREE, 0);
      x[1] += 0.55 + random.nextDouble(0.02, 0.3) - lowest(m, x);
      double energy = Energy.of(m, x);
      data.set(x, 0, new double[m.nu()], 0);
      for (int t = 0; t < 40 / h; t++) {
        assertTrue(data.advance(), "pose " + pose + ", step " + t);
        data.get(x, 0);
        double next = Energy.of(m, x);
        growth = Math.max(growth, next - energy);
        energy = next;
      }
      for (int i = m.nv(); i < x.length; i++) {
        fastest = Math.max(fastest, Math.abs(x[i]));
      }
      deepest = Math.min(deepest, lowest(m, x) - 0.55);
    }
    reporter.publishEntry(
        "growth %s J, speed after 40 s %s, depth %s".formatted(growth, fastest, deepest));
    assertTrue(growth <= most, "energy grows by " + growth + " J");
    assertTrue(fastest <= 2e-2, "speed after 40 s: " + fastest);
    assertTrue(deepest >= -0.012 && deepest < 0, "at rest " + deepest);
  }

  private static double lowest(Mechanism m, double[] x) {
    double lowest = Double.POSITIVE_INFINITY;
    for (GroundContact.Sphere sphere : GroundContact.spheres(m.model())) {
      double y = Kinematics.point(m.model(), x, sphere.link(), sphere.centre())[1];
      lowest = Math.min(lowest, y - sphere.radius());
    }
    return lowest;
  }

  /**
   * A block under gravity tilted by a fraction of the friction angle's tangent: below 1 it stays
   * (it creeps, at the speed that the friction law says), above it slides with the acceleration of
   * Coulomb's law.
   */
  @ParameterizedTest
  @ValueSource(doubles = {0, 0.3, 0.6, 0.9, 1.1, 1.5})
  void aBlockSticksBelowTheFrictionAngleAndSlidesAboveIt(double ratio, TestReporter reporter) {
    double friction = 0.5;
    double slip = 0.01;
    double tilt = Math.atan(ratio * friction);
    Mechanism block =
        new Mechanism(
            "block",
            block(new Vec2(G * Math.sin(tilt), -G * Math.cos(tilt))),
            List.of(new GroundContact(6e4, 4e-3, 2, friction, slip)),
            List.of(),
            0,
            0,
            TimeStep.midpoint(0.01),
            1);
    ControlStep.Data data = block.newControlStep().newData();
    double[] x = new double[2 * block.nv()];
    x[1] = 0.1;
    double[] none = {};
    for (int t = 0; t < 200; t++) {
      assertTrue(data.advance(x, 0, none, 0, x, 0));
    }
    double before = x[block.nv()];
    for (int t = 0; t < 100; t++) {
      assertTrue(data.advance(x, 0, none, 0, x, 0));
    }
    double after = x[block.nv()];
    reporter.publishEntry("speed after 2 s and 3 s at ratio " + ratio, before + ", " + after);
    assertEquals(0, x[2], 0.01, "it lies flat");
    if (ratio < 1) {
      assertEquals(before, after, 1e-9, "no acceleration");
      assertTrue(after >= 0 && after <= 0.65 * slip, "creep " + after);
    } else {
      double acceleration = G * (Math.sin(tilt) - friction * Math.cos(tilt));
      assertEquals(acceleration, after - before, 1e-3 * acceleration);
    }
  }

  /** A long capsule on its side: two points of support, a low centre of mass. */
  private static PlanarModel block(Vec2 gravity) {
    Capsule shape = new Capsule(new Vec2(-0.3, 0), new Vec2(0.3, 0), 0.1);
    return new PlanarModel(
        List.of(Link.capsule("block", -1, 1, Vec2.ZERO, shape, 1000, Joint.FREE)), gravity);
  }

  /**
   * A walker under a balancing controller for 60 s: feet sink at most 12 mm, the hip stays within 1
   * cm of where it settles, and the feet creep at most 1 mm/s.
   */
  @Test
  void aBalancedWalkerStands(TestReporter reporter) {
    Mechanism m = Mechanisms.walker(1);
    ControlStep.Data data = m.newControlStep().newData();
    double[] x = new double[2 * m.nv()];
    x[1] = 1.01;
    double[] u = new double[m.nu()];
    double deepest = 0;
    List<double[]> settled = new ArrayList<>();
    double ankle = Double.NaN;
    for (int t = 0; t < 6000; t++) {
      balance(m, x, u);
      assertTrue(data.advance(x, 0, u, 0, x, 0), "step " + t);
      deepest = Math.min(deepest, lowest(m, x));
      if (t == 999) {
        ankle = Kinematics.point(m.model(), x, 3, Vec2.ZERO)[0];
      }
      if (t >= 999) {
        settled.add(Arrays.copyOf(x, 2));
      }
    }
    double[] end = settled.get(settled.size() - 1);
    double away = 0;
    for (double[] hip : settled) {
      away = Math.max(away, Math.hypot(hip[0] - end[0], hip[1] - end[1]));
    }
    double creep = Math.abs(Kinematics.point(m.model(), x, 3, Vec2.ZERO)[0] - ankle) / 50;
    reporter.publishEntry("deepest, m", Double.toString(deepest));
    reporter.publishEntry("hip from where it settles, after 10 s, m", Double.toString(away));
    reporter.publishEntry("creep, m/s", Double.toString(creep));
    assertTrue(end[1] > 0.95, "the hip is at " + end[1]);
    assertTrue(deepest >= -0.012, "the feet sink to " + deepest);
    assertTrue(away <= 0.01, "the hip moves by " + away);
    assertTrue(creep <= 1e-3, "the feet creep at " + creep);
  }

  /** Proportional-derivative control of the posture; the ankles hold the centre of mass. */
  private static void balance(Mechanism m, double[] x, double[] u) {
    double weight = m.model().mass() * G;
    double mass = 0;
    double moment = 0;
    for (int i = 0; i < m.model().size(); i++) {
      Link link = m.model().link(i);
      mass += link.mass();
      moment += link.mass() * Kinematics.point(m.model(), x, i, link.com())[0];
    }
    int right = 3;
    int left = 6;
    double ankles =
        (Kinematics.point(m.model(), x, right, Vec2.ZERO)[0]
                + Kinematics.point(m.model(), x, left, Vec2.ZERO)[0])
            / 2;
    double lead = moment / mass - ankles;
    for (int leg = 0; leg < 2; leg++) {
      int joint = 3 + 3 * leg;
      int rate = m.nv() + joint;
      u[3 * leg] = -230 * x[2] - 9 * x[m.nv() + 2] + 40 * (0.05 - x[joint]) - 5 * x[rate];
      u[3 * leg + 1] = 300 * (-0.1 - x[joint + 1]) - 15 * x[rate + 1];
      u[3 * leg + 2] = -weight / 2 * lead - 300 * (lead - 0.08) - 120 * x[m.nv()] - x[rate + 2];
    }
  }
}
