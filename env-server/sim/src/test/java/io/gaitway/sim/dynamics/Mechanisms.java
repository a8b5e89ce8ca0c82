package io.gaitway.sim.dynamics;

import io.gaitway.sim.model.Capsule;
import io.gaitway.sim.model.Link;
import io.gaitway.sim.model.PlanarModel;
import io.gaitway.sim.model.Root;
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
            LIMITS));
  }

  static Mechanism swimmer(String name, int links, ForceModel... forces) {
    return new Mechanism(
        name,
        Swimmer.model(links),
        List.of(forces),
        IntStream.range(3, 2 + links).boxed().toList(),
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
        IntStream.range(3, 9).boxed().toList(),
        100,
        2,
        TimeStep.midpoint(0.01 / substeps),
        substeps);
  }

  /** A cart of 1.3 kg with a pole of 0.4 kg, driven by a force on the cart. */
  static Mechanism cartPole() {
    return new Mechanism(
        "cart with a pole", cartPoleModel(), List.of(), List.of(0), 20, 2, TimeStep.euler(0.01), 2);
  }

  static PlanarModel cartPoleModel() {
    double free = Double.POSITIVE_INFINITY;
    Capsule box = new Capsule(new Vec2(-0.2, 0), new Vec2(0.2, 0), 0.1);
    Capsule rod = new Capsule(Vec2.ZERO, new Vec2(0, 0.6), 0.02);
    Vec2 centre = new Vec2(0, 0.3);
    return new PlanarModel(
        Root.RAIL_X,
        List.of(
            new Link("cart", -1, 1, Vec2.ZERO, 1.3, Vec2.ZERO, 1, 1, 0, 0, -free, free, box),
            new Link("pole", 0, 1, Vec2.ZERO, 0.4, centre, 0.013, 1, 0, 0, -free, free, rod)),
        0,
        EARTH);
  }

  static Mechanism tree(
      String name, double speed, TimeStep step, PlanarModel model, ForceModel... forces) {
    return new Mechanism(
        name,
        model,
        List.of(forces),
        IntStream.range(1, model.size()).map(model::hinge).boxed().toList(),
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
    Vec2 base = new Vec2(root.slidesX() ? 0 : 0.3, root.slidesY() ? 0 : 1.1);
    links.add(link("trunk", -1, rootAxis, base, 0.5, 8, -free, free));
    for (int leg = 0; leg < 2; leg++) {
      int thigh = links.size();
      links.add(link("thigh" + leg, 0, -1, new Vec2(0.02, -0.05 * leg), -0.45, 4, -1.0, 1.8));
      links.add(link("shank" + leg, thigh, -1, new Vec2(0.01, -0.45), -0.5, 2.5, -2.6, 0));
      links.add(link("foot" + leg, thigh + 1, 1, new Vec2(-0.02, -0.5), -0.1, 1, -0.8, 0.7));
    }
    return new PlanarModel(root, links, root.equals(Root.FLOATING) ? 0 : 0.4, gravity);
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
    double armature = parent < 0 ? 0 : 0.01;
    double damping = parent < 0 ? 0 : 0.1;
    return new Link(
        name,
        parent,
        axis,
        hinge,
        mass,
        com,
        inertia,
        mass * 1e-3,
        armature,
        damping,
        lower,
        upper,
        shape);
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
