package io.gaitway.sim.taskfile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.sim.task.Environment;
import io.gaitway.sim.task.EnvironmentSpec;
import io.gaitway.sim.task.ParameterException;
import io.gaitway.sim.task.Workspace;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What task files mean, by hand, and what is said of those that make no sense. */
class TaskFileTest {
  /** A cart on a rail with a pole of 0.5 m above it, whose hinge has a range. */
  private static final String ROBOT =
      """
      <mujoco model="cart">
        <option gravity="0 0 -10"/>
        <worldbody>
          <body name="cart">
            <joint name="rail" type="slide" axis="1 0 0"/>
            <geom name="cart" type="box" size="0.1 0.1 0.1" mass="2"/>
            <body name="pole">
              <joint name="hinge" axis="0 -1 0" range="-90 90"/>
              <geom name="pole" type="capsule" fromto="0 0 0 0 0 0.5" size="0.02" mass="0.3"/>
              <site name="tip" pos="0 0 0.5"/>
            </body>
          </body>
        </worldbody>
        <actuator><motor name="push" joint="rail" gear="10" ctrlrange="-1 1"/></actuator>
        <keyframe><key name="leaning" qpos="1 0.2" qvel="0 -0.5"/></keyframe>
      </mujoco>
      """;

  private static final String TASK =
      """
      robot: cart.xml
      description: A cart keeps a pole up.
      version: 2b
      parameters:
        place: {value: 0.5, range: [-3, 3], unit: m, description: where to stand}
        load:
          robot: {element: geom, name: pole, attribute: mass}
          range: [0.1, 1]
        poles: {value: 1, range: [1, 4], whole: true}
      dt: 0.02
      substeps: 2
      horizon: 300
      integrator: euler
      limits: {stiffness: 30, damping: 1, width: 0.1}
      start: {hinge: 0.1, rail_velocity: $place}
      start_spread: 0.02
      hide: [rail]
      cost:
        at: {of: {x: tip}, target: $place, weight: 2}
        push: {of: actions, weight: 0.1}
        lean: {of: {angle: pole}, penalty: {smooth_absolute: 0.5}}
      terminal_cost:
        up: {of: {y: tip}, penalty: linear, weight: -3}
      reward:
        alive: {of: one, penalty: linear}
        travel: {of: {displacement: {x: cart}}, penalty: linear, weight: 50}
        push: {of: {action: push}, weight: -0.1}
      failure:
        where:
          hinge: {below: -0.7, above: 0.7, words: the pole}
        costs: 7
      goal: {travel: rail, speed: -$place, least_share: 0.4, most_cost_ratio: 2}
      first_guess: {amplitude: 0.1, frequency: 2, phase: 1}
      """;

  private static FileEnvironment read(String task, String robot) {
    return FileEnvironment.read(
        "cart",
        "cart.yaml",
        task,
        null,
        name ->
            name.equals("cart.xml")
                ? new ByteArrayInputStream(robot.getBytes(StandardCharsets.UTF_8))
                : null);
  }

  private static Environment cart(Map<String, Double> parameters) {
    return read(TASK, ROBOT).create(parameters);
  }

  @Test
  void everyEntryIsInTheSpec() {
    EnvironmentSpec spec = cart(Map.of()).spec();
    assertEquals("cart", spec.id());
    assertTrue(spec.version().matches("2b\\+[0-9a-f]{12}"), spec.version());
    assertEquals("A cart keeps a pole up.", spec.description());
    assertEquals(0.02, spec.dt());
    assertEquals(300, spec.horizon());
    assertEquals(
        List.of("rail", "hinge", "rail_velocity", "hinge_velocity"),
        spec.state().stream().map(EnvironmentSpec.StateEntry::name).toList());
    assertEquals(List.of(0.0, 0.1, 0.5, 0.0), spec.initialState().mean());
    assertEquals(List.of(0.0, 0.02, 0.02, 0.02), spec.initialState().std());
    assertEquals(List.of(1, 2, 3), spec.observation());
    assertEquals(
        List.of("at", "push", "lean"),
        spec.costTerms().stream().map(EnvironmentSpec.CostTerm::name).toList());
    assertEquals(
        List.of("alive", "travel", "push"),
        spec.rewardTerms().stream().map(EnvironmentSpec.CostTerm::name).toList());
    assertEquals(0.3, parameter(spec, "load").value(), "the number that the robot's file has");
    assertEquals(1, parameter(spec, "load").upper());
    assertEquals("m", parameter(spec, "place").unit());
    assertEquals(30, parameter(spec, "limit_stiffness").value());
    assertEquals(2, parameter(spec, "substeps").value());
  }

