package io.gaitway.agents.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The study command and its statistics. */
class StudyTest {
  @TempDir Path folder = Path.of("unset");

  @Test
  void interquartileMeanCutsFractionsOfValues() {
    assertEquals(4.5, Intervals.interquartileMean(new double[] {9, 0, 1, 2, 3, 4, 5, 6, 7, 8}));
    assertEquals(2, Intervals.interquartileMean(new double[] {2}));
    assertEquals(3, Intervals.interquartileMean(new double[] {1, 3, 5, 1000, -1000}), 1e-12);
  }

  @Test
  void theIntervalCoversTheTrueMeanAboutAsOftenAsItSays() {
    SplittableRandom random = new SplittableRandom(1);
    int covered = 0;
    for (int trial = 0; trial < 60; trial++) {
      double[] values = random.doubles(40).toArray();
      Intervals intervals = Intervals.of(values);
      covered += intervals.lower() <= 0.5 && 0.5 <= intervals.upper() ? 1 : 0;
    }
    assertTrue(covered >= 50 && covered <= 60, "covered " + covered + " of 60");
  }

  @Test
  void theTableCountsSeedsBelowTheMarks() {
    StudyTable table = new StudyTable();
    table.add(
        "default",
        10,
        List.of(new StudyTable.Row(0, 100, 104, 119, 5), new StudyTable.Row(1, 100, 131, 140, 7)));
    String text = table.markdown("title", 200);
    assertTrue(text.contains("| 1.310 | 1/2 | 1/2 | "), text);
    assertTrue(text.contains("| 1.400 | 1/2 | 2/2 | 6 |"), text);
    assertTrue(text.contains("| default | 10 | 1 | 1.310 | 1.400 | 7 |"), text);
  }

  @Test
  void aStudyThatIsRunAgainOnlyMeasures() throws IOException {
    String[] args = {
      "study",
      "wander",
      "swimmer",
      "--hidden",
      "3",
      "--presets",
      "default",
      "--seeds",
      "2",
      "--iterations",
      "2",
      "--evaluation-rollouts",
      "3",
      "--out",
      folder.toString()
    };
    StringWriter first = new StringWriter();
    assertEquals(0, execute(first, args));
    byte[] policy = Files.readAllBytes(folder.resolve("default-h3-s1").resolve("policy.json"));
    StringWriter second = new StringWriter();
    assertEquals(0, execute(second, args));
    assertEquals(first.toString(), second.toString());
    assertArrayEquals(
        policy, Files.readAllBytes(folder.resolve("default-h3-s1").resolve("policy.json")));
    assertTrue(first.toString().contains("| default | 3 | 1 | "), first.toString());

    args[10] = "3";
    assertEquals(1, execute(new StringWriter(), args));
  }

  private static int execute(StringWriter out, String... args) {
    CommandLine line = Gaitway.commandLine();
    line.setOut(new PrintWriter(out)).setErr(new PrintWriter(new StringWriter()));
    return line.execute(args);
  }
}
