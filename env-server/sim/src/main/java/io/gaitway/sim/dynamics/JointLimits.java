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
 * <p>A hinge's range is at least 2 w: the two ramps then do not overlap, and the torque is twice
 * continuously differentiable. (Both are one ramp of the angle's distance from the range's middle,
 * where a narrower range would make it jump.)
 *
 * @param stiffness k, N m/rad
 * @param damping c, N m s/rad
 * @param width w, positive, rad
 */
public record JointLimits(double stiffness, double damping, double width) implements ForceModel {

  /** Checks. */
  public JointLimits {
    if (!(stiffness >= 0 && damping >= 0 && width > 0)) {
      throw new IllegalArgumentException(
          "joint limits need stiffness >= 0, damping >= 0 and width > 0, but have %s, %s and %s"
              .formatted(stiffness, damping, width));
    }
  }

  /** Whether a hinge with these limits, rad, has room for both ramps. */
  public boolean fit(double lower, double upper) {
    return upper - lower >= 2 * width;
  }

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
    if (!fit(link.lower(), link.upper())) {
      throw new IllegalArgumentException(
          "the hinge of '%s' has limits %s and %s rad, but soft limits of width %s rad need %s rad between them"
              .formatted(link.name(), link.lower(), link.upper(), width, 2 * width));
    }
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
