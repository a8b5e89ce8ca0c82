package io.gaitway.sim.mjcf;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** Reads the elements of a file and of all that it includes into a {@link Scene}. */
final class SceneReader {
  private static final String REMOVED = "; remove it, if the robot is one without it";

  private final Element root;
  private final Warnings warnings;
  private final CompilerOptions compiler;
  private final Defaults defaults;
  private final WorldOptions options;
  private final Budget budget;

  private SceneReader(Element root, Budget budget, Warnings warnings) {
    this.root = root;
    this.budget = budget;
    this.warnings = warnings;
    Schema.MJCF.check(root);
    compiler = CompilerOptions.read(root.children("compiler"));
    options = WorldOptions.read(root.children("option"), warnings);
    defaults = Defaults.read(root.children("default"));
  }

  /**
   * Reads a file, with nothing left to include.
   *
   * @param warnings Modified: what the reading leaves out is added.
   * @throws MjcfException if it is wrong, too large, or has what is not supported
   */
  static Scene read(Element root, Budget budget, Warnings warnings) {
    return new SceneReader(root, budget, warnings).read();
  }

  private Scene read() {
    refuseSections();
    List<Body> bodies = new BodyReader(compiler, defaults, budget, warnings).read(root);
    Map<String, Joint3> joints = new LinkedHashMap<>();
    bodies.forEach(body -> body.joints().forEach(joint -> joints.put(joint.name(), joint)));
    joints.remove("");
    ActuatorReader reader = new ActuatorReader(compiler, defaults, joints);
    List<Actuator3> actuators = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (Element element : inSections("actuator").toList()) {
      Actuator3 actuator = reader.read(element);
      if (!actuator.name().isEmpty() && !names.add(actuator.name())) {
        throw element.place().refuse("there are two actuators of that name; rename one");
      }
      actuators.add(actuator);
    }
    List<Key> keys = inSections("keyframe").map(Key::read).toList();
    return new Scene(
        root.get("model", "MuJoCo Model"),
        options,
        bodies,
        actuators,
        keys,
        pairs(bodies),
        apart(bodies));
  }

  private Stream<Element> inSections(String section) {
    return root.children(section).stream().flatMap(element -> element.children().stream());
  }

  private void refuseSections() {
    for (String section : List.of("tendon", "deformable", "extension")) {
      inSections(section)
          .findFirst()
          .ifPresent(
              element -> {
                throw element.place().refuse("a " + section + " is not supported" + REMOVED);
              });
    }
    inSections("equality")
        .filter(element -> !options.isOff("equality"))
        .filter(element -> element.get("active", "true").equals("true"))
        .findFirst()
        .ifPresent(
            element -> {
              throw element
                  .place()
                  .refuse("constraints between bodies or joints are not supported" + REMOVED);
            });
  }

  private List<Scene.Pair> pairs(List<Body> bodies) {
    Set<String> geoms = new HashSet<>();
    bodies.forEach(body -> body.geoms().forEach(geom -> geoms.add(geom.name())));
    List<Scene.Pair> pairs = new ArrayList<>();
    for (Element element : inSections("contact").toList()) {
      if (element.tag().equals("pair")) {
        String one = element.get("geom1", "");
        String other = element.get("geom2", "");
        for (String name : List.of(one, other)) {
          if (name.isEmpty() || !geoms.contains(name)) {
            throw element.place().refuse("there is no geom '" + name + "'; a pair names two geoms");
          }
        }
        pairs.add(new Scene.Pair(one, other, element.place()));
      }
    }
    return List.copyOf(pairs);
  }

  private Set<String> apart(List<Body> bodies) {
    Set<String> names = new HashSet<>();
    bodies.forEach(body -> names.add(body.name()));
    Set<String> apart = new HashSet<>();
    for (Element element : inSections("contact").toList()) {
      if (element.tag().equals("exclude")) {
        String one = element.get("body1", "");
        String other = element.get("body2", "");
        for (String name : List.of(one, other)) {
          if (!names.contains(name)) {
            throw element.place().refuse("there is no body '" + name + "'; an exclude names two");
          }
        }
        if (one.equals("world")) {
          apart.add(other);
        } else if (other.equals("world")) {
          apart.add(one);
        }
      }
    }
    return Set.copyOf(apart);
  }
}
