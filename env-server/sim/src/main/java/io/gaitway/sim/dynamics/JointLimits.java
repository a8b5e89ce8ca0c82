package io.gaitway.sim.dynamics;

import io.gaitway.sim.model.Link;
import io.gaitway.sim.symbolic.Expr;

/**
 * Soft limits of the hinge angles: a spring and a damper that fade in over {@code width} on either
 * side of a limit.
 *
 * <p>With e the angle beyond the limit, the spring's stretch s(e) is 0 for e ≤ −w, e for e ≥ w, and
 * w(2t³ − t⁴) with t = (e + w)/2w between: twice continuously differentiable. The torque is −k s(e)
 * − s′(e) (k h + c) q̇⁺: the spring is taken at the end of the step to first order, so the step
 * stays linear and stable.
 *
 * @param stiffness k, N m/rad
 * @param damping c, N m s/rad
 * @param width w, rad
 */
public record JointLimits(double stiffness, double damping, double width) implements ForceModel {

  @Override
  public void apply(Motion motion, GeneralizedForce forces) {
    for (int i = 0; i < motion.model().size(); i++) {
      Link link = motion.model().link(i);
      if (link.isLimited()) {
        forces.addHingeTorque(i, torque(motion, i, link));
      }
    }
  }

  private Expr torque(Motion motion, int i, Link link) {
    Expr fromMiddle = motion.hingeAngle(i).plus(-(link.lower() + link.upper()) / 2);
    Expr beyond = fromMiddle.abs().plus(-(link.upper() - link.lower()) / 2);
    Expr t = clamp(beyond.plus(width).times(1 / (2 * width)));
    Expr stretch =
        t.square()
            .times(t)
            .times(2)
            .minus(t.square().square())
            .times(width)
            .plus(beyond.plus(-width).positivePart());
    Expr slope = t.square().times(t.times(-2).plus(3));
    Expr spring = fromMiddle.sign().times(stretch).times(stiffness);
    Expr damper = slope.times(stiffness * motion.h() + damping).times(motion.nextHingeVelocity(i));
    return spring.plus(damper).negate();
  }

  private static Expr clamp(Expr t) {
    return t.abs().minus(t.plus(-1).abs()).plus(1).times(0.5);
  }
}
