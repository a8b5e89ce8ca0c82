package io.gaitway.sim.taskfile;

import io.gaitway.sim.mjcf.MjcfException;
import io.gaitway.sim.task.ParameterException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;

/**
 * A value in a YAML file with the place where it stands, so that whatever is wrong with it can be
 * said in terms of that place.
 */
final class Entry {
  /** Longest file, characters; the shipped ones have 2000. */
  static final int LONGEST = 100_000;

  /** Greatest number of values in a file. */
  private static final int MOST_VALUES = 10_000;

  private static final int DEEPEST = 20;

  private final String file;
  private final String path;
  private final Node node;

  private Entry(String file, String path, Node node) {
    this.file = file;
    this.path = path;
    this.node = node;
  }

  /**
   * Reads a file's text; its outermost value is a mapping.
   *
   * @param file its name, for messages
   */
  static Entry read(String file, String text) {
    if (text.length() > LONGEST) {
      throw new TaskFileException(
          "%s has %d characters; a task file has at most %d"
              .formatted(file, text.length(), LONGEST));
    }
    Node root;
    try {
      root = new Yaml(new SafeConstructor(options())).compose(new StringReader(text));
    } catch (MarkedYAMLException e) {
      int line = e.getProblemMark() == null ? 1 : e.getProblemMark().getLine() + 1;
      throw new TaskFileException(
          "%s, line %d: this is not valid YAML: %s".formatted(file, line, e.getProblem()), e);
    } catch (YAMLException e) {
      throw new TaskFileException("%s is not valid YAML: %s".formatted(file, e.getMessage()), e);
    }
    if (!(root instanceof MappingNode)) {
      throw new TaskFileException(
          file + " must have lines such as 'horizon: 500', but has something else");
    }
    Entry entry = new Entry(file, "", root);
    entry.count(0);
    return entry;
  }

  private static LoaderOptions options() {
    LoaderOptions options = new LoaderOptions();
    options.setMaxAliasesForCollections(0);
    options.setNestingDepthLimit(DEEPEST);
    options.setAllowDuplicateKeys(false);
    return options;
  }

  /** Checks the number of values, so that all later work is bounded. */
  private int count(int before) {
    int count = before + 1;
    if (count > MOST_VALUES) {
      throw new TaskFileException(
          "%s has more than %d values, the most that a task file may have"
              .formatted(file, MOST_VALUES));
    }
    if (node instanceof MappingNode) {
      for (Entry entry : entries().values()) {
        count = entry.count(count);
      }
    } else if (node instanceof SequenceNode) {
      for (Entry entry : items()) {
        count = entry.count(count);
      }
    }
    return count;
  }

  /** The values of a mapping by their keys, in order. */
  Map<String, Entry> entries() {
    if (!(node instanceof MappingNode mapping)) {
      throw wrong("must be a mapping, such as {weight: 1}");
    }
    Map<String, Entry> entries = new LinkedHashMap<>();
    for (NodeTuple tuple : mapping.getValue()) {
      if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
        throw new Entry(file, path, tuple.getKeyNode()).wrong("must have plain words for keys");
      }
      Entry value = new Entry(file, inside(key.getValue()), tuple.getValueNode());
      if (entries.put(key.getValue(), value) != null) {
        throw value.wrong("stands there twice");
      }
    }
    return entries;
  }

  private String inside(String key) {
    return path.isEmpty() ? key : path + "." + key;
  }

  /** The same, once all keys are known to be among {@code allowed}. */
  Map<String, Entry> entries(String... allowed) {
    Map<String, Entry> entries = entries();
    for (Map.Entry<String, Entry> entry : entries.entrySet()) {
      if (!List.of(allowed).contains(entry.getKey())) {
        throw entry
            .getValue()
            .wrong("is unknown; known here: " + String.join(", ", List.of(allowed)));
      }
    }
    return entries;
  }

  /** The value under a key; null if there is none. */
  @Nullable Entry find(String key) {
    return entries().get(key);
  }

  /** The value under a key, which has to be there. */
  Entry get(String key) {
    Entry entry = find(key);
    if (entry == null) {
      String what = path.isEmpty() ? "'" + key + "' is missing" : "'" + path + "' needs " + key;
      throw new TaskFileException("%s: %s".formatted(place(), what));
    }
    return entry;
  }

  /** The values of a list, in order. */
  List<Entry> items() {
    if (!(node instanceof SequenceNode sequence)) {
      throw wrong("must be a list, such as [0, 1]");
    }
    List<Entry> items = new ArrayList<>();
    for (Node item : sequence.getValue()) {
      items.add(new Entry(file, "%s[%d]".formatted(path, items.size()), item));
    }
    return items;
  }

  /** Whether it is a single value, neither mapping nor list. */
  boolean isPlain() {
    return node instanceof ScalarNode;
  }

  /** A single value as it stands there. */
  String text() {
    if (!(node instanceof ScalarNode scalar) || scalar.getValue().isEmpty()) {
      throw wrong("must be a word");
    }
    return scalar.getValue();
  }

  /** A finite number. */
  double number() {
    try {
      double value = Double.parseDouble(text());
      if (Double.isFinite(value)) {
        return value + 0.0; // no negative zero
      }
    } catch (NumberFormatException e) {
      throw wrong("must be a number", e);
    }
    throw wrong("must be a finite number");
  }

  /** A whole number from {@code least} to {@code greatest}. */
  int whole(int least, int greatest) {
    double value = number();
    if (!(value >= least && value <= greatest) || value != Math.rint(value)) {
      throw wrong("must be a whole number from %d to %d".formatted(least, greatest));
    }
    return (int) value;
  }

  /** Yes or no. */
  boolean truth() {
    return switch (text()) {
      case "true" -> true;
      case "false" -> false;
      default -> throw wrong("must be true or false");
    };
  }

  /** What is wrong with this value. */
  TaskFileException wrong(String what) {
    return wrong(what, null);
  }

  TaskFileException wrong(String what, @Nullable Throwable cause) {
    String is = node instanceof ScalarNode scalar ? ", but is '%s'" : "";
    String value = node instanceof ScalarNode scalar ? shortened(scalar.getValue()) : "";
    String message =
        "%s: '%s' %s%s"
            .formatted(place(), path, what, what.startsWith("must") ? is.formatted(value) : "");
    return cause == null ? new TaskFileException(message) : new TaskFileException(message, cause);
  }

  /** What is wrong here, in a sentence of its own: "needs below or above". */
  TaskFileException fault(String sentence) {
    return new TaskFileException("%s: '%s' %s".formatted(place(), path, sentence));
  }

  /**
   * Does what this value asks for. What makes no sense is said with the place, unless it has one of
   * its own, in the robot's file or among the parameters.
   */
  <T> T read(Supplier<T> action) {
    try {
      return action.get();
    } catch (MjcfException | ParameterException e) {
      throw e;
    } catch (IllegalArgumentException e) {
      String where = path.isEmpty() ? file : "%s: '%s'".formatted(place(), path);
      throw new TaskFileException(where + ": " + e.getMessage(), e);
    }
  }

  private String place() {
    return "%s, line %d".formatted(file, node.getStartMark().getLine() + 1);
  }

  private static String shortened(String text) {
    return text.length() <= 60 ? text : text.substring(0, 60) + "…";
  }
}
