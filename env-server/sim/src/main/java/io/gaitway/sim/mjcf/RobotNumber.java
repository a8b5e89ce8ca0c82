package io.gaitway.sim.mjcf;

import org.jspecify.annotations.Nullable;

/**
 * A number that stands in a robot's file.
 *
 * @param element tag, such as {@code geom}
 * @param name the element's name; null where the file has one such element only
 * @param attribute such as {@code mass}
 * @param index which of the attribute's numbers, from 0
 */
public record RobotNumber(String element, @Nullable String name, String attribute, int index) {
  /** The element, for people. */
  String words() {
    return name == null ? "<" + element + ">" : "<" + element + " name=\"" + name + "\">";
  }
}
