package io.gaitway.agents.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;

/**
 * Which settings an agent has, wherever that is written: in the annotations of a record ({@link
 * Settings}), or in what a program says of itself. Settings of the agent are a JSON object with a
 * value for each.
 *
 * @param settings in the order in which they are shown
 */
public record SettingsSchema(List<SettingDescription> settings) {

  /** Copies the list. */
  public SettingsSchema {
    settings = List.copyOf(settings);
  }

  /**
   * Settings with some values replaced.
   *
   * @param base where all other values come from; not modified
   * @param overrides new values as text, by name
   * @throws SettingException if a name is unknown, or a value unreadable or out of range
   */
  public ObjectNode merge(ObjectNode base, Map<String, String> overrides) {
    ObjectNode merged = base.deepCopy();
    overrides.forEach((name, text) -> merged.set(name, setting(name).parse(text)));
    return merged;
  }

  /**
   * Checks that this is an object that holds a value for every setting and nothing else.
   *
   * @throws SettingException if it is something else, a name is missing or unknown, or a value not
   *     allowed
   */
  public void check(JsonNode values) {
    if (!values.isObject()) {
      throw new SettingException("settings must be an object, but are " + values);
    }
    for (SettingDescription setting : settings) {
      if (!values.has(setting.name())) {
        throw new SettingException("setting '" + setting.name() + "' is missing");
      }
    }
    values.fieldNames().forEachRemaining(this::setting);
    settings.forEach(setting -> setting.check(values.get(setting.name())));
  }

  private SettingDescription setting(String name) {
    for (SettingDescription setting : settings) {
      if (setting.name().equals(name)) {
        return setting;
      }
    }
    List<String> names = settings.stream().map(SettingDescription::name).toList();
    throw new SettingException(
        "there is no setting '"
            + name
            + "'"
            + DidYouMean.hint(name, names)
            + "; there are "
            + String.join(", ", names));
  }
}
