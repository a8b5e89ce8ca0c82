package io.gaitway.agents.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.RecordComponent;
import java.net.URL;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Settings records: their description, range checks whenever they are read, and overrides by name.
 * Components are of type double, int, long, boolean, String or an enum, or are records of settings
 * that several types share, whose components count as the type's own. On the command line and in
 * files a component {@code lineSearchSteps} is called {@code line_search_steps}, and an enum
 * constant {@code RANDOM} is {@code random}.
 */
public final class Settings {
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
          .build();

  private Settings() {}

  /** Describes the components of a settings type, in order. */
  public static SettingsSchema schema(Class<? extends Record> type) {
    return new SettingsSchema(components(type).stream().map(Settings::describe).toList());
  }

  /**
   * Settings with some values replaced.
   *
   * @param base where all other values come from
   * @param overrides new values as text, by name
   * @throws SettingException if a name is unknown, or a value unreadable or out of range
   */
  public static <S extends Record> S merge(S base, Map<String, String> overrides) {
    @SuppressWarnings("unchecked")
    Class<S> type = (Class<S>) base.getClass();
    return fromJson(type, schema(type).merge(toJson(base), overrides));
  }

  /**
   * The settings in JSON files, each of which may leave out what an earlier one has.
   *
   * @param files at least one, from the general to the particular
   * @throws IllegalArgumentException naming the file, if one cannot be read, is not JSON, has a
   *     name twice, or {@link #fromJson} refuses what it and those before it say
   */
  public static <S extends Record> S read(Class<S> type, List<URL> files) {
    ObjectNode all = MAPPER.createObjectNode();
    @Nullable S settings = null;
    for (URL file : files) {
      try (InputStream content = file.openStream()) {
        JsonNode own = JsonFiles.parse(content.readAllBytes());
        settings = fromJson(type, own instanceof ObjectNode object ? all.setAll(object) : own);
      } catch (IOException | IllegalArgumentException e) {
        throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
      }
    }
    return Objects.requireNonNull(settings, "no file");
  }

  /** The settings as a JSON object, names as on the command line. */
  public static ObjectNode toJson(Record settings) {
    ObjectNode node = flat(settings.getClass(), MAPPER.valueToTree(settings));
    for (RecordComponent component : components(settings.getClass())) {
      if (component.getType().isEnum()) {
        node.put(name(component), node.get(name(component)).asText().toLowerCase(Locale.ROOT));
      }
    }
    return node;
  }

  /**
   * The settings in a JSON object.
   *
   * @throws SettingException if a name is missing or unknown, or a value out of range
   */
  public static <S extends Record> S fromJson(Class<S> type, JsonNode json) {
    schema(type).check(json);
    try {
      return MAPPER.treeToValue(nested(type, json), type);
    } catch (JsonProcessingException e) {
      // Names and types have been checked, so it is the record that refuses a value.
      @Nullable Throwable cause = e.getCause();
      throw new SettingException(
          "invalid settings" + (cause == null ? "" : ": " + cause.getMessage()));
    }
  }

  /** All settings of a type, those of its parts in their place. */
  private static List<RecordComponent> components(Class<?> type) {
    List<RecordComponent> components = new ArrayList<>();
    for (RecordComponent component : type.getRecordComponents()) {
      if (component.getType().isRecord()) {
        components.addAll(components(component.getType()));
      } else {
        components.add(component);
      }
    }
    return components;
  }

  /** Lifts the values of a type's parts to the type itself. */
  private static ObjectNode flat(Class<?> type, JsonNode json) {
    ObjectNode node = MAPPER.createObjectNode();
    for (RecordComponent component : type.getRecordComponents()) {
      JsonNode value = json.get(name(component));
      if (component.getType().isRecord()) {
        node.setAll(flat(component.getType(), value));
      } else {
        node.set(name(component), value);
      }
    }
    return node;
  }

  /** What {@link #flat} was given. */
  private static ObjectNode nested(Class<?> type, JsonNode json) {
    ObjectNode node = MAPPER.createObjectNode();
    for (RecordComponent component : type.getRecordComponents()) {
      node.set(
          name(component),
          component.getType().isRecord()
              ? nested(component.getType(), json)
              : json.get(name(component)));
    }
    return node;
  }

  private static SettingDescription describe(RecordComponent component) {
    Setting setting = component.getAnnotation(Setting.class);
    if (setting == null) {
      throw unfit(component, "has no annotation @Setting");
    }
    return new SettingDescription(
        name(component),
        kind(component),
        component.getType().isEnum() ? alternatives(component.getType()) : List.of(),
        setting.min(),
        setting.above(),
        setting.max(),
        setting.unit(),
        setting.value());
  }

  private static SettingDescription.Kind kind(RecordComponent component) {
    Class<?> type = component.getType();
    if (type == double.class) {
      return SettingDescription.Kind.NUMBER;
    }
    if (type == int.class || type == long.class) {
      return SettingDescription.Kind.INTEGER;
    }
    if (type == boolean.class) {
      return SettingDescription.Kind.BOOLEAN;
    }
    if (type == String.class || type.isEnum()) {
      return SettingDescription.Kind.TEXT;
    }
    throw unfit(
        component,
        "must be a double, an int, a long, a boolean, a text, an enum or a record of such, but is not");
  }

  private static IllegalArgumentException unfit(RecordComponent component, String why) {
    return new IllegalArgumentException("setting '" + name(component) + "' of the agent " + why);
  }

  private static String name(RecordComponent component) {
    return PropertyNamingStrategies.SnakeCaseStrategy.INSTANCE.translate(component.getName());
  }

  private static List<String> alternatives(Class<?> type) {
    return Arrays.stream(type.getEnumConstants())
        .map(constant -> ((Enum<?>) constant).name().toLowerCase(Locale.ROOT))
        .toList();
  }
}
