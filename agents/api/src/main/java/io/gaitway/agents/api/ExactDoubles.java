package io.gaitway.agents.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;

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
          "'" + name + "' holds " + found.length + " doubles, expected are " + values.length);
    }
    System.arraycopy(found, 0, values, 0, values.length);
  }

  /**
   * Reads an array.
   *
   * @throws IllegalArgumentException if there is none of that name
   */
  public static double[] get(JsonNode node, String name) {
    byte[] bytes = Base64.getDecoder().decode(text(node, name));
    if (bytes.length % Double.BYTES != 0) {
      throw new IllegalArgumentException("'" + name + "' holds " + bytes.length + " bytes");
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
    return Double.parseDouble(text(node, name));
  }

  private static String text(JsonNode node, String name) {
    JsonNode value = node.get(name);
    if (value == null || !value.isTextual()) {
      throw new IllegalArgumentException("'" + name + "' is missing");
    }
    return value.textValue();
  }
}
