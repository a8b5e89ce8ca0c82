package io.gaitway.sim.robots;

import io.gaitway.sim.dynamics.GroundContact;
import io.gaitway.sim.dynamics.JointLimits;
import io.gaitway.sim.dynamics.TimeStep;
import io.gaitway.sim.model.Capsule;
import io.gaitway.sim.model.Joint;
import io.gaitway.sim.model.Link;
import io.gaitway.sim.model.PlanarModel;
import io.gaitway.sim.model.Vec2;
import io.gaitway.sim.task.Environment;
import io.gaitway.sim.task.EnvironmentProvider;
import io.gaitway.sim.task.Parameters;
import io.gaitway.sim.task.Quantity;
import io.gaitway.sim.task.TaskBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A biped of seven links on level ground that is asked to walk along x at a given speed with its
 * hip at a given height.
 *
 * <p>Links and joints are those of Gymnasium's {@code walker2d_v5.xml}, everything that has mass
 * (and torque and contact with it) scaled by one factor; the running cost is that of Levine and
 * Koltun (2013), w_u ‖u‖² + (v_x − v*)² + (p_y − p*)², at the hip, which is also the model's root.
 */
public final class Walker implements EnvironmentProvider {
  private static final String ID = "walker";
  private static final String VERSION = "3";

  private static final double DENSITY = 1000;
  private static final double ARMATURE = 0.01;
  private static final double DAMPING = 0.1;

  private static final Quantity HIP_HEIGHT = Quantity.state("root_y").called("p_y of the hip, m");

  private static final List<String> JOINTS =
      List.of("right_hip", "right_knee", "right_ankle", "left_hip", "left_knee", "left_ankle");

  /**
   * The state in mid-gait from which episodes start by default: the hand-crafted gait's, at its
   * third change of the stance leg.
   */
  private static final List<Double> IN_GAIT =
      List.of(
          0.0, 0.927, -0.024, 0.6, -0.597, 0.186, -0.36, -0.117, 0.494, //
          1.652, -0.72, -0.281, -1.714, 4.294, -5.787, -1.691, -0.552, -1.353);

  @Override
  public String id() {
    return ID;
  }

  /**
   * The links alone, with the XML file's sizes and, at scale 1, its masses. The root is the hip.
   *
   * @param scale factor on mass, inertia, armature and damping
   */
  public static PlanarModel model(double scale) {
    return model(scale, 9.81, Limits.human());
  }

  /**
   * Ranges of the hinges, rad.
   *
   * @param hip of both hips
   * @param knee of both knees
   * @param ankle of both ankles
   */
  private record Limits(Range hip, Range knee, Range ankle) {
    static Limits human() {
      return new Limits(new Range(-1.0, 1.8), new Range(-2.6, 0), new Range(-0.785, 0.785));
    }
  }

  private record Range(double lower, double upper) {}

  private static PlanarModel model(double scale, double gravity, Limits limits) {
    Capsule torso = new Capsule(Vec2.ZERO, new Vec2(0, 0.4), 0.05);
    Capsule thigh = new Capsule(Vec2.ZERO, new Vec2(0, -0.45), 0.05);
    Capsule leg = new Capsule(Vec2.ZERO, new Vec2(0, -0.5), 0.04);
    Capsule foot = new Capsule(Vec2.ZERO, new Vec2(0.2, 0), 0.06);
    List<Link> links = new ArrayList<>();
    links.add(Link.capsule("torso", -1, -1, Vec2.ZERO, torso, scale * DENSITY, Joint.FREE));
    for (String side : List.of("right", "left")) {
      int first = links.size();
      links.add(link(side + " thigh", 0, Vec2.ZERO, thigh, scale, limits.hip()));
      links.add(link(side + " leg", first, thigh.to(), leg, scale, limits.knee()));
      links.add(link(side + " foot", first + 1, leg.to(), foot, scale, limits.ankle()));
    }
    return new PlanarModel(links, new Vec2(0, -gravity));
  }

  private static Link link(
      String name, int parent, Vec2 hinge, Capsule shape, double scale, Range range) {
    Joint joint =
        Joint.FREE
            .withArmature(scale * ARMATURE)
            .withDamping(scale * DAMPING)
            .withRange(range.lower(), range.upper());
    return Link.capsule(name, parent, 1, hinge, shape, scale * DENSITY, joint);
  }

