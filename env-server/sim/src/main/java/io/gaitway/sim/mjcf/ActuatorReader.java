package io.gaitway.sim.mjcf;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads actuators. Each is brought to MuJoCo's general form without activation, force = gain · ctrl
 * + b₀ + b₁ length + b₂ velocity; what has a state of its own is refused.
 */
final class ActuatorReader {
  /** The kinds of actuator. */
  static final Set<String> TAGS =
      Set.of(
          "general",
          "motor",
          "position",
          "velocity",
          "intvelocity",
          "orientation",
          "pid",
          "damper",
          "cylinder",
          "muscle",
          "adhesion",
          "dcmotor");

  private static final String SUPPORTED =
      "supported are motor, position, velocity, and general without activation, on joints";

  private static final List<String> OTHER_TARGETS =
      List.of("tendon", "cranksite", "slidersite", "site", "refsite", "body");

  private final CompilerOptions compiler;
  private final Defaults defaults;
  private final Map<String, Joint3> joints;

  ActuatorReader(CompilerOptions compiler, Defaults defaults, Map<String, Joint3> joints) {
    this.compiler = compiler;
    this.defaults = defaults;
    this.joints = joints;
  }

  /** What each kind of actuator has of its own in a class of defaults. */
  private static final List<String> OWN =
      List.of("gainprm", "biasprm", "inheritrange", "dyntype", "gaintype", "biastype");

  /**
   * Puts an element's attributes over settings of the general form. As with MuJoCo 4, all kinds
   * share the attributes that all have, such as the gear; gains and biases are those of the nearest
   * class that ends with an actuator of the same kind, or with a general one.
   *
   * @param settings of the class. Modified.
   * @param above the class that it stands in
   */
  static void apply(Element element, Settings settings, Defaults.@Nullable Of above) {
    String kind = element.tag();
    boolean same = settings.is("kind", kind);
    if (!suits(settings, kind)) {
      Defaults.Of from = above;
      while (from != null && !suits(from.actuator(), kind)) {
        from = from.above();
      }
      if (from == null) {
        settings.reset(OWN);
      } else {
        settings.copy(from.actuator(), OWN);
        same = from.actuator().is("kind", kind);
      }
    }
    settings.set("kind", kind);
    settings.read(element);
    switch (kind) {
      case "general" -> {}
      case "motor" -> {
        settings.set("gainprm", 0, 1);
        settings.clear("inheritrange");
        form(settings, "none", "fixed", "none");
      }
      case "position" -> position(element, settings, same);
      case "velocity" -> {
        double kv = own(element, "kv", settings.number("gainprm"));
        settings.clear("biasprm");
        settings.set("gainprm", 0, kv);
        settings.set("biasprm", 2, -kv);
        settings.clear("inheritrange");
        form(settings, "none", "fixed", "affine");
      }
      default -> settings.set("dyntype", kind); // refused if an actuator has it
    }
  }

  /** Whether an actuator of this kind takes its gains and biases from there. */
  private static boolean suits(Settings settings, String kind) {
    String before = settings.word("kind");
    return before == null || List.of(kind, "general").contains(before) || kind.equals("general");
  }

  private static void position(Element element, Settings settings, boolean again) {
    Place place = element.place();
    double kp = own(element, "kp", settings.number("gainprm"));
    settings.set("gainprm", 0, kp);
    settings.set("biasprm", 0, 0);
    settings.set("biasprm", 1, -kp);
    if (element.has("kv") && element.has("dampratio")) {
      throw place.refuse("the servo has both 'kv' and 'dampratio'; leave one");
    }
    if (element.has("kv")) {
      settings.set("biasprm", 2, -notNegative(place, "kv", own(element, "kv", 0)));
    }
    if (element.has("dampratio")) {
      settings.set("biasprm", 2, notNegative(place, "dampratio", own(element, "dampratio", 0)));
    }
    boolean lags = notNegative(place, "timeconst", own(element, "timeconst", 0)) > 0;
    boolean lagged = again && !element.has("timeconst") && settings.is("dyntype", "filterexact");
    settings.set("inheritrange", 0, own(element, "inheritrange", settings.number("inheritrange")));
    form(settings, lags || lagged ? "filterexact" : "none", "fixed", "affine");
  }

  private static void form(Settings settings, String dyntype, String gaintype, String biastype) {
    settings.set("dyntype", dyntype);
    settings.set("gaintype", gaintype);
    settings.set("biastype", biastype);
  }

