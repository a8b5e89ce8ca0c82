package io.gaitway.sim.taskfile;

import io.gaitway.sim.dynamics.FluidDrag;
import io.gaitway.sim.dynamics.TimeStep;
import io.gaitway.sim.mjcf.Robot;
import io.gaitway.sim.mjcf.RobotFile;
import io.gaitway.sim.mjcf.RobotNumber;
import io.gaitway.sim.model.PlanarModel;
import io.gaitway.sim.task.Environment;
import io.gaitway.sim.task.Parameters;
import io.gaitway.sim.task.TaskBuilder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Builds the environment that a task file and a robot describe, in one pass: what an entry means
 * stands where it is read.
 */
final class TaskReader {
  /** Soft limits and ground, per kg of the robot. */
  private static final double LIMIT_STIFFNESS = 20;

  private static final double LIMIT_DAMPING = 0.4;
  private static final double GROUND_STIFFNESS = 850;

  private static final double SHORTEST_DT = 1e-4;
  private static final double LONGEST_DT = 1;

  /** Hex digits of the files' digest that the version has. */
  private static final int DIGEST_DIGITS = 12;

  private final String id;
  private final Entry root;
  private final String digest;
  private final Parameters parameters;

  /** Values in force of the parameters that the file declares, by name. */
  private final Map<String, Double> values = new LinkedHashMap<>();

  TaskReader(String id, Entry root, String digest, Map<String, Double> overrides) {
    this.id = id;
    this.root = root;
    this.digest = digest;
    parameters = new Parameters(overrides);
  }

  Environment build(RobotFile file) {
    return root.read(() -> environment(file));
  }

  private Environment environment(RobotFile file) {
    root.entries(
        "robot",
        "description",
        "version",
        "parameters",
        "dt",
        "substeps",
        "integrator",
        "horizon",
        "limits",
        "ground",
        "start",
        "start_spread",
        "hide",
        "cost",
        "terminal_cost",
        "reward",
        "failure",
        "goal",
        "first_guess");
    Robot robot = file.robot(declareParameters(file));
    Parameters.Course course = course();
    TaskBuilder task = new TaskBuilder(id, version(), robot.model(), parameters);
    Entry description = root.find("description");
    task.describe(description == null ? robot.name() : description.text())
        .coordinates(robot.coordinates().stream().map(Robot.Coordinate::name).toList())
        .course(course, step(course));
    for (Robot.Drive drive : robot.drives()) {
      task.actuate(
          robot.coordinates().get(drive.motor().coordinate()).name(),
          drive.name(),
          drive.motor().gear(),
          drive.lower(),
          drive.upper());
    }
    forces(task, robot);
    start(task, robot);
    new TermReader(this::number, robot, course.dt()).read(root, task);
    failure(task);
    goal(task);
    firstGuess(task);
    return task.build();
  }

  private String version() {
    Entry version = root.find("version");
    if (version != null && !version.text().matches("[A-Za-z0-9.-]{1,32}")) {
      throw version.wrong("must be 1 to 32 letters, digits, dots and hyphens");
    }
    String said = version == null ? "1" : version.text();
    return said + "+" + digest.substring(0, DIGEST_DIGITS);
  }

  /** Declares what the file calls parameters; returns what they change in the robot's file. */
  private Map<RobotNumber, Double> declareParameters(RobotFile file) {
    Map<RobotNumber, Double> changes = new LinkedHashMap<>();
    Entry all = root.find("parameters");
    if (all != null) {
      all.entries().forEach((name, entry) -> declare(name, entry, file, changes));
    }
    return changes;
  }

  private void declare(String name, Entry entry, RobotFile file, Map<RobotNumber, Double> changes) {
    if (!name.matches("[a-z][a-z0-9_]{0,63}")) {
      throw entry.wrong("needs a name of small letters, digits and _");
    }
    Map<String, Entry> said =
        entry.entries("value", "range", "whole", "unit", "description", "robot");
    Entry robot = said.get("robot");
    RobotNumber number = robot == null ? null : robotNumber(robot);
    Entry value = said.get("value");
    double standard =
        value == null && number != null && robot != null
            ? robot.read(() -> file.number(number))
            : entry.get("value").number();
    List<Entry> range = entry.get("range").items();
    if (range.size() != 2) {
      throw entry.get("range").fault("needs two numbers, the least and the greatest value allowed");
    }
    Entry whole = said.get("whole");
    boolean isWhole = whole != null && whole.truth();
    if (isWhole) {
      range.forEach(TaskReader::requireWhole);
      requireWhole(value == null ? entry : value);
    }
    double least = range.get(0).number();
    double greatest = range.get(1).number();
    if (!(least <= standard && standard <= greatest)) {
      throw entry.fault(
          "has the value %s, which is not in its range from %s to %s"
              .formatted(standard, least, greatest));
    }
    String unit = said.containsKey("unit") ? entry.get("unit").text() : "";
    String what =
        said.containsKey("description")
            ? entry.get("description").text()
            : number == null
                ? name
                : "%s of the robot's %s".formatted(number.attribute(), number.element());
    double inForce =
        isWhole
            ? parameters.whole(name, (int) standard, (int) least, (int) greatest, unit, what)
            : parameters.real(name, standard, least, greatest, unit, what);
    values.put(name, inForce);
    if (number != null) {
      changes.put(number, inForce);
    }
  }

