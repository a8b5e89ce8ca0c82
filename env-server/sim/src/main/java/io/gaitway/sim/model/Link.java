package io.gaitway.sim.model;

import java.util.List;

/**
 * A rigid link, hinged to its parent. Its frame sits at the hinge; the frame's absolute angle is
 * the parent's plus {@code angle + axis · q}, counter-clockwise. A link may have no mass: a body
 * with several hinges is a chain of links of which the last has it.
 *
 * @param name link name
 * @param parent index of the parent link, smaller than this link's; −1 for the root
 * @param axis +1 or −1, the hinge's sense
 * @param hinge where the hinge sits in the parent's frame, m; for the root, where it sits in the
 *     world when the root's slides are at 0
 * @param angle of the frame in the parent's where q is 0, counter-clockwise, rad
 * @param mass kg
 * @param com centre of mass in the link's frame, m
 * @param inertia about the centre of mass, normal to the plane, kg m²
 * @param inPlane moments about axes in the plane; only fluid drag uses them
 * @param joint the hinge's; {@link Joint#FREE} for a root that does not turn
 * @param shapes what is drawn and touches the ground
 */
public record Link(
    String name,
    int parent,
    int axis,
    Vec2 hinge,
    double angle,
    double mass,
    Vec2 com,
    double inertia,
    PlaneInertia inPlane,
    Joint joint,
    List<Shape> shapes) {

  /** Checks. */
  public Link {
    shapes = List.copyOf(shapes);
    if (axis != 1 && axis != -1) {
      throw new IllegalArgumentException(name + ": axis " + axis + " is not 1 or -1");
    }
    if (!(Math.abs(angle) <= Double.MAX_VALUE)) {
      throw new IllegalArgumentException(name + ": angle " + angle + " must be finite");
    }
    if (!(mass >= 0 && inertia >= 0)) {
      throw new IllegalArgumentException(
          name + ": mass " + mass + " and inertia " + inertia + " must be at least 0");
    }
  }

  /**
   * A link that is one capsule of uniform density, its centre of mass and inertia following from
   * the shape.
   */
  public static Link capsule(
      String name, int parent, int axis, Vec2 hinge, Capsule shape, double density, Joint joint) {
    double across = shape.inertiaAcross(density);
    return new Link(
        name,
        parent,
        axis,
        hinge,
        0,
        shape.mass(density),
        shape.centre(),
        across,
        new PlaneInertia(shape.direction(), shape.inertiaAlong(density), across),
        joint,
        List.of(shape));
  }

  /** A link without mass or shape, such as the first of two hinges on one body. */
  public static Link massless(String name, int parent, int axis, Vec2 hinge, Joint joint) {
    return new Link(
        name, parent, axis, hinge, 0, 0, Vec2.ZERO, 0, PlaneInertia.NONE, joint, List.of());
  }

  /** The same link with its frame at this angle in the parent's where q is 0, rad. */
  public Link withAngle(double value) {
    return new Link(name, parent, axis, hinge, value, mass, com, inertia, inPlane, joint, shapes);
  }

  /** The same link with other shapes; mass and inertia stay. */
  public Link withShapes(List<Shape> value) {
    return new Link(name, parent, axis, hinge, angle, mass, com, inertia, inPlane, joint, value);
  }

  /** The same link with another joint. */
  public Link withJoint(Joint value) {
    return new Link(name, parent, axis, hinge, angle, mass, com, inertia, inPlane, value, shapes);
  }
}
