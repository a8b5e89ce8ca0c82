package io.gaitway.sim.mjcf;

import io.gaitway.sim.model.Joint;
import io.gaitway.sim.model.Link;
import io.gaitway.sim.model.PlanarModel;
import io.gaitway.sim.model.PlaneInertia;
import io.gaitway.sim.model.Root;
import io.gaitway.sim.model.Shape;
import io.gaitway.sim.model.Vec2;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes a planar robot of a scene. */
final class RobotMaker {
  private final Scene scene;
  private final Warnings warnings;
  private final List<Pose> poses;
  private final Plane plane;
  private final Tree tree;
  private final Ground ground;
  private final Joints joints;
  private final Robot.Medium medium;

  private RobotMaker(Scene scene, Warnings warnings) {
    this.scene = scene;
    this.warnings = warnings;
    poses = poses(scene);
    plane = PlaneFinder.find(scene, poses, warnings);
    tree = Tree.of(scene, poses, plane);
    ground = Ground.find(scene, poses, plane, tree, warnings);
    joints = new Joints(scene, warnings);
    WorldOptions options = scene.options();
    boolean still = options.isOff("spring") && options.isOff("damper");
    medium =
        still ? new Robot.Medium(0, 0) : new Robot.Medium(options.density(), options.viscosity());
  }

  /**
   * The robot of a scene.
   *
   * @param warnings Modified: what the robot does not follow is added.
   * @throws MjcfException if it does not move in a plane, or in ways that the model has not
   */
  static Robot make(Scene scene, Warnings warnings) {
    return new RobotMaker(scene, warnings).make();
  }

  /** Where the bodies are in the world, as the file places them. */
  private static List<Pose> poses(Scene scene) {
    List<Pose> poses = new ArrayList<>();
    for (Body body : scene.bodies()) {
      poses.add(body.parent() < 0 ? body.pose() : poses.get(body.parent()).then(body.pose()));
    }
    return poses;
  }

  private Robot make() {
    joints.warn();
    warnOfMedium();
    Map<Joint3, Integer> coordinates = coordinates();
    Map<Joint3, String> names = Joints.names(scene.joints());
    Robot.Coordinate[] named = new Robot.Coordinate[coordinates.size()];
    coordinates.forEach(
        (joint, c) ->
            named[c] =
                new Robot.Coordinate(names.getOrDefault(joint, ""), joint.index(), joint.ref()));
    PlanarModel model = model();
    List<Robot.Drive> drives = joints.drives(coordinates, names);
    return new Robot(
        scene.name(),
        model,
        plane,
        List.of(named),
        drives,
        ground.floor(),
        medium,
        scene.options().timestep(),
        keyframes(List.of(named)),
        bodies(),
        sites(),
        warnings.all());
  }

  /** The model's coordinate of each joint: the root's slides, its hinge, then link by link. */
  private Map<Joint3, Integer> coordinates() {
    Map<Joint3, Integer> result = new HashMap<>();
    if (tree.slideX != null) {
      result.put(tree.slideX, 0);
    }
    if (tree.slideY != null) {
      result.put(tree.slideY, result.size());
    }
    for (Tree.Part part : tree.parts) {
      if (part.hinge != null) {
        result.put(part.hinge, result.size());
      }
    }
    return result;
  }

  private PlanarModel model() {
    Root root = new Root(slide(tree.slideX), slide(tree.slideY), tree.parts.get(0).hinge != null);
    try {
      List<Link> links = new ArrayList<>();
      for (int i = 0; i < tree.parts.size(); i++) {
        links.add(link(i));
      }
      return new PlanarModel(root, links, plane.of(scene.options().gravity()));
    } catch (MjcfException e) {
      throw e;
    } catch (IllegalArgumentException e) {
      String reason = String.valueOf(e.getMessage());
      throw place(reason).refuse(reason);
    }
  }

  /** The body that the model's complaint is about. */
  private Place place(String reason) {
    for (Tree.Part part : tree.parts) {
      if (reason.contains("'" + part.name + "'") && part.hinge != null) {
        return part.hinge.place();
      }
      if (reason.contains("'" + part.name + "'") && !part.bodies.isEmpty()) {
        return scene.bodies().get(part.bodies.get(0)).place();
      }
    }
    return scene.bodies().get(0).place();
  }

