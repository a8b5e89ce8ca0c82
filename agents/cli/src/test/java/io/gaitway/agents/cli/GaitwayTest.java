package io.gaitway.agents.cli;

import static io.gaitway.agents.cli.Program.names;
import static io.gaitway.agents.cli.Program.run;
import static io.gaitway.agents.cli.Program.with;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gaitway.agents.api.Json;
import io.gaitway.agents.cli.Program.Outcome;
import io.gaitway.agents.measure.IterationMetrics;
import io.gaitway.agents.run.GaitwayVersion;
import io.gaitway.agents.run.MetricsLog;
import io.gaitway.agents.run.RunConfig;
import io.gaitway.agents.run.RunDirectory;
import io.gaitway.optim.policy.PolicyFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The command line against the embedded server. */
class GaitwayTest {
  private static final String[] SHORT = {"--iterations", "3", "--param", "horizon=20"};

  @TempDir Path folder = Path.of("unset");

  private Outcome train(String name, String... more) {
    String[] first = {"train", "wander", "swimmer", "--out", folder.resolve(name).toString()};
    return run(with(with(first, SHORT), more));
  }

  static Stream<Arguments> faults() {
    return Stream.of(
        fault(2, "AGENT and ENVIRONMENT are missing; see 'gaitway train --help'", "train"),
        fault(2, "ENVIRONMENT is missing; see 'gaitway train --help'", "train wander"),
        fault(2, "Unknown option: '--hiden=1'; see .*", "train wander swimmer --hiden=1"),
        fault(
            2,
            "Invalid value for option '--hidden': 'ten' is not a whole number below 2\\^31; see .*",
            "train wander swimmer --hidden ten"),
        fault(
            2,
            "--hidden must be between 1 and 1000, but is 0; see .*",
            "train wander swimmer --hidden 0"),
        fault(
            2,
            "--iterations must be between 1 and 100000, but is 100001; see .*",
            "train wander swimmer --iterations 100001"),
        fault(
            2,
            "--preset must be default or paper, but is 'best'; see .*",
            "train wander swimmer --preset best"),
        fault(2, "there is no agent 'nobody'; there are: .*wander.*", "train nobody swimmer"),
        fault(
            2,
            "there is no setting 'strid'; there are stride, pause",
            "train wander swimmer --set strid=1"),
        fault(
            2,
            "setting 'stride' must be more than 0 and at most 10, but is 11.0",
            "train wander swimmer --set stride=11"),
        fault(2, ".*'nowhere'.*swimmer.*", "train wander nowhere"),
        fault(
            2, ".*target_speed.*1000.*-10.*10.*", "train wander swimmer --param target_speed=1000"),
        fault(
            2,
            "--observe has 'joint3'; swimmer has root_x, .*; groups are all, .*",
            "train wander swimmer --observe angles,joint3"),
        fault(
            2,
            "--observe names 'joint1_angle' twice",
            "train wander swimmer --observe angles,joint1_angle"),
        fault(
            2,
            "--jobs must be between 1 and 256, but is 0; see .*",
            "study wander swimmer --jobs=0"),
        fault(2, "--hidden has 5 twice; see .*", "study wander swimmer --hidden 5,5"),
        fault(
            2,
            "--seeds must be between 1 and 1000, but is 0; see .*",
            "study wander swimmer --seeds 0"),
        fault(
            2,
            "--presets must be default or paper, but is 'best'; see .*",
            "study wander swimmer --presets paper,best"),
        fault(
            2,
            "--stochastic-marks must be more than 0 and at most 1000, but is NaN; see .*",
            "study wander swimmer --stochastic-marks NaN"),
        fault(
            2,
            "--perturb must be more than 0 and at most 10, but is 0.0; see .*",
            "study wander walker --perturb 0.1,0"),
        fault(
            2,
            "--perturb says how many stay upright, but swimmer never ends early; see .*",
            "study wander swimmer --perturb 0.1"),
        fault(
            2,
            "there is no setting 'strid'; there are stride, pause",
            "study wander swimmer --set strid=1"),
        fault(2, "--server: .*nonsense.*", "train wander swimmer --server nonsense"),
        fault(1, ".*127.0.0.1:1 .*", "train wander swimmer --server 127.0.0.1:1"),
        fault(1, "there is no run in absent: config.json is missing", "report absent"),
        fault(
            1,
            "there is no policy to export: absent.json is missing",
            "export absent.json --onnx absent.onnx"),
        fault(2, "Missing required option: '--onnx=FILE'; see .*", "export policy.json"),
        fault(1, "there is no run in absent: .*", "train wander swimmer --resume absent"),
        fault(2, "--resume needs a directory, or AGENT and ENVIRONMENT; see .*", "train --resume"),
        fault(
            2,
            "--checkpoint-interval must be a number of seconds of at least 0, or inf, but is -1; see .*",
            "train wander swimmer --checkpoint-interval -1"),
        fault(
            2,
            "--checkpoint-interval must be a number of seconds of at least 0, or inf, but is NaN; see"
                + " .*",
            "train wander swimmer --checkpoint-interval NaN"),
        fault(
            2,
            "--agent-timeout must be a number of seconds greater than 0, or inf for no limit, but is"
                + " -inf; see .*",
            "agents --agent-timeout -inf"),
        fault(
            2,
            "Invalid value for option '--seed': '1.5' is not a whole number below 2\\^63; see .*",
            "train wander swimmer --seed 1.5"),
        fault(
            2,
            "Invalid value for option '--param' \\(NAME=VALUE\\): 'x' is not a number; see .*",
            "train wander swimmer --param horizon=x"),
        fault(
            2,
            "--samples must be between 1 and 1000000, but is 0; see .*",
            "check-derivatives swimmer --samples 0"),
        fault(2, "--param needs the NAME of an environment; see .*", "environments --param a=1"));
  }

