package io.gaitway.sim.dynamics;

import io.gaitway.sim.model.Box;
import io.gaitway.sim.model.Capsule;
import io.gaitway.sim.model.Joint;
import io.gaitway.sim.model.Link;
import io.gaitway.sim.model.PlanarModel;
import io.gaitway.sim.model.PlaneInertia;
import io.gaitway.sim.model.Root;
import io.gaitway.sim.model.Shape;
import io.gaitway.sim.model.Vec2;
import io.gaitway.sim.robots.Swimmer;
import io.gaitway.sim.robots.Walker;
import io.gaitway.sim.symbolic.Expr;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Everything that the suites of this package are run on: a new model or force is one line here. */
final class Mechanisms {
  static final FluidDrag WATER = new FluidDrag(1000, 0.1);
  static final JointLimits LIMITS = new JointLimits(2000, 100, 0.1);
  static final GroundContact GROUND = new GroundContact(6e4, 4e-3, 2, 1, 0.1);

  private static final TimeStep EULER = TimeStep.euler(0.004);
  private static final TimeStep MIDPOINT = TimeStep.midpoint(0.004);

  private static final Vec2 EARTH = new Vec2(0, -9.81);

  static final PlanarModel ON_EARTH = walkerLike(Root.FLOATING, 1, EARTH);

  private static final Joint RAIL = Joint.FREE.withArmature(0.4);

  /** A root that stands on springs to three sides, within limits. */
  private static final Root SPRUNG =
      new Root(
          RAIL.withDamping(2).withSpring(40, 0.2).withRange(-1, 1.5),
          Joint.FREE.withDamping(1.5).withSpring(15, 1.1),
          true);

  private static final GroundContact RAISED = new GroundContact(3e4, 6e-3, 1, 0.8, 0.1, 0.55);

  private Mechanisms() {}

  static Stream<Mechanism> all() {
    return Stream.of(
        swimmer("one link in water", 1, WATER),
        swimmer(2),
        swimmer(3),
        swimmer(6),
        swimmer("swimmer of 3 in a void", 3),
        swimmer("swimmer of 3 with implicit quadratic drag", 3, new QuadraticDrag(300), LIMITS),
        tree("tree in the air", 2, EULER, ON_EARTH, LIMITS),
        tree(
            "tree in water, weightless",
            2,
            MIDPOINT,
            walkerLike(Root.FLOATING, -1, Vec2.ZERO),
            WATER,
            LIMITS),
        tree("tree on the ground", 2, MIDPOINT, ON_EARTH, LIMITS, GROUND),
        walker(1),
        cartPole(),
        tree("tree on a fixed base", 2, EULER, walkerLike(Root.FIXED, 1, EARTH), WATER, LIMITS),
        tree("tree on a hinge", 2, MIDPOINT, walkerLike(Root.HINGED, -1, EARTH), LIMITS, GROUND),
        tree("tree on a rail along x", 2, MIDPOINT, walkerLike(Root.RAIL_X, 1, EARTH), GROUND),
        tree(
            "tree on a hinge that slides along y",
            2,
            MIDPOINT,
            walkerLike(new Root(false, true, true), 1, EARTH),
            LIMITS,
            GROUND),
        tree(
            "tree that slides without turning",
            2,
            EULER,
            walkerLike(new Root(true, true, false), 1, EARTH),
            LIMITS),
        crab("crab in the air", EULER, new Root(RAIL, RAIL, true), LIMITS),
        crab("crab in water on springs", EULER, SPRUNG, WATER, LIMITS),
        crab("crab on a raised floor", MIDPOINT, Root.FLOATING, LIMITS, RAISED),
        crab("crab on springs and on a raised floor", MIDPOINT, SPRUNG, LIMITS, RAISED),
        crab("crab on a fixed base", MIDPOINT, Root.FIXED, LIMITS, RAISED));
  }

  /** The one of them that has this name. */
  static Mechanism named(String name) {
    return all().filter(m -> m.name().equals(name)).findFirst().orElseThrow();
  }

  static Mechanism swimmer(String name, int links, ForceModel... forces) {
    return new Mechanism(
        name,
        Swimmer.model(links),
        List.of(forces),
        Motor.direct(IntStream.range(3, 2 + links).boxed().toList()),
        150,
        2,
        TimeStep.euler(0.0125),
        4);
  }

