package io.gaitway.sim.mjcf;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The classes of defaults. A class begins as a copy of the one that it stands in, after that one's
 * own elements were read; all kinds of actuator share one set.
 */
final class Defaults {
  /** What the outermost class is called. */
  static final String MAIN = "main";

  /**
   * The defaults of one class, by kind of element.
   *
   * @param joint of joints
   * @param geom of geoms
   * @param site of sites
   * @param actuator of actuators of any kind
   * @param above the class that it stands in; null for the outermost
   */
  record Of(Settings joint, Settings geom, Settings site, Settings actuator, @Nullable Of above) {
    private Of inner() {
      return new Of(joint.copy(), geom.copy(), site.copy(), actuator.copy(), this);
    }
  }

  private final Map<String, Of> classes = new HashMap<>();

  /** Reads the defaults of a file. */
  static Defaults read(List<Element> elements) {
    Defaults defaults = new Defaults();
    defaults.classes.put(
        MAIN,
        new Of(
            Settings.of("joint"),
            Settings.of("geom"),
            Settings.of("site"),
            Settings.of("general"),
            null));
    for (Element element : elements) {
      if (!element.get("class", MAIN).equals(MAIN)) {
        throw element
            .place()
            .refuse("the outermost class of defaults is called 'main'; leave its 'class' out");
      }
      defaults.read(element, defaults.of(element.place(), MAIN));
    }
    return defaults;
  }

  private void read(Element element, Of into) {
    for (Element child : element.children()) {
      Orientation.checkOne(child);
      switch (child.tag()) {
        case "joint" -> into.joint.read(child);
        case "geom" -> into.geom.read(child);
        case "site" -> into.site.read(child);
        default -> {
          if (ActuatorReader.TAGS.contains(child.tag())) {
            ActuatorReader.apply(child, into.actuator, into.above);
          } // the others are of what is passed over
        }
      }
    }
    for (Element child : element.children("default")) {
      String name = child.get("class");
      if (name == null || name.isEmpty()) {
        throw child.place().refuse("a class of defaults needs a name: the attribute 'class'");
      }
      Of own = into.inner();
      if (classes.putIfAbsent(name, own) != null) {
        throw child.place().refuse("there are two classes of defaults '" + name + "'; rename one");
      }
      read(child, own);
    }
  }

  /** The defaults of a class. */
  Of of(Place place, String name) {
    Of found = classes.get(name);
    if (found == null) {
      throw place.refuse(
          "there is no class of defaults '"
              + name
              + "'; the classes are "
              + String.join(", ", classes.keySet().stream().sorted().toList()));
    }
    return found;
  }
}
