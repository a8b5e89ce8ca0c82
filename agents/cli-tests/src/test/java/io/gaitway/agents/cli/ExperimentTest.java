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
import io.gaitway.agents.run.RunDirectory;
import io.gaitway.agents.table.CsvRows;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The command {@code experiment} against the embedded server. */
@Timeout(180)
class ExperimentTest extends ExperimentFixture {
  @Test
  void everyCombinationIsRunOnce() throws IOException {
    String[] args =
        experiment(
            "wander",
            "swimmer,walker",
            "--hidden=2,3",
            "--presets=default,paper",
            "--scale=figure",
            "--jobs=2",
            out());
    Outcome outcome = succeed(args);
    List<CsvRows.Row> rows = CsvRows.read(file("iterations.csv")).rows();
    assertEquals(16 * 3, rows.size());
    assertEquals(
        Map.of("scale", "figure", "preset", "paper", "environment", "walker", "hidden", "3"),
        only(rows.get(47), "scale", "preset", "environment", "hidden"));
    // The initial solution is one rollout of 30 steps; nothing is linearised, and measuring is
    // free.
    assertEquals(
        Map.of("iteration", "3", "samples", "210", "derivatives", "0", "state", "complete"),
        only(rows.get(2), "iteration", "samples", "derivatives", "state"));
    List<CsvRows.Row> runs = CsvRows.read(file("runs.csv")).rows();
    assertEquals(16, runs.size());
    assertEquals(
        "swimmer-wander/default-h2-figure-param.horizon=30-s0", runs.get(0).cell("directory"));
    assertEquals("2.1", parameter("walker-wander", "default-h3-figure", "target_speed"));
    assertTrue(outcome.out().contains("\n## walker, 3 hidden units, scale figure, horizon 30\n"));
    assertTrue(outcome.out().contains("\nReport: " + file("report.html") + "\n"), outcome.out());
    assertTrue(outcome.out().startsWith(Files.readString(file("summary.md"))));
    assertTrue(
        outcome.err().contains("16 of 16 runs done\n")
            && outcome.err().contains("swimmer-wander/paper-h3-figure-param.horizon=30-s1: "),
        outcome.err());

    byte[] before = Files.readAllBytes(file("iterations.csv"));
    Outcome again = succeed(with(args, "--json"));
    assertTrue(again.err().contains("16 of 16 runs done, 0 to do"), again.err());
    assertArrayEquals(before, Files.readAllBytes(file("iterations.csv")));
    JsonNode line = again.json();
    assertEquals(16, line.get("runs").asInt());
    assertEquals(0, line.get("failed").size());
    assertEquals(8, line.get("groups").size());
    assertEquals(2, line.at("/groups/0/seeds").asInt());
    assertTrue(line.at("/groups/0/stochastic/ratio").asDouble() > 0);
  }

  private String parameter(String agent, String start, String name) throws IOException {
    RunDirectory run = new RunDirectory(file(agent).resolve(name(start, 0)));
    return String.valueOf(run.readConfig().parameters().get(name));
  }

  private static Map<String, String> only(CsvRows.Row row, String... columns) {
    return Stream.of(columns).collect(Collectors.toMap(each -> each, row::cell));
  }

  @Test
  void settingsAndParametersAreMethodsAndTasks() throws IOException {
    String[] args = {
      "experiment",
      "wander",
      "swimmer",
      "--hidden=2",
      "--set=stride=0.5,7e-1",
      "--param=target_speed=0.3,0.5",
      "--param=horizon=20",
      "--seeds=0,5-6",
      "--iterations=1",
      "--evaluation-rollouts=2",
      out()
    };
    succeed(args);
    List<CsvRows.Row> runs = CsvRows.read(file("runs.csv")).rows();
    assertEquals(12, runs.size());
    CsvRows.Row last = runs.get(11);
    assertEquals(
        List.of("0.7", "0.5", "20", "6"),
        Stream.of("set.stride", "param.target_speed", "param.horizon", "seed")
            .map(last::cell)
            .toList());
    assertEquals(
        "swimmer-wander/default-h2-set.stride=0.7-param.horizon=20-param.target_speed=0.5-s6",
        last.cell("directory"));
    RunDirectory run = new RunDirectory(file(last.cell("directory")));
    assertEquals(0.7, run.readConfig().settings().get("stride").asDouble());
    assertEquals(Map.of("horizon", 20.0, "target_speed", 0.5), run.readConfig().parameters());
    assertTrue(
        CsvRows.read(file("summary.csv")).rows().stream()
            .anyMatch(
                row ->
                    "improvement".equals(row.cell("statistic"))
                        && "wander, default, stride 0.7".equals(row.cell("versus"))));
  }

