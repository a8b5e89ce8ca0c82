package io.gaitway.optim.policy;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * JSON (RFC 8259) as maps, lists, texts, truth values, doubles and {@link #NULL}. Stricter than
 * Jackson's trees: nothing may follow the value, no object has a key twice, the bytes are UTF-8
 * without a mark, and numbers are doubles as they are written, −0 and what is beyond them included.
 */
final class StrictJson {
  /** The value {@code null}. */
  static final Object NULL = new Object();

  private static final int MAX_DEPTH = 64;

  /** Texts and numbers are as long as they are: the size of the whole is bounded. */
  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNumberLength(Integer.MAX_VALUE)
                  .maxStringLength(Integer.MAX_VALUE)
                  .maxNameLength(Integer.MAX_VALUE)
                  .build())
          .build();

  private StrictJson() {}

  /**
   * Reads a value.
   *
   * @throws IllegalArgumentException if the bytes are not JSON
   */
  static Object parse(byte[] content) {
    try (JsonParser parser = FACTORY.createParser(text(content))) {
      parser.nextToken();
      Object value = value(parser, 0);
      if (parser.nextToken() != null) {
        throw notJson("something follows the value");
      }
      return value;
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          "it is not JSON: %s at line %d, column %d"
              .formatted(
                  e.getOriginalMessage(),
                  e.getLocation().getLineNr(),
                  e.getLocation().getColumnNr()),
          e);
    } catch (IOException e) {
      throw new UncheckedIOException("a text in memory could not be read", e);
    }
  }

  private static IllegalArgumentException notJson(String message) {
    return new IllegalArgumentException("it is not JSON: " + message);
  }

  private static String text(byte[] content) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content)).toString();
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("it is not UTF-8", e);
    }
  }

  /** The value that begins with the present token. */
  private static Object value(JsonParser parser, int depth) throws IOException {
    if (depth > MAX_DEPTH) {
      throw new IllegalArgumentException("it is nested deeper than " + MAX_DEPTH + " levels");
    }
    @Nullable JsonToken token = parser.currentToken();
    if (token == null) {
      throw notJson("it ends before a value");
    }
    return switch (token) {
      case START_OBJECT -> object(parser, depth);
      case START_ARRAY -> list(parser, depth);
      case VALUE_STRING -> parser.getText();
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> Double.valueOf(parser.getText());
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case VALUE_NULL -> NULL;
      default -> throw notJson("a value is expected, but there is " + token);
    };
  }

  private static Map<String, Object> object(JsonParser parser, int depth) throws IOException {
    Map<String, Object> fields = new LinkedHashMap<>();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      parser.nextToken();
      if (fields.put(name, value(parser, depth + 1)) != null) {
        throw new IllegalArgumentException(
            "the key %s occurs twice in an object".formatted(quoted(name)));
      }
    }
    return fields;
  }

  private static List<Object> list(JsonParser parser, int depth) throws IOException {
    List<Object> entries = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      entries.add(value(parser, depth + 1));
    }
    return entries;
  }

  /** A text as JSON writes it. */
  static String quoted(String text) {
    return JsonNodeFactory.instance.textNode(text).toString();
  }
}
