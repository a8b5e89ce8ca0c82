package io.gaitway.sim.mjcf;

import io.gaitway.sim.model.Box;
import io.gaitway.sim.model.Capsule;
import io.gaitway.sim.model.Joint;
import io.gaitway.sim.model.Link;
import io.gaitway.sim.model.PlanarModel;
import io.gaitway.sim.model.PlaneInertia;
import io.gaitway.sim.model.Shape;
import io.gaitway.sim.model.Vec2;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes a robot as MuJoCo's XML (MJCF): the same masses, inertias, joints, springs, motors, ranges
 * and shapes, and level ground where it has a floor. Off the ground and away from its limits it
 * moves in MuJoCo as here; contacts and limits are MuJoCo's own.
 */
public final class MjcfWriter {
  private final Robot robot;
  private final PlanarModel model;
  private final Plane plane;
  private final StringBuilder text = new StringBuilder();

  /** The model's coordinates in the order in which the file has their joints. */
  private final List<Integer> order = new ArrayList<>();

  private MjcfWriter(Robot robot) {
    this.robot = robot;
    model = robot.model();
    plane = robot.plane();
  }

  /**
   * The text of a robot's file.
   *
   * @throws IllegalArgumentException if MuJoCo has no such robot: a link without mass may have one
   *     child and no shapes
   */
  public static String write(Robot robot) {
    return new MjcfWriter(robot).write();
  }

  private String write() {
    line(0, "<mujoco model=\"%s\">", escaped(robot.name()));
    line(1, "<compiler angle=\"radian\" autolimits=\"true\"/>");
    line(
        1,
        "<option timestep=\"%s\" gravity=\"%s\" density=\"%s\" viscosity=\"%s\"/>",
        robot.timestep(),
        vector(model.gravity()),
        robot.medium().density(),
        robot.medium().viscosity());
    line(1, "<worldbody>");
    Robot.Floor floor = robot.floor();
    if (floor != null) {
      line(
          2,
          "<geom name=\"floor\" type=\"plane\" size=\"0 0 1\" pos=\"%s\" zaxis=\"%s\""
              + " friction=\"%s\" contype=\"0\" conaffinity=\"1\"/>",
          vector(new Vec2(0, floor.height())),
          vector(new Vec2(0, 1)),
          floor.friction());
    }
    sites(2, -1);
    body(2, 0);
    line(1, "</worldbody>");
    motors();
    keyframes();
    line(0, "</mujoco>");
    return text.toString();
  }

  private void line(int depth, String format, Object... arguments) {
    text.append("  ".repeat(depth)).append(format.formatted(arguments)).append('\n');
  }

  private List<Integer> children(int link) {
    List<Integer> result = new ArrayList<>();
    for (int i = link + 1; i < model.size(); i++) {
      if (model.link(i).parent() == link) {
        result.add(i);
      }
    }
    return result;
  }

  /** The body that begins with a link: the link, or with links without mass the one behind them. */
  private void body(int depth, int first) {
    List<Integer> chain = chain(first);
    int last = chain.get(chain.size() - 1);
    Link link = model.link(last);
    double angle = 0;
    Vec2 at = Vec2.ZERO;
    List<Vec2> hinges = new ArrayList<>();
    for (int i : chain) {
      at = at.plus(model.link(i).hinge().turned(angle), 1);
      angle += model.link(i).angle();
      hinges.add(at);
    }
    line(
        depth,
        "<body name=\"%s\" pos=\"%s\" axisangle=\"%s %s\">",
        escaped(bodyName(last)),
        vector(at),
        vector(plane.normal()),
        angle);
    if (first == 0) {
      slides(depth + 1, angle);
    }
    for (int k = 0; k < chain.size(); k++) {
      Vec2 inBody = hinges.get(k).plus(at, -1).turned(-angle);
      hinge(depth + 1, chain.get(k), inBody);
    }
    if (link.mass() > 0) {
      inertial(depth + 1, link);
    }
    link.shapes().forEach(shape -> geom(depth + 1, shape));
    sites(depth + 1, last);
    children(last).forEach(child -> body(depth + 1, child));
    line(depth, "</body>");
  }

  private List<Integer> chain(int first) {
    List<Integer> chain = new ArrayList<>(List.of(first));
    int link = first;
    while (model.link(link).mass() == 0 && model.hinge(link) >= 0) {
      List<Integer> children = children(link);
      if (children.size() != 1 || !model.link(link).shapes().isEmpty()) {
        throw new IllegalArgumentException(
            "the link '"
                + model.link(link).name()
                + "' has no mass: MuJoCo has it only with one child and no shapes");
      }
      link = children.get(0);
      chain.add(link);
    }
    return chain;
  }

  /** MuJoCo has a body 'world' of its own. */
  private String bodyName(int link) {
    String name = model.link(link).name();
    return name.equals("world") ? "base" : name;
  }

  private void slides(int depth, double angle) {
    if (model.slideX() >= 0) {
      joint(depth, model.slideX(), "slide", vector(new Vec2(1, 0).turned(-angle)), Vec2.ZERO);
    }
    if (model.slideY() >= 0) {
      joint(depth, model.slideY(), "slide", vector(new Vec2(0, 1).turned(-angle)), Vec2.ZERO);
    }
  }

