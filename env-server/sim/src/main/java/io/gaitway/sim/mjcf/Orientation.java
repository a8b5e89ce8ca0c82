package io.gaitway.sim.mjcf;

import java.util.List;

/** The ways in which MJCF writes an orientation: quat, axisangle, xyaxes, zaxis and euler. */
final class Orientation {
  /** The ways beside quat. */
  static final List<String> ALTERNATIVES = List.of("axisangle", "xyaxes", "zaxis", "euler");

  private Orientation() {}

  /**
   * The orientation of an element.
   *
   * @param compiler in which unit and order angles stand
   * @param own the element, as it stands in the file
   * @param settings its attributes in force
   */
  static Quat read(CompilerOptions compiler, Element own, Settings settings) {
    checkOne(own);
    for (String alternative : ALTERNATIVES) {
      if (settings.has(alternative)) {
        return read(compiler, own.place(), alternative, settings);
      }
    }
    return read(compiler, own.place(), "quat", settings);
  }

  /** Refuses an element that states its orientation twice. */
  static void checkOne(Element element) {
    long stated = ALTERNATIVES.stream().filter(element::has).count();
    if (stated + (element.has("quat") ? 1 : 0) > 1) {
      throw element.place().refuse("the orientation is given twice; leave one");
    }
  }

  private static Quat read(CompilerOptions compiler, Place place, String kind, Settings settings) {
    switch (kind) {
      case "axisangle" -> {
        double[] v = settings.numbers(kind, 4);
        Vec3 axis = direction(place, kind, new Vec3(v[0], v[1], v[2]));
        return Quat.of(axis, compiler.radians(v[3]));
      }
      case "xyaxes" -> {
        double[] v = settings.numbers(kind, 6);
        Vec3 x = direction(place, kind, new Vec3(v[0], v[1], v[2]));
        Vec3 y = new Vec3(v[3], v[4], v[5]);
        Vec3 normal = direction(place, kind, y.minus(x.times(x.dot(y))));
        return Quat.ofAxes(x, normal, x.cross(normal));
      }
      case "zaxis" -> {
        return Quat.ofZ(direction(place, kind, settings.vector(kind)));
      }
      case "euler" -> {
        return euler(compiler, settings.numbers(kind, 3));
      }
      default -> {
        double[] q = settings.has("quat") ? settings.numbers("quat", 4) : new double[] {1, 0, 0, 0};
        return new Quat(q[0], q[1], q[2], q[3]).unit();
      }
    }
  }

  private static Quat euler(CompilerOptions compiler, double[] angles) {
    Quat result = Quat.UNIT;
    for (int i = 0; i < 3; i++) {
      char letter = compiler.eulerOrder().charAt(i);
      Vec3 axis =
          switch (Character.toLowerCase(letter)) {
            case 'x' -> Vec3.X;
            case 'y' -> Vec3.Y;
            default -> Vec3.Z;
          };
      Quat turn = Quat.of(axis, compiler.radians(angles[i]));
      // small letters turn with the frame, capitals about axes that stay
      result = Character.isLowerCase(letter) ? result.times(turn) : turn.times(result);
    }
    return result.unit();
  }

  private static Vec3 direction(Place place, String attribute, Vec3 v) {
    if (v.norm() < Limits.TINY) {
      throw place.refuse("the attribute '" + attribute + "' has no direction: a vector in it is 0");
    }
    return v.unit();
  }
}
