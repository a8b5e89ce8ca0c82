package io.gaitway.agents.cli;

import static io.gaitway.agents.cli.Program.run;
import static io.gaitway.agents.cli.Program.served;
import static io.gaitway.agents.cli.Program.with;
import static io.gaitway.agents.program.RogueAgent.rogue;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.agents.run.MetricsLog;
import io.gaitway.agents.run.RunDirectory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Experiments that are ended from outside while agents run in processes of their own. */
@Tag("all")
@Timeout(300)
class InterruptedAgentProgramsTest extends AgentProgramFixture {
  @ParameterizedTest
  @ValueSource(ints = {Program.SIGTERM, Program.SIGKILL})
  void anInterruptedExperimentContinuesToTheSameTables(int signal) throws Exception {
    String[] foreign =
        with(
            AgentProgramRunsTest.experiment("random-search", "swimmer"),
            "--agent=" + served("wander"),
            "--iterations=6",
            out("there"));
    interrupt(signal, directory("there/swimmer-wander/" + AgentProgramRunsTest.name(0)), foreign);
    if (signal == Program.SIGTERM) {
      String err = Files.readString(folder.resolve("stderr"));
      assertTrue(err.endsWith("Stopped. The same command continues.\n"), err);
      assertFalse(err.contains("failed"), err);
    }
    succeed(foreign);
    succeed(
        with(
            AgentProgramRunsTest.experiment("random-search,wander", "swimmer"),
            "--iterations=6",
            out("here")));
    ExperimentFixture.assertSameTables(folder.resolve("here"), folder.resolve("there"));
  }

  @Test
  void agentsThatDoNotComeToAnEndAreEndedWithTheExperiment() throws Exception {
    String[] hanging =
        AgentProgramRunsTest.experiment(
            "swimmer", "--agent=" + rogue("hang"), "--iterations=3", out("s"));
    interrupt(
        Program.SIGTERM, directory("s/swimmer-rogue/" + AgentProgramRunsTest.name(1)), hanging);
    String err = Files.readString(folder.resolve("stderr"));
    assertTrue(err.contains("Stopped. The same command continues.\n"), err);
    assertFalse(Pattern.compile("^gaitway: ", Pattern.MULTILINE).matcher(err).find(), err);
  }

  /**
   * Ends the program in the middle of a run, in whose second iteration the agent wander stays; what
   * it started ends as well.
   */
  private void interrupt(int signal, RunDirectory run, String[] args) throws Exception {
    Path stderr = folder.resolve("stderr");
    Process process = Program.startHeld(0, 2, stderr.toFile(), args);
    try {
      while (MetricsLog.read(run.metrics()).isEmpty()) {
        assertTrue(process.isAlive(), () -> read(stderr));
        TimeUnit.MILLISECONDS.sleep(5);
      }
      List<ProcessHandle> started = process.descendants().toList();
      assertFalse(started.isEmpty());
      if (signal == Program.SIGKILL) {
        process.destroyForcibly();
      } else {
        process.destroy();
      }
      assertEquals(signal, process.waitFor());
      assertFalse(Files.exists(run.result()), "the program was not interrupted in the middle");
      for (ProcessHandle each : started) {
        each.onExit().get(1, TimeUnit.MINUTES);
      }
    } finally {
      process.destroyForcibly();
    }
  }
}
