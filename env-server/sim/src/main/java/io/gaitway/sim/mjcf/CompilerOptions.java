package io.gaitway.sim.mjcf;

import java.util.List;

/**
 * How a file is to be understood: its {@code <compiler>} elements.
 *
 * @param degrees whether angles are in degrees
 * @param eulerOrder three letters, the axes of Euler angles
 * @param autoLimits whether a range alone limits
 * @param inertiaFromGeom whether inertias come from geoms: true, false, or auto, where there is no
 *     other
 * @param firstGroup first group of geoms that have mass
 * @param lastGroup last group of geoms that have mass
 * @param totalMass mass that all bodies together are scaled to, kg; none if not positive
 * @param leastMass least mass of a body, kg
 * @param leastInertia least principal moment of a body, kg m²
 * @param balanceInertia whether impossible principal moments are made equal
 */
record CompilerOptions(
    boolean degrees,
    String eulerOrder,
    boolean autoLimits,
    String inertiaFromGeom,
    int firstGroup,
    int lastGroup,
    double totalMass,
    double leastMass,
    double leastInertia,
    boolean balanceInertia) {

  /** Reads the compiler elements; later ones override. */
  static CompilerOptions read(List<Element> elements) {
    Settings settings = Settings.of("compiler");
    for (Element element : elements) {
      settings.read(element);
      check(element);
    }
    String order = settings.word("eulerseq");
    double[] groups = settings.numbers("inertiagrouprange", 2);
    return new CompilerOptions(
        settings.is("angle", "degree"),
        order == null ? "xyz" : order,
        settings.is("autolimits", "true"),
        String.valueOf(settings.word("inertiafromgeom")),
        (int) groups[0],
        (int) groups[1],
        settings.number("settotalmass"),
        settings.number("boundmass"),
        settings.number("boundinertia"),
        settings.is("balanceinertia", "true"));
  }

  private static void check(Element element) {
    if (element.get("coordinate", "local").equals("global")) {
      throw element
          .place()
          .refuse(
              "global coordinates are not read, by MuJoCo neither since 2.3.4; an older MuJoCo"
                  + " converts the file when it loads and saves it");
    }
    if (!element.get("eulerseq", "xyz").matches("[xyzXYZ]{3}")) {
      throw element.place().refuse("'eulerseq' must be three of the letters x, y, z, X, Y, Z");
    }
  }

  /** An angle of the file in radians. */
  double radians(double angle) {
    return degrees ? angle / 180 * Math.PI : angle;
  }

  /** Whether a geom's group has mass. */
  boolean hasMass(int group) {
    return group >= firstGroup && group <= lastGroup;
  }
}
