package io.gaitway.sim.mjcf;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which elements MJCF has, and which attributes with which values; also of what is passed over. It
 * is read from {@code schema.txt}, which says how it is written.
 */
final class Schema {
  /** The schema of MJCF. */
  static final Schema MJCF = load();

  /**
   * An element.
   *
   * @param tag as it is written in a file
   * @param attributes by name
   * @param children keys of the elements that may stand in it
   * @param once those of them that may stand there once
   */
  record Row(
      String tag,
      Map<String, AttributeType> attributes,
      Map<String, String> children,
      Set<String> once) {}

  private final Map<String, Row> rows = new LinkedHashMap<>();

  private Schema() {}

  private static Schema load() {
    try (InputStream in = Schema.class.getResourceAsStream("schema.txt")) {
      byte[] bytes = Objects.requireNonNull(in, "schema.txt").readAllBytes();
      Schema schema = new Schema();
      schema.read(new String(bytes, StandardCharsets.UTF_8).lines().toList());
      return schema;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void read(List<String> lines) {
    Map<String, List<String>> children = new LinkedHashMap<>();
    Row row = null;
    for (String line : lines) {
      if (line.startsWith("#")) {
        continue;
      }
      if (line.startsWith("  ")) {
        String[] words = line.strip().split(" ");
        Objects.requireNonNull(row).attributes().put(words[0], AttributeType.parse(words[1]));
        continue;
      }
      int colon = line.indexOf(':');
      String[] names = line.substring(0, colon).split(" ");
      String key = names[0];
      String tag = names.length > 1 ? names[1] : key.substring(key.indexOf('/') + 1);
      row = new Row(tag, new LinkedHashMap<>(), new LinkedHashMap<>(), new HashSet<>());
      rows.put(key, row);
      String rest = line.substring(colon + 1).strip();
      children.put(key, rest.isEmpty() ? List.of() : List.of(rest.split(" ")));
    }
    children.forEach((key, names) -> link(row(key), names));
  }

  private void link(Row row, List<String> children) {
    for (String child : children) {
      String key = child.endsWith("?") ? child.substring(0, child.length() - 1) : child;
      String tag = row(key).tag();
      row.children().put(tag, key);
      if (child.endsWith("?")) {
        row.once().add(tag);
      }
    }
  }

  /** The element of that key. */
  Row row(String key) {
    return Objects.requireNonNull(rows.get(key), key);
  }

  /**
   * Checks a file's elements and attributes, down from the root.
   *
   * @throws MjcfException at the first that MJCF does not have, or that has a wrong value
   */
  void check(Element root) {
    check(root, row("mujoco"));
  }

  private void check(Element element, Row row) {
    checkAttributes(element, row);
    Set<String> seen = new HashSet<>();
    for (Element child : element.children()) {
      Row its = childRow(row, child.tag());
      if (its == null) {
        throw child
            .place()
            .refuse(
                "this element is not known here; <%s> may hold %s"
                    .formatted(element.tag(), listed(row.children().keySet())));
      }
      if (!seen.add(child.tag()) && row.once().contains(child.tag())) {
        throw child.place().refuse("<" + element.tag() + "> may hold one such element, not two");
      }
      check(child, its);
    }
  }

  private @Nullable Row childRow(Row row, String tag) {
    String key = row.children().get(tag);
    return key == null ? null : row(key);
  }

  private static void checkAttributes(Element element, Row row) {
    element
        .attributes()
        .forEach(
            (name, value) -> {
              AttributeType type = row.attributes().get(name);
              if (type == null) {
                throw element
                    .place()
                    .refuse(
                        "the attribute '%s' is not known; it may have %s"
                            .formatted(name, listed(row.attributes().keySet())));
              }
              type.check(element.place(), name, value);
            });
    row.attributes()
        .forEach(
            (name, type) -> {
              if (type.required() && !element.has(name)) {
                throw element
                    .place()
                    .refuse("the attribute '" + name + "' is missing; it must be there");
              }
            });
  }

  private static String listed(Set<String> names) {
    return names.isEmpty() ? "none" : String.join(", ", names);
  }
}
