package io.gaitway.optim.policy;

import io.gaitway.client.simulation.Controller;
import io.gaitway.client.simulation.Controller.Activation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Turns a policy file's bytes into a policy, naming the field where it cannot. */
final class PolicyReader {
  /** Most bytes of a file. */
  static final int MAX_BYTES = 64 << 20;

  private static final List<String> REQUIRED =
      List.of("format", "format_version", "environment", "states", "actions", "inputs", "layers");

  private PolicyReader() {}

  /**
   * Reads a policy of format 1, 2 or 3.
   *
   * @throws IllegalArgumentException if it is something else
   */
  static PolicyFile read(byte[] content) {
    if (content.length > MAX_BYTES) {
      throw new IllegalArgumentException("it must have at most " + (MAX_BYTES >> 20) + " MiB");
    }
    Field file = new Field(StrictJson.parse(content), "");
    file.field("format").oneOf(PolicyFile.FORMAT);
    Object version = file.field("format_version").oneOf(1.0, 2.0, 3.0);
    boolean first = version.equals(1.0);
    if (first) {
      file.only(and("std"), List.of());
    } else {
      file.only(
          version.equals(2.0) ? REQUIRED : and("parameters"),
          List.of("comment", "scaling", "squashing", "std"));
    }
    Field environment = file.field("environment");
    environment.only(List.of("id", "version", "model_digest"), List.of());
    List<String> states = file.field("states").names();
    List<String> actions = file.field("actions").names();
    Field comment = file.field("comment");
    return new PolicyFile(
        new Network(states.size(), network(file, states, actions.size(), first)),
        environment.field("id").text(),
        environment.field("version").text(),
        environment.field("model_digest").text(),
        states,
        actions,
        comment.present() ? comment.text() : null);
  }

  private static List<String> and(String field) {
    return Stream.concat(REQUIRED.stream(), Stream.of(field)).toList();
  }

  private static Controller.Mlp network(
      Field file, List<String> states, int outputs, boolean first) {
    Field named = file.field("parameters");
    List<String> parameters = named.present() ? named.names() : List.of();
    List<Integer> inputs = inputs(file.field("inputs"), states);
    int read = parameters.size() + inputs.size();
    if (read > Network.MAX_WIDTH) {
      throw new IllegalArgumentException(
          "parameters and inputs must have 1 to %d entries, but has %d"
              .formatted(Network.MAX_WIDTH, read));
    }
    Field scaling = file.field("scaling");
    Field squashing = file.field("squashing");
    Field std = file.field("std");
    return new Controller.Mlp(
        parameters,
        inputs,
        scaling.present() ? scaling(scaling, read) : null,
        layers(file.field("layers"), read, outputs, first),
        squashing.present() ? squashing(squashing, outputs) : null,
        std.present() ? std.positive(outputs) : new double[0]);
  }

  private static List<Integer> inputs(Field field, List<String> states) {
    Set<Integer> indices = new LinkedHashSet<>();
    for (Field entry : field.items(1, Network.MAX_WIDTH)) {
      entry.only(List.of("index", "name"), List.of());
      Field index = entry.field("index");
      int value = index.index(states.size());
      entry.field("name").oneOf(states.get(value));
      index.require(indices.add(value), "an index that no earlier input has");
    }
    return List.copyOf(indices);
  }

  private static List<Controller.Layer> layers(
      Field field, int inputs, int outputs, boolean first) {
    List<Field> entries = first ? field.items(2, 2) : field.items(1, Network.MAX_LAYERS);
    List<Controller.Layer> layers = new ArrayList<>();
    int width = inputs;
    for (Field entry : entries) {
      boolean last = layers.size() == entries.size() - 1;
      entry.only(List.of("W", "b", "activation"), List.of());
      double[] b =
          last
              ? entry.field("b").numbers(outputs, outputs)
              : entry.field("b").numbers(1, Network.MAX_WIDTH);
      double[] W = new double[b.length * width];
      List<Field> rows = entry.field("W").items(b.length, b.length);
      for (int i = 0; i < b.length; i++) {
        System.arraycopy(rows.get(i).numbers(width, width), 0, W, i * width, width);
      }
      Activation[] allowed =
          first
              ? new Activation[] {last ? Activation.LINEAR : Activation.SOFTPLUS}
              : Activation.values();
      layers.add(new Controller.Layer(W, b, activation(entry.field("activation"), allowed)));
      width = b.length;
    }
    return layers;
  }

  private static Activation activation(Field field, Activation... allowed) {
    String word = (String) field.oneOf(Arrays.stream(allowed).map(PolicyFile::word).toArray());
    return Activation.valueOf(word.toUpperCase(Locale.ROOT));
  }

