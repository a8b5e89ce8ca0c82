package io.gaitway.sim.dynamics;

import io.gaitway.sim.model.Vec2;
import io.gaitway.sim.symbolic.Expr;
import java.util.Arrays;

/**
 * Forces on a model, collected as generalised forces: on the root's position (N) and on every
 * link's absolute angle (N m).
 */
public final class GeneralizedForce {
  private final Motion motion;

  /** Per link: force on it, N, and torque about its hinge, N m. */
  private final Motion.Pair[] force;

  private final Expr[] torque;

  GeneralizedForce(Motion motion) {
    this.motion = motion;
    Expr zero = motion.graph().zero();
    force = new Motion.Pair[motion.model().size()];
    torque = new Expr[motion.model().size()];
    Arrays.fill(force, new Motion.Pair(zero, zero));
    Arrays.fill(torque, zero);
  }

  /**
   * The generalised forces by absolute coordinate, also those that do not move. A hinge carries its
   * link's force and those of all links behind it, which act on the parent at the hinge.
   */
  Expr[] components() {
    Motion.Pair[] carried = force.clone();
    Expr[] q = new Expr[2 + torque.length];
    System.arraycopy(torque, 0, q, 2, torque.length);
    for (int k = carried.length - 1; k > 0; k--) {
      int parent = motion.model().link(k).parent();
      Motion.Pair lever = motion.lever(parent, motion.model().link(k).hinge());
      q[2 + parent] = q[2 + parent].plus(lever.dot(carried[k]));
      carried[parent] = carried[parent].plus(carried[k]);
    }
    q[0] = carried[0].x();
    q[1] = carried[0].y();
    return q;
  }

  /** A force (N, world coordinates) at a point of link {@code i} (m, in its frame). */
  public void addForce(int i, Vec2 point, Motion.Pair added) {
    force[i] = force[i].plus(added);
    addTorque(i, motion.lever(i, point).dot(added));
  }

  /** A force (N) at a point (m) of link {@code i}, both in the link's frame. */
  public void addLocalForce(int i, Vec2 point, Motion.Pair added) {
    force[i] = force[i].plus(motion.toWorld(i, added));
    addTorque(i, added.y().times(point.x()).minus(added.x().times(point.y())));
  }

  /** A pure torque on link {@code i}, N m, counter-clockwise. */
  public void addTorque(int i, Expr added) {
    torque[i] = torque[i].plus(added);
  }

  /** An effort along a coordinate of the model: N along a slide, N m in a hinge. */
  public void addEffort(int coordinate, Expr added) {
    Expr zero = motion.graph().zero();
    if (coordinate == motion.model().slideX()) {
      addForce(0, Vec2.ZERO, new Motion.Pair(added, zero));
    } else if (coordinate == motion.model().slideY()) {
      addForce(0, Vec2.ZERO, new Motion.Pair(zero, added));
    } else {
      addHingeTorque(motion.model().linkOf(coordinate), added);
    }
  }

  /** A torque in hinge {@code i}, N m, in the hinge's sense, with its reaction on the parent. */
  public void addHingeTorque(int i, Expr added) {
    Expr counterClockwise = added.times(motion.model().link(i).axis());
    addTorque(i, counterClockwise);
    int parent = motion.model().link(i).parent();
    if (parent >= 0) {
      addTorque(parent, counterClockwise.negate());
    }
  }
}
