package io.gaitway.sim.mjcf;

/**
 * A vector in space.
 *
 * @param x first component
 * @param y second component
 * @param z third component
 */
public record Vec3(double x, double y, double z) {
  static final Vec3 ZERO = new Vec3(0, 0, 0);
  static final Vec3 X = new Vec3(1, 0, 0);
  static final Vec3 Y = new Vec3(0, 1, 0);
  static final Vec3 Z = new Vec3(0, 0, 1);

  Vec3 plus(Vec3 o) {
    return new Vec3(x + o.x, y + o.y, z + o.z);
  }

  Vec3 minus(Vec3 o) {
    return new Vec3(x - o.x, y - o.y, z - o.z);
  }

  Vec3 times(double factor) {
    return new Vec3(x * factor, y * factor, z * factor);
  }

  double dot(Vec3 o) {
    return x * o.x + y * o.y + z * o.z;
  }

  Vec3 cross(Vec3 o) {
    return new Vec3(y * o.z - z * o.y, z * o.x - x * o.z, x * o.y - y * o.x);
  }

  double norm() {
    return Math.sqrt(dot(this));
  }

  /** The same direction with length 1; as it is if it is too short to have one. */
  Vec3 unit() {
    double norm = norm();
    return norm < Limits.TINY ? this : times(1 / norm);
  }
}