  @Test
  void theDefaultIsTheBestPresetAndIsRunOnce() throws IOException {
    String[] args = experiment("vgps", "walker", "--hidden=5,10", "--presets=default,small", out());
    JsonNode plan = succeed(with(but(args, "--seeds=1"), "--dry-run", "--json")).json().get("plan");
    assertEquals(3, plan.size());
    assertEquals("default", plan.at("/0/preset").asText());
    assertEquals("small", plan.at("/0/settings").asText());
    assertEquals("walker-vgps/" + name("small-h5", 0), plan.at("/0/run").asText());
    assertEquals("walker-vgps/" + name("default-h10", 0), plan.at("/1/run").asText());
    assertEquals("walker-vgps/" + name("small-h10", 0), plan.at("/2/run").asText());
  }

  @Test
  void aDryRunSaysWhatThereIsToDoAndDoesNothing() throws IOException {
    String[] args = experiment("wander", "swimmer", "--hidden=2,3", out());
    Outcome dry = succeed(with(args, "--dry-run"));
    assertEquals(
        """
          new  swimmer-wander/default-h2-param.horizon=30-s0
          new  swimmer-wander/default-h3-param.horizon=30-s0
          new  swimmer-wander/default-h2-param.horizon=30-s1
          new  swimmer-wander/default-h3-param.horizon=30-s1
        4 runs: 4 new
        """,
        dry.out());
    assertFalse(Files.exists(file("")));
    succeed(experiment("wander", "swimmer", "--hidden=2", out()));
    JsonNode plan = succeed(with(args, "--dry-run", "--json")).json();
    assertEquals(4, plan.get("runs").asInt());
    assertEquals("complete", plan.at("/plan/0/state").asText());
    assertEquals("new", plan.at("/plan/1/state").asText());
    assertEquals(1, plan.at("/plan/3/seed").asInt());
    // Its final policy has to be measured yet.
    JsonNode measured = succeed(with(args, "--final-rollouts=2", "--dry-run", "--json")).json();
    assertEquals("begun", measured.at("/plan/0/state").asText());
  }

  @Test
  void theReportHoldsItsDataAndNeedsNothingElse() throws IOException {
    succeed(experiment("wander", "swimmer,walker", "--hidden=2,3", out()));
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
    assertEquals("[\"wander\"]", json.get("methods").toString());
    assertEquals(4, json.get("tasks").size());
    assertEquals("swimmer, 2 hidden units, horizon 30", json.at("/tasks/0/title").asText());
    JsonNode method = json.at("/tasks/0/methods/0");
    assertEquals(0, method.get("method").asInt());
    assertEquals(2, method.get("seeds").asInt());
    for (String line : List.of("mean", "lower", "upper")) {
      assertEquals(3, method.at("/stochastic/" + line).size());
      assertEquals(3, method.at("/deterministic/" + line).size());
      assertEquals(
          json.at("/overall/thresholds").size(),
          json.at("/overall/methods/0/stochastic/" + line).size());
    }
    assertEquals(2, json.get("motions").size());
    assertEquals(
        "wander on swimmer, 3 hidden units, horizon 30, seed 0",
        json.at("/motions/0/title").asText());
    assertEquals(31, json.at("/motions/0/ddp/xs").size());
    assertEquals(0, json.get("failures").size());
    assertFalse(html.contains("{{"), "a place of the template is empty");
    assertFalse(
        Pattern.compile("(?:src|href)=\"(?!data:)").matcher(html).find(),
        "the page loads something");
    assertFalse(
        Pattern.compile("\\bpaper|levine|koltun", Pattern.CASE_INSENSITIVE).matcher(html).find(),
        "the page speaks of a paper");
  }

  @Test
  void aRunThatFailsDoesNotStopTheOthers() throws IOException {
    String[] both = experiment("brittle,wander", "swimmer", "--hidden=2", out());
    Outcome outcome = run(both);
    assertEquals(1, outcome.code());
    String name = "swimmer-brittle/" + name("default-h2", 1);
    String cause = "unexpected failure: a knee broke; --verbose shows where it came from";
    assertEquals(
        "gaitway: " + name + " failed: " + cause,
        outcome.err().lines().reduce((a, b) -> b).orElseThrow());
    List<CsvRows.Row> rows = CsvRows.read(file("iterations.csv")).rows();
    assertEquals(3 * 3 + 1, rows.size());
    CsvRows.Row failed =
        rows.stream().filter(row -> row.cell("state").equals("failed")).findAny().orElseThrow();
    assertEquals(
        Map.of("agent", "brittle", "seed", "1", "iteration", "0", "stochastic_cost", ""),
        only(failed, "agent", "seed", "iteration", "stochastic_cost"));
    assertEquals(
        List.of(cause),
        CsvRows.read(file("runs.csv")).rows().stream()
            .map(row -> row.cell("fault"))
            .filter(fault -> !fault.isEmpty())
            .toList());
    assertTrue(outcome.out().contains("| swimmer h2 horizon 30 | 1 | " + cause + " |"));
    assertTrue(Files.readString(file("report.html")).contains("\"cause\":\"" + cause));
    // It is tried again, and only it; and says why, even where it cannot tell other processes.
    Files.delete(file(name).resolve("fault.json"));
    Files.createDirectory(file(name).resolve("fault.json.tmp"));
    Outcome again = run(with(both, "--verbose"));
    assertEquals(1, again.code());
    assertTrue(again.err().contains("3 of 4 runs done, 1 to do"), again.err());
    assertTrue(again.err().contains("gaitway: " + name + " failed: " + cause), again.err());
    assertTrue(again.err().contains("at io.gaitway.agents.run.BrittleAgent"), again.err());
  }

