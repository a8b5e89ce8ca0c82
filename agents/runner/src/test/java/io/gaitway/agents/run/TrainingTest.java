package io.gaitway.agents.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gaitway.agents.api.Json;
import io.gaitway.agents.api.Reference;
import io.gaitway.agents.api.Settings;
import io.gaitway.agents.measure.IterationMetrics;
import io.gaitway.agents.measure.PolicyMeasurement;
import io.gaitway.client.simulation.Controller;
import io.gaitway.client.simulation.RolloutRequest;
import io.gaitway.optim.policy.Architecture;
import io.gaitway.optim.policy.PolicyFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingTest {
  private static final int ITERATIONS = 6;

  @TempDir Path folder = Path.of("unset");
  private final WanderAgent agent = new WanderAgent();
  private final EelSimulator simulator = new EelSimulator(40, "digest");
  private RunDirectory undisturbed = new RunDirectory(folder);

  @BeforeEach
  void trainUndisturbed() throws IOException {
    undisturbed = newRun("undisturbed");
    TrainingResult result = present(train(undisturbed, ITERATIONS));
    assertEquals(ITERATIONS, result.iterations());
  }

  @Test
  void aStoppedRunContinuesToTheSameBits() throws IOException {
    RunDirectory run = newRun("stopped");
    assertNull(train(run, 2));
    assertTrue(Files.exists(run.report()), "a run that was asked to stop leaves a report");
    assertNull(train(run, 1));
    TrainingResult result = present(train(run, ITERATIONS));
    assertEquals(ITERATIONS, result.iterations());
    assertSameResults(run);
  }

  @Test
  void workAfterTheCheckpointIsDoneAgainOnce() throws IOException {
    RunDirectory run = newRun("killed");
    assertNull(train(run, 3));
    // A process that dies while it appends the fourth line leaves a whole line, then a half one.
    String line = Files.readAllLines(run.metrics()).get(2);
    Files.writeString(
        run.metrics(), line + "\n" + line.substring(0, 30), StandardOpenOption.APPEND);
    assertEquals(4, MetricsLog.read(run.metrics()).size());
    train(run, ITERATIONS);
    assertSameResults(run);
  }

  @Test
  void aCrashBetweenWritingAndRenamingACheckpointIsHarmless() throws IOException {
    RunDirectory run = newRun("crashed");
    assertNull(train(run, 3));
    Path checkpoints = run.path().resolve("checkpoints");
    Files.writeString(checkpoints.resolve("00000004.json.tmp"), "{\"format\":1,\"itera");
    train(run, ITERATIONS);
    assertSameResults(run);
  }

  @Test
  void aDamagedCheckpointGivesWayToTheOneBefore() throws IOException {
    RunDirectory run = newRun("damaged");
    assertNull(train(run, 3));
    Files.writeString(run.path().resolve("checkpoints/00000003.json"), "{\"format\":1,\"itera");
    train(run, ITERATIONS);
    assertSameResults(run);
  }

  @Test
  void noReadableCheckpointIsAnErrorRatherThanANewBeginning() throws IOException {
    RunDirectory run = newRun("ruined");
    assertNull(train(run, 1));
    for (String name : List.of("00000000.json", "00000001.json")) {
      Files.writeString(run.path().resolve("checkpoints").resolve(name), "{}");
    }
    IOException fault = assertThrows(IOException.class, () -> train(run, ITERATIONS));
    assertTrue(
        String.valueOf(fault.getMessage())
            .matches("invalid checkpoint: .*00000000.json: field 'format' is missing"),
        fault.getMessage());
  }

  @Test
  void aDamagedCheckpointIsDescribed() throws IOException {
    RunDirectory run = newRun("edited");
    assertNull(train(run, 1));
    Files.delete(run.path().resolve("checkpoints/00000000.json"));
    Path file = run.path().resolve("checkpoints/00000001.json");
    String text = Files.readString(file);
    for (List<String> edit :
        List.of(
            List.of("\"iteration\":1", "\"iteration\":\"1\"", ": field 'iteration' must be .*"),
            List.of("\"usage\":", "\"use\":", ": unknown field 'use'"),
            List.of("\"steps\":40", "\"steps\":41", ", in 'reference': 41 steps, .* do not fit .*"),
            List.of("\"steps\":40", "\"steps\":-1", ", in 'reference': field 'steps' must be .*"),
            List.of("\"xs\":\"", "\"xs\":\"-", ", in 'reference': field 'xs' must hold .*"),
            List.of("\"learner\":{", "\"learner\":{},\"other\":{", ": unknown field 'other'"))) {
      assertTrue(text.contains(edit.get(0)), text);
      Files.writeString(file, text.replace(edit.get(0), edit.get(1)));
      IOException fault = assertThrows(IOException.class, () -> train(run, ITERATIONS));
      assertTrue(
          String.valueOf(fault.getMessage())
              .matches("invalid checkpoint: \\Q" + file + "\\E" + edit.get(2)),
          fault.getMessage());
    }
    ObjectNode empty = (ObjectNode) Json.MAPPER.readTree(text);
    empty.putObject("learner");
    Files.writeString(file, Json.line(empty));
    IOException fault = assertThrows(IOException.class, () -> train(run, ITERATIONS));
    assertTrue(
        String.valueOf(fault.getMessage())
            .matches("invalid checkpoint: \\Q" + file + "\\E, in 'learner': field '.*' is missing"),
        fault.getMessage());
  }

  @Test
  void aRunWhoseDirectoryIsGoneStops() throws IOException {
    RunDirectory run = newRun("moved");
    Path elsewhere = folder.resolve("elsewhere");
    IOException fault =
        assertThrows(
            IOException.class, () -> train(run, ITERATIONS, () -> move(run.path(), elsewhere)));
    String message = "the directory " + run.path() + " was removed or replaced while this command";
    assertTrue(String.valueOf(fault.getMessage()).startsWith(message), fault.getMessage());
    assertFalse(Files.exists(run.path()), "the directory was made again");
    assertEquals(1, MetricsLog.read(new RunDirectory(elsewhere).metrics()).size());

    RunDirectory replaced = newRun("replaced");
    fault =
        assertThrows(
            IOException.class,
            () ->
                train(
                    replaced,
                    ITERATIONS,
                    () -> {
                      move(replaced.path(), folder.resolve("original"));
                      Files.createDirectory(replaced.path());
                    }));
    assertTrue(String.valueOf(fault.getMessage()).contains("removed or replaced"));
    try (Stream<Path> content = Files.list(replaced.path())) {
      assertEquals(List.of(), content.toList());
    }
    // What was moved continues where it is now.
    RunDirectory original = new RunDirectory(folder.resolve("original"));
    train(original, ITERATIONS);
    assertSameResults(original);
  }

  private interface Disturbance {
    void happen() throws IOException;
  }

  private static void move(Path from, Path to) throws IOException {
    Files.move(from, to);
  }

  @Test
  void metricsShorterThanTheCheckpointSaysAreAnError() throws IOException {
    RunDirectory run = newRun("short");
    assertNull(train(run, 2));
    Files.writeString(run.metrics(), "");
    IOException fault = assertThrows(IOException.class, () -> train(run, ITERATIONS));
    assertTrue(fault.toString().contains("has 0 bytes, but"), fault.toString());
  }

  @Test
  void workSinceTheLastCheckpointIsDoneAgain() throws IOException {
    RunDirectory run = newRun("rare");
    train(run, 2);
    byte[] early = Files.readAllBytes(run.path().resolve("checkpoints/00000002.json"));
    train(run, 3);
    try (Stream<Path> files = Files.list(run.path().resolve("checkpoints"))) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.write(run.path().resolve("checkpoints/00000002.json"), early);
    assertEquals(5, MetricsLog.read(run.metrics()).size());
    train(run, ITERATIONS);
    assertSameResults(run);
  }

  /** What cannot be computed is told with its iteration, and what was measured before is kept. */
  @Test
  void anAgentThatBreaksDownSaysWhen() throws IOException {
    RunDirectory run = newRun("brittle");
    Training training =
        new Training(
            run,
            run.readConfig(),
            new BrittleAgent(new ArithmeticException("it is singular")),
            simulator,
            quiet(),
            Duration.ZERO,
            () -> false);
    BreakdownException fault = assertThrows(BreakdownException.class, training::run);
    assertEquals(
        agent.name()
            + " broke down in iteration 2: it is singular; what was measured up to there is kept",
        fault.getMessage());
    assertEquals(1, MetricsLog.read(run.metrics()).size());
    assertEquals(List.of("00000000.json", "00000001.json"), checkpoints(run));
  }

  @Test
  void withALongIntervalThereIsACheckpointAtTheEnd() throws IOException {
    RunDirectory run = newRun("long");
    new Training(run, run.readConfig(), agent, simulator, quiet(), Duration.ofHours(1), () -> false)
        .run();
    assertEquals(List.of("00000000.json", "00000006.json"), checkpoints(run));
    assertSameResults(run);
  }

  @Test
  void usageIsTheLearnersAloneAndAddsUpOverResumptions() throws IOException {
    assertEquals(1, simulator.accounts().size(), "one process, one account");
    RunDirectory run = newRun("stopped");
    train(run, 2);
    train(run, 1);
    TrainingResult result = present(train(run, ITERATIONS));
    assertEquals(4, simulator.accounts().size());
    // The reference, and n rollouts in iteration n; each takes the eel a millisecond.
    assertEquals(1 + 21, result.usage().rollouts());
    assertEquals(22 * 40, result.usage().rolloutSteps());
    assertEquals(22e-3, result.usage().workerSeconds(), 1e-12);
    List<IterationMetrics> metrics = MetricsLog.read(run.metrics());
    for (int n = 1; n <= ITERATIONS; n++) {
      assertEquals(1 + n * (n + 1) / 2, metrics.get(n - 1).usage().rollouts());
    }
    TrainingResult again = present(train(run, ITERATIONS));
    assertEquals(result.usage(), again.usage(), "nothing was left to do");
  }

  @Test
  void aServerThatLosesCountEndsTheProcessAndTheRunGoesOnFromItsCheckpoint() throws IOException {
    RunDirectory run = newRun("restarted");
    TrainingListener restart =
        new TrainingListener() {
          @Override
          public void started(Reference reference, int iteration) {}

          @Override
          public void iterated(IterationMetrics metrics) {
            if (metrics.iteration() == 3) {
              simulator.accounts().clear();
            }
          }
        };
    Training training =
        new Training(run, run.readConfig(), agent, simulator, restart, Duration.ZERO, () -> false);
    IOException fault = assertThrows(IOException.class, training::run);
    assertTrue(String.valueOf(fault.getMessage()).contains("has lost count"), fault.toString());
    assertEquals(3, MetricsLog.read(run.metrics()).size());
    train(run, ITERATIONS);
    assertSameResults(run);
  }

  @Test
  void twoCheckpointsAreKept() throws IOException {
    assertEquals(List.of("00000005.json", "00000006.json"), checkpoints(undisturbed));
  }

  private static List<String> checkpoints(RunDirectory run) throws IOException {
    try (Stream<Path> files = Files.list(run.path().resolve("checkpoints"))) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private static TrainingListener quiet() {
    return new TrainingListener() {
      @Override
      public void started(Reference reference, int iteration) {}

      @Override
      public void iterated(IterationMetrics metrics) {}
    };
  }

  @Test
  void theSeedDecidesTheRun() throws IOException {
    RunDirectory other = newRun("other", 8);
    train(other, ITERATIONS);
    assertNotEquals(Files.readString(undisturbed.policy()), Files.readString(other.policy()));
  }

  @Test
  void evaluationNoiseDependsOnSeedAndIterationOnly() {
    assertEquals(PolicyMeasurement.noiseSeed(3, 5, 2), PolicyMeasurement.noiseSeed(3, 5, 2));
    List<Long> seeds = new ArrayList<>();
    for (int seed = 0; seed < 20; seed++) {
      for (int iteration = 1; iteration <= 20; iteration++) {
        for (int n = 0; n < 20; n++) {
          seeds.add(PolicyMeasurement.noiseSeed(seed, iteration, n));
        }
      }
    }
    assertEquals(8000, seeds.stream().distinct().count());
  }

  @Test
  void metricsAreTheMeasuredCosts() throws IOException {
    List<IterationMetrics> metrics = MetricsLog.read(undisturbed.metrics());
    assertEquals(ITERATIONS, metrics.size());
    for (int i = 0; i < ITERATIONS; i++) {
      IterationMetrics line = metrics.get(i);
      assertEquals(i + 1, line.iteration());
      assertEquals(3, line.stochasticCosts().size());
      double mean = line.stochasticCosts().stream().mapToDouble(c -> present(c)).sum() / 3;
      assertEquals(mean, present(line.stochasticCost()), 1e-12 * mean);
      assertEquals(List.of(20.0 / (i + 1), 20.0 / (i + 1)), line.noiseStd());
      assertEquals(List.of("beta", "fit_objective"), List.copyOf(line.agent().keySet()));
    }
    JsonNode motion = Json.MAPPER.readTree(undisturbed.trajectories().toFile()).get("learned");
    assertEquals(41, motion.get("xs").size());
    double sum = 0;
    for (JsonNode cost : motion.get("costs")) {
      sum += cost.asDouble();
    }
    assertEquals(present(metrics.get(5).deterministicCost()), sum, 1e-12 * sum);
  }

  @Test
  void fallsAreWhereTheyWouldBeWithoutTermination() throws IOException {
    // The agent's policies do not depend on what is measured, so these are the run's rollouts.
    Controller policy = PolicyFile.read(undisturbed.policy()).policy().controller();
    List<double[]> angles = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      List<Long> seed = List.of(PolicyMeasurement.noiseSeed(7, ITERATIONS, i));
      double[] xs =
          simulator
              .rollout(
                  new RolloutRequest(40, List.of(new double[10]), List.of(policy), seed, List.of()))
              .get(0)
              .trajectory()
              .xs;
      angles.add(IntStream.rangeClosed(1, 40).mapToDouble(t -> Math.abs(xs[t * 10 + 2])).toArray());
    }
    double mostAngle =
        0.9 * angles.stream().mapToDouble(a -> Arrays.stream(a).max().orElse(0)).max().orElse(0);
    List<Integer> expected = new ArrayList<>();
    for (double[] angle : angles) {
      IntStream.range(0, 40)
          .filter(t -> angle[t] > mostAngle)
          .findFirst()
          .ifPresent(t -> expected.add(t + 1));
    }

    RunDirectory run = newRun("falls");
    EelSimulator falling = new EelSimulator(40, "digest", mostAngle);
    new Training(run, run.readConfig(), agent, falling, quiet(), Duration.ZERO, () -> false).run();
    IterationMetrics last = MetricsLog.read(run.metrics()).get(ITERATIONS - 1);
    assertEquals(expected, last.fallSteps());
    assertEquals(expected.size(), last.terminated());
    assertTrue(last.successes() <= 3 - expected.size());
  }

  private void assertSameResults(RunDirectory run) throws IOException {
    assertArrayEquals(
        Files.readAllBytes(undisturbed.policy()), Files.readAllBytes(run.policy()), "policy.json");
    assertArrayEquals(
        Files.readAllBytes(undisturbed.trajectories()), Files.readAllBytes(run.trajectories()));
    assertEquals(withoutTimes(undisturbed), withoutTimes(run), "metrics.jsonl");
  }

  private static List<JsonNode> withoutTimes(RunDirectory run) throws IOException {
    List<JsonNode> lines = new ArrayList<>();
    for (String line : Files.readAllLines(run.metrics())) {
      ObjectNode node = (ObjectNode) Json.MAPPER.readTree(line);
      assertFalse(node.remove("seconds").isNull());
      assertFalse(node.remove("elapsed_seconds").isNull());
      assertFalse(((ObjectNode) node.get("usage")).remove("worker_seconds").isNull());
      lines.add(node);
    }
    return lines;
  }

  private RunDirectory newRun(String name) throws IOException {
    return newRun(name, 7);
  }

  private RunDirectory newRun(String name, long seed) throws IOException {
    RunDirectory run = RunDirectory.create(folder.resolve(name));
    run.writeConfig(
        new RunConfig(
            RunConfig.FORMAT,
            agent.name(),
            null,
            "default",
            Settings.toJson(agent.preset("default", "eel")),
            "eel",
            Map.of(),
            List.of(),
            List.of("root_angle", "joint1", "joint2"),
            Architecture.of(4),
            ITERATIONS,
            seed,
            3,
            RunConfig.EMBEDDED,
            "2025-01-01T00:00:00Z",
            GaitwayVersion.all(),
            simulator.environment()));
    return run;
  }

  /** Trains until {@code iterations} more are done, or the run is complete. */
  private @Nullable TrainingResult train(RunDirectory run, int iterations) throws IOException {
    return train(run, iterations, () -> {});
  }

  /** The same, with something that happens after the first iteration. */
  private @Nullable TrainingResult train(RunDirectory run, int iterations, Disturbance disturbance)
      throws IOException {
    List<IterationMetrics> heard = new ArrayList<>();
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void started(Reference reference, int iteration) {}

          @Override
          public void iterated(IterationMetrics metrics) {
            heard.add(metrics);
            if (heard.size() == 1) {
              try {
                disturbance.happen();
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            }
          }
        };
    return new Training(
            run,
            run.readConfig(),
            agent,
            simulator,
            listener,
            Duration.ZERO,
            () -> heard.size() >= iterations)
        .run();
  }

  private static <V> V present(@Nullable V value) {
    assertNotNull(value);
    return java.util.Objects.requireNonNull(value);
  }
}
