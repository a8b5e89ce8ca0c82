package io.gaitway.sim.mjcf;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds the plane that a robot moves in. Its normal is along the hinges. Its y axis points up where
 * gravity lies in the plane, else along the world's y axis where that lies in it; its x axis along
 * the world's x axis, or as near as there is.
 */
final class PlaneFinder {
  /** Sine of the angle by which axes may miss each other. */
  private static final double PARALLEL = 1e-6;

  /** Cosine of the angle by which an axis of the world may miss the vertical and still be up. */
  private static final double NEARLY_UP = 0.9;

  private static final List<Vec3> WORLD =
      List.of(Vec3.Y, Vec3.Z, Vec3.X, Vec3.Y.times(-1), Vec3.Z.times(-1), Vec3.X.times(-1));

  private final Scene scene;
  private final List<Pose> poses;
  private final Warnings warnings;

  private PlaneFinder(Scene scene, List<Pose> poses, Warnings warnings) {
    this.scene = scene;
    this.poses = poses;
    this.warnings = warnings;
  }

  /**
   * The plane of a scene.
   *
   * @param poses of the bodies in the world, as the file places them
   * @throws MjcfException if the joints have none in common
   */
  static Plane find(Scene scene, List<Pose> poses, Warnings warnings) {
    return new PlaneFinder(scene, poses, warnings).find();
  }

  /** Whether two unit vectors are along the same line. */
  static boolean areParallel(Vec3 a, Vec3 b) {
    return a.cross(b).norm() <= PARALLEL;
  }

  /** Whether two unit vectors are at right angles. */
  static boolean areNormal(Vec3 a, Vec3 b) {
    return Math.abs(a.dot(b)) <= PARALLEL;
  }

  /** A joint with its axis in the world. */
  private record Axis(Joint3 joint, Vec3 vector) {}

  private Plane find() {
    List<Axis> hinges = new ArrayList<>();
    List<Axis> slides = new ArrayList<>();
    for (int i = 0; i < scene.bodies().size(); i++) {
      for (Joint3 joint : scene.bodies().get(i).joints()) {
        (joint.isSlide() ? slides : hinges)
            .add(new Axis(joint, poses.get(i).quat().rotate(joint.axis()).unit()));
      }
    }
    if (hinges.isEmpty() && slides.isEmpty()) {
      throw scene
          .bodies()
          .get(0)
          .place()
          .refuse("nothing moves: there is no joint; give a body a hinge or a slide");
    }
    Vec3 normal = snapped(hinges.isEmpty() ? normalOfSlides(slides) : hinges.get(0).vector());
    for (Axis hinge : hinges) {
      if (!areParallel(hinge.vector(), normal)) {
        throw hinge
            .joint()
            .place()
            .refuse(
                "the robot leaves the plane: this hinge is not parallel to that in line "
                    + hinges.get(0).joint().place().line()
                    + "; all hinges of a planar robot are");
      }
    }
    for (Axis slide : slides) {
      if (!areNormal(slide.vector(), normal)) {
        throw slide
            .joint()
            .place()
            .refuse(
                "the robot leaves the plane: this slide is not at right angles to the hinges, or to"
                    + " the normal of the other slides' plane");
      }
    }
    return plane(normal, slides);
  }

  private Vec3 normalOfSlides(List<Axis> slides) {
    Vec3 first = slides.get(0).vector();
    for (Axis slide : slides) {
      if (!areParallel(first, slide.vector())) {
        return first.cross(slide.vector()).unit();
      }
    }
    for (Vec3 other : List.of(scene.options().gravity().unit(), Vec3.Z, Vec3.Y, Vec3.X)) {
      if (other.norm() > 0 && !areParallel(first, other)) {
        return first.cross(other).unit();
      }
    }
    throw slides.get(0).joint().place().refuse("the slide has no plane");
  }

  private Plane plane(Vec3 normal, List<Axis> slides) {
    Vec3 y = up(normal);
    Vec3 x = y.cross(normal).unit();
    if (!isForward(x)) {
      x = x.times(-1);
    }
    for (Axis slide : slides) {
      if (areParallel(slide.vector(), x) && slide.vector().dot(x) < 0) {
        x = x.times(-1); // so that the slide's coordinate counts along x
        break;
      }
    }
    return new Plane(x.plus(Vec3.ZERO), y.plus(Vec3.ZERO)); // no negative zeros
  }

  private static boolean isForward(Vec3 v) {
    double first = Math.abs(v.x()) > PARALLEL ? v.x() : Math.abs(v.y()) > PARALLEL ? v.y() : v.z();
    return first > 0;
  }

  private Vec3 up(Vec3 normal) {
    Vec3 gravity = scene.options().gravity();
    Vec3 inPlane = gravity.minus(normal.times(gravity.dot(normal)));
    if (inPlane.norm() <= PARALLEL * gravity.norm()) {
      for (Vec3 axis : WORLD) {
        if (areNormal(axis, normal)) {
          return axis;
        }
      }
      return Vec3.Y.minus(normal.times(Vec3.Y.dot(normal))).unit();
    }
    if (Math.abs(gravity.dot(normal)) > PARALLEL * gravity.norm()) {
      warnings.add(
          scene.bodies().get(0).place(),
          "the part of gravity normal to the plane of motion",
          "the plane holds the robot against it");
    }
    Vec3 up = inPlane.times(-1).unit();
    @Nullable Vec3 near = null;
    for (Vec3 axis : WORLD) {
      if (areNormal(axis, normal) && axis.dot(up) > NEARLY_UP) {
        near = axis;
      }
    }
    return near == null ? up : near;
  }

  /** An axis of the world if the vector is one but for rounding, else the vector. */
  private static Vec3 snapped(Vec3 vector) {
    for (Vec3 axis : WORLD) {
      if (areParallel(axis, vector) && axis.dot(vector) > 0) {
        return axis;
      }
    }
    return vector;
  }
}