  private static Arguments fault(int code, String message, String command) {
    return Arguments.of(code, message, command.split(" "));
  }

  @ParameterizedTest
  @MethodSource("faults")
  void aFaultIsOneLineAndAnExitCode(int code, String message, String[] args) {
    run(args).assertFault(code, message);
  }

  @Test
  void verboseShowsWhereAnErrorCameFrom() {
    Outcome outcome = run("report", "absent", "--verbose");
    assertEquals(1, outcome.code());
    assertTrue(outcome.err().contains("at io.gaitway.agents.run.RunDirectory.readConfig"));
  }

  @Test
  void withoutACommandTheProgramSaysWhatThereIs() {
    Outcome outcome = run();
    assertEquals(2, outcome.code());
    for (String command :
        List.of(
            "train", "serve", "agents", "environments", "check-derivatives", "report", "export")) {
      assertTrue(outcome.err().contains("  " + command + " "), command);
      Outcome help = run(command, "--help");
      assertEquals(0, help.code());
      assertTrue(help.out().startsWith("Usage: gaitway " + command), help.out());
    }
    assertTrue(run("--version").out().startsWith("gaitway " + GaitwayVersion.program()));
    assertTrue(Pattern.matches("\\d+\\.\\d+\\.\\d+.*", GaitwayVersion.program()));
  }

  @Test
  void trainLeavesARunThatDescribesItself() throws IOException {
    Outcome outcome = train("run", "--json", "--hidden", "4", "--seed", "9", "--set", "stride=.1");
    assertEquals(0, outcome.code(), outcome.err());
    List<String> lines = outcome.out().lines().toList();
    ObjectNode result = (ObjectNode) Json.MAPPER.readTree(lines.get(lines.size() - 1));
    assertEquals(
        List.of(
            "agent",
            "environment",
            "hidden",
            "seed",
            "iterations",
            "ddp_cost",
            "deterministic_cost",
            "stochastic_cost",
            "seconds",
            "usage"),
        names(result));
    RunDirectory run = new RunDirectory(folder.resolve("run"));
    RunConfig config = run.readConfig();
    assertEquals(4, config.hidden());
    assertEquals(9, config.seed());
    assertEquals(20, config.horizon());
    assertEquals(0.1, config.settings().get("stride").asDouble());
    assertEquals(20.0, config.parameters().get("horizon"));
    List<IterationMetrics> metrics = MetricsLog.read(run.metrics());
    assertEquals(3, metrics.size());
    assertEquals(metrics.get(2).stochasticCost(), result.get("stochastic_cost").asDouble());
    assertEquals(metrics.get(2).deterministicCost(), result.get("deterministic_cost").asDouble());
    assertEquals(Json.line(metrics.get(2).usage()), result.get("usage").toString());
    assertEquals(
        "swimmer", Json.MAPPER.readTree(run.policy().toFile()).at("/environment/id").asText());
    assertTrue(outcome.err().contains("3/3  DDP "), outcome.err());
  }