  /** As the environment's defaults make it, with any number of links. */
  static Mechanism swimmer(int links) {
    return swimmer("swimmer of " + links, links, WATER, LIMITS);
  }

  /** The walker as the environment's defaults make it, with any number of substeps. */
  static Mechanism walker(int substeps) {
    return new Mechanism(
        "walker",
        Walker.model(3),
        List.of(GROUND, new JointLimits(1500, 30, 0.05)),
        Motor.direct(IntStream.range(3, 9).boxed().toList()),
        100,
        2,
        TimeStep.midpoint(0.01 / substeps),
        substeps);
  }

  /** A cart of 1.3 kg with a pole of 0.4 kg, driven by a force on the cart. */
  static Mechanism cartPole() {
    return new Mechanism(
        "cart with a pole",
        cartPoleModel(),
        List.of(),
        List.of(new Motor(0, 1)),
        20,
        2,
        TimeStep.euler(0.01),
        2);
  }

  static PlanarModel cartPoleModel() {
    Capsule box = new Capsule(new Vec2(-0.2, 0), new Vec2(0.2, 0), 0.1);
    Capsule rod = new Capsule(Vec2.ZERO, new Vec2(0, 0.6), 0.02);
    return new PlanarModel(
        Root.RAIL_X,
        List.of(
            link("cart", -1, 1, Vec2.ZERO, 1.3, Vec2.ZERO, 1, Joint.FREE, box),
            link("pole", 0, 1, Vec2.ZERO, 0.4, new Vec2(0, 0.3), 0.013, Joint.FREE, rod)),
        EARTH);
  }

  static Mechanism tree(
      String name, double speed, TimeStep step, PlanarModel model, ForceModel... forces) {
    return new Mechanism(
        name,
        model,
        List.of(forces),
        Motor.direct(IntStream.range(1, model.size()).map(model::hinge).boxed().toList()),
        50,
        speed,
        step,
        2);
  }

  /**
   * A trunk with two legs of three links: branches, hinges of either sense, centres of mass off
   * every axis, unequal limits, armature and damping; nothing is zero that could hide a term.
   */
  private static PlanarModel walkerLike(Root root, int rootAxis, Vec2 gravity) {
    List<Link> links = new ArrayList<>();
    double free = Double.POSITIVE_INFINITY;
    Root rooted = root.floats() ? root : root.withSlides(Joint.FREE.withArmature(0.4));
    Vec2 base = new Vec2(root.slidesX() ? 0 : 0.3, root.slidesY() ? 0 : 1.1);
    links.add(link("trunk", -1, rootAxis, base, 0.5, 8, -free, free));
    for (int leg = 0; leg < 2; leg++) {
      int thigh = links.size();
      links.add(link("thigh" + leg, 0, -1, new Vec2(0.02, -0.05 * leg), -0.45, 4, -1.0, 1.8));
      links.add(link("shank" + leg, thigh, -1, new Vec2(0.01, -0.45), -0.5, 2.5, -2.6, 0));
      links.add(link("foot" + leg, thigh + 1, 1, new Vec2(-0.02, -0.5), -0.1, 1, -0.8, 0.7));
    }
    return new PlanarModel(rooted, links, gravity);
  }

  private static Link link(
      String name,
      int parent,
      int axis,
      Vec2 hinge,
      double length,
      double mass,
      double lower,
      double upper) {
    Capsule shape = new Capsule(new Vec2(0.03, 0), new Vec2(0.05, length), 0.05);
    Vec2 com = new Vec2(0.02, 0.45 * length);
    double inertia = mass * (length * length + 0.02) / 12;
    Joint joint =
        parent < 0
            ? Joint.FREE
            : Joint.FREE.withArmature(0.01).withDamping(0.1).withRange(lower, upper);
    return link(name, parent, axis, hinge, mass, com, inertia, joint, shape);
  }

  /** A link of any mass and inertia, thin as its capsule is. */
  static Link link(
      String name,
      int parent,
      int axis,
      Vec2 hinge,
      double mass,
      Vec2 com,
      double inertia,
      Joint joint,
      Capsule shape) {
    PlaneInertia inPlane = new PlaneInertia(shape.direction(), mass * 1e-3, inertia);
    return new Link(
        name, parent, axis, hinge, 0, mass, com, inertia, inPlane, joint, List.of(shape));
  }

