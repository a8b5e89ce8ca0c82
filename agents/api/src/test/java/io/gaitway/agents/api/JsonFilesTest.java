package io.gaitway.agents.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonFilesTest {
  private enum Shape {
    ROUND
  }

  private record Part(double size, @Nullable Double weight) {
    Part {
      if (size < 0) {
        throw new IllegalArgumentException("size must be at least 0, but is " + size);
      }
    }
  }

  private record Whole(
      int count,
      long seed,
      boolean ready,
      String name,
      Shape shape,
      List<Part> parts,
      Map<String, Double> values,
      double[] numbers) {}

  private static final String GOOD =
      """
      {"count": 3, "seed": -1, "ready": true, "name": "ü", "shape": "ROUND",
       "parts": [{"size": 1, "weight": null}], "values": {"a": "NaN"}, "numbers": [1, 2.5]}
      """;

  @TempDir Path folder = Path.of("unset");

  private Path file(String content) throws IOException {
    return Files.writeString(folder.resolve("whole.json"), content);
  }

  @Test
  void whatJsonWroteIsReadBack() throws IOException {
    Whole whole = JsonFiles.read(file(GOOD), Whole.class);
    assertEquals("ü", whole.name());
    assertEquals(new Part(1, null), whole.parts().get(0));
    assertEquals(Double.NaN, whole.values().get("a"));
    assertEquals(Json.line(whole), Json.line(JsonFiles.read(file(Json.line(whole)), Whole.class)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "3, |3.5, |field 'count' must be a whole number below 2^31, but is 3.5",
        "3, |`\"3\", `|field 'count' must be a whole number below 2^31, but is \"3\"",
        "3, |2147483648, |field 'count' must be a whole number below 2^31, but is 2147483648",
        "-1|1e30|field 'seed' must be a whole number below 2^63, but is 1.0E30",
        "true|1|field 'ready' must be true or false, but is 1",
        "\"ü\"|null|field 'name' must be a text, but is null",
        "ROUND|round|field 'shape' must be ROUND, but is \"round\"",
        "\"size\": 1|\"size\": null|field 'parts[0].size' must be a number, but is null",
        "\"size\": 1|\"size\": \"1\"|field 'parts[0].size' must be a number, but is \"1\"",
        "\"size\": 1|\"size\": -1|size must be at least 0, but is -1.0",
        "\"size\"|\"length\"|unknown field 'parts[0].length'",
        "\"size\": 1, ||field 'parts[0].size' is missing",
        "{\"a\": \"NaN\"}|{\"a\": {}}|field 'values.a' must be a number, but is an object",
        "2.5|[]|field 'numbers[1]' must be a number, but is a list",
        "[1, 2.5]|7|field 'numbers' must be a list, but is 7",
        "3, |3,, |not valid JSON, at line 1, column 13",
        "2.5]}|2.5]|not valid JSON, at line 3, column 1",
        "2.5]}|2.5]} {}|more than one JSON value, at line 2, column 87",
        "\"seed\"|\"count\"|the same field twice, at line 1, column 23",
      })
  void aFaultNamesTheFileAndTheField(String old, @Nullable String replacement, String fault)
      throws IOException {
    Path file = file(GOOD.replace(old, replacement == null ? "" : replacement));
    IOException refusal = assertThrows(IOException.class, () -> JsonFiles.read(file, Whole.class));
    assertEquals(file + ": " + fault, refusal.getMessage());
  }

  @Test
  void whatIsNotAnObjectIsSaidToBeSo() throws IOException {
    Path file = folder.resolve("whole.json");
    Files.write(file, "{\"name\": \"ü\"}".getBytes(StandardCharsets.ISO_8859_1));
    assertEquals(file + ": not UTF-8 text", refusal(file));
    file("");
    assertEquals(file + ": empty, where JSON should be", refusal(file));
    file("[1]");
    assertEquals(file + ": not a JSON object", refusal(file));
    assertEquals(folder + ": Is a directory", refusal(folder));
  }

  private static String refusal(Path file) {
    return String.valueOf(
        assertThrows(IOException.class, () -> JsonFiles.read(file, Whole.class)).getMessage());
  }
}
