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
import io.gaitway.agents.run.MetricsLog;
import io.gaitway.agents.run.RunConfig;
import io.gaitway.agents.run.RunDirectory;
import io.gaitway.optim.policy.Architecture;
import io.gaitway.optim.policy.PolicyFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command {@code train} and the directory that it leaves, against the embedded server. */
class TrainCommandTest {
  private static final String[] SHORT = {"--iterations", "3", "--param", "horizon=20"};

  @TempDir Path folder = Path.of("unset");

  private Outcome train(String name, String... more) {
    String[] first = {"train", "wander", "swimmer", "--out", folder.resolve(name).toString()};
    return run(with(with(first, SHORT), more));
  }

  @Test
  void theDefaultIsTheBestPresetForTheSize() throws IOException {
    String[] args = {
      "train", "vgps", "walker", "--hidden=2", "--iterations=1", "--param=horizon=8"
    };
    Path best = folder.resolve("best");
    assertEquals(0, run(with(args, "--out=" + best)).code());
    assertEquals("small", new RunDirectory(best).readConfig().preset());
    String[] resume = {"train", "--resume=" + best};
    assertEquals(0, run(with(resume, "--preset=default")).code());
    run(with(resume, "--preset=paper")).assertFault(2, "--preset contradicts .* it is small; .*");
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
            "usage",
            "directory",
            "policy",
            "metrics",
            "report"),
        names(result));
    RunDirectory run = new RunDirectory(folder.resolve("run"));
    assertEquals(run.path().toAbsolutePath().toString(), result.get("directory").asText());
    assertTrue(Files.exists(Path.of(result.get("report").asText())));
    RunConfig config = run.readConfig();
    assertEquals(Architecture.of(4), config.architecture());
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
    Files.writeString(file, Files.readString(file).replace("\"format\": 5", "\"format\": 4"));
    Outcome old = run("train", "--resume", folder.resolve("run").toString());
    assertEquals(1, old.code());
    assertTrue(old.err().contains("has format 4, but this program reads format 5"), old.err());
  }
}
