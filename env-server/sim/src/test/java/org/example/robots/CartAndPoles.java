package org.example.robots;

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
import io.gaitway.sim.task.Penalty;
import io.gaitway.sim.task.Quantity;
import io.gaitway.sim.task.TaskBuilder;
import java.util.List;
import java.util.Map;

/**
 * Two poles, one on the other, on a cart that pulls to the right: every kind of quantity and
 * penalty that a task can be made of.
 */
public final class CartAndPoles implements EnvironmentProvider {
  public static final Vec2 TIP = new Vec2(0, 0.5);

  @Override
  public String id() {
    return "cart-and-poles";
  }

  @Override
  public Environment create(Map<String, Double> overrides) {
    Parameters p = new Parameters(overrides);
    double mass = p.real("pole_mass", 0.3, 0.01, 10, "kg", "mass of a pole");
    double speed = p.real("target_speed", 0.4, -5, 5, "m/s", "speed asked for along the rail");
    Parameters.Course course = p.course(0.02, 0.1, 2, 200);
    double std = p.initialStd();
    Capsule box = new Capsule(new Vec2(-0.2, 0), new Vec2(0.2, 0), 0.1);
    Capsule rod = new Capsule(Vec2.ZERO, TIP, 0.02);
    double density = mass / rod.mass(1);
    Joint hinge = Joint.FREE.withDamping(0.05);
    PlanarModel model =
        new PlanarModel(
            Root.RAIL_X.withSlides(Joint.FREE.withArmature(0.1)),
            List.of(
                Link.capsule("cart", -1, 1, Vec2.ZERO, box, 60, Joint.FREE),
                Link.capsule("lower pole", 0, 1, Vec2.ZERO, rod, density, hinge),
                Link.capsule("upper pole", 1, -1, TIP, rod, density, hinge)),
            new Vec2(0, -9.81));
    return new TaskBuilder(id(), "1", model, p)
        .describe("A cart pulls two poles along a rail.")
        .actuate("root_x", "pull", 30)
        .actuate("upper_pole_angle", "elbow", 4)
        .course(course, TimeStep.midpoint(course.h()))
        .hide("root_x")
        .start("lower_pole_angle", 3)
        .spread(std)
        .cost("control", 1e-3, Quantity.actions())
        .cost("elbow", 1e-2, Quantity.action("elbow"), 0, Penalty.smoothAbsolute(0.5))
        .cost("tip", 1, Quantity.pointY("upper pole", TIP), 0.9)
        .cost("swing", 0.1, Quantity.velocityX("upper pole", TIP), 0, Penalty.smoothAbsolute(1))
        .cost("lift", 0.1, Quantity.velocityY("lower pole", TIP), 0.2)
        .cost("reach", 0.3, Quantity.pointX("lower pole", TIP), 0, Penalty.smoothAbsolute(0.3))
        .cost("fall", -0.2, Quantity.centreOfMassY(), 0, Penalty.LINEAR)
        .cost("drift", 0.05, Quantity.centreOfMassX(), 1)
        .cost("speed", 1, Quantity.centreOfMassVelocityX(), speed)
        .cost("bounce", 1, Quantity.centreOfMassVelocityY(), 0, Penalty.LINEAR)
        .cost("angle", 0.01, Quantity.angle("upper pole"), 0, Penalty.smoothAbsolute(1))
        .cost("spin", 0.01, Quantity.angularVelocity("upper pole"))
        .cost("stride", 40, Quantity.displacement(Quantity.pointX("upper pole", TIP)), 0.01)
        .cost("gain", -2, Quantity.displacement(Quantity.centreOfMassX()), 0, Penalty.LINEAR)
        .terminalCost("tip", 10, Quantity.pointY("upper pole", TIP), 0.9)
        .terminalCost("rest", 2, Quantity.state("root_x_velocity"), 0, Penalty.smoothAbsolute(0.1))
        .failsBelow("root_x", -1, "the cart rolls back below")
        .failsAbove("root_x", 20, "the cart leaves the rail above")
        .chargeAfterFailure("lower_pole_angle", 3)
        .goal("root_x", speed, 0.6, 2)
        .build();
  }
}