  /**
   * What files of robots say and the other mechanisms do not have: frames that are turned, hinges
   * without mass between them, springs, motors with gears, boxes, and shapes that nothing touches.
   */
  private static Mechanism crab(String name, TimeStep step, Root root, ForceModel... forces) {
    PlanarModel model = crab(root);
    List<Motor> motors = new ArrayList<>();
    double[] gears = {3, -0.5, 1, 2.5, -1};
    for (int i = 0; i < gears.length; i++) {
      motors.add(new Motor(model.hinge(i + 1), gears[i]));
    }
    if (root.slidesX() && forces.length > 1) {
      motors.add(new Motor(model.slideX(), 4));
    }
    return new Mechanism(name, model, List.of(forces), motors, 10, 1.5, step, 3);
  }

  private static PlanarModel crab(Root root) {
    boolean held = root.equals(SPRUNG);
    Joint trunk =
        held ? Joint.FREE.withSpring(8, 0.3).withDamping(0.2).withRange(-2, 2.5) : Joint.FREE;
    Vec2 base = new Vec2(root.slidesX() ? 0.1 : 0.3, root.slidesY() ? -0.05 : 1.1);
    Joint sprung = Joint.FREE.withArmature(0.02).withSpring(30, 0.3);
    Joint limited = Joint.FREE.withArmature(0.01).withDamping(0.3).withRange(-1.2, 1.5);
    Capsule drawn = new Capsule(new Vec2(-0.4, 0), new Vec2(0.4, 0.1), 0.06, false);
    Capsule bone = new Capsule(Vec2.ZERO, new Vec2(0.02, -0.4), 0.04);
    Box hull = new Box(new Vec2(0.05, 0.02), 0.3, 0.1, 0.3);
    Box claw = new Box(new Vec2(0, -0.45), 0.03, 0.08, -0.2);
    Box foot = new Box(new Vec2(0.04, -0.5), 0.12, 0.03, 0);
    return new PlanarModel(
        root,
        List.of(
            body("hull", -1, 1, base, 6, new Vec2(0.1, -0.05), trunk, hull, drawn).withAngle(0.4),
            Link.massless("shoulder", 0, -1, new Vec2(0.2, -0.1), sprung).withAngle(-0.7),
            body("arm", 1, 1, new Vec2(0.07, 0.02), 2, new Vec2(0, -0.2), limited, bone, claw)
                .withAngle(0.5),
            body("claw", 2, -1, new Vec2(0, -0.4), 1, new Vec2(0.05, -0.1), sprung, claw)
                .withAngle(1.1),
            Link.massless("hip", 0, 1, new Vec2(-0.2, -0.1), Joint.FREE.withDamping(0.1)),
            body("leg", 4, 1, new Vec2(0.15, -0.03), 1.5, new Vec2(0, -0.3), limited, bone, foot)),
        EARTH);
  }

  private static Link body(
      String name,
      int parent,
      int axis,
      Vec2 hinge,
      double mass,
      Vec2 com,
      Joint joint,
      Shape... shapes) {
    PlaneInertia inPlane = new PlaneInertia(new Vec2(0.6, 0.8), 0.01 * mass, 0.03 * mass);
    return new Link(
        name, parent, axis, hinge, 0, mass, com, 0.035 * mass, inPlane, joint, List.of(shapes));
  }

  /**
   * A drag c √(v² + ε²) v on every link's centre, wholly at the end of the step: not affine in the
   * next velocity.
   */
  record QuadraticDrag(double c) implements ForceModel {
    private static final double EPSILON = 0.05;

    @Override
    public void apply(Motion motion, GeneralizedForce forces) {
      for (int i = 0; i < motion.model().size(); i++) {
        Vec2 com = motion.model().link(i).com();
        Motion.Pair v = motion.nextVelocity(i, com);
        Expr speed = v.dot(v).plus(EPSILON * EPSILON).sqrt();
        forces.addForce(i, com, v.times(speed.times(-c)));
      }
    }
  }
}
