package io.gaitway.agents.cli;

import static io.gaitway.agents.cli.Program.run;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.agents.cli.Program.Outcome;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files of a run that were damaged or edited: one sentence that names the file and the field. */
class DamagedFilesTest {
  private static final String[] EXPERIMENT = {
    "experiment", "wander", "swimmer", "--hidden=2", "--seeds=1", "--iterations=2"
  };

  @TempDir Path folder = Path.of("unset");

  private Outcome experiment() {
    return run(
        Program.with(
            EXPERIMENT, "--param=horizon=20", "--out=" + folder, "--evaluation-rollouts=2"));
  }

  @BeforeEach
  void train() {
    assertEquals(0, experiment().code());
  }

  private Path file(String name) {
    return folder.resolve("swimmer-wander/default-h2-param.horizon=20-s0").resolve(name);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "config.json|\"hidden\": 2|\"hidden\": 2.5|: field 'hidden' must be a whole number or a text, but is 2.5",
        "config.json|\"hidden\": 2|\"hidden\": [2]|: field 'hidden' must be a whole number or a text, but is a list",
        "config.json|\"hidden\": 2|\"hidden\": 0|: a hidden layer must have 1 to 4096 units, but has 0",
        "config.json|\"hidden\": 2|\"hidden\": \"two\"|: hidden layers must be written like 10, 64x64 or 64x64-tanh, but are 'two'",
        "config.json|\"seed\"|\"sead\"|: unknown field 'sead'",
        "config.json|\"dt\": 0.05|\"dt\": null|: field 'spec.dt' must be a number, but is null",
        "config.json|\"format\": 5|\"format\": 1|` has format 1, but this program reads format 5`",
        "config.json|\"format\": 5|\"format\": \"3\"|: field 'format' must be a whole number below 2^31, but is \"3\"",
        "config.json|swimmer|\u00ff|: not UTF-8 text",
      })
  void anExperimentSaysWhichFileAndWhichField(String name, String old, String other, String fault)
      throws Exception {
    damage(file(name), old, other);
    experiment().assertFault(1, Pattern.quote(file(name) + fault));
  }

  /** A result is one run's: the others would go on. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "result.json|\"iterations\": 2|\"iterations\": two|: not valid JSON, at line 6, column 17",
        "result.json|\"ddp_cost\"|\"cost\"|: unknown field 'cost'",
        "result.json|wander|\u00ff|: not UTF-8 text",
      })
  void aRunThatIsDamagedHasFailed(String name, String old, String other, String fault)
      throws Exception {
    damage(file(name), old, other);
    Outcome outcome = experiment();
    assertEquals(1, outcome.code());
    String last = outcome.err().lines().reduce((first, second) -> second).orElseThrow();
    assertEquals(
        "gaitway: swimmer-wander/default-h2-param.horizon=20-s0 failed: " + file(name) + fault,
        last);
  }

  /** It is one of many, and only there to be looked at. */
  @Test
  void aMotionThatIsDamagedIsLeftOutOfTheReport() throws Exception {
    damage(file("trajectories.json"), "\"dt\"", "dt");
    Outcome outcome = experiment();
    assertEquals(0, outcome.code(), outcome.err());
    assertTrue(Files.readString(folder.resolve("report.html")).contains("\"motions\":[]"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "metrics.jsonl|\"iteration\":2|\"iteration\":\"2\"|, line 2: field 'iteration' must be a whole number below 2^31, but is \"2\"",
        "metrics.jsonl|\"iteration\":2|\"iteration\":|, line 2: not valid JSON, at line 1, column 14",
        "metrics.jsonl|\"noise_std\"|\u00ff|, line 1: not UTF-8 text",
        "trajectories.json|\"dt\"|dt|: not valid JSON, at line 4, column 3",
        "trajectories.json|swimmer|\u00ff|: not UTF-8 text",
      })
  void aReportSaysWhichFileAndWhichField(String name, String old, String other, String fault)
      throws Exception {
    damage(file(name), old, other);
    run("report", file("").toString()).assertFault(1, Pattern.quote(file(name) + fault));
  }

  /** Writes Latin-1, so that ÿ is a byte that UTF-8 does not have. */
  private static void damage(Path file, String old, String other) throws Exception {
    String text = Files.readString(file);
    assertTrue(text.contains(old), text);
    Files.write(file, text.replace(old, other).getBytes(StandardCharsets.ISO_8859_1));
  }
}
