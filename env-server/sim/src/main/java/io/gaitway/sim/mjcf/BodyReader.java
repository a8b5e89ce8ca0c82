package io.gaitway.sim.mjcf;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Reads the tree of bodies. */
final class BodyReader {
  private final CompilerOptions compiler;
  private final Defaults defaults;
  private final Budget budget;
  private final GeomReader geoms;
  private final JointReader joints;
  private final InertialReader inertials;
  private final List<Body> bodies = new ArrayList<>();
  private final Map<String, Place> names = new HashMap<>();

  BodyReader(CompilerOptions compiler, Defaults defaults, Budget budget, Warnings warnings) {
    this.compiler = compiler;
    this.defaults = defaults;
    this.budget = budget;
    geoms = new GeomReader(compiler, warnings);
    joints = new JointReader(compiler);
    inertials = new InertialReader(compiler);
  }

  /** What a body holds while its element is read. */
  private final class Content {
    private final boolean isWorld;
    private final boolean hasMassOfGeoms;
    private final List<Joint3> joints = new ArrayList<>();
    private final List<Geom> geoms = new ArrayList<>();
    private final List<Site> sites = new ArrayList<>();
    private final List<Inner> children = new ArrayList<>();
    private final List<InertialReader.Stated> inertials = new ArrayList<>();

    Content(boolean isWorld, boolean hasMassOfGeoms) {
      this.isWorld = isWorld;
      this.hasMassOfGeoms = hasMassOfGeoms;
    }
  }

  /** A body within another: its element, the frame that it stands in, its class of defaults. */
  private record Inner(Element element, Pose frame, String childClass) {}

  /** The world, as body 0, and all bodies, parents before children, in MuJoCo's order. */
  List<Body> read(Element root) {
    Content content = new Content(true, false);
    for (Element world : root.children("worldbody")) {
      fill(content, world, Pose.NONE, Defaults.MAIN);
    }
    bodies.add(
        new Body(
            "world",
            root.place(),
            -1,
            Pose.NONE,
            Inertial.NONE,
            List.of(),
            List.copyOf(content.geoms),
            List.copyOf(content.sites)));
    content.children.forEach(child -> read(child, 0));
    return scaled();
  }

  private void read(Inner inner, int parent) {
    Element element = inner.element;
    budget.addBody(element.place());
    Settings settings = Settings.of("body").with(element);
    refuse(element, settings);
    Pose own = new Pose(settings.vector("pos"), Orientation.read(compiler, element, settings));
    Content content = new Content(false, inertials.isFromGeoms(hasInertial(element)));
    fill(content, element, Pose.NONE, inner.childClass);
    Inertial inertial = inertials.read(element, content.inertials, own.pos(), content.geoms);
    int index = bodies.size();
    bodies.add(
        new Body(
            name(element, "body", index),
            element.place(),
            parent,
            inner.frame.then(own),
            inertial,
            List.copyOf(content.joints),
            List.copyOf(content.geoms),
            List.copyOf(content.sites)));
    content.children.forEach(child -> read(child, index));
  }

  private static boolean hasInertial(Element element) {
    return !element.children("inertial").isEmpty()
        || element.children("frame").stream().anyMatch(BodyReader::hasInertial);
  }

  private static void refuse(Element element, Settings settings) {
    if (settings.is("mocap", "true")) {
      throw element.place().refuse("bodies moved from outside (mocap) are not supported");
    }
    if (settings.number("gravcomp") != 0) {
      throw element
          .place()
          .refuse("'gravcomp' is not supported; gravity acts on all bodies, or on none");
    }
  }

  /** Reads what stands in a body, in one of its frames or in the world. */
  private void fill(Content content, Element parent, Pose frame, String childClass) {
    for (Element child : parent.children()) {
      String usedClass = child.get("class", childClass);
      Defaults.Of used = defaults.of(child.place(), usedClass);
      switch (child.tag()) {
        case "joint" -> {
          joint(content, child, frame, used);
        }
        case "geom" -> geom(content, child, frame, used);
        case "site" -> content.sites.add(site(child, frame, used));
        case "body" -> content.children.add(new Inner(child, frame, innerClass(child, usedClass)));
        case "frame" -> {
          Settings settings = Settings.of("frame").with(child);
          Pose own = new Pose(settings.vector("pos"), Orientation.read(compiler, child, settings));
          fill(content, child, frame.then(own), innerClass(child, usedClass));
        }
        case "inertial" -> content.inertials.add(new InertialReader.Stated(child, frame));
        case "camera", "light" -> {} // seen only
        case "freejoint" ->
            throw child.place().refuse("a free joint leaves the plane; use two slides and a hinge");
        default ->
            throw child
                .place()
                .refuse(
                    "this element is not supported; write the bodies that it makes, such as those"
                        + " that MuJoCo saves with mj_saveLastXML");
      }
    }
  }

  private String innerClass(Element element, String usedClass) {
    String childClass = element.get("childclass");
    if (childClass == null) {
      return usedClass;
    }
    defaults.of(element.place(), childClass);
    return childClass;
  }

  private void joint(Content content, Element element, Pose frame, Defaults.Of used) {
    if (content.isWorld) {
      throw element.place().refuse("the world has no joints; put it into a body");
    }
    budget.addJoint(element.place());
    checkName(element);
    content.joints.add(joints.joint(element, used.joint().with(element), frame));
  }

  private void geom(Content content, Element element, Pose frame, Defaults.Of used) {
    Settings settings = used.geom().with(element);
    checkName(element);
    if (!geoms.isSeenOnly(element, settings, content.hasMassOfGeoms)) {
      content.geoms.add(geoms.geom(element, settings, frame, content.hasMassOfGeoms));
    }
  }

  private Site site(Element element, Pose frame, Defaults.Of used) {
    checkName(element);
    return geoms.site(element, used.site().with(element), frame);
  }

  private String name(Element element, String kind, int index) {
    checkName(element);
    String name = element.get("name", "");
    if (name.equals("world")) {
      throw element.place().refuse("a body may not be called 'world'; rename it");
    }
    return name.isEmpty() ? kind + index : name;
  }

  private void checkName(Element element) {
    String name = element.get("name", "");
    if (name.isEmpty()) {
      return;
    }
    Place other = names.putIfAbsent(element.tag() + " " + name, element.place());
    if (other != null) {
      throw element
          .place()
          .refuse(
              "there is another %s of that name in line %d; rename one"
                  .formatted(element.tag(), other.line()));
    }
  }

  /** The bodies with their masses scaled to the sum that the compiler asks for. */
  private List<Body> scaled() {
    double mass = bodies.stream().mapToDouble(body -> body.inertial().mass()).sum();
    if (!(compiler.totalMass() > 0) || !(mass > 0)) {
      return List.copyOf(bodies);
    }
    double factor = compiler.totalMass() / mass;
    return bodies.stream().map(body -> body.scaled(factor)).toList();
  }
}