  @Test
  void exportsTheSameModelFromARunAndFromItsPolicy() throws IOException {
    assertEquals(0, train("run", "--hidden", "4").code());
    RunDirectory run = new RunDirectory(folder.resolve("run"));
    Path a = folder.resolve("models").resolve("a.onnx");
    Path b = folder.resolve("b.onnx");
    JsonNode result = run("export", run.path().toString(), "--onnx", a.toString(), "--json").json();
    assertEquals(
        List.of("environment", "states", "hidden", "actions", "opset", "file"), names(result));
    assertEquals("swimmer", result.get("environment").asText());
    assertEquals(4, result.get("hidden").asInt());
    assertEquals(a.toString(), result.get("file").asText());
    Outcome outcome = run("export", run.policy().toString(), "--onnx", b.toString());
    assertEquals(
        "swimmer: 10 states, 4 hidden units, 2 actions\nONNX model: " + b + "\n", outcome.out());
    assertEquals(-1, Files.mismatch(a, b));
    run("export", run.config().toString(), "--onnx", b.toString())
        .assertFault(1, ".*config.json is not a policy file: format .*");
  }

  /** The reference's rollout, and n rollouts in iteration n; measuring policies is left out. */
  @Test
  void whatTheLearnerUsedIsRecordedAndShown() throws IOException {
    String[] wander = {"train", "wander", "swimmer", "--iterations=50", "--param=horizon=20"};
    Outcome outcome = run(with(wander, "--out", folder.resolve("run").toString()));
    assertEquals(0, outcome.code(), outcome.err());
    List<String> lines = Files.readAllLines(new RunDirectory(folder.resolve("run")).metrics());
    for (int n : new int[] {1, 2, 50}) {
      ObjectNode usage = (ObjectNode) Json.MAPPER.readTree(lines.get(n - 1)).get("usage");
      assertTrue(usage.remove("worker_seconds").asDouble() > 0, usage.toString());
      int rollouts = 1 + n * (n + 1) / 2;
      assertEquals(
          "{\"rollouts\":%d,\"rollout_steps\":%d,\"session_steps\":0,\"evaluated_knots\":0,\"linearized_knots\":0}"
              .formatted(rollouts, 20 * rollouts),
          usage.toString());
    }
    assertTrue(
        Pattern.compile(
                "^  samples        1 276 rollouts, 25 520 steps; 0 derivatives; \\d\\.\\d s of"
                    + " simulator time$",
                Pattern.MULTILINE)
            .matcher(outcome.out())
            .find(),
        outcome.out());
  }

  @Test
  void theReportHoldsTheRunsDataAndNeedsNothingElse() throws IOException {
    assertEquals(0, train("run").code());
    RunDirectory run = new RunDirectory(folder.resolve("run"));
    Files.delete(run.report());
    assertEquals(run.report() + System.lineSeparator(), run("report", run.path().toString()).out());
    String html = Files.readString(run.report());
    Matcher data =
        Pattern.compile(
                "<script type=\"application/json\" id=\"data\">(.*?)</script>", Pattern.DOTALL)
            .matcher(html);
    assertTrue(data.find());
    JsonNode json = Json.MAPPER.readTree(data.group(1));
    assertEquals(List.of("version", "config", "metrics", "trajectories"), names(json));
    assertEquals(3, json.get("metrics").size());
    assertEquals(3, json.at("/config/spec/geometry").size());
    assertEquals(21, json.at("/trajectories/learned/xs").size());
    assertEquals(21, json.at("/trajectories/ddp/xs").size());
    for (String path : List.of("contact_points", "noisy", "learned/contact_forces")) {
      assertEquals(0, json.at("/trajectories/" + path).size(), "a swimmer has no " + path);
    }
    assertFalse(html.contains("{{"), "a place of the template is empty");
    assertTrue(html.contains("uPlot"));
    assertFalse(
        Pattern.compile("(?:src|href)=\"(?!data:)").matcher(html).find(),
        "the page loads something");
  }

