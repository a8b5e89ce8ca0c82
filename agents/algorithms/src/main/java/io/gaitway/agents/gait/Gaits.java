package io.gaitway.agents.gait;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.exc.ValueInstantiationException;
import io.gaitway.agents.api.Json;
import io.gaitway.agents.api.SettingException;
import io.gaitway.client.simulation.EnvironmentInfo;
import io.gaitway.client.simulation.EnvironmentInfo.FirstGuess;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Gaits as JSON: those on the class path, which environments name as their first guess, and others.
 */
public final class Gaits {
  private static final ObjectReader READER =
      Json.MAPPER
          .readerFor(Gait.class)
          .with(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
          .with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private Gaits() {}

  /** The hand-crafted gait that an environment names, or null if it names none that is here. */
  public static @Nullable Gait of(EnvironmentInfo environment) {
    FirstGuess guess = environment.firstGuess();
    return guess == null || guess.gait() == null ? null : find(guess.gait());
  }

  /**
   * The hand-crafted gait of a name, {@code NAME.json} beside this class on the class path, or null
   * if there is none.
   */
  public static @Nullable Gait find(String name) {
    if (!name.matches("[A-Za-z0-9_-]+")) {
      return null;
    }
    try (InputStream stream = Gait.class.getResourceAsStream(name + ".json")) {
      return stream == null ? null : READER.readValue(stream);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Reads a gait.
   *
   * @throws SettingException if the file cannot be read or does not hold a gait, and then with the
   *     place and what was expected there
   */
  public static Gait read(Path file) {
    @Nullable Gait gait;
    try {
      gait = READER.readValue(Files.readAllBytes(file));
    } catch (JsonProcessingException e) {
      throw noGait(file, e.getLocation(), expectation(e));
    } catch (NoSuchFileException e) {
      throw new SettingException("there is no gait file " + file);
    } catch (IOException e) {
      throw new SettingException("gait file " + file + " cannot be read: " + e.getMessage());
    }
    if (gait == null) {
      throw noGait(file, null, "expected " + words(Gait.class, ""));
    }
    return gait;
  }

  private static SettingException noGait(Path file, @Nullable JsonLocation at, String expectation) {
    String place =
        at == null
            ? ""
            : "at line %d, column %d, ".formatted(at.getLineNr(), Math.max(1, at.getColumnNr()));
    return new SettingException(file + " is not a gait: " + place + expectation);
  }

  /** What was expected where the fault is: at a wrong value, or at the end that lacks a field. */
  private static String expectation(JsonProcessingException fault) {
    String path = fault instanceof JsonMappingException inside ? path(inside) : "";
    if (fault instanceof UnrecognizedPropertyException unknown) {
      return "expected one of " + fields(unknown.getReferringClass()) + ", not " + path;
    }
    if (fault instanceof ValueInstantiationException && fault.getCause() != null) {
      return (path.isEmpty() ? "" : path + ".") + fault.getCause().getMessage();
    }
    if (fault instanceof MismatchedInputException mismatch) {
      return "expected " + words(mismatch.getTargetType(), path);
    }
    return "malformed JSON; expected " + words(Gait.class, "");
  }

  private static String path(JsonMappingException fault) {
    return fault.getPath().stream()
        .map(JsonMappingException.Reference::getFieldName)
        .collect(Collectors.joining("."));
  }

  private static String words(Class<?> type, String path) {
    String kind = type.isRecord() ? "an object with " + fields(type) : "a number";
    return path.isEmpty() ? kind : path + ", " + kind;
  }

  private static String fields(Class<?> type) {
    return Arrays.stream(type.getRecordComponents())
        .map(
            field -> PropertyNamingStrategies.SnakeCaseStrategy.INSTANCE.translate(field.getName()))
        .collect(Collectors.joining(", "));
  }
}
