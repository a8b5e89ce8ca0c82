package io.gaitway.sim.model;

/**
 * A rigid link, hinged to its parent. Its frame sits at the hinge; the frame's absolute angle is
 * the parent's plus {@code axis · q}, counter-clockwise.
 *
 * @param name link name
 * @param parent index of the parent link, smaller than this link's; −1 for the root
 * @param axis +1 or −1, the hinge's sense
 * @param hinge where the hinge sits in the parent's frame, m; for the root, where it sits in the
 *     world when the root's slides are at 0
 * @param mass kg
 * @param com centre of mass in the link's frame, m
 * @param inertia about the centre of mass, normal to the plane, kg m²
 * @param inertiaAlong about the link's own long axis, kg m²; only fluid drag uses it
 * @param armature rotor inertia added to the hinge, kg m²
 * @param damping viscous torque of the hinge, N m s/rad
 * @param lower soft lower limit of the hinge angle, rad; −∞ for none
 * @param upper soft upper limit of the hinge angle, rad; +∞ for none
 * @param shape the capsule that is drawn and that fluid and ground touch
 */
public record Link(
    String name,
    int parent,
    int axis,
    Vec2 hinge,
    double mass,
    Vec2 com,
    double inertia,
    double inertiaAlong,
    double armature,
    double damping,
    double lower,
    double upper,
    Capsule shape) {

  /** Checks. */
  public Link {
    if (axis != 1 && axis != -1) {
      throw new IllegalArgumentException(name + ": axis " + axis + " is not 1 or -1");
    }
    if (!(mass > 0 && inertia > 0)) {
      throw new IllegalArgumentException(
          name + ": mass " + mass + " and inertia " + inertia + " must be positive");
    }
    if (!(lower <= upper)) {
      throw new IllegalArgumentException(name + ": limits " + lower + " > " + upper);
    }
  }

  /**
   * A link that is one capsule of uniform density, its centre of mass and inertia following from
   * the shape.
   */
  public static Link capsule(
      String name,
      int parent,
      int axis,
      Vec2 hinge,
      Capsule shape,
      double density,
      double armature,
      double damping,
      double lower,
      double upper) {
    return new Link(
        name,
        parent,
        axis,
        hinge,
        shape.mass(density),
        shape.centre(),
        shape.inertiaAcross(density),
        shape.inertiaAlong(density),
        armature,
        damping,
        lower,
        upper,
        shape);
  }

  /** Whether the hinge has anything of its own: armature, damping or a limit. */
  boolean hasJoint() {
    return armature != 0
        || damping != 0
        || lower > Double.NEGATIVE_INFINITY
        || upper < Double.POSITIVE_INFINITY;
  }

  /** Whether the hinge angle is limited on both sides. */
  public boolean isLimited() {
    return lower > Double.NEGATIVE_INFINITY && upper < Double.POSITIVE_INFINITY;
  }
}
