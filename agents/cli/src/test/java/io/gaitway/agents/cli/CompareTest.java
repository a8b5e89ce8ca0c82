package io.gaitway.agents.cli;

import static io.gaitway.agents.cli.Program.run;
import static io.gaitway.agents.cli.Program.with;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.gaitway.agents.api.Json;
import io.gaitway.agents.cli.Program.Outcome;
import io.gaitway.agents.run.MetricsLog;
import io.gaitway.agents.run.RunDirectory;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The command compare against the embedded server. */
@Timeout(180)
class CompareTest {
  private static final String[] SHORT = {
    "compare", "--iterations=3", "--evaluation-rollouts=4", "--param=horizon=30", "--seeds=2"
  };
  private static final String[] SMALL =
      with(SHORT, "--agents=wander", "--environments=swimmer,walker", "--hidden=2,3");

  @TempDir Path folder = Path.of("unset");

  private String out() {
    return "--out=" + folder.resolve("c");
  }

  private Path file(String name) {
    return folder.resolve("c").resolve(name);
  }

  private static Outcome succeed(String... args) {
    Outcome outcome = run(args);
    assertEquals(0, outcome.code(), outcome.err());
    return outcome;
  }

  @Test
  void aComparisonLeavesItsFilesAndIsNotRepeated() throws IOException {
    Outcome outcome = succeed(with(SMALL, "--jobs=2", out()));
    List<String> lines = Files.readAllLines(file("iterations.csv"));
    assertEquals(1 + 16 * 3, lines.size());
    assertTrue(lines.get(1).startsWith("default,default,wander,swimmer,2,0,1,"), lines.get(1));
    assertTrue(lines.get(48).startsWith("paper,paper,wander,walker,3,1,3,"), lines.get(48));
    // The initial solution is one rollout of 30 steps; nothing is linearised, and measuring is
    // free.
    assertTrue(lines.get(3).contains(",210,0,"), lines.get(3));
    List<String> summary = Files.readAllLines(file("summary.csv"));
    assertEquals(1 + 8, summary.size());
    assertTrue(summary.get(1).startsWith("default,default,wander,swimmer,2,2,"), summary.get(1));
    assertEquals(1 + 2 * 8, Files.readAllLines(file("claims.csv")).size());
    assertTrue(outcome.out().contains("  7  not measured  Cost-weighted"), outcome.out());
    assertTrue(outcome.out().contains("Report: " + file("report.html")), outcome.out());
    assertTrue(
        outcome.err().contains("16 of 16 runs done\n")
            && outcome.err().contains("swimmer-wander/paper-h3-s1: stochastic "),
        outcome.err());
    for (String preset : List.of("default", "paper")) {
      assertTrue(Files.readString(file("figure-" + preset + ".svg")).contains("wander on swimmer"));
    }

    run(with(SMALL, out()))
        .assertFault(1, ".* is not empty; continue the comparison there with --resume, .*");
    byte[] before = Files.readAllBytes(file("iterations.csv"));
    Outcome again = succeed(with(SMALL, "--resume", "--json", out()));
    assertTrue(again.err().contains("16 of 16 runs done, 0 to do"), again.err());
    assertArrayEquals(before, Files.readAllBytes(file("iterations.csv")));
    JsonNode line = again.json();
    assertEquals(16, line.get("runs").asInt());
    assertEquals("not measured", line.at("/claims/paper/7/verdict").asText());
  }

  @Test
  void theReportHoldsItsDataAndNeedsNothingElse() throws IOException {
    succeed(with(SMALL, "--presets=default", out()));
    String html = Files.readString(file("report.html"));
    Matcher data =
        Pattern.compile(
                "<script type=\"application/json\" id=\"data\">(.*?)</script>", Pattern.DOTALL)
            .matcher(html);
    assertTrue(data.find());
    JsonNode json = Json.MAPPER.readTree(data.group(1));
    assertEquals(8, json.get("done").asInt());
    assertEquals(3, json.get("success").size());
    assertTrue(json.at("/success/0").asText().contains("at most 3 × DDP"));
    assertTrue(json.at("/success/1").asText().contains("at most 1.3 × DDP"));
    JsonNode preset = json.at("/presets/0");
    assertEquals(8, preset.get("claims").size());
    assertEquals("swimmer, 3 hidden units", preset.at("/tasks/0/title").asText());
    JsonNode method = preset.at("/tasks/0/methods/0");
    assertEquals("wander", method.get("agent").asText());
    assertEquals(2, method.get("seeds").asInt());
    for (String line : List.of("mean", "lower", "upper")) {
      assertEquals(3, method.at("/stochastic/" + line).size());
      assertEquals(3, method.at("/deterministic/" + line).size());
    }
    assertEquals(2, preset.get("motions").size());
    assertEquals(
        "wander on swimmer, 3 hidden units, seed 0", preset.at("/motions/0/title").asText());
    assertEquals(31, preset.at("/motions/0/ddp/xs").size());
    assertEquals(0, json.get("failures").size());
    assertFalse(html.contains("{{"), "a place of the template is empty");
    assertFalse(
        Pattern.compile("(?:src|href)=\"(?!data:)").matcher(html).find(),
        "the page loads something");
  }

