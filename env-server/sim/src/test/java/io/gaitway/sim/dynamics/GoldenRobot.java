package io.gaitway.sim.dynamics;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gaitway.sim.model.Capsule;
import io.gaitway.sim.model.Joint;
import io.gaitway.sim.model.Link;
import io.gaitway.sim.model.PlanarModel;
import io.gaitway.sim.model.PlaneInertia;
import io.gaitway.sim.model.Root;
import io.gaitway.sim.model.Vec2;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A robot of the golden data in {@code golden/NAME.json}, written by {@code
 * oracles/golden_dynamics.py}: what MuJoCo compiled, and states with the results of MuJoCo and
 * Pinocchio.
 */
public final class GoldenRobot {
  private final String name;
  private final JsonNode root;

  private GoldenRobot(String name, JsonNode root) {
    this.name = name;
    this.root = root;
  }

  /** Reads the data of a robot. */
  public static GoldenRobot load(String name) {
    String path = "/golden/" + name + ".json";
    try (InputStream in = GoldenRobot.class.getResourceAsStream(path)) {
      if (in == null) {
        throw new IllegalStateException("no golden data at " + path);
      }
      return new GoldenRobot(name, new ObjectMapper().readTree(in));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read golden data " + path, e);
    }
  }

  String name() {
    return name;
  }

  JsonNode header() {
    return root.get("header");
  }

  /** The states, each with its results. */
  public List<JsonNode> states() {
    return IntStream.range(0, root.get("states").size()).mapToObj(root.get("states")::get).toList();
  }

  /** The states that hold mass matrix and partial derivatives too. */
  List<JsonNode> detailedStates() {
    return states().stream().filter(s -> s.has("massMatrix")).toList();
  }

  /** Motors in all hinges but the root's. */
  public List<Motor> motors() {
    return Motor.direct(IntStream.range(3, 2 + root.at("/model/bodies").size()).boxed().toList());
  }

  /** Drag in the medium of a force set; none for the set without fluid. */
  List<ForceModel> forces(String forceSet) {
    JsonNode set = header().get("forceSets").get(forceSet);
    double density = set.get("density").asDouble();
    double viscosity = set.get("viscosity").asDouble();
    return density == 0 && viscosity == 0 ? List.of() : List.of(new FluidDrag(density, viscosity));
  }

  /** The model from MuJoCo's compiled numbers, without limits. */
  public PlanarModel model() {
    JsonNode bodies = root.at("/model/bodies");
    List<Link> links = new ArrayList<>();
    for (int i = 0; i < bodies.size(); i++) {
      JsonNode body = bodies.get(i);
      JsonNode joint = joint(i);
      int parent = body.get("parent").asInt();
      Vec2 pivot = vector(joint.get("position"));
      Vec2 hinge =
          parent < 0
              ? Vec2.ZERO
              : vector(body.get("position"))
                  .plus(pivot, 1)
                  .plus(vector(joint(parent).get("position")), -1);
      JsonNode capsule = body.get("capsule");
      Capsule shape =
          new Capsule(
              vector(capsule.get("start")).plus(pivot, -1),
              vector(capsule.get("end")).plus(pivot, -1),
              capsule.get("radius").asDouble());
      double inertia = body.get("planarInertia").asDouble();
      links.add(
          new Link(
              body.get("name").asText(),
              parent,
              axis(joint),
              hinge,
              0,
              body.get("mass").asDouble(),
              vector(body.get("com")).plus(pivot, -1),
              inertia,
              new PlaneInertia(
                  shape.direction(), body.get("principalInertia").get(2).asDouble(), inertia),
              Joint.FREE
                  .withArmature(joint.get("armature").asDouble())
                  .withDamping(joint.get("damping").asDouble()),
              List.of(shape)));
    }
    double rootArmature = root.at("/model/joints/0/armature").asDouble();
    Joint slide = Joint.FREE.withArmature(rootArmature);
    return new PlanarModel(
        Root.FLOATING.withSlides(slide), links, vector(root.at("/model/gravity")));
  }

  /** Edge lengths of MuJoCo's inertia box of link {@code i}: across, across, along. */
  double[] inertiaBox(int i) {
    return array(root.at("/model/bodies").get(i).get("inertiaBox"));
  }

  /** The two root slides come first, then one hinge per body. */
  private JsonNode joint(int body) {
    return root.at("/model/joints").get(2 + body);
  }

  /** Sense of a hinge in the plane: counter-clockwise is about +z in x-y and about −y in x-z. */
  private int axis(JsonNode joint) {
    boolean horizontal = root.at("/model/plane").asText().equals("xy");
    double along =
        horizontal ? joint.get("axis").get(2).asDouble() : -joint.get("axis").get(1).asDouble();
    return (int) along;
  }

  private static Vec2 vector(JsonNode pair) {
    return new Vec2(pair.get(0).asDouble(), pair.get(1).asDouble());
  }

  /** Numbers of a JSON array. */
  public static double[] array(JsonNode numbers) {
    double[] values = new double[numbers.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = numbers.get(i).asDouble();
    }
    return values;
  }

  static double[][] matrix(JsonNode rows) {
    double[][] values = new double[rows.size()][];
    for (int i = 0; i < values.length; i++) {
      values[i] = array(rows.get(i));
    }
    return values;
  }
}
