package io.gaitway.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** Limits from a file. */
class LimitsFileTest {
  @TempDir private Path directory;

  private CommandLine applied(String text, String... arguments) throws IOException {
    Path file = directory.resolve("limits.yaml");
    Files.writeString(file, text);
    CommandLine line = new CommandLine(new ServeCommand());
    line.parseArgs(arguments);
    LimitsFile.apply(line, file);
    return line;
  }

  private static Object value(CommandLine line, String option) {
    return Objects.requireNonNull(line.getCommandSpec().findOption(option).getValue());
  }

  @Test
  void theCommandLineCountsMoreThanTheFileAndTheFileMoreThanDefaults() throws IOException {
    CommandLine line =
        applied(
            """
            # for a class of forty
            max-sessions: 200
            max-steps: 1000
            lease: 60
            max-answer-bytes: 1000000
            """,
            "--max-steps=500");
    assertEquals(200, value(line, "--max-sessions"));
    assertEquals(500L, value(line, "--max-steps"));
    assertEquals("60", value(line, "--lease"));
    assertEquals(1_000_000L, value(line, "--max-answer-bytes"));
    assertEquals(1024, value(line, "--max-environments"));
  }

  @Test
  void anEmptyFileChangesNothing() throws IOException {
    assertEquals(1024, value(applied("# nothing yet\n"), "--max-sessions"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "max-session: 5 | there is no limit 'max-session'; there are ",
        "port: 5 | there is no limit 'port'; there are ",
        "max-sessions: many | max-sessions must be a number, but is '\"many\"'",
        "max-sessions: [1] | max-sessions must be a number, but is '[1]'",
        "just words | must have lines such as 'max-sessions: 200', but has something else",
        "a: b: c | is no YAML: ",
      })
  void whatIsWrongIsSaid(String text, String message) {
    String said =
        String.valueOf(assertThrows(ParameterException.class, () -> applied(text)).getMessage());
    assertTrue(said.contains(message), said);
  }

  @Test
  void aFileThatIsNotThereIsNamed() {
    CommandLine line = new CommandLine(new ServeCommand());
    line.parseArgs();
    String said =
        String.valueOf(
            assertThrows(
                    ParameterException.class,
                    () -> LimitsFile.apply(line, directory.resolve("none.yaml")))
                .getMessage());
    assertTrue(said.startsWith("--limits: there is no file "), said);
  }
}
