package io.gaitway.agents.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What a setting is and which values it may have.
 *
 * @param name as on the command line
 * @param kind type of its values
 * @param alternatives the values allowed of a text; empty, all
 * @param min least value allowed of a number; −∞ for none
 * @param above numbers must be greater than this; −∞ for none
 * @param max greatest value allowed of a number; +∞ for none
 * @param unit SI unit, or empty
 * @param description one sentence
 */
public record SettingDescription(
    String name,
    Kind kind,
    List<String> alternatives,
    double min,
    double above,
    double max,
    String unit,
    String description) {

  /** Type of a setting's values. */
  public enum Kind {
    /** A finite number. */
    NUMBER,
    /** A whole number. */
    INTEGER,
    /** True or false. */
    BOOLEAN,
    /** A text. */
    TEXT
  }

  /** Copies the list. */
  public SettingDescription {
    alternatives = List.copyOf(alternatives);
  }

  /** The type for people: {@code number}, {@code integer}, or the alternatives, say. */
  public String type() {
    return switch (kind) {
      case NUMBER -> "number";
      case INTEGER -> "integer";
      case BOOLEAN -> "true or false";
      case TEXT -> alternatives.isEmpty() ? "text" : String.join(" or ", alternatives);
    };
  }

  /** The range of a number for people; empty if any will do. */
  public String range() {
    boolean least = min != Double.NEGATIVE_INFINITY;
    boolean more = above != Double.NEGATIVE_INFINITY;
    boolean most = max != Double.POSITIVE_INFINITY;
    if (least && most) {
      return number(min) + " to " + number(max);
    }
    if (more && most) {
      return "more than " + number(above) + " and at most " + number(max);
    }
    if (least) {
      return "at least " + number(min);
    }
    if (more) {
      return "more than " + number(above);
    }
    return most ? "at most " + number(max) : "";
  }

  /** The same in the words of JSON Schema, with the unit beside them. */
  public ObjectNode jsonSchema() {
    ObjectNode schema = JsonNodeFactory.instance.objectNode();
    schema.put("description", description);
    schema.put("type", kind == Kind.TEXT ? "string" : kind.name().toLowerCase(Locale.ROOT));
    if (!alternatives.isEmpty()) {
      alternatives.forEach(schema.putArray("enum")::add);
    }
    putBound(schema, "minimum", min);
    putBound(schema, "exclusiveMinimum", above);
    putBound(schema, "maximum", max);
    if (!unit.isEmpty()) {
      schema.put("unit", unit);
    }
    return schema;
  }

  private static void putBound(ObjectNode schema, String name, double value) {
    if (Double.isFinite(value)) {
      schema.put(name, value);
    }
  }

  private static String number(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e9
        ? Long.toString((long) value)
        : Double.toString(value);
  }

  /**
   * Reads a value that is written as text.
   *
   * @throws SettingException if it cannot be read, or is not allowed
   */
  public JsonNode parse(String text) {
    JsonNode value = read(text, text.strip());
    check(value);
    return value;
  }

  private JsonNode read(String text, String trimmed) {
    JsonNodeFactory nodes = JsonNodeFactory.instance;
    try {
      switch (kind) {
        case NUMBER:
          return nodes.numberNode(Double.parseDouble(trimmed));
        case INTEGER:
          return whole(Long.parseLong(trimmed));
        case BOOLEAN:
          if (trimmed.equals("true") || trimmed.equals("false")) {
            return nodes.booleanNode(trimmed.equals("true"));
          }
          throw unreadable(text);
        case TEXT:
          return nodes.textNode(alternative(trimmed).orElse(trimmed));
      }
    } catch (NumberFormatException e) {
      throw unreadable(text);
    }
    throw new AssertionError(kind);
  }

  /** A number as a reader of JSON makes it, so that it equals the one read from a file. */
  private static JsonNode whole(long value) {
    JsonNodeFactory nodes = JsonNodeFactory.instance;
    return value == (int) value ? nodes.numberNode((int) value) : nodes.numberNode(value);
  }

  /**
   * Checks a value's type and range.
   *
   * @throws SettingException if it is not allowed
   */
  public void check(JsonNode value) {
    boolean readable =
        switch (kind) {
          case NUMBER -> value.isNumber();
          case INTEGER -> value.isIntegralNumber();
          case BOOLEAN -> value.isBoolean();
          case TEXT ->
              value.isTextual()
                  && (alternatives.isEmpty() || alternative(value.asText()).isPresent());
        };
    if (!readable) {
      throw unreadable(value.isValueNode() ? value.asText() : value.toString());
    }
    if (value.isNumber() && !isAllowed(value.doubleValue())) {
      String bounds = bounds();
      throw mustBe(
          (bounds.isEmpty() ? "finite" : bounds) + (unit.isEmpty() ? "" : " " + unit),
          value.numberValue().toString());
    }
  }

  private boolean isAllowed(double value) {
    return Double.isFinite(value) && value >= min && value > above && value <= max;
  }

  /** The alternative that a word means, whatever its case. */
  private Optional<String> alternative(String word) {
    return alternatives.stream().filter(word::equalsIgnoreCase).findFirst();
  }

  private SettingException unreadable(String text) {
    String bounds = bounds();
    String type =
        switch (kind) {
          case NUMBER -> "a number";
          case INTEGER -> "an integer";
          case BOOLEAN, TEXT -> type();
        };
    return mustBe(type + (bounds.isEmpty() ? "" : " " + bounds), "'" + text + "'");
  }

  /** {@link #range} as it stands in a sentence. */
  private String bounds() {
    return min != Double.NEGATIVE_INFINITY && max != Double.POSITIVE_INFINITY
        ? "between " + number(min) + " and " + number(max)
        : range();
  }

  private SettingException mustBe(String allowed, String found) {
    return new SettingException(
        "setting '%s' must be %s, but is %s".formatted(name, allowed, found));
  }
}
