package io.gaitway.sim.model;

import java.util.List;

/**
 * A rectangle in the plane, in a link's frame.
 *
 * @param centre m
 * @param halfX half its side along its own x axis, m
 * @param halfY half its side along its own y axis, m
 * @param angle of its own axes in the link's frame, counter-clockwise, rad
 * @param touchesGround whether the ground carries it
 */
public record Box(Vec2 centre, double halfX, double halfY, double angle, boolean touchesGround)
    implements Shape {

  /** Checks. */
  public Box {
    if (!(halfX > 0 && halfY > 0)) {
      throw new IllegalArgumentException(
          "half the sides of a box must be positive, but are %s and %s".formatted(halfX, halfY));
    }
  }

  /** A box that touches the ground. */
  public Box(Vec2 centre, double halfX, double halfY, double angle) {
    this(centre, halfX, halfY, angle, true);
  }

  /** The corners, counter-clockwise. */
  @Override
  public List<Vec2> vertices() {
    Vec2 x = new Vec2(halfX, 0).turned(angle);
    Vec2 y = new Vec2(0, halfY).turned(angle);
    return List.of(
        centre.plus(x, -1).plus(y, -1),
        centre.plus(x, 1).plus(y, -1),
        centre.plus(x, 1).plus(y, 1),
        centre.plus(x, -1).plus(y, 1));
  }

  @Override
  public double radius() {
    return 0;
  }

  @Override
  public Capsule within() {
    double radius = Math.min(halfX, halfY);
    Vec2 axis = new Vec2(halfX - radius, halfY - radius).turned(angle);
    return new Capsule(centre.plus(axis, -1), centre.plus(axis, 1), radius, touchesGround);
  }
}