  private static double own(Element element, String name, double otherwise) {
    String value = element.get(name);
    return value == null ? otherwise : Double.parseDouble(value.strip());
  }

  private static double notNegative(Place place, String name, double value) {
    if (value < 0) {
      throw place.refuse("'" + name + "' is " + value + ", but must not be negative");
    }
    return value;
  }

  /** The actuator of an element. */
  Actuator3 read(Element element) {
    Place place = element.place();
    if (!TAGS.contains(element.tag())) {
      throw place.refuse("plugins are not supported; " + SUPPORTED);
    }
    Defaults.Of used = defaults.of(place, element.get("class", Defaults.MAIN));
    Settings settings = used.actuator().copy();
    apply(element, settings, used.above());
    refuse(place, settings);
    Joint3 joint = joint(element);
    double[] bias =
        settings.is("biastype", "affine") ? settings.numbers("biasprm", 3) : new double[3];
    double gain = settings.number("gainprm");
    if (gain == -bias[1] && bias[2] > 0) {
      throw place.refuse(
          "a damping ratio ('dampratio') is not supported, as versions of MuJoCo make different"
              + " dampings of it; write the damping: 'kv'");
    }
    boolean servo = gain != 0 && gain == -bias[1];
    double[] ctrl = range(place, settings, servo ? settings.number("inheritrange") : 0, joint);
    double[] force = Ranges.read(compiler, place, settings, "forcerange", "forcelimited");
    return new Actuator3(
        element.get("name", ""),
        place,
        joint,
        settings.number("gear"),
        gain,
        bias[0],
        bias[1],
        bias[2],
        ctrl[0],
        ctrl[1],
        force[0],
        force[1],
        (int) settings.number("group"));
  }

  private static void refuse(Place place, Settings settings) {
    String dyntype = String.valueOf(settings.word("dyntype"));
    if (!dyntype.equals("none")) {
      throw place.refuse(
          (TAGS.contains(dyntype) ? "an actuator of kind '" : "an actuator with activation '")
              + dyntype
              + "' is not supported; "
              + SUPPORTED);
    }
    double[] gain = settings.numbers("gainprm", 3);
    boolean affine = settings.is("gaintype", "affine") && gain[1] == 0 && gain[2] == 0;
    if (!settings.is("gaintype", "fixed") && !affine) {
      throw place.refuse("the gain depends on the state, which is not supported; " + SUPPORTED);
    }
    if (!settings.is("biastype", "none") && !settings.is("biastype", "affine")) {
      throw place.refuse(
          "a bias of type '" + settings.word("biastype") + "' is not supported; " + SUPPORTED);
    }
    for (String name : List.of("armature", "damping")) {
      if (settings.isNonZero(name)) {
        throw place.refuse("'" + name + "' of an actuator is not supported; give it to the joint");
      }
    }
    for (String name : List.of("delay", "nsample")) {
      if (settings.isNonZero(name)) {
        throw place.refuse("delayed controls are not supported; remove '" + name + "'");
      }
    }
  }

  private Joint3 joint(Element element) {
    Place place = element.place();
    for (String target : OTHER_TARGETS) {
      if (element.has(target)) {
        throw place.refuse("an actuator on a " + target + " is not supported; " + SUPPORTED);
      }
    }
    String name = element.get("joint", element.get("jointinparent", ""));
    if (name.isEmpty()) {
      throw place.refuse("the actuator drives nothing; name a joint in the attribute 'joint'");
    }
    Joint3 joint = joints.get(name);
    if (joint == null) {
      throw place.refuse(
          "there is no joint '" + name + "'; the joints are " + String.join(", ", joints.keySet()));
    }
    return joint;
  }

  private double[] range(Place place, Settings settings, double part, Joint3 joint) {
    if (part <= 0) {
      return Ranges.read(compiler, place, settings, "ctrlrange", "ctrllimited");
    }
    if (settings.isNonZero("ctrlrange") || !Double.isFinite(joint.upper() - joint.lower())) {
      throw place.refuse(
          "'inheritrange' takes the joint's range, so the joint must have one and the actuator none");
    }
    double middle = (joint.lower() + joint.upper()) / 2;
    double half = (joint.upper() - joint.lower()) / 2 * part;
    return new double[] {middle - half, middle + half};
  }
}