  private void hinge(int depth, int link, Vec2 at) {
    int coordinate = model.hinge(link);
    if (coordinate >= 0) {
      Vec3 axis = plane.normal().times(model.link(link).axis());
      joint(depth, coordinate, "hinge", vector(axis), at);
    }
  }

  private void joint(int depth, int coordinate, String type, String axis, Vec2 at) {
    Joint joint = model.joint(coordinate);
    order.add(coordinate);
    String range =
        joint.isLimited() ? " range=\"" + joint.lower() + " " + joint.upper() + "\"" : "";
    line(
        depth,
        "<joint name=\"%s\" type=\"%s\" axis=\"%s\" pos=\"%s\" armature=\"%s\" damping=\"%s\""
            + " stiffness=\"%s\" springref=\"%s\"%s/>",
        escaped(robot.coordinates().get(coordinate).name()),
        type,
        axis,
        vector(at),
        joint.armature(),
        joint.damping(),
        joint.stiffness(),
        joint.rest(),
        range);
  }

  /** Moments in the plane are those of the link, where a body may have them, else any. */
  private void inertial(int depth, Link link) {
    PlaneInertia own = link.inPlane();
    double normal = link.inertia();
    boolean possible =
        own.along() + own.across() >= normal
            && own.along() + normal >= own.across()
            && own.across() + normal >= own.along();
    Vec3 axis = plane.x().times(own.axis().x()).plus(plane.y().times(own.axis().y()));
    line(
        depth,
        "<inertial pos=\"%s\" mass=\"%s\" xyaxes=\"%s %s\" diaginertia=\"%s %s %s\"/>",
        vector(link.com()),
        link.mass(),
        vector(axis),
        vector(plane.normal().cross(axis)),
        possible ? own.along() : normal,
        possible ? own.across() : normal,
        normal);
  }

  private void geom(int depth, Shape shape) {
    String bits = "contype=\"" + (shape.touchesGround() ? 1 : 0) + "\" conaffinity=\"0\"";
    if (shape instanceof Box box) {
      Vec2 along = new Vec2(1, 0).turned(box.angle());
      Vec2 across = new Vec2(0, 1).turned(box.angle());
      line(
          depth,
          "<geom type=\"box\" pos=\"%s\" xyaxes=\"%s %s\" size=\"%s %s %s\" %s/>",
          vector(box.centre()),
          vector(along),
          vector(across),
          box.halfX(),
          box.halfY(),
          Math.min(box.halfX(), box.halfY()),
          bits);
      return;
    }
    Capsule capsule = shape.within();
    if (capsule.length() < Limits.TINY) {
      line(
          depth,
          "<geom type=\"sphere\" pos=\"%s\" size=\"%s\" %s/>",
          vector(capsule.from()),
          capsule.radius(),
          bits);
      return;
    }
    line(
        depth,
        "<geom type=\"capsule\" fromto=\"%s %s\" size=\"%s\" %s/>",
        vector(capsule.from()),
        vector(capsule.to()),
        capsule.radius(),
        bits);
  }

  private void sites(int depth, int link) {
    for (Robot.PointPlace site : robot.sites()) {
      if (site.link() == link) {
        String name = site.name().isEmpty() ? "" : "name=\"" + escaped(site.name()) + "\" ";
        line(depth, "<site %spos=\"%s\"/>", name, vector(site.point()));
      }
    }
  }

  private void motors() {
    line(1, "<actuator>");
    for (Robot.Drive drive : robot.drives()) {
      boolean bounded = Double.isFinite(drive.lower()) && Double.isFinite(drive.upper());
      line(
          2,
          "<motor name=\"%s\" joint=\"%s\" gear=\"%s\"%s/>",
          escaped(drive.name()),
          escaped(robot.coordinates().get(drive.motor().coordinate()).name()),
          drive.motor().gear(),
          bounded ? " ctrlrange=\"" + drive.lower() + " " + drive.upper() + "\"" : "");
    }
    line(1, "</actuator>");
  }

  private void keyframes() {
    line(1, "<keyframe>");
    for (Robot.Keyframe key : robot.keyframes()) {
      String name = key.name().isEmpty() ? "" : "name=\"" + escaped(key.name()) + "\" ";
      line(
          2,
          "<key %sqpos=\"%s\" qvel=\"%s\" ctrl=\"%s\"/>",
          name,
          numbers(order.stream().map(c -> key.q().get(c)).toList()),
          numbers(order.stream().map(c -> key.qd().get(c)).toList()),
          numbers(key.u()));
    }
    line(1, "</keyframe>");
  }

  private String vector(Vec2 v) {
    return vector(plane.place(v, 0));
  }

  private static String vector(Vec3 v) {
    return numbers(List.of(v.x() + 0.0, v.y() + 0.0, v.z() + 0.0));
  }

  private static String numbers(List<Double> values) {
    return String.join(" ", values.stream().map(String::valueOf).toList());
  }

  private static String escaped(String name) {
    return name.replace("&", "&amp;").replace("<", "&lt;").replace("\"", "&quot;");
  }
}
