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
  private final Expr[] q;

  GeneralizedForce(Motion motion) {
    this.motion = motion;
    q = new Expr[motion.model().nv()];
    Arrays.fill(q, motion.graph().zero());
  }

  /** The generalised forces in order, shape (nv). */
  Expr[] components() {
    return q;
  }

  /** A force (N, world coordinates) at a point of link {@code i} (m, in its frame). */
  public void addForce(int i, Vec2 point, Motion.Pair force) {
    q[0] = q[0].plus(force.x());
    q[1] = q[1].plus(force.y());
    for (int k : motion.model().path(i)) {
      Motion.Pair lever = motion.lever(k, motion.model().offset(k, i, point));
      addTorque(k, lever.dot(force));
    }
  }

  /** A force (N) at a point (m) of link {@code i}, both in the link's frame. */
  public void addLocalForce(int i, Vec2 point, Motion.Pair force) {
    Motion.Pair world = motion.toWorld(i, force);
    q[0] = q[0].plus(world.x());
    q[1] = q[1].plus(world.y());
    for (int k : motion.model().path(i)) {
      Motion.Pair lever = motion.localLever(i, k, motion.model().offset(k, i, point));
      addTorque(k, lever.dot(force));
    }
  }

  /** A pure torque on link {@code i}, N m, counter-clockwise. */
  public void addTorque(int i, Expr torque) {
    q[2 + i] = q[2 + i].plus(torque);
  }

  /** A torque in hinge {@code i}, N m, in the hinge's sense, with its reaction on the parent. */
  public void addHingeTorque(int i, Expr torque) {
    Expr counterClockwise = torque.times(motion.model().link(i).axis());
    addTorque(i, counterClockwise);
    int parent = motion.model().link(i).parent();
    if (parent >= 0) {
      addTorque(parent, counterClockwise.negate());
    }
  }
}
