package io.gaitway.sim.mjcf;

import io.gaitway.sim.model.Vec2;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A scene's bodies as links in the plane: a link per hinge, with what is fixed to it. Which links
 * there are, and what they consist of; numbers follow in {@link RobotMaker}.
 */
final class Tree {
  /** A link: what hangs on one hinge, or on the root's slides alone. */
  static final class Part {
    final String name;
    final int parent;

    /** Its hinge; null for a root that does not turn. */
    final @Nullable Joint3 hinge;

    /** Where its frame sits as the file places it, m. */
    final Vec2 anchor;

    /** Indices of the bodies that are part of it. */
    final List<Integer> bodies = new ArrayList<>();

    Part(String name, int parent, @Nullable Joint3 hinge, Vec2 anchor) {
      this.name = name;
      this.parent = parent;
      this.hinge = hinge;
      this.anchor = anchor;
    }
  }

  final List<Part> parts = new ArrayList<>();

  /** The root's slides, one for each axis. */
  @Nullable Joint3 slideX;

  @Nullable Joint3 slideY;

  /** Index of the part of each body; −1 of those that do not move. */
  final int[] partOf;

  private final Scene scene;
  private final List<Pose> poses;
  private final Plane plane;

  private Tree(Scene scene, List<Pose> poses, Plane plane) {
    this.scene = scene;
    this.poses = poses;
    this.plane = plane;
    partOf = new int[scene.bodies().size()];
  }

  /**
   * The links of a scene.
   *
   * @throws MjcfException where the model of the plane has no such tree
   */
  static Tree of(Scene scene, List<Pose> poses, Plane plane) {
    Tree tree = new Tree(scene, poses, plane);
    tree.build();
    return tree;
  }

  /** The nearest part before a part that bodies are in; −1 if there is none. */
  int parentWithBody(int part) {
    int parent = parts.get(part).parent;
    while (parent >= 0 && parts.get(parent).bodies.isEmpty()) {
      parent = parts.get(parent).parent;
    }
    return parent;
  }

  private void build() {
    partOf[0] = -1;
    List<Integer> roots = roots();
    boolean fixedBase = roots.size() > 1;
    if (fixedBase) {
      parts.add(new Part("world", -1, null, Vec2.ZERO));
    }
    for (int i = 1; i < scene.bodies().size(); i++) {
      Body body = scene.bodies().get(i);
      int parent = partOf[body.parent()];
      if (body.joints().isEmpty()) {
        partOf[i] = parent;
      } else {
        boolean isRoot = parent < 0;
        partOf[i] = add(i, body, isRoot, isRoot && fixedBase ? 0 : parent, fixedBase);
      }
      if (partOf[i] >= 0) {
        parts.get(partOf[i]).bodies.add(i);
      }
    }
  }

  /** The bodies that move and stand in none that moves. */
  private List<Integer> roots() {
    boolean[] moves = new boolean[scene.bodies().size()];
    List<Integer> roots = new ArrayList<>();
    for (int i = 1; i < moves.length; i++) {
      Body body = scene.bodies().get(i);
      moves[i] = moves[body.parent()] || !body.joints().isEmpty();
      if (moves[i] && !moves[body.parent()]) {
        roots.add(i);
      }
    }
    return roots;
  }

  /** Adds the links of a body with joints; returns the last, which the body is. */
  private int add(int index, Body body, boolean isRoot, int parent, boolean fixedBase) {
    int last = parent;
    boolean turned = false;
    List<Joint3> joints = body.joints();
    for (int j = 0; j < joints.size(); j++) {
      Joint3 joint = joints.get(j);
      if (joint.isSlide()) {
        addSlide(index, joint, isRoot, turned, fixedBase);
        continue;
      }
      turned = true;
      String name = body.name();
      if (j < joints.size() - 1) {
        name += "_" + (joint.name().isEmpty() ? "joint" + j : joint.name());
      }
      parts.add(new Part(name, last, joint, plane.of(poses.get(index).point(joint.pos()))));
      last = parts.size() - 1;
    }
    if (!turned) {
      parts.add(new Part(body.name(), parent, null, plane.of(poses.get(index).pos())));
      last = parts.size() - 1;
    }
    return last;
  }

  private void addSlide(int body, Joint3 joint, boolean isRoot, boolean turned, boolean fixedBase) {
    Place place = joint.place();
    if (!isRoot) {
      throw place.refuse(
          "a slide between two moving bodies is not supported; slides belong to the first body"
              + " that moves");
    }
    if (turned) {
      throw place.refuse("a slide after a hinge is not supported; put the slides first");
    }
    if (fixedBase) {
      throw place.refuse(
          "several bodies move from the world, and this one slides; of several, all must be hinged");
    }
    Vec3 axis = poses.get(body).quat().rotate(joint.axis());
    boolean alongX = PlaneFinder.areParallel(axis, plane.x());
    if (!alongX && !PlaneFinder.areParallel(axis, plane.y())) {
      throw place.refuse(
          "an oblique slide is not supported; slides are level, or upright, in the plane of motion");
    }
    if (axis.dot(alongX ? plane.x() : plane.y()) < 0) {
      throw place.refuse(
          "a slide "
              + (alongX ? "backward" : "downward")
              + " is not supported; turn its axis round, and the signs of its range and ref");
    }
    if ((alongX ? slideX : slideY) != null) {
      throw place.refuse("there are two slides along one line; leave one");
    }
    if (alongX) {
      slideX = joint;
    } else {
      slideY = joint;
    }
  }
}
