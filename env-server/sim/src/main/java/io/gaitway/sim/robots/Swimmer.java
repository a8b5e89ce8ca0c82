package io.gaitway.sim.robots;

import io.gaitway.sim.dynamics.FluidDrag;
import io.gaitway.sim.dynamics.JointLimits;
import io.gaitway.sim.dynamics.TimeStep;
import io.gaitway.sim.model.Capsule;
import io.gaitway.sim.model.Joint;
import io.gaitway.sim.model.Link;
import io.gaitway.sim.model.PlanarModel;
import io.gaitway.sim.model.Root;
import io.gaitway.sim.model.Vec2;
import io.gaitway.sim.task.Environment;
import io.gaitway.sim.task.EnvironmentProvider;
import io.gaitway.sim.task.Parameters;
import io.gaitway.sim.task.Quantity;
import io.gaitway.sim.task.TaskBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * A chain of links in a fluid that is asked to swim at a given speed along x.
 *
 * <p>Geometry, masses and joints are those of Gymnasium's {@code swimmer.xml}; the running cost is
 * that of Levine and Koltun (2013), w_u ‖u‖² + (v_x − v*)², with the velocity of the whole body's
 * centre of mass. The angle limits are soft; see {@link JointLimits}.
 */
public final class Swimmer implements EnvironmentProvider {
  private static final String ID = "swimmer";
  private static final String VERSION = "2";

  @Override
  public String id() {
    return ID;
  }

  /**
   * The model alone, with the XML file's sizes: links of length 1 and radius 0.1, hinge limits
   * ±100°.
   *
   * @param links number of links, at least 2
   */
  public static PlanarModel model(int links) {
    return model(links, 1, 0.1, 1000, 0.1, Math.toRadians(100));
  }

  private static PlanarModel model(
      int count, double length, double radius, double density, double armature, double limit) {
    List<Link> links = new ArrayList<>();
    Capsule first = new Capsule(new Vec2(1.5 * length, 0), new Vec2(0.5 * length, 0), radius);
    Capsule next = new Capsule(Vec2.ZERO, new Vec2(-length, 0), radius);
    Joint free = Joint.FREE.withArmature(armature);
    Joint joint = free.withRange(-limit, limit);
    links.add(Link.capsule("link0", -1, 1, Vec2.ZERO, first, density, free));
    for (int i = 1; i < count; i++) {
      Vec2 hinge = i == 1 ? first.to() : next.to();
      links.add(Link.capsule("link" + i, i - 1, 1, hinge, next, density, joint));
    }
    return new PlanarModel(Root.FLOATING.withSlides(free), links, Vec2.ZERO);
  }

  @Override
  public Environment create(Map<String, Double> overrides) {
    Parameters p = new Parameters(overrides);
    int links = p.whole("links", 3, 2, 12, "", "number of links");
    double length = p.real("link_length", 1, 0.1, 10, "m", "length of a link's axis");
    double radius = p.real("link_radius", 0.1, 0.01, 1, "m", "radius of a link");
    double density = p.real("link_density", 1000, 10, 1e5, "kg/m^3", "density of the links");
    double armature =
        p.real("armature", 0.1, 0, 100, "kg m^2", "inertia added to every coordinate's diagonal");
    double mediumDensity =
        p.real(
            "medium_density",
            1000,
            0,
            1e5,
            "kg/m^3",
            "density of the fluid; water, at which swimming at the target speed pays");
    double viscosity = p.real("medium_viscosity", 0.1, 0, 1e3, "Pa s", "viscosity of the fluid");
    double targetSpeed =
        p.real("target_speed", 0.5, -10, 10, "m/s", "v*, the speed asked for along x");
    double speedWeight = p.real("speed_weight", 1, 0, 1e6, "s^2/m^2", "weight of (v_x - v*)^2");
    double controlWeight =
        p.real("control_weight", 1e-5, 1e-12, 1e3, "1/(N m)^2", "w_u, weight of |u|^2");
    double torqueLimit =
        p.real("torque_limit", 150, 1e-3, 1e9, "N m", "bound of each torque; the XML file's gear");
    double limit = p.real("joint_limit", 100, 1, 1e4, "deg", "soft limit of the hinge angles");
    JointLimits limits = p.jointLimits(2000, 100, 0.1);
    double range = Math.toRadians(limit);
    p.require(
        limits.fit(-range, range),
        "joint_limit pi / 180 >= limit_width",
        "joint_limit",
        "limit_width");
    Parameters.Course course = p.course(0.05, 0.5, 4, 400);
    double initialStd = p.initialStd();

    TaskBuilder task =
        new TaskBuilder(ID, VERSION, model(links, length, radius, density, armature, range), p);
    List<String> joints = IntStream.range(1, links).mapToObj(i -> "joint" + i).toList();
    List<String> coordinates = new ArrayList<>(List.of("root_x", "root_y", "root_angle"));
    joints.forEach(joint -> coordinates.add(joint + "_angle"));
    task.describe("A chain of links swims along x in a fluid at rest, at a given speed.")
        .coordinates(coordinates)
        .force(new FluidDrag(mediumDensity, viscosity))
        .force(limits)
        .course(course, TimeStep.euler(course.h()))
        .hide("root_x")
        .spread(initialStd)
        .cost("control", controlWeight, Quantity.actions())
        .cost("speed", speedWeight, Quantity.centreOfMassVelocityX(), targetSpeed)
        .goal("root_x", targetSpeed, 0.5, 3);
    joints.forEach(joint -> task.actuate(joint + "_angle", joint + "_torque", torqueLimit));
    return task.guessSinusoid(40, 0.45, -1.6).build();
  }
}
