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
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The command {@code compare} against the embedded server. */
@Timeout(180)
class CompareTest extends CompareFixture {
  @Test
  void aComparisonLeavesItsFilesAndIsNotRepeated() throws IOException {
    Outcome outcome = succeed(with(SMALL, "--jobs=2", "--scale=figure", out()));
    List<String> lines = Files.readAllLines(file("iterations.csv"));
    assertEquals(1 + 16 * 3, lines.size());
    assertTrue(
        lines.get(1).startsWith("figure,default,default,wander,swimmer,2,0,1,"), lines.get(1));
    assertTrue(lines.get(48).startsWith("figure,paper,paper,wander,walker,3,1,3,"), lines.get(48));
    // The initial solution is one rollout of 30 steps; nothing is linearised, and measuring is
    // free.
    assertTrue(lines.get(3).contains(",210,0,"), lines.get(3));
    List<String> summary = Files.readAllLines(file("summary.csv"));
    assertEquals(1 + 8, summary.size());
    assertTrue(
        summary.get(1).startsWith("figure,default,default,wander,swimmer,2,2,"), summary.get(1));
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
    Outcome again = succeed(with(SMALL, "--scale=figure", "--resume", "--json", out()));
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

  static Stream<Arguments> faults() {
    return Stream.of(
        fault("there is no agent 'nobody'; there are: .*", "--agents=nobody"),
        fault("--agents has wander twice; see .*", "--agents=wander,wander"),
        fault("--environments has swimmer twice; see .*", "--environments=swimmer,swimmer"),
        fault("--hidden has 5 twice; see .*", "--hidden=5,5"),
        fault(
            "--hidden: a hidden layer must have 1 to 4096 units, but has 0; see .*",
            "--hidden=5,0"),
        fault("--scale must be catalog or figure, but is 'paper'; see .*", "--scale=paper"),
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
}
