package io.gaitway.sim.dynamics;

import io.gaitway.sim.model.Link;
import io.gaitway.sim.symbolic.Expr;

/**
 * Soft limits of the hinge angles: a spring and a damper that fade in over {@code width} on either
 * side of a limit.
 *
 * <p>With s the {@link SoftRamp} of the angle e beyond the limit, the torque is −k s(e) − s′(e) (k
 * a + c) q̇⁺, a the time from the configuration to the step's end: the spring is taken at the end
 * of the step to first order, so the step stays linear and stable.
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
    SoftRamp ramp = new SoftRamp(beyond, width);
    Expr spring = fromMiddle.sign().times(ramp.value()).times(stiffness);
    Expr damper =
        ramp.slope()
            .times(stiffness * motion.step().after() + damping)
            .times(motion.nextHingeVelocity(i));
    return spring.plus(damper).negate();
  }
}
