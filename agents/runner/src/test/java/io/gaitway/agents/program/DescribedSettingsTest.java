package io.gaitway.agents.program;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.agents.api.AnyAgent;
import io.gaitway.agents.run.WanderAgent;
import io.gaitway.client.agent.AgentDescription;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What agents in other processes say of themselves. */
class DescribedSettingsTest {
  private static final double NONE = Double.NEGATIVE_INFINITY;

  private static AgentDescription.Setting setting(
      String name, AgentDescription.Type type, String value, double min, double max) {
    return new AgentDescription.Setting(
        name, "Some.", type, Map.of("default", value), min, NONE, max, "", List.of());
  }

  private static AgentDescription.Setting number(String name, String value) {
    return setting(name, AgentDescription.Type.NUMBER, value, 0, 10);
  }

  private static AgentDescription agent(
      String name, List<String> presets, AgentDescription.Setting... settings) {
    return new AgentDescription(name, "Learns.", "1", List.of(settings), presets, 0, List.of());
  }

  static Stream<Arguments> faults() {
    List<String> presets = List.of("default");
    return Stream.of(
        Arguments.of("name must be .*, but is 'CMA ES'", agent("CMA ES", presets)),
        Arguments.of(
            "summary must be one sentence, but is ''",
            new AgentDescription("cma", "", "1", List.of(), presets, 0, List.of())),
        Arguments.of(
            "preset 'default' is missing; there are: \\[fast\\]", agent("cma", List.of("fast"))),
        Arguments.of(
            "there are two presets 'default'", agent("cma", List.of("default", "default"))),
        Arguments.of(
            "there are two settings 'size'",
            agent("cma", presets, number("size", "1"), number("size", "2"))),
        Arguments.of(
            "a setting's name must be .*, but is 'Size'",
            agent("cma", presets, number("Size", "1"))),
        Arguments.of(
            "preset 'default': setting 'size' must be between 0 and 10, but is 11.0",
            agent("cma", presets, number("size", "11"))),
        Arguments.of(
            "preset 'default': setting 'size' must be a number between 0 and 10, but is 'much'",
            agent("cma", presets, number("size", "much"))),
        Arguments.of(
            "preset 'fast' has no value for 'size'",
            agent("cma", List.of("default", "fast"), number("size", "1"))),
        Arguments.of(
            "setting 'size' allows no value",
            agent("cma", presets, setting("size", AgentDescription.Type.NUMBER, "1", 2, 1))),
        Arguments.of(
            "setting 'size' allows no value",
            agent(
                "cma",
                presets,
                setting("size", AgentDescription.Type.NUMBER, "1", Double.NaN, 1))));
  }

  @ParameterizedTest
  @MethodSource("faults")
  void aBadDescriptionIsRefusedByItsCause(String message, AgentDescription description) {
    IllegalArgumentException fault =
        assertThrows(IllegalArgumentException.class, () -> DescribedSettings.of(description));
    assertTrue(String.valueOf(fault.getMessage()).matches(message), fault.toString());
  }

  /** What an agent of this program is described as is read as what it is. */
  @Test
  void aDescriptionIsReadAsItWasWritten() {
    AnyAgent wander = new WanderAgent();
    DescribedSettings read = DescribedSettings.of(DescribedSettings.describe(wander, "swimmer"));
    assertEquals(wander.schema(), read.schema());
    assertEquals(wander.presets(), List.copyOf(read.presets().keySet()));
    for (String preset : wander.presets()) {
      assertEquals(wander.presetSettings(preset, "swimmer"), read.presets().get(preset));
      assertEquals(
          read.presets().get(preset),
          DescribedSettings.parse(read.schema(), DescribedSettings.texts(present(read, preset))));
    }
  }

  private static com.fasterxml.jackson.databind.node.ObjectNode present(
      DescribedSettings settings, String preset) {
    return java.util.Objects.requireNonNull(settings.presets().get(preset));
  }
}
