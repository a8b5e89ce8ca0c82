package io.gaitway.server;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** Files of limits with anything in them. */
class LimitsFileFuzzTest {
  private static Path file;

  @BeforeAll
  static void makeFile() throws IOException {
    file = Files.createTempFile("gaitway-fuzz", ".yaml");
  }

  @AfterAll
  static void removeFile() throws IOException {
    Files.delete(file);
  }

  @MethodSource("files")
  @FuzzTest
  void aFileOfLimitsIsReadOrNamed(byte[] content) throws IOException {
    Files.write(file, content);
    CommandLine line = new CommandLine(new ServeCommand());
    line.parseArgs();
    try {
      LimitsFile.apply(line, file);
    } catch (ParameterException e) {
      if (!String.valueOf(e.getMessage()).contains(file.toString())) {
        throw new AssertionError("the refusal does not name the file", e);
      }
    }
  }

  static Stream<byte[]> files() {
    return Stream.of("", "max-sessions: 200\nlease: 60\n", "{max-steps: 1e3, grace: inf}", "- a\n")
        .map(text -> text.getBytes(StandardCharsets.UTF_8));
  }
}
