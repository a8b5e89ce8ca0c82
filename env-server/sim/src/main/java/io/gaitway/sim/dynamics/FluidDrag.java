package io.gaitway.sim.dynamics;

import io.gaitway.sim.model.Link;
import io.gaitway.sim.model.PlaneInertia;
import io.gaitway.sim.model.Vec2;
import io.gaitway.sim.symbolic.Expr;

/**
 * The drag of a fluid at rest on every link, by MuJoCo's inertia-box model ("fluid forces" in its
 * documentation): the link is taken for the box of the same mass and inertia, with sides b_a along
 * the axis of its {@link PlaneInertia}, b_b across in the plane, and b_n normal to the plane. A
 * link without mass has no box and no drag.
 *
 * <p>Along axis i the force is −(3π d μ + ½ ρ b_j b_k |v_i|) v_i with d the mean side, about the
 * normal the torque is −(π d³ μ + ρ b_n (b_a⁴ + b_b⁴)/64 |ω|) ω. The factor that |·| stands in
 * takes the velocity at the start of the step, the other the velocity at its end: the drag always
 * opposes the motion, the step stays linear, and at rest in time (h = 0) the law is MuJoCo's to the
 * letter.
 *
 * @param density of the medium, kg/m³
 * @param viscosity of the medium, Pa s
 */
public record FluidDrag(double density, double viscosity) implements ForceModel {

  /** Checks. */
  public FluidDrag {
    if (!(density >= 0 && viscosity >= 0)) {
      throw new IllegalArgumentException(
          "a fluid needs density and viscosity >= 0, but has " + density + " and " + viscosity);
    }
  }

  @Override
  public void apply(Motion motion, GeneralizedForce forces) {
    for (int i = 0; i < motion.model().size(); i++) {
      apply(motion, forces, i);
    }
  }

  private void apply(Motion motion, GeneralizedForce forces, int i) {
    Link link = motion.model().link(i);
    if (link.mass() == 0) {
      return;
    }
    PlaneInertia inertia = link.inPlane();
    double along = side(link, inertia.across() + link.inertia() - inertia.along());
    double across = side(link, inertia.along() + (link.inertia() - inertia.across()));
    double normal = side(link, inertia.along() + (inertia.across() - link.inertia()));
    double mean = (along + (across + normal)) / 3;
    Vec2 axis = inertia.axis();

    Motion.Pair now = alongAndAcross(axis, motion.localVelocity(i, link.com()));
    Motion.Pair next = alongAndAcross(axis, motion.nextLocalVelocity(i, link.com()));
    double viscous = 3 * Math.PI * mean * viscosity;
    Expr forceAlong = drag(viscous, density * across * normal / 2, now.x(), next.x());
    Expr forceAcross = drag(viscous, density * along * normal / 2, now.y(), next.y());
    Vec2 mirrored = new Vec2(axis.x(), -axis.y());
    forces.addLocalForce(
        i, link.com(), alongAndAcross(mirrored, new Motion.Pair(forceAlong, forceAcross)));

    double fourth = along * along * along * along + across * across * across * across;
    forces.addTorque(
        i,
        drag(
            Math.PI * mean * mean * mean * viscosity,
            density * normal * fourth / 64,
            motion.angularVelocity(i),
            motion.nextAngularVelocity(i)));
  }

  /**
   * A side of the box, of which the moments about the other two axes less that about its own are m
   * b²/6.
   */
  private static double side(Link link, double excess) {
    return Math.sqrt(6 * Math.max(0, excess) / link.mass());
  }

  /** Components of a vector along a unit vector and across it, counter-clockwise. */
  private static Motion.Pair alongAndAcross(Vec2 axis, Motion.Pair vector) {
    return new Motion.Pair(
        vector.x().times(axis.x()).plus(vector.y().times(axis.y())),
        vector.y().times(axis.x()).minus(vector.x().times(axis.y())));
  }

  private static Expr drag(double linear, double quadratic, Expr now, Expr next) {
    return now.abs().times(quadratic).plus(linear).times(next).negate();
  }
}
