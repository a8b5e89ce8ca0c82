package io.gaitway.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gaitway.client.error.GaitwayException;
import io.gaitway.client.error.InvalidArgumentException;
import io.gaitway.client.evaluation.ControllerFunction;
import io.gaitway.client.evaluation.EpisodeResult;
import io.gaitway.client.evaluation.EvaluationInfo;
import io.gaitway.client.evaluation.EvaluationOptions;
import io.gaitway.client.evaluation.Evaluations;
import io.gaitway.client.fixture.CuttingProxy;
import io.gaitway.client.session.Episodes;
import io.gaitway.client.session.Reset;
import io.gaitway.client.session.Session;
import io.gaitway.client.session.SessionOptions;
import io.gaitway.client.session.SessionOptions.Autoreset;
import io.gaitway.client.session.SessionOptions.Bounds;
import io.gaitway.client.session.Snapshot;
import io.gaitway.client.session.StepResult;
import io.gaitway.client.session.StepStream;
import io.gaitway.client.simulation.Controller;
import io.gaitway.client.simulation.EnvironmentInfo;
import io.gaitway.client.simulation.Expansion;
import io.gaitway.client.simulation.Jacobians;
import io.gaitway.client.simulation.RobotFiles;
import io.gaitway.client.simulation.Rollout;
import io.gaitway.client.simulation.RolloutRequest;
import io.gaitway.client.simulation.Simulator;
import io.gaitway.client.simulation.Trajectory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Carries out the operations of a conformance case and says in JSON what came of them. */
final class ConformanceOperations implements AutoCloseable {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final Path ROBOTS = Path.of("..", "conformance", "robots");

  /** Arrays of at most this size are spelt out beside their digest. */
  private static final int SPELT_OUT = 40;

  private final GaitwayClient client;
  private final Map<String, Session> sessions = new HashMap<>();
  private final Map<String, Snapshot> snapshots = new HashMap<>();

  ConformanceOperations(GaitwayClient client) {
    this.client = client;
  }

  /** The outcome as the case says it: a field "expect", "error" or "refused". */
  ObjectNode run(JsonNode operation) {
    ObjectNode outcome = JSON.objectNode();
    try {
      outcome.set("expect", carryOut(operation));
    } catch (GaitwayException e) {
      outcome.set("error", error(e));
    } catch (IllegalArgumentException e) {
      outcome.put("refused", true);
    }
    return outcome;
  }

  private ObjectNode carryOut(JsonNode operation) {
    String name = operation.path("do").asText();
    return switch (name) {
      case "add" -> add(operation);
      case "describe" -> describe(operation);
      case "initial_states" -> initialStates(operation);
      case "rollout" -> rollout(operation);
      case "linearize" -> linearize(operation);
      case "linearize_dynamics" -> linearizeDynamics(operation);
      case "open" -> open(operation);
      case "reset" -> episodes(session(operation).reset(reset(operation)), operation);
      case "step" -> result(session(operation).step(doubles(operation.get("actions"))), operation);
      case "stream" -> stream(operation);
      case "snapshot" -> snapshot(operation);
      case "restore" -> restore(operation);
      case "fork" -> fork(operation);
      case "close" -> close(operation);
      case "evaluate" -> evaluate(operation);
      default -> throw new IllegalArgumentException("there is no operation '" + name + "'");
    };
  }

