package io.gaitway.agents.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.gaitway.agents.gait.Gait;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Gaits as JSON: those that come with the program, one file for an environment, and others. */
public final class Gaits {
  private Gaits() {}

  /** The hand-crafted gait of an environment, or null if there is none. */
  public static @Nullable Gait find(String environment) {
    try (InputStream stream = Gait.class.getResourceAsStream(environment + ".json")) {
      return stream == null ? null : Json.MAPPER.readValue(stream, Gait.class);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Reads a gait.
   *
   * @throws IOException if the file cannot be read or is no gait
   */
  static Gait read(Path file) throws IOException {
    try {
      return Json.MAPPER.readValue(Files.readAllBytes(file), Gait.class);
    } catch (JsonProcessingException e) {
      throw new IOException(file + " is not a gait: " + e.getOriginalMessage(), e);
    }
  }

  /** Writes a gait; a reader sees the old file or the whole new one. */
  static void write(Path file, Gait gait) throws IOException {
    DurableFiles.write(file, Json.pretty(gait));
  }
}