  private @Nullable Joint slide(@Nullable Joint3 joint) {
    return joint == null ? null : joints.joint(joint);
  }

  private Link link(int i) {
    Tree.Part part = tree.parts.get(i);
    Inertial inertial = Inertial.NONE;
    List<Shape> shapes = new ArrayList<>();
    Outline outline = new Outline(plane, warnings);
    for (int b : part.bodies) {
      Body body = scene.bodies().get(b);
      inertial = inertial.plus(body.inertial().in(poses.get(b)));
      for (Geom geom : body.geoms()) {
        Shape shape = outline.of(geom.in(poses.get(b)), part.anchor, ground.carries(geom));
        if (shape != null) {
          shapes.add(shape);
        }
      }
    }
    Joint3 hinge = part.hinge;
    Vec2 com = inertial.mass() > 0 ? plane.of(inertial.com()).plus(part.anchor, -1) : Vec2.ZERO;
    int axis = hinge == null ? 1 : sense(hinge, part);
    return new Link(
        part.name,
        part.parent,
        axis,
        hinge(part),
        hinge == null ? 0 : -axis * hinge.ref(),
        inertial.mass(),
        com,
        inertial.inertia().about(plane.normal()),
        inPlane(inertial),
        hinge == null ? Joint.FREE : joints.joint(hinge),
        shapes);
  }

  /** Whether a hinge turns counter-clockwise. */
  private int sense(Joint3 hinge, Tree.Part part) {
    int body = part.bodies.isEmpty() ? bodyOf(hinge) : part.bodies.get(0);
    Vec3 axis = poses.get(body).quat().rotate(hinge.axis());
    return axis.dot(plane.normal()) > 0 ? 1 : -1;
  }

  private int bodyOf(Joint3 joint) {
    for (int i = 0; i < scene.bodies().size(); i++) {
      if (scene.bodies().get(i).joints().contains(joint)) {
        return i;
      }
    }
    throw new IllegalStateException("joint " + joint.name());
  }

  /** Where the hinge sits in the parent's frame; of a root, with its slides at 0. */
  private Vec2 hinge(Tree.Part part) {
    if (part.parent >= 0) {
      return part.anchor.plus(tree.parts.get(part.parent).anchor, -1);
    }
    double x = tree.slideX == null ? 0 : tree.slideX.ref();
    double y = tree.slideY == null ? 0 : tree.slideY.ref();
    return part.anchor.plus(new Vec2(x, y), -1);
  }

  /** Principal moments in the plane, about the axes that the fluid's box has. */
  private PlaneInertia inPlane(Inertial inertial) {
    Vec3 normal = plane.normal();
    List<Vec3> axes = new ArrayList<>();
    for (Vec3 axis : List.of(Vec3.X, Vec3.Y, Vec3.Z)) {
      Vec3 principal = inertial.axes().rotate(axis);
      if (!PlaneFinder.areParallel(principal, normal)) {
        axes.add(principal);
      }
    }
    Vec3 first = axes.size() == 2 ? axes.get(0) : axisInPlane(inertial.inertia());
    Vec3 second = normal.cross(first);
    double length = StrictMath.hypot(plane.of(first).x(), plane.of(first).y());
    return new PlaneInertia(
        new Vec2(plane.of(first).x() / length, plane.of(first).y() / length),
        Math.max(0, inertial.inertia().about(first)),
        Math.max(0, inertial.inertia().about(second)));
  }

  /** An axis in the plane without deviation moment in the plane. */
  private Vec3 axisInPlane(Tensor inertia) {
    double xx = inertia.about(plane.x());
    double yy = inertia.about(plane.y());
    double xy = plane.x().dot(inertia.times(plane.y()));
    double angle = StrictMath.atan2(2 * xy, xx - yy) / 2;
    return plane.x().times(StrictMath.cos(angle)).plus(plane.y().times(StrictMath.sin(angle)));
  }

