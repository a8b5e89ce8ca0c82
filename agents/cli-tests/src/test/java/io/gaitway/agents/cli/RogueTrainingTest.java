package io.gaitway.agents.cli;

import static io.gaitway.agents.cli.Program.run;
import static io.gaitway.agents.program.RogueAgent.rogue;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.agents.api.Json;
import io.gaitway.agents.cli.Program.Outcome;
import io.gaitway.agents.run.MetricsLog;
import io.gaitway.agents.run.RunDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Training with agents in processes of their own that go wrong. */
@Timeout(300)
class RogueTrainingTest extends AgentProgramFixture {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "exit|agent '.*' ended with exit code 3 before it was ready: no licence",
        "garbage|agent '.*' printed 'gaitway-agent.1.pigeon.roof' instead of a handshake .*",
        "version|agent '.*' printed a handshake of version 9, but this program reads version 1",
        "nobody|agent '.*' broke the connection when asked what it is .*",
        "boast|agent '.*' gave an invalid description of itself: preset 'default': setting 'size'"
            + " must be between 1 and 10 m, but is 12",
      })
  void anAgentThatDoesNotStartIsToldByItsCause(String way, String message) throws IOException {
    train("run", rogue(way)).assertFault(1, message);
    assertFalse(Files.exists(folder.resolve("run")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "refuse|-1|agent rogue refused: hidden must be between 1 and 2, but is 3",
        "outputs|0|agent rogue sent a policy with 3 outputs instead of 2",
        "crash|1|agent rogue ended with exit code 7 and broke the connection in iteration 2"
            + " \\(.*\\): Traceback . KneeError: a knee broke",
        "hang|1|agent rogue gave no sign of life for 5 s in iteration 2",
      })
  void anAgentThatGoesWrongIsToldByItsCause(String way, int completed, String message)
      throws IOException {
    assertToldByItsCause(way, completed, message);
  }

  @Tag("all")
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "reference|-1|agent rogue sent a reference of 21 steps, 10 state and 2 action entries; .*",
        "inputs|0|agent rogue sent a policy that reads state entry 0, which is not among \\[1, 2,"
            + " .*",
        "parameters|0|agent rogue sent a policy that reads the parameters target_speed, but the task is"
            + " one of the state alone",
        "noiseless|0|agent rogue sent a bad policy: std\\[0\\] must be above 0, but is 0.0",
        "killed|1|agent rogue was ended by signal 9 \\(SIGKILL\\) and broke the connection in"
            + " iteration 2 .*",
        "flood|1|agent rogue floods this program with notes, more than 10000 within 10 s",
        "fail|1|agent rogue failed in iteration 2: .*a hip broke",
        "nan|1|agent rogue sent policy.layers\\[0\\].weights with NaN in entry 0; .*",
      })
  void everyOtherWayIsToldByItsCauseToo(String way, int completed, String message)
      throws IOException {
    assertToldByItsCause(way, completed, message);
  }

  private void assertToldByItsCause(String way, int completed, String message) throws IOException {
    Outcome outcome = train("run", rogue(way), "--agent-timeout=" + (way.equals("hang") ? 5 : 60));
    assertEquals(1, outcome.code(), outcome.err());
    assertEquals("", outcome.out());
    RunDirectory run = directory("run");
    List<String> lines = outcome.err().lines().toList();
    String last = lines.get(lines.size() - 1);
    String log = "; what it printed is in \\Q" + run.agentLog() + "\\E";
    assertTrue(last.matches("gaitway: " + message + log), outcome.err());
    assertTrue(Files.readString(run.agentLog()).startsWith("Hello."));
    if (completed >= 0) {
      assertEquals(completed, checkpointed(run));
      assertEquals(completed, MetricsLog.read(run.metrics()).size());
    }
  }

  @Test
  void anAgentIsNotBegunForANetworkThatItCannotTrain() throws IOException {
    String path = folder.resolve("run").toString();
    Outcome outcome =
        run("train", "--agent", rogue("choosy"), "swimmer", "--out", path, "--hidden=3,3,3");
    assertEquals(2, outcome.code(), outcome.err());
    assertEquals(
        "gaitway: rogue trains networks of up to 2 hidden layers only, not of 3, 3, 3 hidden"
            + " units\n",
        outcome.err());
    assertFalse(Files.exists(directory("run").path()));
  }

  /** The iteration of the newest checkpoint. */
  private static int checkpointed(RunDirectory run) throws IOException {
    try (Stream<Path> files = Files.list(run.path().resolve("checkpoints"))) {
      Path newest = files.max(Comparator.naturalOrder()).orElseThrow();
      return Json.MAPPER.readTree(newest.toFile()).get("iteration").asInt();
    }
  }
}