  @Override
  public Environment create(Map<String, Double> overrides) {
    Parameters p = new Parameters(overrides);
    double scale =
        p.real(
            "mass_scale",
            3,
            0.1,
            100,
            "",
            "factor on the XML file's masses, inertias, armatures and damping; 3 makes 71 kg");
    double gravity = p.real("gravity", 9.81, 0, 100, "m/s^2", "acceleration of gravity");
    double targetSpeed =
        p.real("target_speed", 1.2, -10, 10, "m/s", "v*, the speed asked for along x; a walk");
    double targetHeight =
        p.real(
            "target_height",
            0.97,
            0.1,
            2,
            "m",
            "p*, the height asked of the hip; 1.01 with straight legs");
    double speedWeight = p.real("speed_weight", 1, 0, 1e6, "s^2/m^2", "weight of (v_x - v*)^2");
    double heightWeight = p.real("height_weight", 1, 0, 1e6, "1/m^2", "weight of (p_y - p*)^2");
    double controlWeight =
        p.real("control_weight", 1e-4, 1e-12, 1e3, "1/(N m)^2", "w_u, weight of |u|^2");
    double terminalWeight =
        p.real(
            "terminal_weight",
            100,
            0,
            1e6,
            "1/m^2",
            "weight of (p_y - p*)^2 + 0.1 s^2 v_y^2 + 0.1 m^2 pitch^2 at the end, without which an"
                + " optimal end dives forward");
    double torqueLimit =
        p.real("torque_limit", 300, 1e-3, 1e9, "N m", "bound of each torque; the XML file's x 3");
    double hipLower = p.real("hip_lower", -1.0, -3.2, 0, "rad", "soft limit of hip extension");
    double hipUpper = p.real("hip_upper", 1.8, 0, 3.2, "rad", "soft limit of hip flexion");
    double kneeLower = p.real("knee_lower", -2.6, -3.2, -2e-3, "rad", "soft limit of knee flexion");
    double ankle = p.real("ankle_limit", 0.785, 1e-3, 3.2, "rad", "soft limit of the ankles");
    JointLimits jointLimits = p.jointLimits(1500, 30, 0.05);
    p.require(
        jointLimits.fit(hipLower, hipUpper),
        "hip_upper - hip_lower >= 2 limit_width",
        "hip_upper",
        "hip_lower",
        "limit_width");
    p.require(
        jointLimits.fit(kneeLower, 0), "-knee_lower >= 2 limit_width", "knee_lower", "limit_width");
    p.require(
        jointLimits.fit(-ankle, ankle), "ankle_limit >= limit_width", "ankle_limit", "limit_width");
    GroundContact ground = p.ground(6e4, 0.004, 2, 1, 0.1, 0);
    double fallHeight =
        p.real("fall_height", 0.65, -1e3, 2, "m", "a hip lower than this is a fall");
    double fallenHeight =
        p.real(
            "fallen_height",
            0.1,
            0,
            2,
            "m",
            "height of the hip that is charged for every step after a fall, at rest");
    boolean fallenActions =
        p.whole(
                "fallen_actions",
                1,
                0,
                1,
                "",
                "whether such a step also costs what the episode's torques cost per step: 1 yes, 0 no,"
                    + " as in version 2")
            == 1;
    Parameters.Course course = p.course(0.01, 0.1, 1, 500);
    boolean inGait =
        p.whole("start", 1, 0, 1, "", "mean initial state: 0 standing at rest, 1 in mid-gait") == 1;
    double initialStd = p.initialStd();

    Limits limits =
        new Limits(
            new Range(hipLower, hipUpper), new Range(kneeLower, 0), new Range(-ankle, ankle));
    TaskBuilder task = new TaskBuilder(ID, VERSION, model(scale, gravity, limits), p);
    List<String> coordinates = new ArrayList<>(List.of("root_x", "root_y", "root_angle"));
    JOINTS.forEach(joint -> coordinates.add(joint + "_angle"));
    task.describe("A biped of seven links walks along x on level ground, at a given speed.")
        .coordinates(coordinates)
        .force(ground)
        .force(jointLimits)
        .course(course, TimeStep.midpoint(course.h()))
        .hide("root_x")
        .spread(initialStd)
        .cost("control", controlWeight, Quantity.actions())
        .cost(
            "speed",
            speedWeight,
            Quantity.state("root_x_velocity").called("v_x of the hip, m/s"),
            targetSpeed)
        .cost("height", heightWeight, HIP_HEIGHT, targetHeight)
        .terminalCost("height", terminalWeight, HIP_HEIGHT, targetHeight)
        .terminalCost(
            "fall",
            0.1 * terminalWeight,
            Quantity.state("root_y_velocity").called("v_y of the hip, m/s"),
            0)
        .terminalCost(
            "pitch",
            0.1 * terminalWeight,
            Quantity.state("root_angle").called("angle of the torso, rad"),
            0)
        .failsBelow("root_y", fallHeight, "the hip falls below")
        .chargeAfterFailure("root_y", fallenHeight)
        .goal("root_x", targetSpeed, 0.5, 3)
        .guessGait(ID);
    JOINTS.forEach(joint -> task.actuate(joint + "_angle", joint + "_torque", torqueLimit));
    if (fallenActions) {
      task.chargeActionsAfterFailure();
    }
    return (inGait ? task.start(IN_GAIT) : task.start("root_y", 1.01)).build();
  }
}