  static Stream<Arguments> faults() {
    return Stream.of(
        fault("AGENTS and ENVIRONMENTS are missing; see .*"),
        fault("ENVIRONMENTS is missing; see .*", "wander"),
        fault("there is no agent 'nobody'; there are: .*", "nobody", "swimmer"),
        fault("AGENTS has wander twice; see .*", "wander,wander", "swimmer"),
        fault(
            "AGENTS has all, and others; all stands for every one of them; see .*",
            "wander,all",
            "swimmer"),
        fault("ENVIRONMENTS has swimmer twice; see .*", "wander", "swimmer,swimmer"),
        option("--hidden has 5 twice; see .*", "--hidden=5,5"),
        option(
            "--hidden: a hidden layer must have 1 to 4096 units, but has 0; see .*",
            "--hidden=5,0"),
        option("--scale must be catalog or figure, but is 'paper'; see .*", "--scale=paper"),
        option("--presets has 'small', but wander has default, paper; see .*", "--presets=small"),
        option("--seeds must be between 1 and 1000, but is 0; see .*", "--seeds=0"),
        option("--seeds must be between 1 and 1000, but is 99999; see .*", "--seeds=99999"),
        option("--seeds must be like 10, 5-9 or 0,3,7-9, but is '-3'; see .*", "--seeds=-3"),
        option(
            "--seeds must be from the lower to the higher, .*, but is 9-5; see .*", "--seeds=9-5"),
        option("--seeds has 3 twice; see .*", "--seeds=3,2-4"),
        option("--iterations must be between 1 and 100000, but is 0; see .*", "--iterations=0"),
        option(
            "--evaluation-rollouts must be between 1 and 10000, but is 0; see .*",
            "--evaluation-rollouts=0"),
        option("--jobs must be between 1 and 256, but is 257; see .*", "--jobs=257"),
        option("--set must be NAME=VALUE or NAME=VALUE,VALUE, but is 'x'; see .*", "--set=x"),
        option("--set stride has 1 twice; see .*", "--set=stride=1,1.0"),
        option("--set stride has an empty value; see .*", "--set=stride=1,"),
        option("--set, for wander: there is no setting 'leap'; there are .*", "--set=leap=1"),
        option("--param must be a number, but is 'fast'; see .*", "--param=target_speed=fast"),
        option(
            "--param must be a finite number, but is 1e999999999; see .*",
            "--param=target_speed=1e999999999"),
        option(".*target_speed.*1000.*", "--param=target_speed=1000"),
        option("--perturb must be more than 0 and at most 10, but is 0.0; see .*", "--perturb=0"),
        option(
            "--perturb measures how many rollouts stay upright, but episodes of swimmer never end early; see .*",
            "--perturb=1"),
        option(
            "--final-rollouts is 0, but --endurance needs some; leave one of them out; see .*",
            "--final-rollouts=0",
            "--endurance=9"),
        option("--measure-starts goes with --starts; see .*", "--measure-starts=x"),
        option("--agent: cannot start '/no/such/program': .*", "--agent=/no/such/program"),
        option("--agent must be a program and its arguments, but is empty", "--agent="),
        option(
            "--agent-timeout must be a number of seconds greater than 0, or inf for no limit, but is"
                + " 0; see .*",
            "--agent-timeout=0"),
        fault(".*'nowhere'.*swimmer.*", "wander", "nowhere"));
  }

  private static Arguments option(String message, String... options) {
    return fault(message, with(new String[] {"wander", "swimmer"}, options));
  }

  private static Arguments fault(String message, String... args) {
    return Arguments.of(message, args);
  }

  @ParameterizedTest
  @MethodSource("faults")
  void aFaultIsOneLineAndLeavesNothing(String message, String[] args) {
    run(with(with(new String[] {"experiment"}, args), out())).assertFault(2, message);
    assertFalse(Files.exists(file("")));
  }

  @ParameterizedTest
  @MethodSource("formerCommands")
  void commandsOfOldSayWhatToRunNow(String name, String now) {
    Outcome outcome = run(name, "vgps", "swimmer", "--jobs", "2", "--resume");
    assertEquals(2, outcome.code());
    assertEquals("", outcome.out());
    List<String> lines = outcome.err().lines().toList();
    assertEquals(2, lines.size(), outcome.err());
    assertEquals(
        "gaitway: '" + name + "' is a part of 'experiment' now; nothing was run", lines.get(0));
    assertTrue(lines.get(1).startsWith("Run: " + now), lines.get(1));
    assertFalse(run("--help").out().contains("  " + name), "the command is listed");
  }

  static Stream<Arguments> formerCommands() {
    return Stream.of(
        Arguments.of("study", "gaitway experiment AGENT ENVIRONMENT "),
        Arguments.of("compare", "gaitway experiment all swimmer,walker "));
  }
}
