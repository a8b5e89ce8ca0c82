package io.gaitway.agents.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.exc.ValueInstantiationException;
import io.gaitway.agents.gait.Gait;
import io.gaitway.agents.gait.Simbicon;
import io.gaitway.client.EnvironmentInfo;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

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
   * Refuses an environment that no gait can walk in.
   *
   * @param spec the command whose ENVIRONMENT it is
   */
  static void requireBiped(CommandSpec spec, EnvironmentInfo environment) {
    try {
      Simbicon.requireBiped(environment);
    } catch (IllegalArgumentException e) {
      throw Gaitway.usage(spec, "ENVIRONMENT: " + e.getMessage());
    }
  }

  /**
   * Reads a gait.
   *
   * @throws SettingException if the file cannot be read or is no gait
   */
  static Gait read(Path file) {
    try {
      return Json.MAPPER.readValue(Files.readAllBytes(file), Gait.class);
    } catch (ValueInstantiationException e) {
      @Nullable Throwable fault = e.getCause();
      throw new SettingException(
          file
              + " is not a gait: "
              + (fault == null ? e.getOriginalMessage() : fault.getMessage()));
    } catch (JsonMappingException e) {
      String field =
          e.getPath().stream()
              .map(JsonMappingException.Reference::getFieldName)
              .collect(Collectors.joining("."));
      throw new SettingException(
          file
              + " is not a gait: "
              + (field.isEmpty() ? "" : "at " + field + ": ")
              + e.getOriginalMessage());
    } catch (JsonProcessingException e) {
      throw new SettingException(file + " is not a gait: " + e.getOriginalMessage());
    } catch (NoSuchFileException e) {
      throw new SettingException("there is no gait file " + file);
    } catch (IOException e) {
      throw new SettingException("gait file " + file + " cannot be read: " + e.getMessage());
    }
  }

  /** Writes a gait; a reader sees the old file or the whole new one. */
  static void write(Path file, Gait gait) throws IOException {
    DurableFiles.write(file, Json.pretty(gait));
  }
}
