package io.gaitway.agents.cli;

import static io.gaitway.agents.cli.Program.run;
import static io.gaitway.agents.cli.Program.with;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Comparisons that are continued, after a kill and with other options. */
@Timeout(180)
class CompareResumeTest extends CompareFixture {
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
      "--iterations=6",
      "--evaluation-rollouts=3",
      "--param=horizon=60"
    };
    File stderr = folder.resolve("stderr").toFile();
    Process process = Program.startHeld(1, 4, stderr, with(task, out()));
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

  @Test
  void thereHasToBeSomethingToResume() throws IOException {
    run(with(SMALL, "--resume", out())).assertFault(1, "there is nothing to resume in .*");
    Files.writeString(folder.resolve("c"), "x");
    run(with(SMALL, out())).assertFault(1, ".* is a file; name another directory with --out");
  }
}
