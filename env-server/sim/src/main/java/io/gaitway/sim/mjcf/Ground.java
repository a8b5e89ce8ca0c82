package io.gaitway.sim.mjcf;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Finds the level ground of a scene, what of the robot touches it, and what touches otherwise. */
final class Ground {
  /** Heights and depths that differ by less are the same, m. */
  private static final double SAME = 1e-9;

  private final Scene scene;
  private final List<Pose> poses;
  private final Plane plane;
  private final Tree tree;
  private final Warnings warnings;

  /** The floors that something touches, in the world. */
  private final List<Geom> floors = new ArrayList<>();

  /** Indices of the geoms that touch a floor. */
  private final Set<Integer> touching = new HashSet<>();

  private Robot.@Nullable Floor floor;

  private Ground(Scene scene, List<Pose> poses, Plane plane, Tree tree, Warnings warnings) {
    this.scene = scene;
    this.poses = poses;
    this.plane = plane;
    this.tree = tree;
    this.warnings = warnings;
  }

  /**
   * Looks for it.
   *
   * @param warnings Modified: contacts that are left out are added.
   */
  static Ground find(Scene scene, List<Pose> poses, Plane plane, Tree tree, Warnings warnings) {
    Ground ground = new Ground(scene, poses, plane, tree, warnings);
    if (!scene.options().isOff("contact")) {
      ground.find();
    }
    return ground;
  }

  /** The ground; null if nothing touches any. */
  Robot.@Nullable Floor floor() {
    return floor;
  }

  /** Whether a geom may touch the ground. */
  boolean carries(Geom geom) {
    return touching.contains(geom.index());
  }

  private record Moving(Geom geom, int body, int part) {}

  private void find() {
    List<Geom> still = new ArrayList<>();
    List<Moving> moving = new ArrayList<>();
    for (int i = 0; i < scene.bodies().size(); i++) {
      for (Geom geom : scene.bodies().get(i).geoms()) {
        if (tree.partOf[i] < 0) {
          still.add(geom.in(poses.get(i)));
        } else if (geom.type() == GeomType.PLANE) {
          throw geom.place().refuse("a plane must not move; use a box");
        } else {
          moving.add(new Moving(geom.in(poses.get(i)), i, tree.partOf[i]));
        }
      }
    }
    List<Moving> onFloor = new ArrayList<>();
    for (Geom other : still) {
      List<Moving> meets = moving.stream().filter(m -> meets(other, m)).toList();
      if (meets.isEmpty()) {
        continue;
      }
      if (isLevel(other)) {
        floors.add(other);
        onFloor.addAll(meets);
      } else {
        warnings.add(
            other.place(), "contact with what does not move", "only level planes are felt");
      }
    }
    if (!floors.isEmpty()) {
      makeFloor(onFloor);
    }
    warnOfLinks(moving);
  }

  private boolean isLevel(Geom geom) {
    Vec3 up = geom.pose().quat().rotate(Vec3.Z);
    return geom.type() == GeomType.PLANE
        && PlaneFinder.areParallel(up, plane.y())
        && up.dot(plane.y()) > 0;
  }

  private boolean meets(Geom still, Moving moving) {
    boolean apart = scene.apart().contains(scene.bodies().get(moving.body()).name());
    return (!apart && still.touches(moving.geom()))
        || scene.pairs().stream().anyMatch(pair -> pair.isOf(still, moving.geom()));
  }

  private void makeFloor(List<Moving> onFloor) {
    onFloor.forEach(moving -> touching.add(moving.geom().index()));
    Geom highest = floors.get(0);
    for (Geom other : floors) {
      if (height(other) > height(highest)) {
        highest = other;
      }
    }
    for (Geom other : floors) {
      if (height(other) < height(highest) - SAME) {
        warnings.add(other.place(), "a lower floor", "the highest is the ground of all geoms");
      }
    }
    floor = new Robot.Floor(height(highest), friction(highest, onFloor));
    String own =
        onFloor.stream()
            .map(moving -> moving.geom().ownContact())
            .filter(names -> !names.isEmpty())
            .distinct()
            .collect(Collectors.joining(", "));
    warnings.add(
        highest.place(),
        "MuJoCo's contacts" + (own.isEmpty() ? "" : " and what shapes them: " + own),
        "smooth ground with Coulomb friction carries the robot");
  }

  private double height(Geom level) {
    return plane.of(level.pose().pos()).y();
  }

  /** Friction of the geom that stands lowest where the file places it. */
  private double friction(Geom ground, List<Moving> onFloor) {
    double lowest = Double.POSITIVE_INFINITY;
    double result = 0;
    double least = Double.POSITIVE_INFINITY;
    double most = 0;
    for (Moving moving : onFloor) {
      double friction = friction(ground, moving.geom());
      double height = lowest(moving.geom());
      if (height < lowest - SAME) {
        lowest = height;
        result = friction;
      } else if (height < lowest + SAME) {
        result = Math.max(result, friction);
      }
      least = Math.min(least, friction);
      most = Math.max(most, friction);
    }
    if (least < most) {
      warnings.add(
          ground.place(),
          "friction of each geom by itself, from " + least + " to " + most,
          "the ground has one coefficient, " + result + ", that of the geom that stands lowest");
    }
    return result;
  }

  private double lowest(Geom geom) {
    Quat quat = geom.pose().quat();
    double[] s = geom.size();
    double x = Math.abs(quat.rotate(Vec3.X).dot(plane.y()));
    double y = Math.abs(quat.rotate(Vec3.Y).dot(plane.y()));
    double z = Math.abs(quat.rotate(Vec3.Z).dot(plane.y()));
    double reach =
        switch (geom.type()) {
          case PLANE -> 0;
          case SPHERE -> s[0];
          case CAPSULE -> s[0] + z * s[1];
          case CYLINDER -> s[0] * Math.sqrt(Math.max(0, 1 - z * z)) + z * s[1];
          case BOX -> x * s[0] + y * s[1] + z * s[2];
          case ELLIPSOID ->
              Math.sqrt(x * x * s[0] * s[0] + y * y * s[1] * s[1] + z * z * s[2] * s[2]);
        };
    return plane.of(geom.pose().pos()).y() - reach;
  }

  /** As MuJoCo mixes two geoms: the one of higher priority decides, else the greater numbers. */
  private static double friction(Geom a, Geom b) {
    if (a.priority() != b.priority()) {
      Geom decides = a.priority() > b.priority() ? a : b;
      return decides.condim() == 1 ? 0 : decides.friction();
    }
    return Math.max(a.condim(), b.condim()) == 1 ? 0 : Math.max(a.friction(), b.friction());
  }

  private void warnOfLinks(List<Moving> moving) {
    for (Moving a : moving) {
      for (Moving b : moving) {
        boolean near =
            a.part() == b.part()
                || tree.parentWithBody(a.part()) == b.part()
                || tree.parentWithBody(b.part()) == a.part();
        if (a.body() < b.body() && !near && a.geom().touches(b.geom())) {
          warnings.add(a.geom().place(), "contacts between links", "links pass through each other");
          return;
        }
      }
    }
  }
}