  private static EnvironmentSpec.Parameter parameter(EnvironmentSpec spec, String name) {
    return spec.parameters().stream()
        .filter(parameter -> parameter.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static String message(Throwable e) {
    return String.valueOf(e.getMessage());
  }

  @Test
  void costsRewardsAndFailureAreWhatTheySay() {
    Environment cart = cart(Map.of("place", 0.25));
    Workspace workspace = cart.newWorkspace();
    double[] x = {0.3, 0.4, 0.1, -0.2};
    double[] u = {0.6};
    double[] next = new double[4];
    assertTrue(cart.step(workspace, x, 0, u, 0, next, 0));
    double tipX = 0.3 - 0.5 * Math.sin(0.4); // The axis points out of the plane: to the left.
    double lean = Math.sqrt(0.4 * 0.4 + 0.5 * 0.5) - 0.5;
    assertEquals(
        2 * (tipX - 0.25) * (tipX - 0.25) + 0.1 * 0.36 + lean,
        cart.cost(workspace, x, 0, u, 0),
        1e-14);
    assertEquals(-3 * 0.5 * Math.cos(0.4), cart.terminalCost(workspace, x, 0), 1e-14);
    assertEquals(
        1 + 50 * (next[0] - x[0]) - 0.1 * 0.36, cart.reward(workspace, x, 0, u, 0, next, 0), 1e-12);
    assertFalse(cart.terminated(new double[] {9, 0.69, 0, 0}, 0));
    assertTrue(cart.terminated(new double[] {0, 0.71, 0, 0}, 0));
    assertTrue(cart.terminated(new double[] {0, -0.71, 0, 0}, 0));
  }

  @Test
  void aNumberOfTheRobotsFileIsAParameter() {
    assertEquals(2.3, mass(cart(Map.of())), 1e-12);
    assertEquals(2.8, mass(cart(Map.of("load", 0.8))), 1e-12);
    ParameterException e = assertThrows(ParameterException.class, () -> cart(Map.of("load", 1.5)));
    assertTrue(message(e).contains("load"), message(e));
  }

  private static double mass(Environment environment) {
    return environment.spec().geometry().stream()
        .mapToDouble(EnvironmentSpec.LinkGeometry::mass)
        .sum();
  }

  @Test
  void aKeyframeIsAStart() {
    String start = TASK.replace("{hinge: 0.1, rail_velocity: $place}", "leaning");
    assertEquals(
        List.of(1.0, 0.2, 0.0, -0.5),
        read(start, ROBOT).create(Map.of()).spec().initialState().mean());
  }

  @Test
  void theDigestIsOfTaskRobotAndParameters() {
    String first = cart(Map.of()).spec().modelDigest();
    assertEquals(first, cart(Map.of()).spec().modelDigest());
    assertNotEquals(first, cart(Map.of("load", 0.4)).spec().modelDigest());
    assertNotEquals(
        first,
        read(TASK.replace("weight: 2", "weight: 3"), ROBOT).create(Map.of()).spec().modelDigest());
    assertNotEquals(
        first,
        read(TASK, ROBOT.replace("size=\"0.02\"", "size=\"0.03\""))
            .create(Map.of())
            .spec()
            .modelDigest());
  }

  /** One change of the file, and what is said of it: with file, line and entry. */
  @ParameterizedTest(name = "{1}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
      dt: 0.02|dt: 0|cart.yaml, line 10: 'dt' must be from 1.0E-4 to 1.0, but is '0'
      dt: 0.02|dt: .nan|'dt' must be a number, but is '.nan'
      dt: 0.02|dt: 1e999|'dt' must be a finite number, but is '1e999'
      dt: 0.02|dt: [0.02]|'dt' must be a word
      dt: 0.02|dt:|'dt' must be a word
      dt: 0.02|td: 0.02|line 10: 'td' is unknown; known here: robot, description
      dt: 0.02|# no dt|'dt' is missing
      dt: 0.02|dt: 0.02, 3: 4|line 10: this is not valid YAML
      dt: 0.02|horizon: 5|'horizon' stands there twice
      dt: 0.02|dt: &a [*a]|cart.yaml is not valid YAML: Number of aliases
      dt: 0.02|!!java.io.File {}: 0.02|line 10: this is not valid YAML: Global tag is not allowed
      dt: 0.02|[dt]: 0.02|plain words
      substeps: 2|substeps: 1.5|'substeps' must be a whole number from 1 to 1000, but is '1.5'
      horizon: 300|horizon: 100001|'horizon' must be a whole number from 1 to 100000
      version: 2b|version: two words|'version' must be 1 to 32 letters, digits, dots and hyphens
      integrator: euler|integrator: rk4|'integrator' must be midpoint or euler, but is 'rk4'
      width: 0.1}|wide: 0.1}|'limits.wide' is unknown; known here: stiffness, damping, width
      damping: 1,|damping: $drag,|'limits.damping' must be a number or one of the file's parameters: $place, $load, $poles, but is '$drag'
      hide: [rail]|hide: rail|'hide' must be a list, such as [0, 1], but is 'rail'
      hide: [rail]|hide: [rial]|'hide[0]'
      start_spread: 0.02|start_spread: -1|'start_spread' must be from 0.0 to 1.0
      {hinge: 0.1, rail_velocity: $place}|{hinj: 0.1}|'start.hinj'
      {hinge: 0.1, rail_velocity: $place}|standing|must be one of the robot's keyframes: leaning, but is 'standing'
      range: [-3, 3]|range: [-3]|'parameters.place.range' needs two numbers
      range: [-3, 3]|range: [1, 3]|'parameters.place' has the value 0.5, which is not in its range from 1.0 to 3.0
      place: {value|Place: {value|'parameters.Place' needs a name of small letters, digits and _
      poles: {value: 1|poles: {value: 1.5|'parameters.poles.value' must be a whole number from -1000000 to 1000000, but is '1.5'
      poles: {|dt: {|cart.yaml: the parameter 'dt' is declared twice
      attribute: mass|attribute: weight|'parameters.load.robot'
      name: pole, attribute|name: pol, attribute|'parameters.load.robot'
      {of: actions, weight: 0.1}|{of: actions, weight: -1}|'cost.push': the weight of 'push' must be at least 0, but is -1.0
      {of: actions, weight: 0.1}|{weight: 0.1}|'cost.push' needs of
      {of: actions, weight: 0.1}|{of: torque}|'cost.push.of' must be actions, one, survival, or a mapping
      {of: actions, weight: 0.1}|{of: {action: pull}}|'cost.push.of.action' must be one of push, but is 'pull'
      {of: actions, weight: 0.1}|{of: {state: speed}}|must be one of rail, hinge, rail_velocity, hinge_velocity, but is 'speed'
      {of: actions, weight: 0.1}|{of: {speed: tip}}|'cost.push.of.speed' is unknown
      {of: actions, weight: 0.1}|{of: {x: tip, y: tip}}|'cost.push.of' must be actions, one
      {of: actions, weight: 0.1}|{of: {displacement: {displacement: {x: tip}}}}|'cost.push.of.displacement': a displacement has no displacement of its own
      {x: tip}, target|{x: top}, target|'cost.at.of.x' must be one of the robot's bodies and sites that move: cart, pole, tip, but is 'top'
      penalty: linear, weight: -3|penalty: cubic|'terminal_cost.up.penalty' must be quadratic, linear or {smooth_absolute: WIDTH}, but is 'cubic'
      {of: {y: tip}, penalty|{of: actions, penalty|'terminal_cost.up.of' stands for no action
      {smooth_absolute: 0.5}|{smooth_absolute: 0}|'cost.lean.penalty.smooth_absolute'
      {of: {y: tip}, penalty|{of: {displacement: {y: tip}}, penalty|'terminal_cost.up'
      costs: 7|cost: 7|'failure.cost' is unknown
      costs: 7|charge_actions: true|'failure' needs either costs or costs_of_rest_at
      costs: 7|costs_of_rest_at: {hinge: 0, rail: 0}|'failure.costs_of_rest_at' needs one state entry
      hinge: {below: -0.7, above: 0.7, words: the pole}|hinge: {words: the pole}|'failure.where.hinge' needs below or above
      hinge: {below: -0.7, above: 0.7, words: the pole}|hip: {below: 0}|'failure.where.hip.below'
      most_cost_ratio: 2}|most_cost_ratio: 0.5}|'goal.most_cost_ratio' must be at least 1, but is '0.5'
      goal: {travel: rail|goal: {travel: road|'goal.travel'
      goal: {travel: rail|goal: {travel: rail_velocity|is a velocity and not a position
      amplitude: 0.1|amplitude: x|'first_guess.amplitude' must be a number, but is 'x'
      robot: cart.xml|robot: bike.xml|bike.xml: there is no such file
      """)
  void whatMakesNoSenseIsSaid(String there, String instead, String message) {
    assertTrue(TASK.contains(there), there);
    RuntimeException e =
        assertThrows(
            RuntimeException.class,
            () -> read(TASK.replace(there, instead), ROBOT).create(Map.of()));
    assertTrue(
        e instanceof TaskFileException || message.startsWith("bike.xml"), () -> e.toString());
    assertTrue(message(e).contains(message), message(e));
    assertTrue(message(e).lines().count() <= 2, message(e));
  }

  @Test
  void aFileThatIsNoTaskIsRefusedSoon() {
    for (String text :
        List.of(
            "",
            "- 1",
            "a: b: c",
            "[".repeat(90_000),
            "{a: ".repeat(20_000),
            "x".repeat(100_001),
            "a: [" + "1,".repeat(40_000) + "]",
            "a: &a [1]\nb: [" + "*a,".repeat(30_000) + "]")) {
      TaskFileException e =
          assertTimeoutPreemptively(
              Duration.ofSeconds(5),
              () -> assertThrows(TaskFileException.class, () -> read(text, ROBOT)));
      assertTrue(message(e).startsWith("cart.yaml"), message(e));
    }
  }
}