  @Test
  void optionsThatContradictARunAreErrors() throws IOException {
    String[] task = {"--agents=wander", "--environments=swimmer", "--presets=paper", "--hidden=2"};
    String[] base = {"compare", "--seeds=2", "--param=horizon=30"};
    String[] one = with(with(base, task), out());
    succeed(with(one, "--iterations=3", "--evaluation-rollouts=4"));
    byte[] before = Files.readAllBytes(file("iterations.csv"));
    run(with(one, "--resume", "--iterations=4", "--evaluation-rollouts=4"))
        .assertFault(1, "the run in .*paper-h2-s0 has iterations 3, not 4; remove it, .*");
    run(with(one, "--resume", "--iterations=3", "--evaluation-rollouts=5"))
        .assertFault(1, "the run in .* has evaluation rollouts 4, not 5; .*");
    String[] again = with(one, "--resume", "--iterations=3", "--evaluation-rollouts=4");
    run(with(again, "--param=target_speed=0.4"))
        .assertFault(1, "the run in .* has parameters \\{horizon=30.0\\}, not .*");
    assertArrayEquals(before, Files.readAllBytes(file("iterations.csv")));
    // More of the same is no contradiction.
    Outcome more = succeed(with(again, "--presets=default"));
    assertTrue(more.err().contains("2 of 4 runs done, 2 to do"), more.err());
  }

  @Test
  void aRunThatFailsDoesNotStopTheOthers() throws IOException {
    String[] task = {"--agents=brittle,wander", "--environments=swimmer", "--presets=default"};
    String[] both = with(with(SHORT, task), "--hidden=2", out());
    Outcome outcome = run(both);
    assertEquals(1, outcome.code());
    String fault =
        "gaitway: swimmer-brittle/default-h2-s1 failed: unexpected failure: a knee"
            + " broke; --verbose shows where it came from";
    assertEquals(fault, outcome.err().lines().reduce((a, b) -> b).orElseThrow());
    List<String> lines = Files.readAllLines(file("iterations.csv"));
    assertEquals(1 + 3 * 3, lines.size());
    assertEquals(2 * 3, lines.stream().filter(line -> line.contains(",wander,")).count());
    assertTrue(
        Files.readString(file("report.html"))
            .contains("\"failures\":[{\"run\":\"swimmer-brittle/default-h2-s1\",\"cause\":"));
    Outcome again = run(with(both, "--resume", "--verbose"));
    assertEquals(1, again.code());
    assertTrue(again.err().contains("3 of 4 runs done, 1 to do"), again.err());
    assertTrue(again.err().contains("at io.gaitway.agents.run.BrittleAgent"), again.err());
  }

