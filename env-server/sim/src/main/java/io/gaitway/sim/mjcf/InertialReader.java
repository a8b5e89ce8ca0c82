package io.gaitway.sim.mjcf;

import java.util.Arrays;
import java.util.List;

/** Finds mass and inertia of bodies: from their {@code <inertial>}, or from their geoms. */
final class InertialReader {
  /** What rounding may take from a sum of moments, as a part of it. */
  private static final double ROUNDING = 1e-12;

  /**
   * An {@code <inertial>}.
   *
   * @param element as it stands in the file
   * @param frame the frame that it stands in, in the body's
   */
  record Stated(Element element, Pose frame) {}

  private final CompilerOptions compiler;

  InertialReader(CompilerOptions compiler) {
    this.compiler = compiler;
  }

  /** Whether the geoms of a body have mass; it has an {@code <inertial>} or not. */
  boolean isFromGeoms(boolean hasInertial) {
    return !hasInertial || compiler.inertiaFromGeom().equals("true");
  }

  /**
   * Mass and inertia of a body.
   *
   * @param body its element
   * @param stated its {@code <inertial>}, or none
   * @param pos where it stands in its parent's frame
   * @param geoms its geoms, in its frame
   */
  Inertial read(Element body, List<Stated> stated, Vec3 pos, List<Geom> geoms) {
    if (stated.size() > 1) {
      throw stated.get(1).element().place().refuse("the body has two inertials; leave one");
    }
    // without any mass, MuJoCo has the centre there; the compiler may still give the body a mass
    Inertial nothing = new Inertial(0, pos, Tensor.ZERO, Quat.UNIT);
    Inertial result = stated.isEmpty() ? nothing : read(stated.get(0));
    boolean used =
        compiler.inertiaFromGeom().equals("true")
            || (stated.isEmpty() && compiler.inertiaFromGeom().equals("auto"));
    Inertial sum = Inertial.NONE;
    if (used) {
      for (Geom geom : geoms) {
        if (geom.mass() > Limits.TINY) {
          sum = sum.plus(geom.inertial());
        }
      }
    }
    Place place = stated.isEmpty() ? body.place() : stated.get(0).element().place();
    return corrected(place, sum.mass() > 0 ? sum : result);
  }

  private Inertial read(Stated stated) {
    return read(stated.element).in(stated.frame);
  }

  private Inertial read(Element element) {
    Place place = element.place();
    Settings settings = Settings.of("inertial").with(element);
    double mass = settings.number("mass");
    if (mass < 0) {
      throw place.refuse("the mass is " + mass + " kg, but must not be negative");
    }
    Quat quat = Orientation.read(compiler, element, settings);
    if (!settings.has("fullinertia")) {
      Tensor inertia = Tensor.of(settings.numbers("diaginertia", 3), quat);
      return new Inertial(mass, settings.vector("pos"), inertia, quat);
    }
    boolean turned =
        Orientation.ALTERNATIVES.stream().anyMatch(element::has) || element.has("quat");
    if (turned || settings.isNonZero("diaginertia")) {
      throw place.refuse(
          "'fullinertia' stands for itself; remove the orientation and 'diaginertia'");
    }
    double[] f = settings.numbers("fullinertia", 6);
    Tensor inertia = new Tensor(f[0], f[1], f[2], f[3], f[4], f[5]);
    Tensor.Principal principal = inertia.principal();
    for (double moment : principal.moments()) {
      if (!(moment >= Limits.TINY)) {
        throw place.refuse(
            "'fullinertia' has a principal moment of " + moment + ", but all must be positive");
      }
    }
    return new Inertial(mass, settings.vector("pos"), inertia, principal.axes());
  }

  /** Raises what is too small, and refuses moments that no body has. */
  private Inertial corrected(Place place, Inertial inertial) {
    double mass = Math.max(inertial.mass(), compiler.leastMass());
    Quat axes = inertial.axes();
    double[] moments = {
      inertial.inertia().about(axes.rotate(Vec3.X)),
      inertial.inertia().about(axes.rotate(Vec3.Y)),
      inertial.inertia().about(axes.rotate(Vec3.Z))
    };
    double[] raised = moments.clone();
    for (int i = 0; i < 3; i++) {
      raised[i] = Math.max(moments[i], compiler.leastInertia());
      if (raised[i] < -ROUNDING * inertial.mass()) {
        throw place.refuse(
            "a principal moment of inertia is " + raised[i] + ", but must be positive");
      }
    }
    double sum = raised[0] + raised[1] + raised[2];
    double most = Math.max(raised[0], Math.max(raised[1], raised[2]));
    Tensor inertia = Arrays.equals(moments, raised) ? inertial.inertia() : Tensor.of(raised, axes);
    if (2 * most > sum * (1 + ROUNDING)) {
      if (!compiler.balanceInertia()) {
        throw place.refuse(
            "the principal moments of inertia are %s, %s and %s, but none may be larger than the other two together; the compiler's balanceinertia=\"true\" makes them equal"
                .formatted(raised[0], raised[1], raised[2]));
      }
      double each = sum / 3;
      inertia = new Tensor(each, each, each, 0, 0, 0);
    }
    return new Inertial(mass, inertial.com(), inertia, axes);
  }
}