  private static void requireWhole(Entry entry) {
    entry.whole(-1_000_000, 1_000_000);
  }

  private static RobotNumber robotNumber(Entry robot) {
    Map<String, Entry> said = robot.entries("element", "name", "attribute", "index");
    Entry name = said.get("name");
    Entry index = said.get("index");
    return new RobotNumber(
        robot.get("element").text(),
        name == null ? null : name.text(),
        robot.get("attribute").text(),
        index == null ? 0 : index.whole(0, 100));
  }

  private Parameters.Course course() {
    double dt = bounded(root.get("dt"), SHORTEST_DT, LONGEST_DT);
    Entry substeps = root.find("substeps");
    return parameters.course(
        dt,
        Math.max(0.1, 4 * dt),
        substeps == null ? 1 : substeps.whole(1, 1000),
        root.get("horizon").whole(1, 100_000));
  }

  private TimeStep step(Parameters.Course course) {
    Entry integrator = root.find("integrator");
    if (integrator == null || integrator.text().equals("midpoint")) {
      return TimeStep.midpoint(course.h());
    }
    if (integrator.text().equals("euler")) {
      return TimeStep.euler(course.h());
    }
    throw integrator.wrong("must be midpoint or euler");
  }

  private void forces(TaskBuilder task, Robot robot) {
    PlanarModel model = robot.model();
    if (IntStream.range(0, model.nv()).anyMatch(c -> model.joint(c).isLimited())) {
      Section limits = new Section(root.find("limits"), "stiffness", "damping", "width");
      task.force(
          parameters.jointLimits(
              limits.number("stiffness", LIMIT_STIFFNESS * model.mass()),
              limits.number("damping", LIMIT_DAMPING * model.mass()),
              limits.number("width", 0.05)));
    }
    if (!robot.medium().isEmpty()) {
      task.force(new FluidDrag(robot.medium().density(), robot.medium().viscosity()));
    }
    Robot.Floor floor = robot.floor();
    if (floor != null) {
      Section ground =
          new Section(
              root.find("ground"), "stiffness", "width", "dissipation", "friction", "slip_speed");
      task.force(
          parameters.ground(
              ground.number("stiffness", GROUND_STIFFNESS * model.mass()),
              ground.number("width", 0.004),
              ground.number("dissipation", 2),
              ground.number("friction", floor.friction()),
              ground.number("slip_speed", 0.1),
              floor.height()));
    }
  }

  /** Numbers of a mapping that may be left out, each or all. */
  private final class Section {
    private final Map<String, Entry> said;

    Section(@Nullable Entry entry, String... allowed) {
      said = entry == null ? Map.of() : entry.entries(allowed);
    }

    double number(String key, double otherwise) {
      Entry entry = said.get(key);
      return entry == null ? otherwise : TaskReader.this.number(entry);
    }
  }

  private void start(TaskBuilder task, Robot robot) {
    for (Robot.Coordinate coordinate : robot.coordinates()) {
      task.start(coordinate.name(), coordinate.start());
    }
    Entry start = root.find("start");
    if (start != null && start.isPlain()) {
      Robot.Keyframe keyframe = keyframe(start, robot.keyframes());
      List<Double> state = new ArrayList<>(keyframe.q());
      state.addAll(keyframe.qd());
      task.start(state);
    } else if (start != null) {
      start.entries().forEach((name, entry) -> entry.read(() -> task.start(name, number(entry))));
    }
    spread(task);
    Entry hidden = root.find("hide");
    if (hidden != null) {
      hidden.items().forEach(entry -> entry.read(() -> task.hide(entry.text())));
    }
  }

