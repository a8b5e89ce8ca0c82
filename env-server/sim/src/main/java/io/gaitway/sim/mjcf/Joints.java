package io.gaitway.sim.mjcf;

import io.gaitway.sim.dynamics.Motor;
import io.gaitway.sim.model.Joint;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Joints and motors of the planar model. A servo is a motor beside a spring and a damper, which are
 * joined with those of its joint: −k (q − r) − c q̇ with k and c the sums of both.
 */
final class Joints {
  private final Scene scene;
  private final Warnings warnings;

  Joints(Scene scene, Warnings warnings) {
    this.scene = scene;
    this.warnings = warnings;
  }

  /** The actuators of a joint that are not switched off. */
  private List<Actuator3> actuators(Joint3 joint) {
    return scene.actuators().stream()
        .filter(this::isOn)
        .filter(actuator -> actuator.joint().equals(joint))
        .toList();
  }

  private boolean isOn(Actuator3 actuator) {
    return !scene.options().isOff("actuation")
        && !scene.options().disabledGroups().contains(actuator.group());
  }

  /** The model's joint of a file's. */
  Joint joint(Joint3 joint) {
    WorldOptions options = scene.options();
    double stiffness = options.isOff("spring") ? 0 : joint.stiffness();
    double damping = options.isOff("damper") ? 0 : joint.damping();
    double force = stiffness * joint.springRef();
    double rest = joint.springRef();
    for (Actuator3 actuator : actuators(joint)) {
      if (hasBias(actuator)) {
        double gear = actuator.gear();
        stiffness -= gear * gear * actuator.b1();
        damping -= gear * gear * actuator.b2();
        force += gear * actuator.b0();
        rest = stiffness == 0 ? 0 : force / stiffness;
        if (stiffness < 0 || damping < 0 || (stiffness == 0 && force != 0)) {
          throw actuator
              .place()
              .refuse(
                  "the bias of the actuator is no spring and damper: it pushes away from rest,"
                      + " drives the motion, or is a constant force; biasprm must be b0 b1 b2 with"
                      + " b1 and b2 negative or 0, and b0 0 where b1 is");
        }
      }
    }
    boolean limited = joint.isLimited() && !options.isOff("limit");
    return new Joint(
        joint.armature(),
        damping,
        stiffness,
        rest,
        limited ? joint.lower() : Double.NEGATIVE_INFINITY,
        limited ? joint.upper() : Double.POSITIVE_INFINITY);
  }

  private static boolean hasBias(Actuator3 actuator) {
    return actuator.b0() != 0 || actuator.b1() != 0 || actuator.b2() != 0;
  }

  /**
   * The motors.
   *
   * @param coordinates of the joints
   */
  List<Robot.Drive> drives(Map<Joint3, Integer> coordinates, Map<Joint3, String> names) {
    List<Robot.Drive> drives = new ArrayList<>();
    Set<String> taken = new HashSet<>();
    for (Actuator3 actuator : scene.actuators()) {
      if (!isOn(actuator)) {
        warnings.add(actuator.place(), "an actuator that is switched off", "there is no motor");
        continue;
      }
      Joint3 joint = actuator.joint();
      String name = actuator.name().isEmpty() ? names.getOrDefault(joint, "") : actuator.name();
      String unique = name;
      for (int i = 2; !taken.add(unique); i++) {
        unique = name + "_" + i;
      }
      double[] bounds = bounds(actuator);
      int coordinate = coordinates.getOrDefault(joint, -1);
      Motor motor = new Motor(coordinate, actuator.gear() * actuator.gain());
      drives.add(new Robot.Drive(unique, motor, bounds[0], bounds[1]));
    }
    return List.copyOf(drives);
  }

  /** Of the controls of all actuators, those of the motors. */
  List<Double> controls(double[] all) {
    List<Double> result = new ArrayList<>();
    for (int i = 0; i < all.length; i++) {
      if (isOn(scene.actuators().get(i))) {
        result.add(all[i]);
      }
    }
    return List.copyOf(result);
  }

  /** Controls that exert no more than is allowed; a control beyond them exerts no more either. */
  private double[] bounds(Actuator3 actuator) {
    boolean clamped = !scene.options().isOff("clampctrl");
    double[] bounds = {
      clamped ? actuator.lower() : Double.NEGATIVE_INFINITY,
      clamped ? actuator.upper() : Double.POSITIVE_INFINITY
    };
    Joint3 joint = actuator.joint();
    tighten(bounds, actuator, actuator.gain(), actuator.forceLower(), actuator.forceUpper());
    boolean jointLimited =
        Double.isFinite(joint.forceLower()) || Double.isFinite(joint.forceUpper());
    if (jointLimited && actuators(joint).size() > 1) {
      throw joint
          .place()
          .refuse("'actuatorfrcrange' over several actuators is not supported; use 'ctrlrange'");
    }
    double effort = actuator.gear() * actuator.gain();
    tighten(bounds, actuator, effort, joint.forceLower(), joint.forceUpper());
    if (!(bounds[0] <= bounds[1])) {
      throw actuator
          .place()
          .refuse("no control keeps the force in its range; widen 'ctrlrange' or 'forcerange'");
    }
    return bounds;
  }

  private static void tighten(
      double[] bounds, Actuator3 actuator, double effort, double lower, double upper) {
    if (!Double.isFinite(lower) && !Double.isFinite(upper)) {
      return;
    }
    if (hasBias(actuator)) {
      throw actuator
          .place()
          .refuse(
              "a bounded force of a servo is not supported, as its spring and damper would be cut"
                  + " off; remove 'forcerange' or 'actuatorfrcrange'");
    }
    if (effort != 0) {
      double a = lower / effort;
      double b = upper / effort;
      bounds[0] = Math.max(bounds[0], Math.min(a, b));
      bounds[1] = Math.min(bounds[1], Math.max(a, b));
    }
  }

  /** Warns of limits and dry friction. */
  void warn() {
    List<Joint3> limited =
        scene.options().isOff("limit")
            ? List.of()
            : scene.joints().stream().filter(Joint3::isLimited).toList();
    if (!limited.isEmpty()) {
      warnings.add(
          limited.get(0).place(),
          "MuJoCo's limits of " + limited.size() + (limited.size() == 1 ? " joint" : " joints"),
          "soft limits, springs and dampers that fade in before them, take their place");
    }
    for (Joint3 joint : scene.joints()) {
      if (joint.frictionLoss() > 0 && !scene.options().isOff("frictionloss")) {
        warnings.add(
            joint.place(),
            "dry friction of the joint (frictionloss)",
            "it has no derivative at rest, and nothing replaces it; damping would");
      }
    }
  }

  /** Names of the joints, made up where they have none. */
  static Map<Joint3, String> names(List<Joint3> joints) {
    Map<Joint3, String> names = new HashMap<>();
    Set<String> taken = new HashSet<>();
    joints.forEach(joint -> taken.add(joint.name()));
    for (int i = 0; i < joints.size(); i++) {
      String name = joints.get(i).name();
      if (name.isEmpty()) {
        name = (joints.get(i).isSlide() ? "slide" : "hinge") + i;
        while (!taken.add(name)) {
          name += "_";
        }
      }
      names.put(joints.get(i), name);
    }
    return names;
  }
}
