package io.gaitway.sim.model;

/**
 * A vector in the plane of motion.
 *
 * @param x first component
 * @param y second component
 */
public record Vec2(double x, double y) {
  /** The zero vector. */
  public static final Vec2 ZERO = new Vec2(0, 0);

  /** {@code this + other · factor}. */
  public Vec2 plus(Vec2 other, double factor) {
    return new Vec2(x + other.x * factor, y + other.y * factor);
  }

  /** This vector turned counter-clockwise by an angle, rad. */
  public Vec2 turned(double angle) {
    double cos = StrictMath.cos(angle);
    double sin = StrictMath.sin(angle);
    return new Vec2(cos * x - sin * y, sin * x + cos * y);
  }
}
