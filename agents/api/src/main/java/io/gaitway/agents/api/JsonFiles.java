package io.gaitway.agents.api;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import java.io.IOException;
import java.lang.reflect.AnnotatedArrayType;
import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads JSON that {@link Json} wrote, or that somebody has edited since. Types are strict, and each
 * fault names the field and what it must be: {@code field 'spec.dt' must be a number, but is "x"}.
 */
public final class JsonFiles {
  private static final ObjectReader READER =
      Json.MAPPER.reader().with(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY);

  /** How numbers that JSON does not have are written. */
  private static final Set<String> NOT_FINITE = Set.of("NaN", "Infinity", "-Infinity");

  private static final int MOST_SHOWN = 40;

  private JsonFiles() {}

  /**
   * The value in a file.
   *
   * @param type a record
   * @throws IOException naming the file, and the field if one is wrong
   */
  public static <T extends Record> T read(Path file, Class<T> type) throws IOException {
    return convert(file.toString(), tree(file), type);
  }

  /**
   * The JSON in a file, whatever it holds.
   *
   * @throws IOException naming the file
   */
  public static JsonNode tree(Path file) throws IOException {
    byte[] content;
    try {
      content = Files.readAllBytes(file);
    } catch (FileSystemException e) {
      throw e;
    } catch (IOException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
    try {
      return parse(content);
    } catch (IllegalArgumentException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
  }

  /**
   * The value that JSON from a file stands for.
   *
   * @param place file, and line if need be, for messages
   * @throws IOException naming the place and the field
   */
  public static <T extends Record> T convert(String place, JsonNode json, Class<T> type)
      throws IOException {
    try {
      return convert(json, type);
    } catch (IllegalArgumentException e) {
      throw new IOException(place + ": " + e.getMessage(), e);
    }
  }

  /**
   * JSON from bytes.
   *
   * @throws IllegalArgumentException saying where they are not UTF-8 or not JSON
   */
  public static JsonNode parse(byte[] content) {
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content)).toString();
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("not UTF-8 text", e);
    }
    try (JsonParser parser = READER.createParser(text)) {
      @Nullable JsonNode json = READER.readTree(parser);
      if (json == null) {
        throw new IllegalArgumentException("empty, where JSON should be");
      }
      if (parser.nextToken() != null) {
        throw new IllegalArgumentException(
            "more than one JSON value" + at(parser.currentTokenLocation()));
      }
      return json;
    } catch (MismatchedInputException e) {
      throw new IllegalArgumentException("the same field twice" + at(e.getLocation()), e);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not valid JSON" + at(e.getLocation()), e);
    } catch (IOException e) {
      throw new IllegalStateException("a text in memory can be read", e);
    }
  }

  private static String at(@Nullable JsonLocation location) {
    return location == null
        ? ""
        : ", at line %d, column %d".formatted(location.getLineNr(), location.getColumnNr());
  }

  private static <T extends Record> T convert(JsonNode json, Class<T> type) {
    if (!json.isObject()) {
      throw new IllegalArgumentException("not a JSON object");
    }
    checkRecord(json, type, "");
    try {
      return Json.MAPPER.treeToValue(json, type);
    } catch (JsonProcessingException e) {
      // The types fit, so it is the record that refuses a value, in words of its own.
      @Nullable Throwable cause = e.getCause();
      throw new IllegalArgumentException(
          cause == null ? "not what this program writes" : cause.getMessage(), e);
    }
  }

  private static void checkRecord(JsonNode json, Class<?> type, String path) {
    RecordComponent[] components = type.getRecordComponents();
    Set<String> names = Arrays.stream(components).map(JsonFiles::name).collect(Collectors.toSet());
    json.fieldNames()
        .forEachRemaining(
            name -> {
              if (!names.contains(name)) {
                throw new IllegalArgumentException("unknown field '" + path + name + "'");
              }
            });
    for (RecordComponent component : components) {
      String name = path + name(component);
      @Nullable JsonNode value = json.get(name(component));
      if (value == null) {
        throw new IllegalArgumentException("field '" + name + "' is missing");
      }
      check(value, component.getAnnotatedType(), name);
    }
  }

  private static String name(RecordComponent component) {
    @Nullable JsonProperty named = component.getAccessor().getAnnotation(JsonProperty.class);
    return named != null
        ? named.value()
        : PropertyNamingStrategies.SnakeCaseStrategy.INSTANCE.translate(component.getName());
  }

  private static void check(JsonNode json, AnnotatedType type, String path) {
    if (json.isNull() && type.isAnnotationPresent(Nullable.class)) {
      return;
    }
    Class<?> raw = raw(type.getType());
    if (!fits(json, raw)) {
      throw new IllegalArgumentException(
          "field '%s' must be %s, but is %s".formatted(path, words(raw), shown(json)));
    }
    if (raw.isRecord() && !isValue(raw)) {
      checkRecord(json, raw, path + ".");
    } else if (type instanceof AnnotatedArrayType array) {
      checkEntries(json, array.getAnnotatedGenericComponentType(), path);
    } else if (type instanceof AnnotatedParameterizedType generic) {
      AnnotatedType[] arguments = generic.getAnnotatedActualTypeArguments();
      AnnotatedType values = arguments[arguments.length - 1];
      if (json.isArray()) {
        checkEntries(json, values, path);
      } else {
        json.properties()
            .forEach(entry -> check(entry.getValue(), values, path + "." + entry.getKey()));
      }
    }
  }

  private static void checkEntries(JsonNode list, AnnotatedType type, String path) {
    for (int i = 0; i < list.size(); i++) {
      check(list.get(i), type, path + "[" + i + "]");
    }
  }

  private static Class<?> raw(Type type) {
    Type raw = type instanceof ParameterizedType generic ? generic.getRawType() : type;
    if (raw instanceof Class<?> known) {
      return known;
    }
    throw new IllegalArgumentException("fields of this kind cannot be read from a file");
  }

  private static boolean fits(JsonNode json, Class<?> type) {
    if (type == double.class || type == Double.class) {
      return json.isNumber() || NOT_FINITE.contains(json.asText());
    }
    if (type == int.class || type == Integer.class) {
      return json.isIntegralNumber() && json.canConvertToInt();
    }
    if (type == long.class || type == Long.class) {
      return json.isIntegralNumber() && json.canConvertToLong();
    }
    if (type == boolean.class || type == Boolean.class) {
      return json.isBoolean();
    }
    if (type == String.class) {
      return json.isTextual();
    }
    if (type.isEnum()) {
      return json.isTextual() && constants(type).contains(json.textValue());
    }
    if (isValue(type)) {
      return json.isTextual() || (json.isIntegralNumber() && json.canConvertToInt());
    }
    return isList(type) ? json.isArray() : json.isObject();
  }

  /** Whether a type is written as a text or a whole number, which it reads by itself. */
  private static boolean isValue(Class<?> type) {
    return Arrays.stream(type.getDeclaredMethods())
        .anyMatch(method -> method.isAnnotationPresent(JsonCreator.class));
  }

  private static boolean isList(Class<?> type) {
    return type.isArray() || List.class.isAssignableFrom(type);
  }

  private static List<String> constants(Class<?> type) {
    return Arrays.stream(type.getEnumConstants()).map(each -> ((Enum<?>) each).name()).toList();
  }

  private static String words(Class<?> type) {
    if (type == double.class || type == Double.class) {
      return "a number";
    }
    if (type == int.class || type == Integer.class) {
      return "a whole number below 2^31";
    }
    if (type == long.class || type == Long.class) {
      return "a whole number below 2^63";
    }
    if (type == boolean.class || type == Boolean.class) {
      return "true or false";
    }
    if (type == String.class) {
      return "a text";
    }
    if (type.isEnum()) {
      return String.join(" or ", constants(type));
    }
    if (isValue(type)) {
      return "a whole number or a text";
    }
    return isList(type) ? "a list" : "an object";
  }

  private static String shown(JsonNode json) {
    if (json.isContainerNode()) {
      return json.isArray() ? "a list" : "an object";
    }
    String text = json.toString();
    return text.length() > MOST_SHOWN ? text.substring(0, MOST_SHOWN) + "…" : text;
  }
}
