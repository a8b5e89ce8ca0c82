package io.gaitway.sim.mjcf;

import io.gaitway.sim.dynamics.FluidDrag;
import io.gaitway.sim.dynamics.ForceModel;
import io.gaitway.sim.dynamics.ForwardDynamics;
import io.gaitway.sim.model.Joint;
import io.gaitway.sim.model.Link;
import io.gaitway.sim.model.PlanarModel;
import io.gaitway.sim.model.Vec2;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Says as JSON what was read of a robot, and how it moves, for people and for other engines. */
public final class RobotReport {
  private final Robot robot;

  /** A report on a robot. */
  public RobotReport(Robot robot) {
    this.robot = robot;
  }

  /** What was read, in one line. */
  public String description() {
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("name", robot.name());
    result.put("timestep", robot.timestep());
    result.put("x", vector(robot.plane().x()));
    result.put("y", vector(robot.plane().y()));
    result.put("gravity", vector(robot.model().gravity()));
    result.put("coordinates", coordinates());
    result.put("motors", motors());
    Robot.Floor floor = robot.floor();
    result.put(
        "floor",
        floor == null ? "none" : map("height", floor.height(), "friction", floor.friction()));
    result.put(
        "medium",
        map("density", robot.medium().density(), "viscosity", robot.medium().viscosity()));
    result.put("bodies", bodies());
    result.put(
        "sites",
        robot.sites().stream()
            .map(s -> map("name", s.name(), "link", s.link(), "point", vector(s.point())))
            .toList());
    result.put(
        "keyframes",
        robot.keyframes().stream()
            .map(k -> map("name", k.name(), "q", k.q(), "qd", k.qd(), "u", k.u()))
            .toList());
    result.put("warnings", robot.warnings().stream().map(MjcfWarning::toString).toList());
    return Json.of(result);
  }

  private List<Map<String, Object>> coordinates() {
    List<Map<String, Object>> result = new ArrayList<>();
    for (int c = 0; c < robot.coordinates().size(); c++) {
      Joint joint = robot.model().joint(c);
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("name", robot.coordinates().get(c).name());
      one.put("qpos", robot.coordinates().get(c).qpos());
      one.put("unit", robot.model().isSlide(c) ? "m" : "rad");
      one.put("armature", joint.armature());
      one.put("damping", joint.damping());
      one.put("stiffness", joint.stiffness());
      one.put("rest", joint.rest());
      one.put("lower", joint.lower());
      one.put("upper", joint.upper());
      result.add(one);
    }
    return result;
  }

  private List<Map<String, Object>> motors() {
    List<Map<String, Object>> result = new ArrayList<>();
    for (Robot.Drive drive : robot.drives()) {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("name", drive.name());
      one.put("coordinate", robot.coordinates().get(drive.motor().coordinate()).name());
      one.put("gear", drive.motor().gear());
      one.put("lower", drive.lower());
      one.put("upper", drive.upper());
      result.add(one);
    }
    return result;
  }

  private List<Map<String, Object>> bodies() {
    return robot.bodies().stream()
        .map(
            b ->
                map(
                    "name",
                    b.name(),
                    "link",
                    b.link() < 0 ? "world" : robot.model().link(b.link()).name(),
                    "origin",
                    vector(b.origin()),
                    "mass",
                    b.mass(),
                    "inertia",
                    b.inertia()))
        .toList();
  }

  /**
   * The motion in some states, off the ground and without limits: a line for each, with the places
   * of the file's bodies in its world, the energies (J; that of gravity without what does not
   * move), and the accelerations.
   *
   * @param states each of coordinates, rates, and, if need be, controls, in the order that {@link
   *     #description} has them
   * @throws IllegalArgumentException if a state has another number of values
   */
  public List<String> motion(List<double[]> states) {
    PlanarModel model = robot.model();
    List<ForceModel> forces =
        robot.medium().isEmpty()
            ? List.of()
            : List.of(new FluidDrag(robot.medium().density(), robot.medium().viscosity()));
    ForwardDynamics dynamics =
        new ForwardDynamics(
            model, forces, robot.drives().stream().map(Robot.Drive::motor).toList());
    ForwardDynamics.Data data = dynamics.newData();
    List<String> lines = new ArrayList<>();
    for (double[] state : states) {
      lines.add(motion(dynamics, data, state));
    }
    return lines;
  }

