package io.gaitway.agents.program;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gaitway.agents.api.Agent;
import io.gaitway.agents.api.AnyAgent;
import io.gaitway.agents.api.SettingDescription;
import io.gaitway.agents.api.SettingException;
import io.gaitway.agents.api.SettingsSchema;
import io.gaitway.agents.run.GaitwayVersion;
import io.gaitway.client.agent.AgentDescription;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Settings as an agent in another process describes them, and the other way round.
 *
 * @param schema which there are
 * @param presets their values by the preset's name, in the agent's order
 */
record DescribedSettings(SettingsSchema schema, Map<String, ObjectNode> presets) {
  private static final String AGENT_NAME = "[a-z][a-z0-9-]{0,39}";
  private static final String SETTING_NAME = "[a-z][a-z0-9_]{0,39}";

  /**
   * Checks what an agent says of itself.
   *
   * @throws IllegalArgumentException if it breaks the contract, naming the field
   */
  static DescribedSettings of(AgentDescription description) {
    requireName("name", description.name(), AGENT_NAME, "dashes");
    requireText("summary", description.summary());
    List<SettingDescription> settings = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (AgentDescription.Setting setting : description.settings()) {
      requireName("a setting's name", setting.name(), SETTING_NAME, "underscores");
      if (!names.add(setting.name())) {
        throw new IllegalArgumentException("there are two settings '" + setting.name() + "'");
      }
      settings.add(setting(setting));
    }
    SettingsSchema schema = new SettingsSchema(settings);
    Map<String, ObjectNode> presets = new LinkedHashMap<>();
    for (String preset : description.presets()) {
      requireName("a preset's name", preset, AGENT_NAME, "dashes");
      if (presets.put(preset, preset(preset, schema, description.settings())) != null) {
        throw new IllegalArgumentException("there are two presets '" + preset + "'");
      }
    }
    if (!presets.containsKey(Agent.DEFAULT_PRESET)) {
      throw new IllegalArgumentException(
          "preset '" + Agent.DEFAULT_PRESET + "' is missing; there are: " + presets.keySet());
    }
    return new DescribedSettings(schema, presets);
  }

  private static void requireName(String what, String name, String pattern, String others) {
    if (!name.matches(pattern)) {
      throw new IllegalArgumentException(
          "%s must be 1 to 40 lower-case letters, digits and %s, beginning with a letter, but is '%s'"
              .formatted(what, others, name));
    }
  }

  private static void requireText(String what, String text) {
    if (text.isBlank() || text.chars().anyMatch(Character::isISOControl)) {
      throw new IllegalArgumentException(what + " must be one sentence, but is '" + text + "'");
    }
  }

  private static SettingDescription setting(AgentDescription.Setting setting) {
    requireText("the description of '" + setting.name() + "'", setting.description());
    SettingDescription.Kind kind =
        switch (setting.type()) {
          case NUMBER -> SettingDescription.Kind.NUMBER;
          case INTEGER -> SettingDescription.Kind.INTEGER;
          case BOOLEAN -> SettingDescription.Kind.BOOLEAN;
          case TEXT -> SettingDescription.Kind.TEXT;
        };
    // Written so that NaN fails.
    if (!(setting.min() <= setting.max() && setting.above() < setting.max())) {
      throw new IllegalArgumentException("setting '" + setting.name() + "' allows no value");
    }
    return new SettingDescription(
        setting.name(),
        kind,
        setting.alternatives(),
        setting.min(),
        setting.above(),
        setting.max(),
        setting.unit(),
        setting.description());
  }

  private static ObjectNode preset(
      String preset, SettingsSchema schema, List<AgentDescription.Setting> settings) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    for (int i = 0; i < settings.size(); i++) {
      SettingDescription setting = schema.settings().get(i);
      @Nullable String value = settings.get(i).values().get(preset);
      if (value == null) {
        throw new IllegalArgumentException(
            "preset '" + preset + "' has no value for '" + setting.name() + "'");
      }
      try {
        node.set(setting.name(), setting.parse(value));
      } catch (SettingException e) {
        throw new IllegalArgumentException("preset '" + preset + "': " + e.getMessage(), e);
      }
    }
    return node;
  }

  /** What an agent says of itself to another process, with its presets for an environment. */
  static AgentDescription describe(AnyAgent agent, String environment) {
    Map<String, ObjectNode> presets = new LinkedHashMap<>();
    agent.presets().forEach(name -> presets.put(name, agent.presetSettings(name, environment)));
    List<AgentDescription.Setting> settings = new ArrayList<>();
    for (SettingDescription setting : agent.schema().settings()) {
      Map<String, String> values = new TreeMap<>();
      presets.forEach((name, preset) -> values.put(name, preset.get(setting.name()).asText()));
      settings.add(
          new AgentDescription.Setting(
              setting.name(),
              setting.description(),
              switch (setting.kind()) {
                case NUMBER -> AgentDescription.Type.NUMBER;
                case INTEGER -> AgentDescription.Type.INTEGER;
                case BOOLEAN -> AgentDescription.Type.BOOLEAN;
                case TEXT -> AgentDescription.Type.TEXT;
              },
              values,
              setting.min(),
              setting.above(),
              setting.max(),
              setting.unit(),
              setting.alternatives()));
    }
    return new AgentDescription(
        agent.name(),
        agent.summary(),
        GaitwayVersion.program(),
        settings,
        List.copyOf(presets.keySet()),
        agent.trainable().maxHiddenLayers(),
        agent.trainable().activations());
  }

  /** All values as text, by name. */
  static Map<String, String> texts(ObjectNode settings) {
    Map<String, String> texts = new TreeMap<>();
    settings.properties().forEach(entry -> texts.put(entry.getKey(), entry.getValue().asText()));
    return texts;
  }

  /**
   * Settings of an agent from text.
   *
   * @throws SettingException if a name is missing or unknown, or a value not allowed
   */
  static ObjectNode parse(SettingsSchema schema, Map<String, String> texts) {
    ObjectNode settings = schema.merge(JsonNodeFactory.instance.objectNode(), texts);
    schema.check(settings);
    return settings;
  }
}
