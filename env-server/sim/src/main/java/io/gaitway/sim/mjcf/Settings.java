package io.gaitway.sim.mjcf;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The attributes in force of an element: MJCF's own defaults, under those of its class, under its
 * own. Of several numbers in an attribute, each is overridden by itself, as by MuJoCo.
 */
final class Settings {
  private final Schema.Row row;
  private final Map<String, double[]> numbers = new HashMap<>();
  private final Map<String, String> words = new HashMap<>();

  private Settings(Schema.Row row) {
    this.row = row;
  }

  /** MJCF's own defaults of an element. */
  static Settings of(String key) {
    Settings settings = new Settings(Schema.MJCF.row(key));
    settings.row.attributes().forEach(settings::putDefault);
    return settings;
  }

  private void putDefault(String name, AttributeType type) {
    if (!type.numbers().isEmpty()) {
      numbers.put(name, type.numbers().stream().mapToDouble(Double::doubleValue).toArray());
    }
    if (!type.word().isEmpty()) {
      words.put(name, type.word());
    }
  }

  /** The same settings, to be changed by themselves. */
  Settings copy() {
    Settings copy = new Settings(row);
    numbers.forEach((name, value) -> copy.numbers.put(name, value.clone()));
    copy.words.putAll(words);
    return copy;
  }

  /** These settings with an element's own over them. */
  Settings with(Element element) {
    Settings result = copy();
    result.read(element);
    return result;
  }

  /** Puts an element's own attributes over these. */
  void read(Element element) {
    element
        .attributes()
        .forEach(
            (name, value) -> {
              AttributeType type = row.attributes().get(name);
              if (type == null) {
                return; // not of this kind, such as the gains of a servo
              }
              if (type.isNumeric()) {
                put(name, type.numbers(element.place(), name, value));
              } else {
                words.put(name, value);
              }
            });
  }

  private void put(String name, double[] own) {
    if (Orientation.ALTERNATIVES.contains(name) || name.equals("quat")) {
      numbers.keySet().removeAll(Orientation.ALTERNATIVES); // the last one stated holds
    }
    double[] before = numbers.getOrDefault(name, own);
    double[] result = before.length > own.length ? before.clone() : own.clone();
    System.arraycopy(own, 0, result, 0, own.length);
    numbers.put(name, result);
  }

  /** Sets the {@code i}-th number of an attribute. */
  void set(String name, int i, double value) {
    double[] result = numbers(name, Math.max(i + 1, length(name)));
    result[i] = value;
    numbers.put(name, result);
  }

  private int length(String name) {
    double[] value = numbers.get(name);
    return value == null ? 0 : value.length;
  }

  /** Sets an attribute to a word. */
  void set(String name, String word) {
    words.put(name, word);
  }

  /** Makes all numbers of an attribute 0. */
  void clear(String name) {
    numbers.remove(name);
  }

  /** Puts MJCF's own defaults back. */
  void reset(List<String> names) {
    for (String name : names) {
      numbers.remove(name);
      words.remove(name);
      AttributeType type = row.attributes().get(name);
      if (type != null) {
        putDefault(name, type);
      }
    }
  }

  /** Takes some values from others. */
  void copy(Settings from, List<String> names) {
    for (String name : names) {
      numbers.remove(name);
      words.remove(name);
      double[] value = from.numbers.get(name);
      if (value != null) {
        numbers.put(name, value.clone());
      }
      String word = from.words.get(name);
      if (word != null) {
        words.put(name, word);
      }
    }
  }

  /** Whether numbers are set. */
  boolean has(String name) {
    return numbers.containsKey(name);
  }

  /** Whether any number of an attribute is other than 0. */
  boolean isNonZero(String name) {
    for (double value : numbers.getOrDefault(name, new double[0])) {
      if (value != 0) {
        return true;
      }
    }
    return false;
  }

  /** The first number of an attribute; 0 if none is set. */
  double number(String name) {
    return numbers(name, 1)[0];
  }

  /** The first {@code count} numbers of an attribute, a copy; 0 where none is set. */
  double[] numbers(String name, int count) {
    double[] result = new double[count];
    double[] set = numbers.get(name);
    if (set != null) {
      System.arraycopy(set, 0, result, 0, Math.min(count, set.length));
    }
    return result;
  }

  /** The first three numbers of an attribute. */
  Vec3 vector(String name) {
    double[] value = numbers(name, 3);
    return new Vec3(value[0], value[1], value[2]);
  }

  /** The word of an attribute; null if none is set. */
  @Nullable String word(String name) {
    return words.get(name);
  }

  /** Whether an attribute is a word. */
  boolean is(String name, String word) {
    return word.equals(words.get(name));
  }
}
