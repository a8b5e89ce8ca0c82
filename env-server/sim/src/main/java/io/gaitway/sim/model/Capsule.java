package io.gaitway.sim.model;

import java.util.List;

/**
 * A cylinder with half-spherical caps, in a link's frame; a sphere where its ends are one.
 *
 * @param from one end of the axis, m
 * @param to the other end, m
 * @param radius m
 * @param touchesGround whether the ground carries it
 */
public record Capsule(Vec2 from, Vec2 to, double radius, boolean touchesGround) implements Shape {

  /** Checks. */
  public Capsule {
    if (!(radius > 0)) {
      throw new IllegalArgumentException("capsule radius " + radius + " must be positive");
    }
  }

  /** A capsule that touches the ground. */
  public Capsule(Vec2 from, Vec2 to, double radius) {
    this(from, to, radius, true);
  }

  /** The ends of the axis; one for a sphere. */
  @Override
  public List<Vec2> vertices() {
    return from.equals(to) ? List.of(from) : List.of(from, to);
  }

  @Override
  public Capsule within() {
    return this;
  }

  /** Length of the axis, m. */
  public double length() {
    return Math.sqrt(square(to.x() - from.x()) + square(to.y() - from.y()));
  }

  /** Unit vector along the axis; (1, 0) for a sphere. */
  public Vec2 direction() {
    double length = length();
    return length == 0
        ? new Vec2(1, 0)
        : new Vec2((to.x() - from.x()) / length, (to.y() - from.y()) / length);
  }

  /** Middle of the axis. */
  public Vec2 centre() {
    return new Vec2((from.x() + to.x()) / 2, (from.y() + to.y()) / 2);
  }

  private double cylinderMass(double density) {
    return density * Math.PI * radius * radius * length();
  }

  private double sphereMass(double density) {
    return density * 4 / 3 * Math.PI * radius * radius * radius;
  }

  /** Mass at uniform density, kg. */
  public double mass(double density) {
    return cylinderMass(density) + sphereMass(density);
  }

  /** Moment of inertia about a line through the centre across the axis, kg m². */
  public double inertiaAcross(double density) {
    double r = radius;
    double h = length();
    return cylinderMass(density) * (3 * r * r + h * h) / 12
        + sphereMass(density) * (2 * r * r / 5 + h * h / 4 + 3 * h * r / 8);
  }

  /** Moment of inertia about the axis, kg m². */
  public double inertiaAlong(double density) {
    double rr = radius * radius;
    return cylinderMass(density) * rr / 2 + sphereMass(density) * 2 * rr / 5;
  }

  private static double square(double a) {
    return a * a;
  }
}
