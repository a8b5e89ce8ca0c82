package io.gaitway.sim.mjcf;

/** Ranges that hold if an attribute beside them says so, or none does and they are not empty. */
final class Ranges {
  private Ranges() {}

  /**
   * The range in force, in the file's unit; infinite if none is.
   *
   * @param name attribute of the range
   * @param limited attribute that says whether it holds: true, false or auto
   */
  static double[] read(
      CompilerOptions compiler, Place place, Settings settings, String name, String limited) {
    double[] range = settings.numbers(name, 2);
    boolean stated = range[0] != 0 || range[1] != 0;
    boolean auto = !settings.is(limited, "true") && !settings.is(limited, "false");
    if (auto && stated && !compiler.autoLimits()) {
      throw place.refuse(
          "'%s' is given but '%s' is not; set it to true or false, or the compiler's autolimits to true"
              .formatted(name, limited));
    }
    boolean holds = settings.is(limited, "true") || (auto && range[0] < range[1]);
    if (!holds) {
      return new double[] {Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY};
    }
    if (!(range[0] < range[1])) {
      throw place.refuse(
          "'%s' is %s %s, but its first number must be smaller than the second"
              .formatted(name, range[0], range[1]));
    }
    return range;
  }
}
