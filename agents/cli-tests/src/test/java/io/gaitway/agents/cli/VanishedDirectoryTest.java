package io.gaitway.agents.cli;

import static io.gaitway.agents.cli.Program.with;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A command stops when the directory that it works in is moved away, and makes no other. */
@Timeout(180)
class VanishedDirectoryTest {
  @TempDir Path folder = Path.of("unset");

  @Test
  void train() throws Exception {
    assertStops("metrics.jsonl", "train", "wander", "swimmer");
  }

  @Test
  void experiment() throws Exception {
    assertStops(
        "swimmer-wander/default-h2-param.horizon=30-s0/metrics.jsonl",
        "experiment",
        "wander",
        "swimmer",
        "--jobs=2",
        "--hidden=2",
        "--seeds=3");
  }

  @Test
  void tuneGait() throws Exception {
    assertGoneIsNoticed("gait.json", "tune-gait", "walker");
  }

  private void assertStops(String file, String... command) throws Exception {
    assertGoneIsNoticed(file, with(command, "--iterations=100000", "--param=horizon=30"));
  }

  /**
   * Moves the directory as soon as a file in it has content.
   *
   * @param file relative to the directory
   */
  private void assertGoneIsNoticed(String file, String... command) throws Exception {
    Path directory = folder.resolve("work");
    Path err = folder.resolve("stderr");
    Process process = Program.start(err.toFile(), with(command, "--out=" + directory));
    try {
      while (!hasContent(directory.resolve(file))) {
        assertTrue(process.isAlive(), Files.readString(err));
        TimeUnit.MILLISECONDS.sleep(20);
      }
      Files.move(directory, folder.resolve("moved"));
      assertEquals(Gaitway.FAILURE, process.waitFor());
    } finally {
      process.destroyForcibly();
    }
    List<String> said = Files.readAllLines(err);
    String last = said.get(said.size() - 1);
    assertTrue(last.startsWith("gaitway: the directory " + directory), said.toString());
    assertTrue(
        last.endsWith(
            " was removed or replaced while this command was working in it; the command has stopped"
                + " and writes nothing more there"),
        last);
    assertFalse(Files.exists(directory), "the directory was made again");
  }

  private static boolean hasContent(Path file) throws Exception {
    return Files.exists(file) && Files.size(file) > 0;
  }
}
