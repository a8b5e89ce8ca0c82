package io.gaitway.agents.cli;

import static io.gaitway.agents.cli.Program.run;
import static io.gaitway.agents.cli.Program.served;
import static io.gaitway.agents.cli.Program.with;
import static io.gaitway.agents.program.RogueAgent.rogue;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.agents.cli.Program.Outcome;
import io.gaitway.agents.run.RunDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Experiments with agents in processes of their own. */
@Timeout(300)
class AgentProgramRunsTest extends AgentProgramFixture {
  static final String[] TASK = {
    "--hidden=2", "--seeds=2", "--jobs=2", "--param=horizon=30", "--evaluation-rollouts=4"
  };

  static String[] experiment(String... args) {
    return with(with(new String[] {"experiment"}, args), TASK);
  }

  static String name(int seed) {
    return "default-h2-param.horizon=30-s" + seed;
  }

  @Test
  void anExperimentGivesTheBitsOfTheSameAgentHere() throws IOException {
    String[] more = {"--iterations=3", "--set=stride=0.7", "--final-rollouts=3"};
    succeed(with(with(experiment("wander", "swimmer"), more), out("here")));
    String[] served = with(experiment("swimmer", "--agent=" + served("wander")), more);
    succeed(with(served, out("there")));
    ExperimentFixture.assertSameTables(folder.resolve("here"), folder.resolve("there"));

    String set = "there/swimmer-wander/default-h2-set.stride=0.7-param.horizon=30-s";
    RunDirectory first = directory(set + 0);
    RunDirectory second = directory(set + 1);
    assertEquals(served("wander"), second.readConfig().agentCommand());
    assertEquals(0.7, second.readConfig().settings().get("stride").asDouble());
    assertEquals(1, starts(first));
    assertEquals(1, starts(second));
    // As after an interruption: the second run is not complete, and alone has a process again.
    Files.delete(second.result());
    Outcome resumed = succeed(with(served, out("there")));
    assertTrue(resumed.err().contains("1 of 2 runs done, 1 to do"), resumed.err());
    assertEquals(1, starts(first));
    assertEquals(2, starts(second));
    ExperimentFixture.assertSameTables(folder.resolve("here"), folder.resolve("there"));
  }

  /** How many processes a run has had: each prints its handshake. */
  private static long starts(RunDirectory run) throws IOException {
    return Files.readAllLines(run.agentLog()).stream()
        .filter(line -> line.startsWith("gaitway-agent|"))
        .count();
  }

  @Test
  void anAgentThatGoesWrongStopsNoOther() throws IOException {
    String[] agents = {
      "wander", "swimmer", "--agent=" + rogue("crash"), "--agent=" + served("brittle")
    };
    Outcome outcome = run(with(experiment(agents), "--iterations=2", out("c")));
    assertEquals(1, outcome.code(), outcome.err());
    List<String> lines = outcome.err().lines().filter(l -> l.startsWith("gaitway: ")).toList();
    assertEquals(3, lines.size(), outcome.err());
    String crash =
        "gaitway: swimmer-rogue/default-h2-param.horizon=30-s[01] failed: agent rogue ended with exit code 7 and"
            + " broke the connection in iteration 2 .*: Traceback . KneeError: a knee broke;"
            + " what it printed is in .*swimmer-rogue/default-h2-.*-s[01]/agent.log";
    assertEquals(2, lines.stream().filter(line -> line.matches(crash)).count(), outcome.err());
    String failure =
        "gaitway: swimmer-brittle/default-h2-.*-s1 failed: agent brittle failed in iteration 2: .*";
    assertEquals(1, lines.stream().filter(line -> line.matches(failure)).count(), outcome.err());
    List<String> done = Files.readAllLines(folder.resolve("c/iterations.csv"));
    assertEquals(1 + 3 * 2 + 3, done.size());
    assertEquals(2 * 2, done.stream().filter(line -> line.startsWith("wander,")).count());
    assertEquals(3, done.stream().filter(line -> line.contains(",failed,0,,,")).count());
  }

  @Test
  void agentsThatDoNotFitAreRefusedBeforeAnythingIsRun() {
    String[] compare = {"experiment", "wander", "swimmer", out("c")};
    run(with(compare, "--agent=" + served("wander")))
        .assertFault(2, "--agent '.*' is called wander, as is the built-in one; see .*");
    String[] two = with(compare, "--agent=" + rogue("sound"), "--agent=" + rogue("crash"));
    run(two).assertFault(2, "--agent '.*crash.*' is called rogue, as is '.*sound.*'; see .*");
    run(with(compare, "--agent=" + rogue("sound"), "--presets=paper"))
        .assertFault(2, "--presets has 'paper', but rogue has default; see .*");
    run(with(compare, "--agent=" + rogue("exit")))
        .assertFault(1, "agent '.*' ended with exit code 3 before it was ready: no licence");
    assertFalse(Files.exists(folder.resolve("c")));
  }

  @Test
  void anotherCommandContradictsTheRuns() throws IOException {
    String[] task = with(experiment("random-search", "swimmer"), "--iterations=1", out("c"));
    succeed(with(task, "--agent=" + rogue("sound")));
    String before = Files.readString(folder.resolve("c/iterations.csv"));
    run(with(task, "--agent=" + rogue("crash")))
        .assertFault(
            2, "--agent is '.*crash.*', but the run in .* was begun with '.*sound.*'; name .*");
    assertEquals(before, Files.readString(folder.resolve("c/iterations.csv")));
  }
}
