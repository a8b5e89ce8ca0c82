package io.gaitway.sim.mjcf;

import org.jspecify.annotations.Nullable;

/**
 * A keyframe as the file has it.
 *
 * @param name empty if it has none
 * @param place where it stands in the file
 * @param qpos coordinates; null if it has none
 * @param qvel their rates; null if it has none
 * @param ctrl controls; null if it has none
 */
record Key(
    String name,
    Place place,
    double @Nullable [] qpos,
    double @Nullable [] qvel,
    double @Nullable [] ctrl) {

  /** The keyframe of an element. */
  static Key read(Element element) {
    for (String other : new String[] {"act", "mpos", "mquat", "plastic"}) {
      if (!element.get(other, "").isBlank()) {
        throw element
            .place()
            .refuse("'" + other + "' belongs to nothing that is supported; remove it");
      }
    }
    return new Key(
        element.get("name", ""),
        element.place(),
        values(element, "qpos"),
        values(element, "qvel"),
        values(element, "ctrl"));
  }

  private static double @Nullable [] values(Element element, String name) {
    return element.has(name)
        ? Schema.MJCF
            .row("key")
            .attributes()
            .getOrDefault(name, AttributeType.parse("real*"))
            .numbers(element.place(), name, element.get(name, ""))
        : null;
  }
}
