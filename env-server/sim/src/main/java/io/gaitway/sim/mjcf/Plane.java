package io.gaitway.sim.mjcf;

import io.gaitway.sim.model.Vec2;

/**
 * Where the plane of motion lies in the world of a file: it goes through the world's origin. Two
 * places apart only along its normal are one place in it.
 *
 * @param x unit vector of the plane's x axis
 * @param y unit vector of the plane's y axis
 */
public record Plane(Vec3 x, Vec3 y) {
  /** Unit vector out of the plane: a hinge along it turns counter-clockwise. */
  public Vec3 normal() {
    return x.cross(y);
  }

  /** A vector or place of the world in the plane. */
  public Vec2 of(Vec3 v) {
    return new Vec2(x.dot(v), y.dot(v));
  }

  /** The place of the world that lies in the plane at {@code p}, {@code depth} along its normal. */
  public Vec3 place(Vec2 p, double depth) {
    return x.times(p.x()).plus(y.times(p.y())).plus(normal().times(depth));
  }
}
