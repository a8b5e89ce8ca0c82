package io.gaitway.sim.task;

import io.gaitway.sim.dynamics.ControlStep;
import io.gaitway.sim.dynamics.FluidDrag;
import io.gaitway.sim.dynamics.ForceModel;
import io.gaitway.sim.dynamics.ImplicitStep;
import io.gaitway.sim.dynamics.JointLimits;
import io.gaitway.sim.dynamics.Motion;
import io.gaitway.sim.dynamics.TimeStep;
import io.gaitway.sim.model.Capsule;
import io.gaitway.sim.model.Link;
import io.gaitway.sim.model.PlanarModel;
import io.gaitway.sim.model.Vec2;
import io.gaitway.sim.symbolic.Expr;
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
  private static final String VERSION = "1";

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
    double free = Double.POSITIVE_INFINITY;
    links.add(Link.capsule("link0", -1, 1, Vec2.ZERO, first, density, armature, 0, -free, free));
    for (int i = 1; i < count; i++) {
      Vec2 hinge = i == 1 ? first.to() : next.to();
      links.add(
          Link.capsule("link" + i, i - 1, 1, hinge, next, density, armature, 0, -limit, limit));
    }
    return new PlanarModel(links, armature, Vec2.ZERO);
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
    Parameters.Course course = p.course(0.05, 0.5, 4, 400);
    double initialStd = p.initialStd();
    List<EnvironmentSpec.Parameter> parameters = p.all();

    PlanarModel model = model(links, length, radius, density, armature, Math.toRadians(limit));
    List<ForceModel> forces = List.of(new FluidDrag(mediumDensity, viscosity), limits);
    List<Integer> actuated = IntStream.range(1, links).boxed().toList();
    TimeStep time = TimeStep.euler(course.dt() / course.substeps());
    ControlStep step =
        new ControlStep(new ImplicitStep(model, forces, actuated, time), course.substeps());

    List<EnvironmentSpec.ActionEntry> action =
        actuated.stream()
            .map(i -> PlanarSpecs.torque("joint" + i + "_torque", torqueLimit))
            .toList();
    EnvironmentSpec spec =
        new EnvironmentSpec(
            ID,
            VERSION,
            PlanarSpecs.digest(ID, VERSION, parameters),
            "A chain of links swims along x in a fluid at rest, at a given speed.",
            PlanarSpecs.state(model, i -> i == 0 ? "root_angle" : "joint" + i + "_angle"),
            action,
            IntStream.range(1, 2 * model.nv()).boxed().toList(),
            course.dt(),
            course.substeps(),
            time.method(),
            course.horizon(),
            List.of(
                new EnvironmentSpec.CostTerm(
                    "control", "norm of the torques, N m", controlWeight, 0),
                new EnvironmentSpec.CostTerm(
                    "speed", "v_x of the centre of mass, m/s", speedWeight, targetSpeed)),
            PlanarSpecs.atRest(model, initialStd),
            "",
            0,
            parameters,
            PlanarSpecs.geometry(model),
            List.of());
    List<Objective.Term> cost = new ArrayList<>();
    for (int j = 0; j < actuated.size(); j++) {
      cost.add(Objective.Term.ofEntry(controlWeight, 0, 2 * model.nv() + j));
    }
    cost.add(Objective.Term.ofMotion(speedWeight, targetSpeed, Swimmer::speed));
    return new PlanarEnvironment(spec, model, step, cost, List.of(), (x, at) -> false, null);
  }

  private static Expr speed(Motion motion) {
    return motion.centreOfMassVelocity().x();
  }
}
