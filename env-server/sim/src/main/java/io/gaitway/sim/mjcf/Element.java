package io.gaitway.sim.mjcf;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An element of a file, as it stands there.
 *
 * @param tag what it is called
 * @param attributes in the file's order, unparsed
 * @param place where it stands
 * @param children in order; a list that grows while the file is read
 */
record Element(String tag, Map<String, String> attributes, Place place, List<Element> children) {
  /** An element without children yet. */
  static Element of(String tag, Map<String, String> attributes, String file, int line) {
    String name = attributes.get("name");
    String label = name == null ? "<" + tag + ">" : "<" + tag + " name=\"" + name + "\">";
    return new Element(tag, attributes, new Place(file, line, label), new ArrayList<>());
  }

  /** Value of an attribute; null if it is not there. */
  @Nullable String get(String attribute) {
    return attributes.get(attribute);
  }

  /** Value of an attribute, or what stands for it where it is not there. */
  String get(String attribute, String otherwise) {
    return attributes.getOrDefault(attribute, otherwise);
  }

  /** Whether an attribute is there. */
  boolean has(String attribute) {
    return attributes.containsKey(attribute);
  }

  /** The children of one tag, in order. */
  List<Element> children(String wanted) {
    return children.stream().filter(child -> child.tag.equals(wanted)).toList();
  }
}
