package io.gaitway.sim.model;

/**
 * Principal moments of inertia about axes in the plane, through a link's centre of mass. A planar
 * motion does not feel them; {@link io.gaitway.sim.dynamics.FluidDrag} takes the link's thickness
 * from them.
 *
 * @param axis unit vector of the first axis, in the link's frame; the second is across
 * @param along about the first axis, kg m²
 * @param across about the second, kg m²
 */
public record PlaneInertia(Vec2 axis, double along, double across) {
  /** That of a link that is nothing but a place. */
  public static final PlaneInertia NONE = new PlaneInertia(new Vec2(1, 0), 0, 0);

  private static final double UNIT = 1e-6;

  /** Checks. */
  public PlaneInertia {
    if (!(Math.abs(axis.x() * axis.x() + axis.y() * axis.y() - 1) <= UNIT)) {
      throw new IllegalArgumentException("the axis of inertia " + axis + " is no unit vector");
    }
    if (!(along >= 0 && across >= 0)) {
      throw new IllegalArgumentException(
          "moments of inertia must be at least 0, but are %s and %s".formatted(along, across));
    }
  }
}