  private String motion(ForwardDynamics dynamics, ForwardDynamics.Data data, double[] state) {
    int nv = robot.model().nv();
    int nu = robot.drives().size();
    if (state.length != 2 * nv && state.length != 2 * nv + nu) {
      throw new IllegalArgumentException(
          "a state has %d values, but needs %d, or %d with controls"
              .formatted(state.length, 2 * nv, 2 * nv + nu));
    }
    double[] q = Arrays.copyOf(state, nv);
    double[] qd = Arrays.copyOfRange(state, nv, 2 * nv);
    double[] u = Arrays.copyOfRange(state, 2 * nv, 2 * nv + nu);
    dynamics.evaluate(data, q, qd, u);
    List<Double> acceleration = new ArrayList<>();
    for (int c = 0; c < nv; c++) {
      acceleration.add(data.qdd(c));
    }
    Figure figure = new Figure(robot.model(), q, qd);
    List<Object> places = new ArrayList<>();
    for (Robot.BodyPlace body : robot.bodies()) {
      Vec2 point = body.link() < 0 ? body.origin() : figure.point(body.link(), body.origin());
      places.add(vector(robot.plane().place(point, body.depth())));
    }
    return Json.of(
        map(
            "bodies",
            places,
            "kinetic",
            figure.kinetic(),
            "potential",
            figure.potential(),
            "acceleration",
            acceleration));
  }

  private static List<Double> vector(Vec2 v) {
    return List.of(v.x(), v.y());
  }

  private static List<Double> vector(Vec3 v) {
    return List.of(v.x(), v.y(), v.z());
  }

  private static Map<String, Object> map(Object... keysAndValues) {
    Map<String, Object> result = new LinkedHashMap<>();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      result.put((String) keysAndValues[i], keysAndValues[i + 1]);
    }
    return result;
  }

  /** Places, velocities and energies of a model in one state. */
  private static final class Figure {
    private final PlanarModel model;
    private final double[] q;
    private final double[] qd;
    private final Vec2[] place;
    private final Vec2[] velocity;
    private final double[] angle;
    private final double[] rate;

    Figure(PlanarModel model, double[] q, double[] qd) {
      this.model = model;
      this.q = q;
      this.qd = qd;
      int n = model.size();
      place = new Vec2[n];
      velocity = new Vec2[n];
      angle = new double[n];
      rate = new double[n];
      for (int i = 0; i < n; i++) {
        Link link = model.link(i);
        int parent = link.parent();
        int c = model.hinge(i);
        double turned = c < 0 ? 0 : link.axis() * q[c];
        double turning = c < 0 ? 0 : link.axis() * qd[c];
        if (parent < 0) {
          place[i] = link.hinge().plus(slides(q), 1);
          velocity[i] = slides(qd);
          angle[i] = link.angle() + turned;
          rate[i] = turning;
        } else {
          place[i] = point(parent, link.hinge());
          velocity[i] = velocity(parent, link.hinge());
          angle[i] = angle[parent] + link.angle() + turned;
          rate[i] = rate[parent] + turning;
        }
      }
    }

    private Vec2 slides(double[] values) {
      double x = model.slideX() < 0 ? 0 : values[model.slideX()];
      double y = model.slideY() < 0 ? 0 : values[model.slideY()];
      return new Vec2(x, y);
    }

    Vec2 point(int i, Vec2 local) {
      return place[i].plus(local.turned(angle[i]), 1);
    }

    private Vec2 velocity(int i, Vec2 local) {
      Vec2 arm = local.turned(angle[i]);
      return velocity[i].plus(new Vec2(-arm.y(), arm.x()), rate[i]);
    }

    double kinetic() {
      double sum = 0;
      for (int i = 0; i < model.size(); i++) {
        Link link = model.link(i);
        Vec2 v = velocity(i, link.com());
        sum += link.mass() * (v.x() * v.x() + v.y() * v.y()) + link.inertia() * rate[i] * rate[i];
      }
      for (int c = 0; c < model.nv(); c++) {
        sum += model.joint(c).armature() * qd[c] * qd[c];
      }
      return sum / 2;
    }

    double potential() {
      double sum = 0;
      for (int i = 0; i < model.size(); i++) {
        Link link = model.link(i);
        Vec2 centre = point(i, link.com());
        Vec2 g = model.gravity();
        sum -= link.mass() * (g.x() * centre.x() + g.y() * centre.y());
      }
      for (int c = 0; c < model.nv(); c++) {
        Joint joint = model.joint(c);
        double stretched = q[c] - joint.rest();
        sum += joint.stiffness() * stretched * stretched / 2;
      }
      return sum;
    }
  }
}
