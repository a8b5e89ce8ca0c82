package io.gaitway.agents.cli;

import static io.gaitway.agents.cli.CompareFixture.withoutSeconds;
import static io.gaitway.agents.cli.Program.run;
import static io.gaitway.agents.cli.Program.served;
import static io.gaitway.agents.cli.Program.with;
import static io.gaitway.agents.program.RogueAgent.rogue;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.agents.cli.Program.Outcome;
import io.gaitway.agents.run.RunConfig;
import io.gaitway.agents.run.RunDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Comparisons and studies with agents in processes of their own. */
@Timeout(300)
class AgentProgramRunsTest extends AgentProgramFixture {
  static final String[] TASK = {
    "--hidden=2", "--presets=default", "--seeds=2", "--jobs=2", "--param=horizon=30"
  };
  static final String[] COMPARE =
      with(new String[] {"compare", "--environments=swimmer", "--evaluation-rollouts=4"}, TASK);

  @Test
  void aComparisonGivesTheBitsOfTheSameAgentHere() throws IOException {
    String[] task = with(COMPARE, "--iterations=3");
    succeed(with(task, "--agents=wander", out("here")));
    String[] both =
        with(task, "--agents=random-search", "--agent=" + served("wander"), out("there"));
    succeed(both);
    List<String> lines = withoutSeconds(folder.resolve("there/iterations.csv"));
    assertEquals(1 + 2 * 2 * 3, lines.size());
    assertTrue(lines.get(1).startsWith("catalog,default,default,random-search,"), lines.get(1));
    List<String> expected = withoutSeconds(folder.resolve("here/iterations.csv"));
    assertEquals(expected.subList(1, 7), lines.subList(7, 13));

    RunDirectory first = directory("there/swimmer-wander/default-h2-s0");
    RunDirectory second = directory("there/swimmer-wander/default-h2-s1");
    assertEquals(served("wander"), second.readConfig().agentCommand());
    assertEquals(1, starts(first));
    assertEquals(1, starts(second));
    // As after an interruption: the second run is not complete, and alone has a process again.
    Files.delete(second.result());
    Outcome resumed = succeed(with(both, "--resume"));
    assertTrue(resumed.err().contains("3 of 4 runs done, 1 to do"), resumed.err());
    assertEquals(1, starts(first));
    assertEquals(2, starts(second));
    assertEquals(lines, withoutSeconds(folder.resolve("there/iterations.csv")));
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
      "--agents=wander", "--agent=" + rogue("crash"), "--agent=" + served("brittle")
    };
    Outcome outcome = run(with(with(COMPARE, agents), "--iterations=2", out("c")));
    assertEquals(1, outcome.code(), outcome.err());
    List<String> lines = outcome.err().lines().filter(l -> l.startsWith("gaitway: ")).toList();
    assertEquals(3, lines.size(), outcome.err());
    String crash =
        "gaitway: swimmer-rogue/default-h2-s[01] failed: agent rogue ended with exit code 7 and"
            + " broke the connection in iteration 2 .*: Traceback . KneeError: a knee broke;"
            + " what it printed is in .*swimmer-rogue/default-h2-s[01]/agent.log";
    assertEquals(2, lines.stream().filter(line -> line.matches(crash)).count(), outcome.err());
    String failure =
        "gaitway: swimmer-brittle/default-h2-s1 failed: agent brittle failed in iteration 2: .*";
    assertEquals(1, lines.stream().filter(line -> line.matches(failure)).count(), outcome.err());
    List<String> done = withoutSeconds(folder.resolve("c/iterations.csv"));
    assertEquals(1 + 3 * 2, done.size());
    assertEquals(2 * 2, done.stream().filter(line -> line.contains(",wander,")).count());
  }

  @Test
  void agentsThatDoNotFitAreRefusedBeforeAnythingIsRun() {
    String[] compare = {"compare", "--agents=wander", out("c")};
    run(with(compare, "--agent=" + served("wander"), "--presets=default"))
        .assertFault(2, "--agent '.*' is called wander, as is the built-in one; see .*");
    String[] two = with(compare, "--agent=" + rogue("sound"), "--agent=" + rogue("crash"));
    run(with(two, "--presets=default"))
        .assertFault(2, "--agent '.*crash.*' is called rogue, as is '.*sound.*'; see .*");
    run(with(compare, "--agent=" + rogue("sound"), "--presets=paper"))
        .assertFault(2, "--presets has 'paper', but rogue has default; see .*");
    run(with(compare, "--agent=" + rogue("exit")))
        .assertFault(1, "agent '.*' ended with exit code 3 before it was ready: no licence");
    assertFalse(Files.exists(folder.resolve("c")));
  }

  @Test
  void anotherCommandContradictsTheRuns() throws IOException {
    String[] task = with(COMPARE, "--iterations=1", out("c"));
    succeed(with(task, "--agents=random-search", "--agent=" + rogue("sound")));
    String before = Files.readString(folder.resolve("c/iterations.csv"));
    String[] resume = with(task, "--agents=random-search", "--resume");
    run(with(resume, "--agent=" + rogue("crash")))
        .assertFault(
            1, "the run in .* has agent rogue, '.*sound.*', not rogue, '.*crash.*'; remove it, .*");
    assertEquals(before, Files.readString(folder.resolve("c/iterations.csv")));
  }

  @Test
  void aStudyGivesTheTableOfTheSameAgentHere() throws IOException {
    String[] task =
        with(TASK, "swimmer", "--iterations=2", "--evaluation-rollouts=3", "--set=stride=0.7");
    succeed(with(with(new String[] {"study", "wander"}, task), out("here")));
    String[] agent = {"study", "--agent=" + served("wander")};
    Outcome there = succeed(with(with(agent, task), out("there")));
    assertEquals(
        withoutSeconds(folder.resolve("here/study.csv")),
        withoutSeconds(folder.resolve("there/study.csv")));
    assertTrue(there.out().startsWith("## wander on swimmer (version "), there.out());
    RunConfig config = directory("there/default-h2-s1").readConfig();
    assertEquals(0.7, config.settings().get("stride").asDouble());
    assertEquals(served("wander"), config.agentCommand());
    // What is complete is measured again, without a process.
    succeed(with(with(agent, task), out("there")));
    assertEquals(1, starts(directory("there/default-h2-s1")));

    run("study", "wander", "swimmer", "--agent=true")
        .assertFault(2, "AGENT is wander, but --agent names another agent; see .*");
    run("study", "--agent=true").assertFault(2, "ENVIRONMENT is missing; see .*");
    run("study", "wander").assertFault(2, "ENVIRONMENT is missing; see .*");
    run("study").assertFault(2, "AGENT and ENVIRONMENT are missing; see .*");
    run(with(with(agent, task), "--presets=best", out("other")))
        .assertFault(2, "--presets must be default or paper, but is 'best'; see .*");
  }
}