  /**
   * On the ground: the forces on every contact point in every step, of which the normal ones never
   * pull and sum to more than nothing, and the rollouts that fell, as the metrics count them.
   */
  @Test
  void theReportOfAWalkerHoldsTheGroundsForcesAndTheFalls() throws IOException {
    Outcome outcome =
        run(
            with(
                with(new String[] {"train", "wander", "walker"}, SHORT),
                "--param=fall_height=0.745",
                "--out",
                folder.resolve("walk").toString()));
    assertEquals(0, outcome.code(), outcome.err());
    RunDirectory run = new RunDirectory(folder.resolve("walk"));
    JsonNode json = Json.MAPPER.readTree(run.trajectories().toFile());
    assertEquals(8, json.at("/contact_points").size());
    assertEquals(
        run.readConfig().spec().contactPoints().get(3).radius(),
        json.at("/contact_points/3/radius").asDouble());
    for (String motion : List.of("ddp", "learned")) {
      JsonNode forces = json.at("/" + motion + "/contact_forces");
      assertEquals(json.at("/" + motion + "/us").size(), forces.size(), motion);
      double sum = 0;
      for (JsonNode row : forces) {
        assertEquals(8, row.size());
        for (JsonNode force : row) {
          assertEquals(2, force.size());
          assertTrue(force.get(1).asDouble() >= -1e-9, motion + " is pulled by " + force);
          sum += force.get(1).asDouble();
        }
      }
      assertTrue(sum > 0, motion + " touches nothing");
    }
    double fallHeight = 0.745;
    JsonNode last = json.at("/ddp/xs/20");
    assertTrue(last.get(1).asDouble() >= fallHeight, "the reference falls: " + last);
    int fallen = 0;
    for (JsonNode rollout : json.get("noisy")) {
      JsonNode path = rollout.get("path");
      assertEquals(rollout.get("steps").asInt() + 1, path.size());
      boolean low = path.get(path.size() - 1).get(1).asDouble() < fallHeight;
      assertEquals(low, rollout.get("terminated").asBoolean(), rollout.toString());
      fallen += low ? 1 : 0;
    }
    List<IterationMetrics> metrics = MetricsLog.read(run.metrics());
    assertEquals(metrics.get(metrics.size() - 1).terminated(), fallen);
    assertTrue(fallen > 0 && fallen < 10, "fell: " + fallen);
    assertTrue(Files.readString(run.report()).contains("Where rollouts fell"));
  }

  @Test
  void aRunIsNeverOverwritten() throws IOException {
    assertEquals(0, train("run").code());
    Outcome again = train("run");
    assertEquals(1, again.code());
    assertTrue(again.err().contains("holds a run; continue it with --resume"), again.err());
    Files.writeString(Files.createDirectory(folder.resolve("other")).resolve("x"), "x");
    assertTrue(train("other").err().contains("is not empty"));
  }

  @Test
  void numberedDirectoriesAreTakenInTurn() throws IOException {
    assertEquals(folder.resolve("a"), RunDirectory.createUnder(folder, "a").path());
    assertEquals(folder.resolve("a-2"), RunDirectory.createUnder(folder, "a").path());
    assertEquals(folder.resolve("a-3"), RunDirectory.createUnder(folder, "a").path());
    assertEquals(new RunDirectory(folder.resolve("a-3")), RunDirectory.latestUnder(folder, "a"));
    IOException none = assertThrows(IOException.class, () -> RunDirectory.latestUnder(folder, "b"));
    assertEquals(
        "there is nothing to resume: no directory " + folder.resolve("b"), none.getMessage());
  }

  @Test
  void resumingRefusesOtherConfigurationsAndOtherDynamics() throws IOException {
    assertEquals(0, train("run").code());
    String run = folder.resolve("run").toString();
    Outcome hidden = run("train", "--resume", run, "--hidden", "11");
    assertEquals(2, hidden.code());
    assertTrue(
        hidden.err().contains("--hidden contradicts the run in " + run + ", where it is 10"));
    assertEquals(2, run("train", "--resume", run, "--set", "stride=3").code());
    assertEquals(0, run("train", "--resume", run, "--set", "stride=0.5", "--hidden=10").code());

    Path file = new RunDirectory(Path.of(run)).config();
    String digest = new RunDirectory(Path.of(run)).readConfig().spec().modelDigest();
    Files.writeString(file, Files.readString(file).replace(digest, "0".repeat(64)));
    Outcome other = run("train", "--resume", run);
    assertEquals(1, other.code());
    assertTrue(other.err().contains("a run continues on the same dynamics only"), other.err());
    assertTrue(other.err().contains(digest), other.err());
  }

