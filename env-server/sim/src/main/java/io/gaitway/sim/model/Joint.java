package io.gaitway.sim.model;

/**
 * What a coordinate has of its own: a rotor, a damper, a spring and a range. A hinge's numbers are
 * in rad and N m, a slide's in m and N.
 *
 * @param armature inertia of the rotor, added to the coordinate's own, kg m² or kg
 * @param damping viscous torque or force per rate, N m s/rad or N s/m
 * @param stiffness of the spring, N m/rad or N/m
 * @param rest value of the coordinate at which the spring is at rest, rad or m
 * @param lower soft lower limit, rad or m; −∞ for none
 * @param upper soft upper limit, rad or m; +∞ for none
 */
public record Joint(
    double armature, double damping, double stiffness, double rest, double lower, double upper) {
  /** A joint that nothing but inertia resists. */
  public static final Joint FREE =
      new Joint(0, 0, 0, 0, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);

  /** Checks. */
  public Joint {
    if (!(armature >= 0 && damping >= 0 && stiffness >= 0 && Math.abs(rest) <= Double.MAX_VALUE)) {
      throw new IllegalArgumentException(
          "a joint needs armature, damping and stiffness >= 0 and a finite rest, but has %s, %s, %s and %s"
              .formatted(armature, damping, stiffness, rest));
    }
    if (!(lower <= upper)) {
      throw new IllegalArgumentException(
          "a joint's lower limit must be at most the upper, but they are %s and %s"
              .formatted(lower, upper));
    }
  }

  /** The same joint with this rotor, kg m² or kg. */
  public Joint withArmature(double value) {
    return new Joint(value, damping, stiffness, rest, lower, upper);
  }

  /** The same joint with this damper, N m s/rad or N s/m. */
  public Joint withDamping(double value) {
    return new Joint(armature, value, stiffness, rest, lower, upper);
  }

  /** The same joint with a spring, N m/rad or N/m, at rest at a value of the coordinate. */
  public Joint withSpring(double value, double restAt) {
    return new Joint(armature, damping, value, restAt, lower, upper);
  }

  /** The same joint with these soft limits, rad or m. */
  public Joint withRange(double least, double most) {
    return new Joint(armature, damping, stiffness, rest, least, most);
  }

  /** Whether it is limited on both sides. */
  public boolean isLimited() {
    return lower > Double.NEGATIVE_INFINITY && upper < Double.POSITIVE_INFINITY;
  }
}
