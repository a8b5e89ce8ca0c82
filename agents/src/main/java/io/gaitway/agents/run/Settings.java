package io.gaitway.agents.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.RecordComponent;
import java.net.URL;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

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
          .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
          .build();

  private Settings() {}

  /**
   * One setting, described.
   *
   * @param name as on the command line
   * @param type such as {@code number}, {@code integer}, {@code true or false}, or the alternatives
   * @param range allowed values for people; empty if any will do
   * @param unit SI unit, or empty
   * @param description one sentence
   */
  public record Description(
      String name, String type, String range, String unit, String description) {}

  /** Describes the components of a settings type, in order. */
  public static List<Description> describe(Class<? extends Record> type) {
    List<Description> descriptions = new ArrayList<>();
    for (RecordComponent component : components(type)) {
      Setting setting = setting(component);
      descriptions.add(
          new Description(
              name(component),
              typeName(component),
              range(setting),
              setting.unit(),
              setting.value()));
    }
    return descriptions;
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
    ObjectNode node = toJson(base);
    overrides.forEach((name, text) -> node.set(name, parse(component(type, name), text)));
    return fromJson(type, node);
  }

  /**
   * The settings in a JSON file.
   *
   * @throws IllegalArgumentException naming the file, if it cannot be read, is no JSON, has a name
   *     twice, or {@link #fromJson} refuses its content
   */
  public static <S extends Record> S read(Class<S> type, URL file) {
    try (InputStream content = file.openStream()) {
      return fromJson(type, MAPPER.readTree(content));
    } catch (IOException | SettingException e) {
      throw new IllegalArgumentException(file + " holds no settings: " + e.getMessage(), e);
    }
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
    for (RecordComponent component : components(type)) {
      if (!json.has(name(component))) {
        throw new SettingException("setting '" + name(component) + "' is missing");
      }
    }
    json.fieldNames().forEachRemaining(name -> component(type, name));
    S settings;
    try {
      settings = MAPPER.treeToValue(nested(type, json), type);
    } catch (JsonProcessingException e) {
      throw new SettingException("the settings cannot be read: " + e.getOriginalMessage());
    }
    check(settings);
    return settings;
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

  private static void check(Record settings) {
    JsonNode values = toJson(settings);
    for (RecordComponent component : components(settings.getClass())) {
      Number number = values.get(name(component)).numberValue();
      if (number != null) {
        check(component, number);
      }
    }
  }

  private static void check(RecordComponent component, Number number) {
    Setting setting = setting(component);
    double value = number.doubleValue();
    boolean allowed =
        Double.isFinite(value)
            && value >= setting.min()
            && value > setting.above()
            && value <= setting.max();
    if (!allowed) {
      String range = range(setting);
      throw new SettingException(
          "setting '"
              + name(component)
              + "' is "
              + number
              + ", allowed is "
              + (range.isEmpty() ? "any finite number" : range)
              + (setting.unit().isEmpty() ? "" : " " + setting.unit()));
    }
  }

  private static JsonNode parse(RecordComponent component, String text) {
    Class<?> type = component.getType();
    String trimmed = text.strip();
    try {
      if (type == double.class) {
        return MAPPER.getNodeFactory().numberNode(Double.parseDouble(trimmed));
      }
      if (type == int.class) {
        return MAPPER.getNodeFactory().numberNode(Integer.parseInt(trimmed));
      }
      if (type == long.class) {
        return MAPPER.getNodeFactory().numberNode(Long.parseLong(trimmed));
      }
    } catch (NumberFormatException e) {
      throw unreadable(component, text);
    }
    if (type == boolean.class) {
      if (!trimmed.equals("true") && !trimmed.equals("false")) {
        throw unreadable(component, text);
      }
      return MAPPER.getNodeFactory().booleanNode(trimmed.equals("true"));
    }
    if (type.isEnum() && !alternatives(type).contains(trimmed.toLowerCase(Locale.ROOT))) {
      throw unreadable(component, text);
    }
    return TextNode.valueOf(trimmed);
  }

  private static SettingException unreadable(RecordComponent component, String text) {
    String range = range(setting(component));
    return new SettingException(
        "setting '"
            + name(component)
            + "' is '"
            + text
            + "', allowed is "
            + typeName(component)
            + (range.isEmpty() ? "" : ", " + range));
  }

  private static RecordComponent component(Class<? extends Record> type, String name) {
    List<String> names = new ArrayList<>();
    for (RecordComponent component : components(type)) {
      if (name(component).equals(name)) {
        return component;
      }
      names.add(name(component));
    }
    throw new SettingException(
        "there is no setting '" + name + "'; there are " + String.join(", ", names));
  }

  private static Setting setting(RecordComponent component) {
    Setting setting = component.getAnnotation(Setting.class);
    if (setting == null) {
      throw new IllegalArgumentException(
          component.getDeclaringRecord().getName()
              + "."
              + component.getName()
              + " carries no @Setting");
    }
    return setting;
  }

  private static String name(RecordComponent component) {
    return PropertyNamingStrategies.SnakeCaseStrategy.INSTANCE.translate(component.getName());
  }

  private static List<String> alternatives(Class<?> type) {
    return Arrays.stream(type.getEnumConstants())
        .map(constant -> ((Enum<?>) constant).name().toLowerCase(Locale.ROOT))
        .toList();
  }

  private static String typeName(RecordComponent component) {
    Class<?> type = component.getType();
    if (type == double.class) {
      return "number";
    }
    if (type == int.class || type == long.class) {
      return "integer";
    }
    if (type == boolean.class) {
      return "true or false";
    }
    if (type.isEnum()) {
      return String.join(" or ", alternatives(type));
    }
    if (type == String.class) {
      return "text";
    }
    throw new IllegalArgumentException(
        component.getDeclaringRecord().getName() + "." + component.getName() + " is a " + type);
  }

  private static String range(Setting setting) {
    boolean least = setting.min() != Double.NEGATIVE_INFINITY;
    boolean above = setting.above() != Double.NEGATIVE_INFINITY;
    boolean most = setting.max() != Double.POSITIVE_INFINITY;
    if (least && most) {
      return number(setting.min()) + " to " + number(setting.max());
    }
    if (above && most) {
      return "more than " + number(setting.above()) + " and at most " + number(setting.max());
    }
    if (least) {
      return "at least " + number(setting.min());
    }
    if (above) {
      return "more than " + number(setting.above());
    }
    return most ? "at most " + number(setting.max()) : "";
  }

  private static String number(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e9
        ? Long.toString((long) value)
        : Double.toString(value);
  }
}
