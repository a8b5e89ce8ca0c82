package io.gaitway.agents.cli;

import static io.gaitway.agents.cli.Program.run;
import static io.gaitway.agents.cli.Program.served;
import static io.gaitway.agents.cli.Program.with;
import static io.gaitway.agents.program.RogueAgent.rogue;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gaitway.agents.api.Json;
import io.gaitway.agents.cli.Program.Outcome;
import io.gaitway.agents.run.MetricsLog;
import io.gaitway.agents.run.RunDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Training with agents in processes of their own. */
@Timeout(300)
class TrainAgentProgramTest extends AgentProgramFixture {
  @ParameterizedTest
  @CsvSource({"wander,--set=stride=0.25", "vgps,--preset=default"})
  void aServedAgentTrainsToTheSameBits(String agent, String option) throws IOException {
    String[] here = {"train", agent, "--out", folder.resolve("here").toString(), option};
    assertSuccess(run(with(here, SHORT)));
    assertSuccess(train("there", served(agent), option));
    assertSameRun(directory("here"), directory("there"));
    ObjectNode config = (ObjectNode) Json.MAPPER.readTree(directory("there").config().toFile());
    assertEquals(served(agent), config.remove("agent_command").asText());
    ObjectNode expected = (ObjectNode) Json.MAPPER.readTree(directory("here").config().toFile());
    config.remove("created");
    expected.remove("created");
    assertEquals(expected, config);
  }

  @Tag("all")
  @Test
  void anInterruptedRunResumesToTheSameBits() throws Exception {
    String[] task = {"swimmer", "--iterations=8", "--param=horizon=20", "--hidden=3"};
    String[] here = {"train", "wander", "--out", folder.resolve("here").toString()};
    assertSuccess(run(with(here, task)));
    RunDirectory stopped = directory("stopped");
    Process process =
        Program.startHeld(
            0,
            3,
            folder.resolve("stderr").toFile(),
            with(
                with(new String[] {"train", "--agent", served("wander")}, task),
                "--checkpoint-interval=0",
                "--out=" + stopped.path()));
    try {
      while (MetricsLog.read(stopped.metrics()).size() < 2) {
        assertTrue(process.isAlive(), () -> read(folder.resolve("stderr")));
        TimeUnit.MILLISECONDS.sleep(20);
      }
      process.destroy();
      assertEquals(Program.SIGTERM, process.waitFor());
    } finally {
      process.destroyForcibly();
    }
    String err = read(folder.resolve("stderr"));
    assertTrue(
        err.endsWith("Stopped. Continue with: gaitway train --resume " + stopped.path() + "\n"),
        err);
    int before = MetricsLog.read(stopped.metrics()).size();
    assertTrue(before < 8, "the process was not interrupted in the middle");
    assertSuccess(run("train", "--resume", stopped.path().toString()));
    assertSameRun(directory("here"), stopped);
  }

  @Test
  void aServedAgentIsListedAsItIsHere() {
    Outcome here = run("agents", "vgps", "--environment", "walker");
    Outcome there = run("agents", "--agent", served("vgps"), "--environment", "walker");
    assertSuccess(there);
    assertEquals(here.out(), there.out());
  }

  @Test
  void settingsAreCheckedAsThoseOfOtherAgents() {
    String agent = served("wander");
    train("a", agent, "--set=stride=11")
        .assertFault(2, "setting 'stride' must be more than 0 and at most 10, but is 11.0");
    train("b", agent, "--set=strid=1")
        .assertFault(
            2,
            "there is no setting 'strid' \\(did you mean 'stride'\\?\\); there are stride, pause");
    train("c", agent, "--preset=best")
        .assertFault(2, "--preset must be default or paper, but is 'best'; see .*");
    assertFalse(Files.exists(folder.resolve("a")), "no run directory of a run that cannot begin");
  }

  @Test
  void commandLinesThatContradictAreRefused() throws IOException {
    run("train", "wander", "swimmer", "--agent", "true")
        .assertFault(2, "AGENT is wander, but --agent names another agent; see .*");
    run("agents", "wander", "--agent", "true")
        .assertFault(2, "NAME is wander, but --agent names another agent; see .*");
    run("train", "--agent", "true").assertFault(2, "ENVIRONMENT is missing; see .*");
    run("train", "--agent", "/no/such/program", "swimmer")
        .assertFault(2, "--agent: cannot start '/no/such/program': .*");
    run("train", "--agent", "true", "swimmer")
        .assertFault(
            1,
            "agent 'true' ended with exit code 0 before it was ready; it must serve its agent until"
                + " its input ends, in Python by gaitway.agent.serve\\(MyAgent\\(\\)\\)");
    run("train", "--agent", "a 'b", "swimmer")
        .assertFault(2, "--agent has a ' that is never closed: a 'b");
    run("train", "--agent", "true", "--agent-timeout=0", "swimmer")
        .assertFault(
            2,
            "--agent-timeout must be a number of seconds greater than 0, or inf for no limit, but"
                + " is 0; see .*");
    run("serve-agent", "nobody").assertFault(2, "there is no agent 'nobody'; .*");
    run("serve-agent", "wander", "--port=65536")
        .assertFault(2, "--port must be between 0 and 65535, but is 65536; see .*");
    assertSuccess(train("run", rogue("sound")));
    String directory = folder.resolve("run").toString();
    run("train", "--resume", directory, "--agent", "true", "swimmer")
        .assertFault(2, "--agent contradicts the run in .*, where it is .*RogueAgent.*");
    run("train", "--resume", directory, "wander", "swimmer")
        .assertFault(2, "AGENT contradicts the run in .*, where it is .*RogueAgent.*");
  }

  private static void assertSameRun(RunDirectory expected, RunDirectory actual) throws IOException {
    assertArrayEquals(Files.readAllBytes(expected.policy()), Files.readAllBytes(actual.policy()));
    assertArrayEquals(
        Files.readAllBytes(expected.trajectories()), Files.readAllBytes(actual.trajectories()));
    assertEquals(withoutTimes(expected), withoutTimes(actual));
  }

  private static List<ObjectNode> withoutTimes(RunDirectory run) throws IOException {
    List<ObjectNode> lines = new ArrayList<>();
    for (String line : Files.readAllLines(run.metrics())) {
      ObjectNode node = (ObjectNode) Json.MAPPER.readTree(line);
      node.remove(List.of("seconds", "elapsed_seconds"));
      ((ObjectNode) node.get("usage")).remove("worker_seconds");
      lines.add(node);
    }
    return lines;
  }
}
