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
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Experiments that are continued, after a kill and with other options, and shared by processes. */
@Timeout(300)
class ExperimentResumeTest extends ExperimentFixture {
  private static final String[] LONGER =
      experiment("wander", "swimmer", "--hidden=2", "--iterations=6", "--seeds=4");

  @Test
  void optionsThatContradictARunAreErrors() throws IOException {
    String[] one = experiment("wander", "swimmer", "--presets=paper", "--hidden=2", out());
    succeed(one);
    byte[] before = Files.readAllBytes(file("iterations.csv"));
    String rest = ", but the run in .*paper-h2-.*-s0 was begun with %s; name another --out, or .*";
    run(but(one, "--iterations=4")).assertFault(2, "--iterations is 4" + rest.formatted("3"));
    run(but(one, "--evaluation-rollouts=5"))
        .assertFault(2, "--evaluation-rollouts is 5" + rest.formatted("4"));
    run(with(one, "--observe=root_y"))
        .assertFault(2, "--observe is \\[root_y\\], but the run in .* was begun with \\[.*");
    assertArrayEquals(before, Files.readAllBytes(file("iterations.csv")));
    // More of the same is no contradiction, nor is less.
    Outcome more = succeed(but(one, "--presets=default,paper", "--seeds=3"));
    assertTrue(more.err().contains("2 of 6 runs done, 4 to do"), more.err());
    succeed(one);
    assertArrayEquals(before, Files.readAllBytes(file("iterations.csv")));
    // Another setting is another run.
    assertTrue(succeed(with(one, "--set=stride=0.7")).err().contains("0 of 2 runs done, 2 to do"));
  }

  @Test
  void metricsHaveToHaveEveryIterationInOrder() throws IOException {
    String[] all = experiment("wander", "swimmer", "--hidden=2,3,4", out());
    succeed(all);
    Path before = folder.resolve("before");
    Files.createDirectory(before);
    for (String name : List.of("iterations.csv", "runs.csv", "summary.csv")) {
      Files.copy(file(name), before.resolve(name));
    }
    RunDirectory shorter = directory("default-h2", 1);
    List<String> lines = Files.readAllLines(shorter.metrics());
    Files.write(shorter.metrics(), lines.subList(0, 2));
    RunDirectory disordered = directory("default-h3", 0);
    lines = Files.readAllLines(disordered.metrics());
    Files.write(disordered.metrics(), List.of(lines.get(0), lines.get(2), lines.get(1)));
    RunDirectory longer = directory("default-h4", 0);
    lines = Files.readAllLines(longer.metrics());
    Files.writeString(longer.metrics(), lines.get(2) + "\n", StandardOpenOption.APPEND);

    Outcome outcome = run(all);
    assertEquals(1, outcome.code());
    String sentence =
        "gaitway: swimmer-wander/"
            + name("default-h2", 1)
            + " failed: the run in %s is complete, but its metrics have 2 of 3 iterations, or not in"
            + " order; delete that directory and run the experiment again\n";
    assertTrue(outcome.err().contains(sentence.formatted(shorter.path())), outcome.err());
    assertTrue(outcome.err().contains(disordered.path() + " is complete, but its metrics have 3"));
    assertTrue(outcome.err().contains(longer.path() + " is complete, but its metrics have 4 of 3"));
    assertEquals(1 + 3 * 3 + 3, Files.readAllLines(file("iterations.csv")).size());
    for (RunDirectory directory : List.of(shorter, disordered, longer)) {
      delete(directory.path());
    }
    succeed(all);
    assertSameTables(before, file(""));
  }