  @Test
  void metricsHaveToHaveEveryIterationInOrder() throws IOException {
    String[] task = {"--agents=wander", "--environments=swimmer", "--presets=default"};
    String[] all = with(with(SHORT, task), "--hidden=2,3,4", out());
    succeed(all);
    List<String> before = withoutSeconds(file("iterations.csv"));
    RunDirectory shorter = new RunDirectory(file("swimmer-wander/default-h2-s1"));
    List<String> lines = Files.readAllLines(shorter.metrics());
    Files.write(shorter.metrics(), lines.subList(0, 2));
    RunDirectory disordered = new RunDirectory(file("swimmer-wander/default-h3-s0"));
    lines = Files.readAllLines(disordered.metrics());
    Files.write(disordered.metrics(), List.of(lines.get(0), lines.get(2), lines.get(1)));
    RunDirectory longer = new RunDirectory(file("swimmer-wander/default-h4-s0"));
    lines = Files.readAllLines(longer.metrics());
    Files.writeString(longer.metrics(), lines.get(2) + "\n", StandardOpenOption.APPEND);

    Outcome outcome = run(with(all, "--resume"));
    assertEquals(1, outcome.code());
    String sentence =
        "gaitway: swimmer-wander/default-h2-s1 failed: the run in %s is complete, but its metrics"
            + " have 2 of 3 iterations, or not in order; delete that directory and use --resume\n";
    assertTrue(outcome.err().contains(sentence.formatted(shorter.path())), outcome.err());
    assertTrue(outcome.err().contains(disordered.path() + " is complete, but its metrics have 3"));
    assertTrue(outcome.err().contains(longer.path() + " is complete, but its metrics have 4 of 3"));
    assertEquals(1 + 3 * 3, Files.readAllLines(file("iterations.csv")).size());
    for (RunDirectory directory : List.of(shorter, disordered, longer)) {
      delete(directory.path());
    }
    succeed(with(all, "--resume"));
    assertEquals(before, withoutSeconds(file("iterations.csv")));
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> content = Files.walk(directory)) {
      for (Path path : content.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  @Test
  void aKilledComparisonContinuesToTheSameFigures() throws Exception {
    String[] task = {
      "compare",
      "--agents=wander",
      "--environments=swimmer",
      "--hidden=2",
      "--presets=default",
      "--seeds=3",
      "--iterations=150",
      "--evaluation-rollouts=3",
      "--param=horizon=60"
    };
    File stderr = folder.resolve("stderr").toFile();
    Process process = Program.start(stderr, with(task, out()));
    RunDirectory second = new RunDirectory(file("swimmer-wander/default-h2-s1"));
    try {
      while (!Files.exists(file("summary.csv")) || MetricsLog.read(second.metrics()).size() < 3) {
        assertTrue(process.isAlive(), "the process ended");
        TimeUnit.MILLISECONDS.sleep(5);
      }
    } finally {
      process.destroyForcibly();
    }
    assertEquals(Program.SIGKILL, process.waitFor());
    assertFalse(Files.exists(second.result()), "the process was not killed in the middle");
    Outcome resumed = succeed(with(task, "--resume", out()));
    assertTrue(resumed.err().contains("1 of 3 runs done, 2 to do"), resumed.err());
    succeed(with(task, "--jobs=2", "--out=" + folder.resolve("undisturbed")));
    assertEquals(
        withoutSeconds(folder.resolve("undisturbed/iterations.csv")),
        withoutSeconds(file("iterations.csv")));
  }

  static List<String> withoutSeconds(Path csv) throws IOException {
    return Files.readAllLines(csv).stream()
        .map(line -> line.substring(0, line.lastIndexOf(',')))
        .toList();
  }

  static Stream<Arguments> faults() {
    return Stream.of(
        fault("there is no agent 'nobody'; there are: .*", "--agents=nobody"),
        fault("--agents has wander twice; see .*", "--agents=wander,wander"),
        fault("--environments has swimmer twice; see .*", "--environments=swimmer,swimmer"),
        fault("--hidden has 5 twice; see .*", "--hidden=5,5"),
        fault("--hidden must be between 1 and 1000, but is 0; see .*", "--hidden=5,0"),
        fault("--presets has 'small', but wander has default, paper; see .*", "--presets=small"),
        fault("--seeds must be between 1 and 1000, but is 0; see .*", "--seeds=0"),
        fault("--iterations must be between 1 and 100000, but is 0; see .*", "--iterations=0"),
        fault(
            "--evaluation-rollouts must be between 1 and 10000, but is 0; see .*",
            "--evaluation-rollouts=0"),
        fault("--jobs must be between 1 and 256, but is 257; see .*", "--jobs=257"),
        fault("--agent: cannot start '/no/such/program': .*", "--agent=/no/such/program"),
        fault("--agent must be a program and its arguments, but is empty", "--agent="),
        fault(
            "--agent-timeout must be a number of seconds greater than 0, or inf for no limit, but is"
                + " 0; see .*",
            "--agent-timeout=0"),
        fault(".*'nowhere'.*swimmer.*", "--environments=nowhere"),
        fault(".*target_speed.*1000.*", "--param=target_speed=1000"));
  }

  private static Arguments fault(String message, String option) {
    return Arguments.of(message, option);
  }

  @ParameterizedTest
  @MethodSource("faults")
  void aFaultIsOneLineAndLeavesNothing(String message, String option) {
    String[] args = {"compare", out()};
    run(with(option.startsWith("--agents") ? args : with(args, "--agents=wander"), option))
        .assertFault(2, message);
    assertFalse(Files.exists(folder.resolve("c")));
  }

  @Test
  void thereHasToBeSomethingToResume() throws IOException {
    run(with(SMALL, "--resume", out())).assertFault(1, "there is nothing to resume in .*");
    Files.writeString(folder.resolve("c"), "x");
    run(with(SMALL, out())).assertFault(1, ".* is a file; name another directory with --out");
  }
}
