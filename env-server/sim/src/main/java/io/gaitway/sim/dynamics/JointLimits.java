package io.gaitway.sim.dynamics;

import io.gaitway.sim.model.Joint;
import io.gaitway.sim.model.PlanarModel;
import io.gaitway.sim.symbolic.Expr;

/**
 * Soft limits of the coordinates that have a range: a spring and a damper that fade in over {@code
 * width} on either side of a limit.
 *
 * <p>With s the {@link SoftRamp} of the angle (or the way) e beyond the limit, the torque (or the
 * force) is −k s(e) − s′(e) (k a + c) q̇⁺, a the time from the configuration to the step's end: the
 * spring is taken at the end of the step to first order, so the step stays linear and stable.
 *
 * <p>A range is at least 2 w: the two ramps then do not overlap, and the torque is twice
 * continuously differentiable. (Both are one ramp of the angle's distance from the range's middle,
 * where a narrower range would make it jump.)
 *
 * @param stiffness k, N m/rad of a hinge, N/m of a slide
 * @param damping c, N m s/rad of a hinge, N s/m of a slide
 * @param width w, positive, rad of a hinge, m of a slide
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

  /** Whether a joint with these limits, rad or m, has room for both ramps. */
  public boolean fit(double lower, double upper) {
    return upper - lower >= 2 * width;
  }

  @Override
  public void apply(Motion motion, GeneralizedForce forces) {
    for (int c = 0; c < motion.model().nv(); c++) {
      if (motion.model().joint(c).isLimited()) {
        forces.addEffort(c, effort(motion, c));
      }
    }
  }

  private Expr effort(Motion motion, int c) {
    Joint joint = motion.model().joint(c);
    if (!fit(joint.lower(), joint.upper())) {
      throw new IllegalArgumentException(
          "the %s has limits %s and %s %4$s, but soft limits of width %5$s %4$s need %6$s %4$s between them"
              .formatted(
                  name(motion.model(), c),
                  joint.lower(),
                  joint.upper(),
                  motion.model().isSlide(c) ? "m" : "rad",
                  width,
                  2 * width));
    }
    Expr fromMiddle = motion.coordinate(c).plus(-(joint.lower() + joint.upper()) / 2);
    Expr beyond = fromMiddle.abs().plus(-(joint.upper() - joint.lower()) / 2);
    SoftRamp ramp = new SoftRamp(beyond, width);
    Expr spring = fromMiddle.sign().times(ramp.value()).times(stiffness);
    Expr damper =
        ramp.slope().times(stiffness * motion.step().after() + damping).times(motion.nextRate(c));
    return spring.plus(damper).negate().where(ramp.on());
  }

  private static String name(PlanarModel model, int c) {
    String link = "'" + model.link(model.linkOf(c)).name() + "'";
    return model.isSlide(c)
        ? "slide of " + link + " along " + (c == model.slideX() ? "x" : "y")
        : "hinge of " + link;
  }
}