  @Test
  void thePolicySeesWhatWasChosen() throws IOException {
    String run = folder.resolve("run").toString();
    String[] seen = {"--observe", "root_y,joint-angles"};
    String[] vgps = {"train", "vgps", "swimmer", "--out", run, "--hidden=2"};
    Outcome outcome = run(with(with(vgps, SHORT), seen));
    assertEquals(0, outcome.code(), outcome.err());
    RunDirectory directory = new RunDirectory(Path.of(run));
    assertEquals(
        List.of("root_y", "joint1_angle", "joint2_angle"), directory.readConfig().observation());
    List<Integer> inputs = PolicyFile.read(directory.policy()).policy().controller().inputs();
    assertEquals(List.of(1, 3, 4), inputs);

    assertEquals(0, run("train", "--resume", run, "--observe=joint-angles,root_y").code());
    Outcome other = run("train", "--resume", run, "--observe=all");
    assertEquals(2, other.code());
    assertTrue(
        other.err().contains("where it is [root_y, joint1_angle, joint2_angle]"), other.err());
  }

  @Test
  void fallsAreShownAndRecorded() throws IOException {
    String run = folder.resolve("run").toString();
    // The walker starts 0.927 m high, on its way down.
    String[] walker = {"train", "wander", "walker", "--out", run, "--param=fall_height=0.92"};
    Outcome outcome = run(with(with(walker, SHORT), "--evaluation-rollouts=2"));
    assertEquals(0, outcome.code(), outcome.err());
    assertTrue(outcome.err().contains("  falls 2/2  done in"), outcome.err());
    JsonNode line =
        Json.MAPPER.readTree(Files.readAllLines(new RunDirectory(Path.of(run)).metrics()).get(0));
    assertEquals("[1,1]", line.get("fall_steps").toString());
    assertEquals(2, line.get("terminated").asInt());
    assertEquals(0, line.get("successes").asInt());
    assertFalse(train("swimmer").err().contains("falls"));
  }

  @Test
  void runsOfAnotherLayoutAreRefused() throws IOException {
    assertEquals(0, train("run").code());
    Path file = new RunDirectory(folder.resolve("run")).config();
    Files.writeString(file, Files.readString(file).replace("\"format\": 4", "\"format\": 3"));
    Outcome old = run("train", "--resume", folder.resolve("run").toString());
    assertEquals(1, old.code());
    assertTrue(old.err().contains("has format 3, but this program reads format 4"), old.err());
  }

  @Test
  void checkDerivativesPrintsTheWorstEntry() throws IOException {
    Outcome outcome = run("check-derivatives", "swimmer", "--samples", "5", "--json");
    assertEquals(0, outcome.code(), outcome.err());
    JsonNode line = Json.MAPPER.readTree(outcome.out());
    assertEquals(List.of("environment", "samples", "worst_relative_error", "entry"), names(line));
    assertTrue(line.get("worst_relative_error").asDouble() < 1e-8, outcome.out());
    assertTrue(run("check-derivatives", "swimmer", "--samples=5").out().contains("WORST ENTRY"));
  }

  @Test
  void environmentsAreDescribedInFull() throws IOException {
    assertTrue(run("environments").out().contains("swimmer"));
    String text = run("environments", "swimmer", "--param", "links=4").out();
    for (String word : List.of("joint3_velocity", "joint3_torque", "target_speed", "digest")) {
      assertTrue(text.contains(word), word);
    }
    JsonNode json = Json.MAPPER.readTree(run("environments", "swimmer", "--json").out());
    assertEquals(10, json.get("state").size());
  }

  @Test
  void agentsAreDescribedInFull() {
    assertTrue(run("agents").out().contains("Walks through the weights at random."));
    String text = run("agents", "wander").out();
    assertTrue(text.contains("stride  0.5      1.0    more than 0 and at most 10"), text);
  }
}
