package io.gaitway.sim.taskfile;

import io.gaitway.sim.mjcf.Robot;
import io.gaitway.sim.model.Vec2;
import io.gaitway.sim.task.Penalty;
import io.gaitway.sim.task.Quantity;
import io.gaitway.sim.task.TaskBuilder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** Reads the terms of costs and rewards. */
final class TermReader {
  private static final String KINDS =
      "actions, one, survival, or a mapping with one of action, state, angle, angular_velocity, x,"
          + " y, velocity_x, velocity_y, centre_of_mass, displacement, rate";

  private final ToDoubleFunction<Entry> numbers;
  private final Robot robot;
  private final double dt;
  private final List<String> states = new ArrayList<>();

  /**
   * Begins.
   *
   * @param numbers what an entry that has to be a number stands for
   * @param dt length of the control step, s
   */
  TermReader(ToDoubleFunction<Entry> numbers, Robot robot, double dt) {
    this.dt = dt;
    this.numbers = numbers;
    this.robot = robot;
    robot.coordinates().forEach(coordinate -> states.add(coordinate.name()));
    robot.coordinates().forEach(coordinate -> states.add(coordinate.name() + "_velocity"));
  }

  private interface Adding {
    TaskBuilder add(String name, double weight, Quantity quantity, double target, Penalty penalty);
  }

  /** Adds the terms of a task's costs and rewards. */
  void read(Entry root, TaskBuilder task) {
    List<String> actions = robot.drives().stream().map(Robot.Drive::name).toList();
    read(root.get("cost"), actions, task::cost);
    Entry terminal = root.find("terminal_cost");
    if (terminal != null) {
      read(terminal, List.of(), task::terminalCost);
    }
    Entry reward = root.find("reward");
    if (reward != null) {
      read(reward, actions, task::reward);
    }
  }

  private void read(Entry terms, List<String> actions, Adding sum) {
    for (Map.Entry<String, Entry> term : terms.entries().entrySet()) {
      Entry entry = term.getValue();
      Map<String, Entry> said = entry.entries("of", "weight", "target", "penalty");
      double weight = said.containsKey("weight") ? numbers.applyAsDouble(said.get("weight")) : 1;
      double target = said.containsKey("target") ? numbers.applyAsDouble(said.get("target")) : 0;
      Penalty penalty =
          said.containsKey("penalty") ? penalty(said.get("penalty")) : Penalty.QUADRATIC;
      Quantity quantity = quantity(entry.get("of"), actions);
      entry.read(() -> sum.add(term.getKey(), weight, quantity, target, penalty));
    }
  }

  private Penalty penalty(Entry entry) {
    if (!entry.isPlain()) {
      entry.entries("smooth_absolute");
      Entry width = entry.get("smooth_absolute");
      return width.read(() -> Penalty.smoothAbsolute(numbers.applyAsDouble(width)));
    }
    return switch (entry.text()) {
      case "quadratic" -> Penalty.QUADRATIC;
      case "linear" -> Penalty.LINEAR;
      default -> throw entry.wrong("must be quadratic, linear or {smooth_absolute: WIDTH}");
    };
  }

  /** The quantity of an entry, in which some actions may stand. */
  private Quantity quantity(Entry entry, List<String> actions) {
    if (entry.isPlain()) {
      return switch (entry.text()) {
        case "actions" -> {
          if (actions.isEmpty()) {
            throw entry.fault("stands for no action: there is none that could cost anything");
          }
          yield Quantity.actions();
        }
        case "one" -> Quantity.one();
        case "survival" -> Quantity.survival();
        default -> throw entry.wrong("must be " + KINDS);
      };
    }
    Map<String, Entry> said = entry.entries();
    if (said.size() != 1) {
      throw entry.fault("must be " + KINDS);
    }
    Map.Entry<String, Entry> only = said.entrySet().iterator().next();
    Entry of = only.getValue();
    return switch (only.getKey()) {
      case "action" -> Quantity.action(known(of, actions));
      case "state" -> Quantity.state(known(of, states));
      case "angle" -> Quantity.angle(place(of).link());
      case "angular_velocity" -> Quantity.angularVelocity(place(of).link());
      case "x" -> Quantity.pointX(place(of).link(), place(of).point());
      case "y" -> Quantity.pointY(place(of).link(), place(of).point());
      case "velocity_x" -> Quantity.velocityX(place(of).link(), place(of).point());
      case "velocity_y" -> Quantity.velocityY(place(of).link(), place(of).point());
      case "centre_of_mass" -> centreOfMass(of);
      case "displacement" -> of.read(() -> Quantity.displacement(quantity(of, List.of())));
      case "rate" -> of.read(() -> Quantity.rate(quantity(of, List.of()), dt));
      default -> throw of.fault("is unknown; it must be " + KINDS);
    };
  }

  private static String known(Entry entry, List<String> names) {
    if (!names.contains(entry.text())) {
      throw entry.wrong("must be one of " + (names.isEmpty() ? "none" : String.join(", ", names)));
    }
    return entry.text();
  }

  private Quantity centreOfMass(Entry entry) {
    return switch (entry.text()) {
      case "x" -> Quantity.centreOfMassX();
      case "y" -> Quantity.centreOfMassY();
      case "velocity_x" -> Quantity.centreOfMassVelocityX();
      case "velocity_y" -> Quantity.centreOfMassVelocityY();
      default -> throw entry.wrong("must be x, y, velocity_x or velocity_y");
    };
  }

  /** A point of a link. */
  private record Place(String link, Vec2 point) {}

  /** The body or site of that name, as a point of the link that it is part of. */
  private Place place(Entry entry) {
    String name = entry.text();
    Map<String, Place> places = new LinkedHashMap<>();
    for (Robot.BodyPlace body : robot.bodies()) {
      put(places, body.name(), body.link(), body.origin());
    }
    for (Robot.PointPlace site : robot.sites()) {
      put(places, site.name(), site.link(), site.point());
    }
    Place place = places.get(name);
    if (place == null) {
      throw entry.wrong(
          "must be one of the robot's bodies and sites that move: "
              + String.join(", ", places.keySet()));
    }
    return place;
  }

  private void put(Map<String, Place> places, String name, int link, Vec2 point) {
    if (link >= 0 && !name.isEmpty()) {
      places.putIfAbsent(name, new Place(robot.model().link(link).name(), point));
    }
  }
}
