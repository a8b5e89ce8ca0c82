package io.gaitway.sim.mjcf;

import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What may stand in an attribute.
 *
 * @param kind the kind of value
 * @param least fewest numbers
 * @param most most numbers
 * @param words what a word may be
 * @param numbers numbers that hold where none are given; empty if there are none
 * @param word the word that holds where none is given; empty if there is none
 * @param required whether it must be there
 */
record AttributeType(
    Kind kind,
    int least,
    int most,
    List<String> words,
    List<Double> numbers,
    String word,
    boolean required) {
  /** Kinds of value. */
  enum Kind {
    /** Real numbers. */
    REAL,
    /** Whole numbers. */
    WHOLE,
    /** One of some words. */
    WORD,
    /** Anything. */
    TEXT
  }

  private static final Pattern NUMBER =
      Pattern.compile("[+-]?(?:[0-9]+(?:\\.[0-9]*)?|\\.[0-9]+)(?:[eE][+-]?[0-9]+)?");
  private static final Pattern NUMERIC_TYPE = Pattern.compile("(real|int)(\\*|[0-9]+(-[0-9]+)?)");
  private static final Pattern WHOLE_NUMBER = Pattern.compile("[+-]?[0-9]{1,9}");

  /** A type as {@code schema.txt} writes it. */
  static AttributeType parse(String text) {
    boolean required = text.endsWith("!");
    String body = required ? text.substring(0, text.length() - 1) : text;
    int equals = body.indexOf('=');
    String type = equals < 0 ? body : body.substring(0, equals);
    String defaults = equals < 0 ? "" : body.substring(equals + 1);
    if (type.equals("text")) {
      return new AttributeType(Kind.TEXT, 0, 0, List.of(), List.of(), "", required);
    }
    if (!NUMERIC_TYPE.matcher(type).matches()) {
      List<String> words = List.of(type.split("\\|"));
      return new AttributeType(Kind.WORD, 0, 0, words, List.of(), defaults, required);
    }
    Kind kind = type.startsWith("real") ? Kind.REAL : Kind.WHOLE;
    String count = type.substring(kind == Kind.REAL ? "real".length() : "int".length());
    int dash = count.indexOf('-');
    boolean any = count.equals("*");
    int least = any ? 0 : Integer.parseInt(dash < 0 ? count : count.substring(0, dash));
    int most = any ? Integer.MAX_VALUE : Integer.parseInt(count.substring(dash + 1));
    List<Double> numbers =
        defaults.isEmpty()
            ? List.of()
            : Arrays.stream(defaults.split(",")).map(Double::valueOf).toList();
    return new AttributeType(kind, least, most, List.of(), numbers, "", required);
  }

  /** Whether the values are numbers. */
  boolean isNumeric() {
    return kind == Kind.REAL || kind == Kind.WHOLE;
  }

  /** Refuses a value that does not fit. */
  void check(Place place, String name, String value) {
    if (kind == Kind.WORD && !words.contains(value)) {
      throw place.refuse(
          "the attribute '%s' is \"%s\", which is not one of %s"
              .formatted(name, shortened(value), String.join(", ", words)));
    }
    if (isNumeric()) {
      numbers(place, name, value);
    }
  }

  /** The numbers of a value. */
  double[] numbers(Place place, String name, String value) {
    String[] parts = value.isBlank() ? new String[0] : value.strip().split("\\s+");
    if (parts.length < least || parts.length > most) {
      throw place.refuse(
          "the attribute '%s' has %d numbers, but takes %s"
              .formatted(name, parts.length, least == most ? least : least + " to " + most));
    }
    double[] numbers = new double[parts.length];
    for (int i = 0; i < parts.length; i++) {
      numbers[i] = number(place, name, parts[i]);
    }
    return numbers;
  }

  private double number(Place place, String name, String part) {
    if (!(kind == Kind.WHOLE ? WHOLE_NUMBER : NUMBER).matcher(part).matches()) {
      throw place.refuse(
          "the attribute '%s' has \"%s\" where %s should be"
              .formatted(
                  name, shortened(part), kind == Kind.WHOLE ? "a whole number" : "a number"));
    }
    double number = Double.parseDouble(part);
    if (!(Math.abs(number) <= Limits.MAGNITUDE)) {
      throw place.refuse(
          "the attribute '%s' has %s, which is too large; allowed are numbers up to %s"
              .formatted(name, shortened(part), Limits.MAGNITUDE));
    }
    return number;
  }

  private static String shortened(String text) {
    return text.length() <= 40 ? text : text.substring(0, 40) + "...";
  }
}
