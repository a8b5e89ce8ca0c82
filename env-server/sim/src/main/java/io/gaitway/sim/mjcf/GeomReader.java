package io.gaitway.sim.mjcf;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Reads the geoms and sites of bodies. */
final class GeomReader {
  private static final Set<String> FROM_TO = Set.of("capsule", "cylinder", "ellipsoid", "box");
  private static final Set<String> ASSETS = Set.of("mesh", "hfield", "sdf");
  private static final List<String> CONTACT =
      List.of("solref", "solimp", "margin", "gap", "solmix", "surfacevel", "adhesion");

  private final CompilerOptions compiler;
  private final Warnings warnings;
  private int count;

  GeomReader(CompilerOptions compiler, Warnings warnings) {
    this.compiler = compiler;
    this.warnings = warnings;
  }

  /**
   * Whether an element is a shape that comes from an asset, has no mass and touches nothing: it is
   * there to be seen.
   *
   * @param hasMass whether geoms give the body its mass
   * @throws MjcfException if it comes from an asset and is more than seen
   */
  boolean isSeenOnly(Element element, Settings settings, boolean hasMass) {
    String type = String.valueOf(settings.word("type"));
    boolean fromMesh = settings.word("mesh") != null && !ASSETS.contains(type);
    if (!ASSETS.contains(type) && !fromMesh) {
      return false;
    }
    boolean massless =
        !hasMass
            || !compiler.hasMass((int) settings.number("group"))
            || (settings.has("mass")
                ? settings.number("mass") == 0
                : settings.number("density") == 0);
    boolean untouched = settings.number("contype") == 0 && settings.number("conaffinity") == 0;
    if (massless && untouched) {
      warnings.add(element.place(), "a shape from an asset", "it has no mass and touches nothing");
      return true;
    }
    throw element
        .place()
        .refuse(
            "shapes from assets (mesh, hfield, sdf) are not read; use a sphere, capsule, cylinder,"
                + " ellipsoid or box, or, if it is only to be seen, give the body an <inertial> and"
                + " the geom contype=\"0\" and conaffinity=\"0\"");
  }

  /**
   * The geom of an element.
   *
   * @param frame the frame that it stands in, in the body's
   * @param hasMass whether the body's mass comes from its geoms
   */
  Geom geom(Element element, Settings settings, Pose frame, boolean hasMass) {
    Place place = element.place();
    if (!element.children().isEmpty()) {
      throw place.refuse("plugins are not supported; remove them from the geom");
    }
    String word = String.valueOf(settings.word("type"));
    GeomType type = GeomType.valueOf(word.toUpperCase(Locale.ROOT));
    double[] size = settings.numbers("size", 3);
    Pose pose =
        settings.has("fromto")
            ? fromTo(place, word, settings, size)
            : new Pose(settings.vector("pos"), Orientation.read(compiler, element, settings));
    for (int i = 0; i < type.sizes; i++) {
      if (!(size[i] > 0)) {
        throw place.refuse(
            "size %d of the %s is %s, but must be positive".formatted(i + 1, word, size[i]));
      }
    }
    int condim = (int) settings.number("condim");
    if (condim != 1 && condim != 3 && condim != 4 && condim != 6) {
      throw place.refuse("condim is " + condim + ", but must be 1, 3, 4 or 6");
    }
    boolean shell = settings.is("shellinertia", "true");
    double mass =
        hasMass && compiler.hasMass((int) settings.number("group"))
            ? mass(place, settings, type.volume(size, shell))
            : 0;
    double[] moments = mass > 0 ? type.moments(size, shell) : new double[3];
    for (int i = 0; i < 3; i++) {
      moments[i] *= mass;
    }
    return new Geom(
        count++,
        element.get("name", ""),
        place,
        type,
        size,
        frame.then(pose),
        mass,
        moments,
        (int) settings.number("contype"),
        (int) settings.number("conaffinity"),
        condim,
        (int) settings.number("priority"),
        settings.number("friction"),
        settings.is("fluidshape", "ellipsoid"),
        ownContact(settings));
  }

  private static double mass(Place place, Settings settings, double volume) {
    double mass = settings.number("mass");
    if (!settings.has("mass")) {
      mass = settings.number("density") * volume;
    } else if (volume <= Limits.TINY) {
      mass = 0;
    }
    if (mass < 0) {
      throw place.refuse("the mass is " + mass + " kg, but must not be negative");
    }
    return mass;
  }

  /** Pose and sizes of a geom that goes from one point to another. Modified: {@code size}. */
  private static Pose fromTo(Place place, String type, Settings settings, double[] size) {
    if (!FROM_TO.contains(type)) {
      throw place.refuse(
          "'fromto' is for capsules, cylinders, ellipsoids and boxes, not for a " + type);
    }
    if (settings.isNonZero("pos")) {
      throw place.refuse("the geom has both 'pos' and 'fromto'; leave one");
    }
    double[] v = settings.numbers("fromto", 6);
    Vec3 from = new Vec3(v[0], v[1], v[2]);
    Vec3 to = new Vec3(v[3], v[4], v[5]);
    Vec3 axis = from.minus(to);
    double half = axis.norm() / 2;
    if (half < Limits.TINY) {
      throw place.refuse("the two points of 'fromto' are the same; use a sphere there");
    }
    if (type.equals("capsule") || type.equals("cylinder")) {
      size[1] = half;
    } else {
      size[1] = size[0];
      size[2] = half;
    }
    return new Pose(from.plus(to).times(0.5), Quat.ofZ(axis.unit()));
  }

  /** Which attributes of contacts differ from MJCF's own. */
  private static String ownContact(Settings settings) {
    Settings usual = Settings.of("geom");
    Stream<String> names =
        CONTACT.stream()
            .filter(name -> !Arrays.equals(settings.numbers(name, 6), usual.numbers(name, 6)));
    return names.collect(Collectors.joining(", "));
  }

  /** The site of an element. */
  Site site(Element element, Settings settings, Pose frame) {
    Orientation.read(compiler, element, settings);
    Vec3 pos = settings.vector("pos");
    if (settings.has("fromto")) {
      double[] v = settings.numbers("fromto", 6);
      pos = new Vec3((v[0] + v[3]) / 2, (v[1] + v[4]) / 2, (v[2] + v[5]) / 2);
    }
    return new Site(element.get("name", ""), frame.point(pos));
  }
}