  private RunDirectory directory(String start, int seed) {
    return new RunDirectory(file("swimmer-wander").resolve(name(start, seed)));
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> content = Files.walk(directory)) {
      for (Path path : content.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  /** Starts a process that stays in the fourth iteration of a seed's run, and waits until then. */
  private Process startHeldIn(int seed, Path stderr) throws Exception {
    Process process = Program.startHeld(seed, 4, stderr.toFile(), with(LONGER, out()));
    RunDirectory run = directory("default-h2", seed);
    while (MetricsLog.read(run.metrics()).size() < 3) {
      assertTrue(process.isAlive(), () -> read(stderr));
      TimeUnit.MILLISECONDS.sleep(5);
    }
    return process;
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }

  private void assertLikeUndisturbed() throws IOException {
    Path undisturbed = folder.resolve("undisturbed");
    succeed(with(LONGER, "--jobs=2", "--out=" + undisturbed));
    assertSameTables(undisturbed, file(""));
  }

  @Test
  void aKilledExperimentContinuesToTheSameTables() throws Exception {
    Process process = startHeldIn(1, folder.resolve("stderr"));
    process.destroyForcibly();
    assertEquals(Program.SIGKILL, process.waitFor());
    assertFalse(
        Files.exists(directory("default-h2", 1).result()), "it was not killed in the middle");
    Outcome resumed = succeed(with(LONGER, out()));
    assertTrue(resumed.err().contains("1 of 4 runs done, 3 to do"), resumed.err());
    assertLikeUndisturbed();
  }

  /** Killed at whatever it is doing, again and again, until it is done. */
  @Tag("all")
  @Test
  void killsAtAnyMomentChangeNoTable() throws Exception {
    int kills = 0;
    for (int millis = 800; ; millis += millis / 2) {
      Process process =
          Program.start(folder.resolve("stderr" + kills).toFile(), with(LONGER, out()));
      if (process.waitFor(millis, TimeUnit.MILLISECONDS)) {
        assertEquals(0, process.exitValue(), read(folder.resolve("stderr" + kills)));
        break;
      }
      process.destroyForcibly().waitFor();
      kills++;
    }
    assertTrue(kills > 0, "it was never killed");
    assertLikeUndisturbed();
  }

  /**
   * The one process is held in a run; the other does the rest, and takes the run over in the end.
   */
  @Test
  void twoProcessesShareTheWorkAndTheDeadOnesRunIsTakenOver() throws Exception {
    Path stderr = folder.resolve("other");
    Process first = startHeldIn(0, folder.resolve("held"));
    Process second = Program.start(stderr.toFile(), with(LONGER, out()));
    try {
      while (!Files.exists(directory("default-h2", 3).result())) {
        assertTrue(second.isAlive(), () -> read(stderr));
        TimeUnit.MILLISECONDS.sleep(20);
      }
      assertFalse(Files.exists(directory("default-h2", 0).result()));
      String owner = Files.readString(directory("default-h2", 0).path().resolve("lock"));
      assertTrue(owner.startsWith("process " + first.pid()), owner);
      Outcome busy = run("train", "--resume", directory("default-h2", 0).path().toString());
      assertEquals(1, busy.code());
      assertTrue(
          busy.err().contains("gaitway: process " + first.pid())
              && busy.err().contains(" is training in " + directory("default-h2", 0).path()),
          busy.err());
      assertTrue(second.isAlive(), "the other did not wait");
      first.destroyForcibly();
      assertEquals(Program.SIGKILL, first.waitFor());
      assertTrue(second.waitFor(2, TimeUnit.MINUTES));
      assertEquals(0, second.exitValue(), () -> read(stderr));
    } finally {
      first.destroyForcibly();
      second.destroyForcibly();
    }
    assertLikeUndisturbed();
  }

  @Test
  void twoProcessesAtOnceLeaveOneTable() throws Exception {
    Path one = folder.resolve("one");
    Path two = folder.resolve("two");
    String[] args =
        experiment("wander,brittle", "swimmer", "--hidden=2", "--iterations=6", "--seeds=6");
    Process first = Program.start(one.toFile(), with(args, out()));
    Process second = Program.start(two.toFile(), with(args, "--jobs=2", out()));
    try {
      assertEquals(1, first.waitFor(), () -> read(one));
      assertEquals(1, second.waitFor(), () -> read(two));
    } finally {
      first.destroyForcibly();
      second.destroyForcibly();
    }
    // Both tell of every run that failed, whichever of them tried it.
    assertEquals(3, faults(one), () -> read(one));
    assertEquals(3, faults(two), () -> read(two));
    Path undisturbed = folder.resolve("undisturbed");
    assertEquals(1, run(with(args, "--out=" + undisturbed)).code());
    assertSameTables(undisturbed, file(""));
  }

  private static long faults(Path stderr) throws IOException {
    return Files.readAllLines(stderr).stream()
        .filter(line -> line.matches("gaitway: swimmer-brittle/.* failed: .*a knee broke.*"))
        .count();
  }

  @Test
  void theDirectoryHasToBeOne() throws IOException {
    Files.writeString(file(""), "x");
    run(experiment("wander", "swimmer", out()))
        .assertFault(1, ".* is a file; name another directory with --out");
  }
}
