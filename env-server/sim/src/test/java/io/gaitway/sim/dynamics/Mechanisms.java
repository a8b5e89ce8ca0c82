package io.gaitway.sim.dynamics;

import io.gaitway.sim.model.Capsule;
import io.gaitway.sim.model.Link;
import io.gaitway.sim.model.PlanarModel;
import io.gaitway.sim.model.Vec2;
import io.gaitway.sim.symbolic.Expr;
import io.gaitway.sim.task.Swimmer;
import io.gaitway.sim.task.Walker;
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

  static final PlanarModel ON_EARTH = walkerLike(1, new Vec2(0, -9.81));

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
        tree("tree in water, weightless", 2, MIDPOINT, walkerLike(-1, Vec2.ZERO), WATER, LIMITS),
        tree("tree on the ground", 2, MIDPOINT, ON_EARTH, LIMITS, GROUND),
        walker(1));
  }

  static Mechanism swimmer(String name, int links, ForceModel... forces) {
    return new Mechanism(
        name,
        Swimmer.model(links),
        List.of(forces),
        IntStream.range(1, links).boxed().toList(),
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
        IntStream.range(1, 7).boxed().toList(),
        100,
        2,
        TimeStep.midpoint(0.01 / substeps),
        substeps);
  }

  static Mechanism tree(
      String name, double speed, TimeStep step, PlanarModel model, ForceModel... forces) {
    return new Mechanism(
        name, model, List.of(forces), IntStream.range(1, 7).boxed().toList(), 50, speed, step, 2);
  }

  /**
   * A trunk with two legs of three links: branches, hinges of either sense, centres of mass off
   * every axis, unequal limits, armature and damping; nothing is zero that could hide a term.
   */
  private static PlanarModel walkerLike(int rootAxis, Vec2 gravity) {
    List<Link> links = new ArrayList<>();
    double free = Double.POSITIVE_INFINITY;
    links.add(link("trunk", -1, rootAxis, Vec2.ZERO, 0.5, 8, -free, free));
    for (int leg = 0; leg < 2; leg++) {
      int thigh = links.size();
      links.add(link("thigh" + leg, 0, -1, new Vec2(0.02, -0.05 * leg), -0.45, 4, -1.0, 1.8));
      links.add(link("shank" + leg, thigh, -1, new Vec2(0.01, -0.45), -0.5, 2.5, -2.6, 0));
      links.add(link("foot" + leg, thigh + 1, 1, new Vec2(-0.02, -0.5), -0.1, 1, -0.8, 0.7));
    }
    return new PlanarModel(links, 0, gravity);
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