  private void warnOfMedium() {
    if (medium.isEmpty()) {
      return;
    }
    for (Tree.Part part : tree.parts) {
      List<Body> heavy =
          part.bodies.stream()
              .map(b -> scene.bodies().get(b))
              .filter(body -> body.inertial().mass() > 0)
              .toList();
      if (heavy.size() > 1) {
        warnings.add(
            heavy.get(1).place(),
            "the drag of the fluid on each of the bodies that are one link",
            "the fluid takes the link for one box");
      }
      for (Body body : heavy) {
        warnOfBox(body);
      }
    }
  }

  private void warnOfBox(Body body) {
    Pose pose = poses.get(scene.bodies().indexOf(body));
    Quat axes = pose.quat().times(body.inertial().axes());
    boolean aligned =
        List.of(Vec3.X, Vec3.Y, Vec3.Z).stream()
            .anyMatch(axis -> PlaneFinder.areParallel(axes.rotate(axis), plane.normal()));
    if (!aligned) {
      warnings.add(
          body.place(),
          "a principal axis of inertia that is tilted against the plane of motion",
          "the fluid takes the body for a box in the plane");
    }
    if (body.geoms().stream().anyMatch(Geom::isEllipsoidInFluid)) {
      warnings.add(
          body.place(),
          "MuJoCo's model of a fluid around ellipsoids (fluidshape)",
          "the fluid takes the body for a box of the same inertia");
    }
  }

  private List<Robot.BodyPlace> bodies() {
    List<Robot.BodyPlace> result = new ArrayList<>();
    for (int i = 1; i < scene.bodies().size(); i++) {
      Body body = scene.bodies().get(i);
      Vec3 pos = poses.get(i).pos();
      Inertial inertial = body.inertial().in(poses.get(i));
      result.add(
          new Robot.BodyPlace(
              body.name(),
              tree.partOf[i],
              onLink(i, pos),
              plane.normal().dot(pos),
              inertial.mass(),
              inertial.inertia().about(plane.normal())));
    }
    return List.copyOf(result);
  }

  private List<Robot.PointPlace> sites() {
    List<Robot.PointPlace> result = new ArrayList<>();
    for (int i = 0; i < scene.bodies().size(); i++) {
      for (Site site : scene.bodies().get(i).sites()) {
        Vec2 point = onLink(i, poses.get(i).point(site.pos()));
        result.add(new Robot.PointPlace(site.name(), tree.partOf[i], point));
      }
    }
    return List.copyOf(result);
  }

  /**
   * A place of the world, as the file places a body, in the frame of the link that it is part of.
   */
  private Vec2 onLink(int body, Vec3 place) {
    int part = tree.partOf[body];
    Vec2 point = plane.of(place);
    return part < 0 ? point : point.plus(tree.parts.get(part).anchor, -1);
  }

  private List<Robot.Keyframe> keyframes(List<Robot.Coordinate> coordinates) {
    double[] ref = scene.joints().stream().mapToDouble(Joint3::ref).toArray();
    List<Robot.Keyframe> result = new ArrayList<>();
    for (Key key : scene.keys()) {
      double[] none = new double[ref.length];
      double[] idle = new double[scene.actuators().size()];
      double[] q = checked(key, "qpos", key.qpos(), ref);
      double[] qd = checked(key, "qvel", key.qvel(), none);
      double[] u = checked(key, "ctrl", key.ctrl(), idle);
      result.add(
          new Robot.Keyframe(
              key.name(),
              coordinates.stream().map(c -> q[c.qpos()]).toList(),
              coordinates.stream().map(c -> qd[c.qpos()]).toList(),
              joints.controls(u)));
    }
    return List.copyOf(result);
  }

  private static double[] checked(
      Key key, String name, double @Nullable [] given, double[] otherwise) {
    if (given == null || given.length == 0) {
      return otherwise;
    }
    if (given.length != otherwise.length) {
      throw key.place()
          .refuse(
              "'%s' has %d numbers, but the robot needs %d"
                  .formatted(name, given.length, otherwise.length));
    }
    return Arrays.copyOf(given, given.length);
  }
}