  private static Controller.Scaling scaling(Field field, int inputs) {
    field.only(List.of("offset", "scale"), List.of("limit"));
    Field limit = field.field("limit");
    if (limit.present()) {
      limit.require(limit.number() > 0, "a number above 0");
    }
    return new Controller.Scaling(
        field.field("offset").numbers(inputs, inputs),
        field.field("scale").positive(inputs),
        limit.present() ? limit.number() : Double.POSITIVE_INFINITY);
  }

  private static Controller.Squashing squashing(Field field, int outputs) {
    field.only(List.of("centre", "half_range"), List.of());
    return new Controller.Squashing(
        field.field("centre").numbers(outputs, outputs),
        field.field("half_range").positive(outputs));
  }

  /**
   * A value that knows where it stands.
   *
   * @param value null if it is not there
   */
  private record Field(@Nullable Object value, String path) {
    boolean present() {
      return value != null;
    }

    Field field(String name) {
      return new Field(object().get(name), child(name));
    }

    /** Checks that an object has these fields and no others. */
    void only(List<String> required, List<String> optional) {
      List<String> known = Stream.concat(required.stream(), optional.stream()).toList();
      for (String name : object().keySet()) {
        if (!known.contains(name)) {
          throw new IllegalArgumentException(
              "%s is unknown; known are %s".formatted(child(cut(name)), String.join(", ", known)));
        }
      }
      for (String name : required) {
        if (!object().containsKey(name)) {
          throw new IllegalArgumentException(child(name) + " is missing");
        }
      }
    }

    List<Field> items(int least, int most) {
      List<?> list = list();
      if (list.size() < least || list.size() > most) {
        throw new IllegalArgumentException(
            "%s must have %s entries, but has %d"
                .formatted(path, least == most ? least : least + " to " + most, list.size()));
      }
      List<Field> items = new ArrayList<>(list.size());
      for (Object item : list) {
        items.add(new Field(item, path + "[" + items.size() + "]"));
      }
      return items;
    }

    /** Finite numbers. */
    double[] numbers(int least, int most) {
      return items(least, most).stream().mapToDouble(Field::number).toArray();
    }

    /** Numbers above 0. */
    double[] positive(int count) {
      double[] numbers = numbers(count, count);
      List<Field> items = items(count, count);
      for (int i = 0; i < count; i++) {
        items.get(i).require(numbers[i] > 0, "a number above 0");
      }
      return numbers;
    }

    double number() {
      require(value instanceof Double number && Double.isFinite(number), "a finite number");
      return (double) Objects.requireNonNull(value);
    }

    int index(int count) {
      double index = number();
      require(
          index == Math.rint(index) && index >= 0 && index < count,
          "a whole number from 0 to " + (count - 1));
      return (int) index;
    }

    /** Distinct texts, at least one. */
    List<String> names() {
      Set<String> names = new LinkedHashSet<>();
      for (Field item : items(1, Network.MAX_WIDTH)) {
        item.require(names.add(item.text()), "a name that no earlier entry has");
      }
      return List.copyOf(names);
    }

    String text() {
      require(value instanceof String, "a text");
      return (String) Objects.requireNonNull(value);
    }

    Object oneOf(Object... allowed) {
      require(
          value != null && List.of(allowed).contains(value),
          Arrays.stream(allowed).map(Field::shown).collect(Collectors.joining(" or ")));
      return Objects.requireNonNull(value);
    }

    void require(boolean ok, String allowed) {
      if (!ok) {
        throw new IllegalArgumentException(
            "%s must be %s, but is %s"
                .formatted(
                    path.isEmpty() ? "the file" : path,
                    allowed,
                    value == null ? "missing" : cut(shown(value))));
      }
    }

    @SuppressWarnings("unchecked") // StrictJson makes no other maps.
    private Map<String, Object> object() {
      require(value instanceof Map, "an object");
      return (Map<String, Object>) Objects.requireNonNull(value);
    }

    private List<?> list() {
      require(value instanceof List, "a list");
      return (List<?>) Objects.requireNonNull(value);
    }

    private String child(String name) {
      return path.isEmpty() ? name : path + "." + name;
    }

    private static String shown(Object value) {
      if (value instanceof Map) {
        return "an object";
      }
      if (value instanceof List<?> list) {
        return "a list of " + list.size();
      }
      if (value instanceof String text) {
        return StrictJson.quoted(text);
      }
      if (value instanceof Double number
          && number == Math.rint(number)
          && Math.abs(number) < 1e15) {
        return Long.toString(number.longValue());
      }
      return value == StrictJson.NULL ? "null" : value.toString();
    }

    private static String cut(String text) {
      return text.length() > 60 ? text.substring(0, 57) + "..." : text;
    }
  }
}
