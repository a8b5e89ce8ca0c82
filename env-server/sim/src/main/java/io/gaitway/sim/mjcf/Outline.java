package io.gaitway.sim.mjcf;

import io.gaitway.sim.model.Box;
import io.gaitway.sim.model.Capsule;
import io.gaitway.sim.model.Shape;
import io.gaitway.sim.model.Vec2;
import org.jspecify.annotations.Nullable;

/** The outline of geoms in the plane of motion: the shape that touches level ground as they do. */
final class Outline {
  private final Plane plane;
  private final Warnings warnings;

  Outline(Plane plane, Warnings warnings) {
    this.plane = plane;
    this.warnings = warnings;
  }

  /**
   * The outline of a geom, where the file places it; null of a plane.
   *
   * @param geom in the world
   * @param origin of the link's frame, m
   * @param touches whether it may touch the ground
   */
  @Nullable Shape of(Geom geom, Vec2 origin, boolean touches) {
    Vec2 centre = plane.of(geom.pose().pos()).plus(origin, -1);
    double[] s = geom.size();
    Vec3 axis = geom.pose().quat().rotate(Vec3.Z);
    return switch (geom.type()) {
      case PLANE -> null;
      case SPHERE -> new Capsule(centre, centre, s[0], touches);
      case CAPSULE -> capsule(centre, axis.times(s[1]), s[0], touches);
      case CYLINDER -> cylinder(geom, centre, axis, touches);
      case BOX -> box(geom, centre, touches);
      case ELLIPSOID -> ellipsoid(geom, centre, touches);
    };
  }

  /** The ends of a capsule reach as deep as its shadow's, however it is turned. */
  private Capsule capsule(Vec2 centre, Vec3 half, double radius, boolean touches) {
    Vec2 to = plane.of(half);
    return new Capsule(centre.plus(to, -1), centre.plus(to, 1), radius, touches);
  }

  private Shape cylinder(Geom geom, Vec2 centre, Vec3 axis, boolean touches) {
    double[] s = geom.size();
    if (PlaneFinder.areParallel(axis, plane.normal())) {
      warn(geom, touches, "a cylinder", "its outline, a circle, rolls on the ground");
      return new Capsule(centre, centre, s[0], touches);
    }
    boolean inPlane = PlaneFinder.areNormal(axis, plane.normal());
    warn(
        geom,
        touches,
        "a cylinder",
        inPlane
            ? "the corners of its outline, a rectangle, touch the ground"
            : "a rectangle in the plane stands for it, although it is tilted against the plane");
    Vec2 along = plane.of(axis);
    return new Box(centre, s[1], s[0], angle(along), touches);
  }

  private Shape box(Geom geom, Vec2 centre, boolean touches) {
    int normal = nearestToNormal(geom);
    if (!PlaneFinder.areParallel(axis(geom, normal), plane.normal())) {
      warn(
          geom,
          touches,
          "a box that is tilted against the plane of motion",
          "a rectangle in the plane stands for it");
    }
    int a = (normal + 1) % 3;
    int b = (normal + 2) % 3;
    double[] s = geom.size();
    return new Box(centre, s[a], s[b], angle(plane.of(axis(geom, a))), touches);
  }

  private Shape ellipsoid(Geom geom, Vec2 centre, boolean touches) {
    int normal = nearestToNormal(geom);
    int a = (normal + 1) % 3;
    int b = (normal + 2) % 3;
    double[] s = geom.size();
    int longer = s[a] >= s[b] ? a : b;
    double radius = Math.min(s[a], s[b]);
    warn(geom, touches, "an ellipsoid", "the capsule within it touches the ground");
    return capsule(centre, axis(geom, longer).times(s[longer] - radius), radius, touches);
  }

  private static Vec3 axis(Geom geom, int i) {
    return geom.pose().quat().rotate(i == 0 ? Vec3.X : i == 1 ? Vec3.Y : Vec3.Z);
  }

  private int nearestToNormal(Geom geom) {
    int nearest = 0;
    for (int i = 1; i < 3; i++) {
      if (Math.abs(axis(geom, i).dot(plane.normal()))
          > Math.abs(axis(geom, nearest).dot(plane.normal()))) {
        nearest = i;
      }
    }
    return nearest;
  }

  private static double angle(Vec2 direction) {
    return StrictMath.atan2(direction.y(), direction.x());
  }

  private void warn(Geom geom, boolean touches, String what, String instead) {
    if (touches) {
      warnings.add(geom.place(), what, instead);
    }
  }
}