  private void spread(TaskBuilder task) {
    Entry spread = root.find("start_spread");
    if (spread == null || spread.isPlain()) {
      task.spread(parameters.initialStd(spread == null ? 0.01 : bounded(spread, 0, 1)));
      return;
    }
    spread.entries("positions", "velocities");
    task.spread(bounded(spread.get("positions"), 0, 1), bounded(spread.get("velocities"), 0, 1));
  }

  private static Robot.Keyframe keyframe(Entry named, List<Robot.Keyframe> keyframes) {
    for (Robot.Keyframe keyframe : keyframes) {
      if (keyframe.name().equals(named.text())) {
        return keyframe;
      }
    }
    throw named.wrong(
        "must be one of the robot's keyframes"
            + (keyframes.isEmpty()
                ? ", of which there are none"
                : ": " + String.join(", ", keyframes.stream().map(Robot.Keyframe::name).toList())));
  }

  private void failure(TaskBuilder task) {
    Entry failure = root.find("failure");
    if (failure == null) {
      return;
    }
    failure.entries("where", "costs", "costs_of_rest_at", "charge_actions");
    for (Map.Entry<String, Entry> bound : failure.get("where").entries().entrySet()) {
      Map<String, Entry> said = bound.getValue().entries("below", "above", "words");
      if (!said.containsKey("below") && !said.containsKey("above")) {
        throw bound.getValue().fault("needs below or above");
      }
      String name = bound.getKey();
      String words = said.containsKey("words") ? said.get("words").text() : name;
      said.forEach(
          (key, entry) -> {
            if (key.equals("below")) {
              entry.read(() -> task.failsBelow(name, number(entry), words + " falls below"));
            } else if (key.equals("above")) {
              entry.read(() -> task.failsAbove(name, number(entry), words + " rises above"));
            }
          });
    }
    Entry costs = failure.find("costs");
    Entry rest = failure.find("costs_of_rest_at");
    if ((costs == null) == (rest == null)) {
      throw failure.fault("needs either costs or costs_of_rest_at");
    }
    if (costs != null) {
      task.chargeAfterFailure(number(costs));
    } else {
      Map<String, Entry> at = rest.entries();
      if (at.size() != 1) {
        throw rest.fault("needs one state entry, such as {rootz: 0.1}");
      }
      at.forEach((name, entry) -> entry.read(() -> task.chargeAfterFailure(name, number(entry))));
    }
    Entry actions = failure.find("charge_actions");
    if (actions != null && actions.truth()) {
      task.chargeActionsAfterFailure();
    }
  }

  private void goal(TaskBuilder task) {
    Entry goal = root.find("goal");
    if (goal == null) {
      return;
    }
    goal.entries("travel", "speed", "least_share", "most_cost_ratio");
    double ratio = number(goal.get("most_cost_ratio"));
    if (!(ratio >= 1)) {
      throw goal.get("most_cost_ratio").wrong("must be at least 1");
    }
    Entry travel = goal.find("travel");
    if (travel == null) {
      task.goal(ratio);
      return;
    }
    Entry share = goal.find("least_share");
    double least = share == null ? 0.5 : bounded(share, 0, 1);
    double speed = number(goal.get("speed"));
    travel.read(() -> task.goal(travel.text(), speed, least, ratio));
  }

  private void firstGuess(TaskBuilder task) {
    Entry guess = root.find("first_guess");
    if (guess == null) {
      return;
    }
    guess.entries("amplitude", "frequency", "phase");
    Entry phase = guess.find("phase");
    task.guessSinusoid(
        number(guess.get("amplitude")),
        number(guess.get("frequency")),
        phase == null ? 0 : number(phase));
  }

  private double bounded(Entry entry, double least, double greatest) {
    double value = number(entry);
    if (!(value >= least && value <= greatest)) {
      throw entry.wrong("must be from %s to %s".formatted(least, greatest));
    }
    return value;
  }

  /** A number, or the value of the parameter that {@code $name} stands for. */
  private double number(Entry entry) {
    String text = entry.text();
    boolean negative = text.startsWith("-$");
    if (!negative && !text.startsWith("$")) {
      return entry.number();
    }
    Double value = values.get(text.substring(negative ? 2 : 1));
    if (value == null) {
      throw entry.wrong(
          "must be a number or one of the file's parameters"
              + (values.isEmpty()
                  ? ", of which there are none"
                  : ": $" + String.join(", $", values.keySet())));
    }
    return negative ? -value : value;
  }
}
