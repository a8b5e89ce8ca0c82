package io.gaitway.agents.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsTest {

  enum Schedule {
    CONSTANT,
    FALLING
  }

  record Example(
      @Setting(value = "Factor on the cost.", above = 0, unit = "1/J") double costFactor,
      @Setting(value = "Samples per step.", min = 1, max = 1000) int samples,
      @Setting("Source of noise.") long noiseSeed,
      @Setting("Whether to smooth.") boolean smooth,
      @Setting("How beta goes.") Schedule schedule) {}

  private static final Example BASE = new Example(0.1, 10, Long.MAX_VALUE, true, Schedule.CONSTANT);

  @Test
  void mergeReplacesWhatIsNamedAndKeepsTheRest() {
    Example merged =
        Settings.merge(
            BASE, Map.of("cost_factor", "1e-3", "smooth", "false", "schedule", "falling"));
    assertEquals(new Example(1e-3, 10, Long.MAX_VALUE, false, Schedule.FALLING), merged);
    assertEquals(BASE, Settings.merge(BASE, Map.of()));
  }

  @Test
  void jsonRoundTripIsExact() {
    Example third = new Example(1.0 / 3, 7, -5, false, Schedule.FALLING);
    assertEquals("falling", Settings.toJson(third).get("schedule").textValue());
    assertEquals(third, Settings.fromJson(Example.class, Settings.toJson(third)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "cost_factor|0|setting 'cost_factor' must be more than 0 1/J, but is 0.0",
        "cost_factor|NaN|setting 'cost_factor' must be more than 0 1/J, but is NaN",
        "cost_factor|much|setting 'cost_factor' must be a number more than 0, but is 'much'",
        "samples|1001|setting 'samples' must be between 1 and 1000, but is 1001",
        "samples|2.5|setting 'samples' must be an integer between 1 and 1000, but is '2.5'",
        "smooth|yes|setting 'smooth' must be true or false, but is 'yes'",
        "schedule|rising|setting 'schedule' must be constant or falling, but is 'rising'",
        "beta|1|there is no setting 'beta'; there are cost_factor, samples, noise_seed, smooth,"
            + " schedule",
      })
  void faultsNameFieldValueAndRange(String name, String value, String message) {
    SettingException fault =
        assertThrows(SettingException.class, () -> Settings.merge(BASE, Map.of(name, value)));
    assertEquals(message, fault.getMessage());
  }

  record Shared(
      @Setting(value = "Samples per step.", min = 1) int samples,
      @Setting("How beta goes.") Schedule betaSchedule) {}

  record Nested(@Setting(value = "Factor.", above = 0) double factor, Shared shared) {}

  private static final Nested NESTED = new Nested(2, new Shared(10, Schedule.CONSTANT));

  /** Settings that several types share stand beside a type's own. */
  @Test
  void sharedSettingsAreFlat() {
    assertEquals(
        List.of("factor", "samples", "beta_schedule"),
        Settings.schema(Nested.class).settings().stream().map(SettingDescription::name).toList());
    assertEquals(
        "{\"factor\":2.0,\"samples\":10,\"beta_schedule\":\"constant\"}",
        Settings.toJson(NESTED).toString());
    assertEquals(NESTED, Settings.fromJson(Nested.class, Settings.toJson(NESTED)));
    assertEquals(
        new Nested(2, new Shared(3, Schedule.FALLING)),
        Settings.merge(NESTED, Map.of("samples", "3", "beta_schedule", "falling")));
    assertEquals(
        "setting 'samples' must be at least 1, but is 0",
        assertThrows(SettingException.class, () -> Settings.merge(NESTED, Map.of("samples", "0")))
            .getMessage());
    assertEquals(
        "there is no setting 'shared'; there are factor, samples, beta_schedule",
        assertThrows(SettingException.class, () -> Settings.merge(NESTED, Map.of("shared", "0")))
            .getMessage());
  }

  @Test
  void jsonWithAMissingOrUnknownNameIsRefused() {
    ObjectNode json = Settings.toJson(BASE);
    json.remove("samples");
    assertEquals(
        "setting 'samples' is missing",
        assertThrows(SettingException.class, () -> Settings.fromJson(Example.class, json))
            .getMessage());
    json.put("samples", 10).put("extra", 1);
    SettingException unknown =
        assertThrows(SettingException.class, () -> Settings.fromJson(Example.class, json));
    assertEquals(
        "there is no setting 'extra'; there are cost_factor, samples, noise_seed, smooth, schedule",
        unknown.getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "'samples': 7|'samples': 1001|setting 'samples' must be between 1 and 1000, but is 1001",
        "'samples': 7|'samples': '7.5'|setting 'samples' must be an integer between 1 and 1000, but is '7.5'",
        "'samples': 7|'samples': 7.5|setting 'samples' must be an integer between 1 and 1000, but is '7.5'",
        "'samples': 7|'samples': 7, 'extra': 1|there is no setting 'extra'; there are .*",
        "'samples': 7|'samples': 7, 'smooth': true|the same field twice, at line 1, column 77",
        "'samples': 7,||setting 'samples' is missing",
        "}|}}|not valid JSON, at line 1, column 89",
        "}||not valid JSON, at line 1, column 88",
      })
  void aFileThatIsNotSettingsIsRefused(
      String old, @Nullable String replacement, String fault, @TempDir Path folder)
      throws IOException {
    String json =
        "{'cost_factor': 2, 'samples': 7, 'noise_seed': 0, 'smooth': true, 'schedule': 'falling'}";
    Path file = folder.resolve("example.json");
    Files.writeString(file, json.replace('\'', '"'));
    assertEquals(
        new Example(2, 7, 0, true, Schedule.FALLING),
        Settings.read(Example.class, List.of(url(file))));
    String other = json.replace(old, Objects.requireNonNullElse(replacement, ""));
    Files.writeString(file, other.replace('\'', '"'));
    IllegalArgumentException refusal =
        assertThrows(
            IllegalArgumentException.class, () -> Settings.read(Example.class, List.of(url(file))));
    assertTrue(
        Pattern.compile(Pattern.quote(url(file) + ": ") + fault, Pattern.DOTALL)
            .matcher(refusal.getMessage())
            .matches(),
        refusal.getMessage());
  }

  @Test
  void aLaterFileNamesOnlyWhatDiffers(@TempDir Path folder) throws IOException {
    Path general = folder.resolve("general.json");
    Files.writeString(
        general,
        """
        {"cost_factor": 2, "samples": 7, "noise_seed": 0, "smooth": true, "schedule": "falling"}
        """);
    Path particular = folder.resolve("particular.json");
    Files.writeString(particular, "{\"samples\": 9, \"smooth\": false}");
    assertEquals(
        new Example(2, 9, 0, false, Schedule.FALLING),
        Settings.read(Example.class, List.of(url(general), url(particular))));
    Files.writeString(particular, "{\"sample\": 9}");
    assertRefused(
        particular,
        "there is no setting 'sample' (did you mean 'samples'?); there are ",
        general,
        particular);
    Files.writeString(particular, "[]");
    assertRefused(particular, "settings must be an object", general, particular);
    Files.writeString(particular, "{\"samples\": 9}");
    assertRefused(particular, "setting 'cost_factor' is missing", particular);
  }

  private static void assertRefused(Path named, String fault, Path... files) throws IOException {
    List<URL> urls = new ArrayList<>();
    for (Path file : files) {
      urls.add(url(file));
    }
    String message =
        String.valueOf(
            assertThrows(IllegalArgumentException.class, () -> Settings.read(Example.class, urls))
                .getMessage());
    assertTrue(message.startsWith(url(named) + ": " + fault), message);
  }

  private static URL url(Path file) throws IOException {
    return file.toUri().toURL();
  }

  @Test
  void descriptionsFollowTheAnnotations() {
    assertEquals(
        new SettingDescription(
            "samples",
            SettingDescription.Kind.INTEGER,
            List.of(),
            1,
            Double.NEGATIVE_INFINITY,
            1000,
            "",
            "Samples per step."),
        Settings.schema(Example.class).settings().get(1));
  }

  @Test
  void doublesKeepEveryBit() {
    double[] values = {0.1, -0.0, Double.NaN, Double.NEGATIVE_INFINITY, Double.MIN_VALUE};
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    ExactDoubles.put(node, "values", values);
    ExactDoubles.put(node, "one", -0.0);
    double[] read = new double[values.length];
    ExactDoubles.get(node, "values", read);
    for (int i = 0; i < values.length; i++) {
      assertEquals(Double.doubleToRawLongBits(values[i]), Double.doubleToRawLongBits(read[i]));
    }
    assertEquals(
        Double.doubleToRawLongBits(-0.0),
        Double.doubleToRawLongBits(ExactDoubles.getScalar(node, "one")));
    assertEquals(
        "field 'values' must hold 4 numbers, but holds 5",
        assertThrows(
                IllegalArgumentException.class,
                () -> ExactDoubles.get(node, "values", new double[4]))
            .getMessage());
    node.put("whole", 1);
    node.put("text", "a-b");
    node.put("short", "AAAA");
    for (Map.Entry<String, String> fault :
        Map.of(
                "absent", "field 'absent' is missing",
                "whole", "field 'whole' must hold a text",
                "text", "field 'text' must hold numbers in Base64",
                "short", "field 'short' must hold numbers of 8 bytes each, in Base64")
            .entrySet()) {
      assertEquals(
          fault.getValue(),
          assertThrows(IllegalArgumentException.class, () -> ExactDoubles.get(node, fault.getKey()))
              .getMessage());
    }
    assertEquals(
        "field 'text' must hold a hexadecimal number",
        assertThrows(IllegalArgumentException.class, () -> ExactDoubles.getScalar(node, "text"))
            .getMessage());
  }
}
