package io.gaitway.agents.cli;

import static io.gaitway.agents.cli.Program.with;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.agents.measure.IterationMetrics;
import io.gaitway.agents.run.MetricsLog;
import io.gaitway.agents.run.RunDirectory;
import io.gaitway.client.simulation.Usage;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Training processes that are ended from outside. */
@Timeout(180)
class KillTest {
  @TempDir Path folder = Path.of("unset");

  @Test
  void aKilledRunResumesToTheSameBits() throws Exception {
    String[] task = {"train", "wander", "swimmer", "--iterations=8", "--param=horizon=30"};
    RunDirectory killed = interrupt(Program.SIGKILL, with(task, "--checkpoint-interval=0"));
    assertFalse(Files.exists(killed.policy()), "a killed process writes no policy");
    assertResumesLike(task, killed, 8);
  }

  @Test
  void vgpsResumesToTheSameBits() throws Exception {
    String[] task = {
      "train", "vgps", "swimmer", "--iterations=60", "--param=horizon=50", "--hidden=3"
    };
    RunDirectory killed = interrupt(Program.SIGKILL, with(task, "--checkpoint-interval=0"));
    assertResumesLike(task, killed, 60);
  }

  @Test
  void aTerminatedRunSaysHowToGoOn() throws Exception {
    String[] task = {"train", "wander", "swimmer", "--iterations=8", "--param=horizon=30"};
    RunDirectory stopped = interrupt(Program.SIGTERM, with(task, "--checkpoint-interval=0"));
    String err = Files.readString(folder.resolve("stderr"));
    assertTrue(
        err.endsWith("Stopped. Continue with: gaitway train --resume " + stopped.path() + "\n"),
        err);
    assertTrue(Files.exists(stopped.report()));
    assertResumesLike(task, stopped, 8);
  }

  /**
   * Starts a run in a process of its own and ends that when three iterations are done. The agent
   * wander stays in the fourth; another has so many to go that it cannot come to its end.
   */
  private RunDirectory interrupt(int signal, String[] args) throws Exception {
    RunDirectory run = new RunDirectory(folder.resolve("interrupted"));
    File stderr = folder.resolve("stderr").toFile();
    Process process = Program.startHeld(0, 4, stderr, with(args, "--out=" + run.path()));
    try {
      while (MetricsLog.read(run.metrics()).size() < 3) {
        assertTrue(process.isAlive(), () -> "the process ended: " + read(stderr.toPath()));
        TimeUnit.MILLISECONDS.sleep(20);
      }
      if (signal == Program.SIGKILL) {
        process.destroyForcibly();
      } else {
        process.destroy();
      }
      assertEquals(signal, process.waitFor());
    } finally {
      process.destroyForcibly();
    }
    return run;
  }

  private void assertResumesLike(String[] args, RunDirectory interrupted, int iterations)
      throws IOException {
    int before = MetricsLog.read(interrupted.metrics()).size();
    assertTrue(before < iterations, "the process was not interrupted in the middle");
    RunDirectory undisturbed = new RunDirectory(folder.resolve("undisturbed"));
    gaitway(with(args, "--out=" + undisturbed.path()));
    gaitway("train", "--resume=" + interrupted.path());
    assertArrayEquals(
        Files.readAllBytes(undisturbed.policy()), Files.readAllBytes(interrupted.policy()));
    List<IterationMetrics> expected = MetricsLog.read(undisturbed.metrics());
    List<IterationMetrics> actual = MetricsLog.read(interrupted.metrics());
    assertEquals(iterations, actual.size());
    for (int i = 0; i < iterations; i++) {
      assertEquals(i + 1, actual.get(i).iteration());
      assertEquals(expected.get(i).stochasticCosts(), actual.get(i).stochasticCosts());
      assertEquals(expected.get(i).deterministicCost(), actual.get(i).deterministicCost());
      assertEquals(expected.get(i).agent(), actual.get(i).agent());
      assertEquals(counts(expected.get(i)), counts(actual.get(i)));
    }
  }

  private static Usage counts(IterationMetrics metrics) {
    Usage usage = metrics.usage();
    assertTrue(usage.rollouts() > metrics.iteration(), usage.toString());
    return usage.minus(new Usage(0, 0, 0, 0, 0, usage.workerSeconds()));
  }

  private static void gaitway(String... args) {
    Program.Outcome outcome = Program.run(args);
    assertEquals(0, outcome.code(), outcome.err());
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }
}
