package io.gaitway.agents.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * Doubles in JSON without the loss of a bit, NaN and infinities included: an array is the Base64
 * text of its little-endian bytes, a single number is in Java's hexadecimal notation.
 */
public final class ExactDoubles {
  private ExactDoubles() {}

  /** Stores an array. */
  public static void put(ObjectNode node, String name, double[] values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(Double.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asDoubleBuffer().put(values);
    node.put(name, Base64.getEncoder().encodeToString(bytes.array()));
  }

  /** Stores a number. */
  public static void put(ObjectNode node, String name, double value) {
    node.put(name, Double.toHexString(value));
  }

  /**
   * Reads an array into {@code values}.
   *
   * @throws IllegalArgumentException if there is none of that name and length
   */
  public static void get(JsonNode node, String name, double[] values) {
    double[] found = get(node, name);
    if (found.length != values.length) {
      throw new IllegalArgumentException(
          "field '%s' must hold %d numbers, but holds %d"
              .formatted(name, values.length, found.length));
    }
    System.arraycopy(found, 0, values, 0, values.length);
  }

  /**
   * Reads an array.
   *
   * @throws IllegalArgumentException if there is none of that name
   */
  public static double[] get(JsonNode node, String name) {
    String text = text(node, name);
    byte[] bytes;
    try {
      bytes = Base64.getDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      throw unreadable(name, "numbers in Base64", e);
    }
    if (bytes.length % Double.BYTES != 0) {
      throw unreadable(name, "numbers of 8 bytes each, in Base64", null);
    }
    double[] values = new double[bytes.length / Double.BYTES];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asDoubleBuffer().get(values);
    return values;
  }

  /**
   * Reads a number.
   *
   * @throws IllegalArgumentException if there is none of that name
   */
  public static double getScalar(JsonNode node, String name) {
    String text = text(node, name);
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw unreadable(name, "a hexadecimal number", e);
    }
  }

  private static IllegalArgumentException unreadable(
      String name, String what, @Nullable Throwable cause) {
    return new IllegalArgumentException("field '%s' must hold %s".formatted(name, what), cause);
  }

  private static String text(JsonNode node, String name) {
    JsonNode value = node.get(name);
    if (value == null) {
      throw new IllegalArgumentException("field '" + name + "' is missing");
    }
    if (!value.isTextual()) {
      throw unreadable(name, "a text", null);
    }
    return value.textValue();
  }
}