  private ObjectNode add(JsonNode operation) {
    try {
      Path task = ROBOTS.resolve(operation.path("task").asText());
      RobotFiles files =
          operation.has("robot")
              ? RobotFiles.read(ROBOTS.resolve(operation.path("robot").asText()), task)
              : RobotFiles.read(task);
      Map<String, String> texts = new HashMap<>(files.files());
      texts.merge(files.robot(), " ".repeat(operation.path("padding").asInt()), String::concat);
      AddedEnvironment added =
          client.addEnvironment(
              new RobotFiles(files.name(), files.robot(), texts, files.task(), files.taskText()));
      ObjectNode expect = JSON.objectNode();
      expect.put("environment", added.environment().id());
      expect.put("model_digest", added.environment().modelDigest());
      added.warnings().forEach(expect.putArray("warnings")::add);
      return expect;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private ObjectNode describe(JsonNode operation) {
    EnvironmentInfo info =
        client.environment(operation.path("environment").asText(), parameters(operation));
    ObjectNode expect = JSON.objectNode();
    expect.put("version", info.version());
    expect.put("model_digest", info.modelDigest());
    expect.put("nx", info.nx()).put("nu", info.nu()).put("horizon", info.horizon());
    expect.put("dt", info.dt());
    ArrayNode states = expect.putArray("states");
    info.state().forEach(entry -> states.add(entry.name()));
    ArrayNode actions = expect.putArray("actions");
    info.action().forEach(entry -> actions.add(entry.name()));
    ArrayNode observation = expect.putArray("observation");
    info.observation().forEach(observation::add);
    expect.set("costs", costs(info.costTerms()));
    expect.set("terminal_costs", costs(info.terminalCostTerms()));
    expect.set("rewards", costs(info.rewardTerms()));
    expect.put("ground_height", info.groundHeight());
    EnvironmentInfo.Goal goal = info.goal();
    if (goal == null) {
      expect.putNull("goal");
    } else {
      expect
          .putObject("goal")
          .put("progress_index", goal.progressIndex())
          .put("target_speed", goal.targetSpeed())
          .put("least_share", goal.leastShare())
          .put("most_cost_ratio", goal.mostCostRatio());
    }
    expect.set("first_guess", firstGuess(info.firstGuess()));
    ArrayNode moved = expect.putArray("moved_by");
    info.geometry()
        .forEach(g -> moved.addArray().add(g.xIndex()).add(g.yIndex()).add(g.angleIndex()));
    ArrayNode links = expect.putArray("links");
    for (EnvironmentInfo.LinkGeometry link : info.geometry()) {
      ArrayNode shapes = links.addObject().put("angle", link.angle()).putArray("shapes");
      for (EnvironmentInfo.Shape shape : link.shapes()) {
        ObjectNode node = shapes.addObject().put("radius", shape.radius());
        shape.points().forEach(node.putArray("points")::add);
      }
    }
    return expect;
  }

  private static ArrayNode costs(List<EnvironmentInfo.CostTerm> terms) {
    ArrayNode result = JSON.arrayNode();
    for (EnvironmentInfo.CostTerm term : terms) {
      result
          .addObject()
          .put("name", term.name())
          .put("quantity", term.quantity())
          .put("weight", term.weight())
          .put("target", term.target())
          .put("penalty", term.penalty().name().toLowerCase(Locale.ROOT).replace('_', '-'))
          .put("width", term.width());
    }
    return result;
  }

  private static @Nullable ObjectNode firstGuess(EnvironmentInfo.@Nullable FirstGuess guess) {
    if (guess == null) {
      return null;
    }
    EnvironmentInfo.Sinusoid sine = guess.sinusoid();
    if (sine == null) {
      return JSON.objectNode().put("gait", guess.gait());
    }
    ObjectNode result = JSON.objectNode().put("frequency", sine.frequency());
    sine.amplitude().forEach(result.putArray("amplitude")::add);
    sine.phase().forEach(result.putArray("phase")::add);
    return result;
  }

  private ObjectNode initialStates(JsonNode operation) {
    Simulator simulator = simulator(operation);
    List<double[]> states =
        simulator.initialStates(seed(operation.get("seed")), operation.path("count").asInt());
    return JSON.objectNode().set("states", array(join(states), states.size(), -1));
  }

  private ObjectNode rollout(JsonNode operation) {
    Simulator simulator = simulator(operation);
    List<Controller> controllers = new ArrayList<>();
    operation.path("controllers").forEach(node -> controllers.add(controller(node)));
    List<double[]> starts = new ArrayList<>();
    operation.path("initial_states").forEach(row -> starts.add(doubles(row)));
    List<Long> seeds = new ArrayList<>();
    operation.path("seeds").forEach(node -> seeds.add(seed(node)));
    List<Double> stepSizes = new ArrayList<>();
    operation.path("step_sizes").forEach(node -> stepSizes.add(node.asDouble()));
    RolloutRequest request =
        new RolloutRequest(
            operation.path("horizon").asInt(),
            starts,
            controllers,
            seeds,
            stepSizes,
            operation.path("drawn_actions").asBoolean());
    ObjectNode expect = JSON.objectNode();
    ArrayNode list = expect.putArray("rollouts");
    for (Rollout rollout : simulator.rollout(request)) {
      list.addObject()
          .put(
              "status",
              rollout.diverged() ? "diverged" : rollout.terminated() ? "terminated" : "completed")
          .put("steps", rollout.steps())
          .put("clipped", rollout.clipped())
          .put("cost", rollout.cost())
          .put("digest", rollout.digest());
    }
    return expect;
  }

  private ObjectNode linearize(JsonNode operation) {
    Simulator simulator = simulator(operation);
    EnvironmentInfo info = simulator.environment();
    double[] us = doubles(operation.get("actions"));
    int T = us.length / info.nu();
    Trajectory trajectory = new Trajectory(T, info.nx(), info.nu());
    double[] xs = doubles(operation.get("states"));
    System.arraycopy(xs, 0, trajectory.xs, 0, xs.length);
    System.arraycopy(us, 0, trajectory.us, 0, us.length);
    Expansion expansion = new Expansion(T, info.nx(), info.nu());
    simulator.linearize(
        trajectory,
        Simulator.CostHessian.valueOf(
            operation.path("cost_hessian").asText().toUpperCase(Locale.ROOT)),
        expansion);
    int nx = info.nx();
    int nu = info.nu();
    ObjectNode expect = JSON.objectNode();
    expect.set("fx", array(expansion.fx, T, nx, nx));
    expect.set("fu", array(expansion.fu, T, nx, nu));
    expect.set("l", array(expansion.l, T + 1));
    expect.set("lx", array(expansion.lx, T + 1, nx));
    expect.set("lu", array(expansion.lu, T, nu));
    expect.set("lxx", array(expansion.lxx, T + 1, nx, nx));
    expect.set("lux", array(expansion.lux, T, nu, nx));
    expect.set("luu", array(expansion.luu, T, nu, nu));
    return expect;
  }

  private ObjectNode linearizeDynamics(JsonNode operation) {
    Simulator simulator = simulator(operation);
    int nx = simulator.environment().nx();
    int nu = simulator.environment().nu();
    double[] xs = doubles(operation.get("states"));
    double[] us = doubles(operation.get("actions"));
    int n = us.length / nu;
    Jacobians jacobians = new Jacobians(n, nx, nu);
    simulator.linearizeDynamics(xs, us, jacobians);
    ObjectNode expect = JSON.objectNode();
    expect.set("fx", array(jacobians.fx, n, nx, nx));
    expect.set("fu", array(jacobians.fu, n, nx, nu));
    if (operation.has("multipliers")) {
      double[] curvature = new double[n * (nx + nu) * (nx + nu)];
      simulator.curvature(xs, us, doubles(operation.get("multipliers")), curvature);
      expect.set("curvature", array(curvature, n, nx + nu, nx + nu));
    }
    if (operation.has("by")) {
      List<String> parameters = new ArrayList<>();
      operation.get("by").forEach(name -> parameters.add(name.asText()));
      double[] fp = new double[n * nx * parameters.size()];
      simulator.differentiateBy(parameters, xs, us, fp);
      expect.set("fp", array(fp, n, nx, parameters.size()));
    }
    return expect;
  }

  private ObjectNode open(JsonNode operation) {
    SessionOptions options =
        SessionOptions.defaults()
            .withEnvironments(operation.path("environments").asInt(1))
            .withAutoreset(
                Autoreset.valueOf(
                    operation.path("autoreset").asText("next_step").toUpperCase(Locale.ROOT)))
            .withBounds(
                Bounds.valueOf(operation.path("bounds").asText("reject").toUpperCase(Locale.ROOT)))
            .withMaxEpisodeSteps(operation.path("max_episode_steps").asInt())
            .withRenew(false);
    Session session =
        client.session(operation.path("environment").asText(), parameters(operation), options);
    sessions.put(operation.path("session").asText(), session);
    return JSON.objectNode().put("size", session.size());
  }

  private ObjectNode stream(JsonNode operation) {
    return operation.has("cuts") ? cutStream(operation) : stream(session(operation), operation);
  }

  private ObjectNode stream(Session session, JsonNode operation) {
    ArrayNode results = JSON.arrayNode();
    try (StepStream stream = session.stream()) {
      for (JsonNode us : operation.get("actions")) {
        stream.sendStep(doubles(us));
      }
      for (int i = 0; i < operation.get("actions").size(); i++) {
        results.add(result(stream.receiveStep(), operation));
      }
    }
    return JSON.objectNode().set("results", results);
  }

  /** The same over connections that break. */
  private ObjectNode cutStream(JsonNode operation) {
    Integer[] cuts =
        operation.get("cuts").valueStream().map(JsonNode::asInt).toArray(Integer[]::new);
    String target = client.target();
    int port = Integer.parseInt(target.substring(target.lastIndexOf(':') + 1));
    try (CuttingProxy proxy = new CuttingProxy(port, cuts);
        GaitwayClient cut = GaitwayClient.connect(proxy.address())) {
      Session attached = cut.attach(session(operation).id());
      ObjectNode results = stream(attached, operation);
      attached.detach();
      if (proxy.broken() != cuts.length) {
        throw new IllegalStateException(proxy.broken() + " connections broke, not " + cuts.length);
      }
      return results;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private ObjectNode snapshot(JsonNode operation) {
    Snapshot snapshot = session(operation).snapshot(indices(operation));
    snapshots.put(operation.path("snapshot").asText(), Snapshot.fromBytes(snapshot.toBytes()));
    return JSON.objectNode().put("size", snapshot.size());
  }

  private ObjectNode restore(JsonNode operation) {
    Snapshot snapshot = snapshots.get(operation.path("snapshot").asText());
    session(operation).restore(Objects.requireNonNull(snapshot), indices(operation));
    return JSON.objectNode();
  }

  private ObjectNode fork(JsonNode operation) {
    Session fork = session(operation).fork(indices(operation));
    sessions.put(operation.path("as").asText(), fork);
    return JSON.objectNode().put("size", fork.size());
  }

  private ObjectNode close(JsonNode operation) {
    session(operation).close();
    return JSON.objectNode();
  }

  private ObjectNode evaluate(JsonNode operation) {
    double[] W = doubles(operation.get("weights"));
    double[] b = doubles(operation.get("biases"));
    int nx = W.length / b.length;
    Evaluations evaluations = client.evaluations();
    EvaluationInfo evaluation =
        evaluations.create(
            new EvaluationOptions(
                operation.path("suite").asText(),
                "conformance",
                "",
                Duration.ofMinutes(1),
                operation.path("parallel").asInt()));
    List<EpisodeResult> results =
        evaluations.control(evaluation.id(), (round, us) -> affine(W, b, nx, round, us));
    ObjectNode expect = JSON.objectNode();
    expect.put("suite_digest", evaluation.suite().digest());
    ArrayNode episodes = expect.putArray("episodes");
    results.stream()
        .sorted(Comparator.comparingInt(EpisodeResult::episode))
        .forEach(
            result ->
                episodes
                    .addObject()
                    .put("episode", result.episode())
                    .put("outcome", result.outcome().name().toLowerCase(Locale.ROOT))
                    .put("steps", result.steps())
                    .put("clipped", result.clipped())
                    .put("cost", result.cost())
                    .put("digest", result.digest()));
    return expect;
  }

  /** u = b + W x, summed from the bias by ascending state index. */
  private static void affine(
      double[] W, double[] b, int nx, ControllerFunction.Round round, double[] us) {
    for (int i = 0; i < us.length; i++) {
      int row = i % b.length;
      int at = i / b.length * nx;
      us[i] = b[row];
      for (int j = 0; j < nx; j++) {
        us[i] += W[row * nx + j] * round.states()[at + j];
      }
    }
  }

  private Simulator simulator(JsonNode operation) {
    return client.simulator(operation.path("environment").asText(), parameters(operation));
  }

  private Session session(JsonNode operation) {
    String name = operation.path("session").asText();
    Session session = sessions.get(name);
    if (session == null) {
      throw new IllegalArgumentException("no session '" + name + "' was opened");
    }
    return session;
  }

  private static Map<String, Double> parameters(JsonNode operation) {
    Map<String, Double> parameters = new HashMap<>();
    operation
        .path("parameters")
        .properties()
        .forEach(entry -> parameters.put(entry.getKey(), entry.getValue().asDouble()));
    return parameters;
  }

  private static Reset reset(JsonNode operation) {
    boolean @Nullable [] mask = null;
    if (operation.has("mask")) {
      mask = new boolean[operation.get("mask").size()];
      for (int i = 0; i < mask.length; i++) {
        mask[i] = operation.get("mask").get(i).asBoolean();
      }
    }
    long @Nullable [] seeds = null;
    if (operation.has("seeds")) {
      seeds = operation.get("seeds").valueStream().mapToLong(ConformanceOperations::seed).toArray();
    }
    return new Reset(
        mask, seeds, operation.has("states") ? doubles(operation.get("states")) : null);
  }

  private static Controller controller(JsonNode node) {
    JsonNode linear = node.path("linear_gaussian");
    if (linear.isObject()) {
      double[] us = doubles(linear.get("reference_actions"));
      return new Controller.LinearGaussian(
          linear.get("reference_actions").size(),
          doubles(linear.get("reference_states")),
          us,
          doubles(linear.get("feedforward")),
          doubles(linear.get("feedback")),
          linear.has("noise_cholesky") ? doubles(linear.get("noise_cholesky")) : new double[0]);
    }
    JsonNode mlp = node.path("mlp");
    if (mlp.isObject()) {
      List<Controller.Layer> layers = new ArrayList<>();
      mlp.get("layers")
          .forEach(
              layer ->
                  layers.add(
                      new Controller.Layer(
                          doubles(layer.get("weights")),
                          doubles(layer.get("biases")),
                          Controller.Activation.valueOf(
                              layer
                                  .path("activation")
                                  .asText("linear")
                                  .toUpperCase(Locale.ROOT)))));
      JsonNode scaling = mlp.path("scaling");
      JsonNode squashing = mlp.path("squashing");
      return new Controller.Mlp(
          mlp.path("parameters").valueStream().map(JsonNode::asText).toList(),
          mlp.get("inputs").valueStream().map(JsonNode::asInt).toList(),
          scaling.isObject()
              ? new Controller.Scaling(
                  doubles(scaling.get("offset")),
                  doubles(scaling.get("scale")),
                  scaling.path("limit").asDouble(Double.POSITIVE_INFINITY))
              : null,
          layers,
          squashing.isObject()
              ? new Controller.Squashing(
                  doubles(squashing.get("centre")), doubles(squashing.get("half_range")))
              : null,
          mlp.has("noise_std") ? doubles(mlp.get("noise_std")) : new double[0]);
    }
    return new Controller.OpenLoop(doubles(node.get("open_loop")));
  }

  private ObjectNode episodes(Episodes episodes, JsonNode operation) {
    ObjectNode expect = JSON.objectNode();
    expect.set("states", array(episodes.states(), session(operation).size(), -1));
    expect.set("seeds", unsigned(episodes.seeds()));
    expect.set("episodes", unsigned(episodes.episodes()));
    return expect;
  }

  private ObjectNode result(StepResult result, JsonNode operation) {
    ObjectNode expect = JSON.objectNode();
    expect.put("step", result.step());
    expect.set("states", array(result.states(), session(operation).size(), -1));
    expect.set("costs", array(result.costs(), session(operation).size()));
    if (result.rewards().length > 0) {
      expect.set("rewards", array(result.rewards(), session(operation).size()));
    }
    expect.set("terminated", booleans(result.terminated()));
    expect.set("truncated", booleans(result.truncated()));
    expect.set("diverged", booleans(result.diverged()));
    expect.set("clipped", booleans(result.clipped()));
    ArrayNode resets = expect.putArray("resets");
    for (StepResult.NewEpisode reset : result.resets()) {
      ObjectNode node = resets.addObject();
      node.put("environment", reset.environment());
      node.put("seed", Long.toUnsignedString(reset.seed()));
      node.put("episode", Long.toUnsignedString(reset.episode()));
      if (reset.finalState().length > 0) {
        node.set("final_state", array(reset.finalState(), reset.finalState().length));
      }
    }
    return expect;
  }

  private static ObjectNode error(GaitwayException e) {
    ObjectNode error = JSON.objectNode();
    error.put("code", e.code()).put("reason", e.reason());
    if (e instanceof InvalidArgumentException invalid) {
      error.put("field", invalid.field());
    }
    ObjectNode metadata = error.putObject("metadata");
    e.metadata().entrySet().stream()
        .filter(entry -> !entry.getKey().equals("session")) // It differs every time.
        .sorted(Map.Entry.comparingByKey())
        .forEach(entry -> metadata.put(entry.getKey(), entry.getValue()));
    return error;
  }

  /** Shape and SHA-256 of the little-endian bits; one size may be −1, which is worked out. */
  private static ObjectNode array(double[] values, int... shape) {
    int known = Arrays.stream(shape).filter(size -> size >= 0).reduce(1, (a, b) -> a * b);
    ObjectNode node = JSON.objectNode();
    ArrayNode sizes = node.putArray("shape");
    for (int size : shape) {
      sizes.add(size < 0 ? values.length / known : size);
    }
    byte[] bytes = new byte[values.length * Double.BYTES];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asDoubleBuffer().put(values);
    try {
      node.put(
          "sha256", HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
    if (values.length <= SPELT_OUT) {
      ArrayNode list = node.putArray("values");
      for (double value : values) {
        list.add(value);
      }
    }
    return node;
  }

  private static ArrayNode booleans(boolean[] values) {
    ArrayNode node = JSON.arrayNode();
    for (boolean value : values) {
      node.add(value);
    }
    return node;
  }

  private static ArrayNode unsigned(long[] values) {
    ArrayNode node = JSON.arrayNode();
    LongStream.of(values).forEach(value -> node.add(Long.toUnsignedString(value)));
    return node;
  }

  private static double[] join(List<double[]> rows) {
    return rows.stream().flatMapToDouble(Arrays::stream).toArray();
  }

  /** Nested lists of numbers, flat; "NaN", "Infinity" and "-Infinity" are numbers too. */
  private static double[] doubles(JsonNode node) {
    return leaves(node)
        .mapToDouble(leaf -> leaf.isTextual() ? Double.parseDouble(leaf.asText()) : leaf.asDouble())
        .toArray();
  }

  private static Stream<JsonNode> leaves(JsonNode node) {
    return node.isArray()
        ? node.valueStream().flatMap(ConformanceOperations::leaves)
        : Stream.of(node);
  }

  private static int[] indices(JsonNode operation) {
    return operation.path("indices").valueStream().mapToInt(JsonNode::asInt).toArray();
  }

  /** Seeds are texts: JSON readers lose the last bits of large numbers. */
  private static long seed(JsonNode node) {
    return Long.parseUnsignedLong(node.asText());
  }

  @Override
  public void close() {
    sessions.values().forEach(Session::close);
  }
}
