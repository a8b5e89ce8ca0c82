package io.gaitway.sim.mjcf;

/** Reads the joints of bodies. */
final class JointReader {
  private final CompilerOptions compiler;
  private int count;

  JointReader(CompilerOptions compiler) {
    this.compiler = compiler;
  }

  /**
   * The joint of an element.
   *
   * @param frame the frame that it stands in, in the body's
   */
  Joint3 joint(Element element, Settings settings, Pose frame) {
    Place place = element.place();
    boolean slide = settings.is("type", "slide");
    if (!slide && !settings.is("type", "hinge")) {
      throw place.refuse(
          "a joint of type '%s' leaves the plane; a planar robot has slides and hinges"
              .formatted(settings.word("type")));
    }
    Vec3 axis = frame.quat().rotate(settings.vector("axis"));
    if (axis.norm() < Limits.TINY) {
      throw place.refuse("the joint's axis is 0; give it a direction");
    }
    refuseIfSet(settings, place, "springdamper", "write 'stiffness' and 'damping' instead");
    refuseIfSet(settings, place, "springyield", "springs here are linear and do not yield");
    double[] range = Ranges.read(compiler, place, settings, "range", "limited");
    double[] force =
        Ranges.read(compiler, place, settings, "actuatorfrcrange", "actuatorfrclimited");
    return new Joint3(
        count++,
        element.get("name", ""),
        place,
        slide,
        axis.unit(),
        frame.point(settings.vector("pos")),
        angle(slide, settings.number("ref")),
        angle(slide, settings.number("springref")),
        linear(place, settings, "stiffness"),
        linear(place, settings, "damping"),
        notNegative(place, "armature", settings.number("armature")),
        notNegative(place, "frictionloss", settings.number("frictionloss")),
        angle(slide, range[0]),
        angle(slide, range[1]),
        force[0],
        force[1]);
  }

  private double angle(boolean slide, double value) {
    return slide ? value : compiler.radians(value);
  }

  private static void refuseIfSet(Settings settings, Place place, String name, String instead) {
    if (settings.isNonZero(name)) {
      throw place.refuse("'" + name + "' is not supported; " + instead);
    }
  }

  private static double notNegative(Place place, String name, double value) {
    if (value < 0) {
      throw place.refuse("'" + name + "' is " + value + ", but must not be negative");
    }
    return value;
  }

  /** The first coefficient of a polynomial that may have no others. */
  private static double linear(Place place, Settings settings, String name) {
    double[] coefficients = settings.numbers(name, 3);
    if (coefficients[1] != 0 || coefficients[2] != 0) {
      throw place.refuse(
          "'" + name + "' has powers of its argument; only the first number may be set");
    }
    return notNegative(place, name, coefficients[0]);
  }
}
