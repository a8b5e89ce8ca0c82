package org.example.cartpole;

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

/** A cart on a rail that swings up a pole and holds it there. */
public final class CartPole implements EnvironmentProvider {
  @Override
  public String id() {
    return "cart-pole";
  }

  @Override
  public Environment create(Map<String, Double> overrides) {
    Parameters p = new Parameters(overrides);
    double mass = p.real("cart_mass", 10, 0.1, 1e3, "kg", "mass of the cart");
    double length = p.real("pole_length", 1, 0.1, 10, "m", "length of the pole");
    double force = p.real("force_limit", 150, 1, 1e4, "N", "bound of the force on the cart");
    double weight =
        p.real("force_weight", 4e-4, 1e-9, 1e3, "1/N^2", "weight of the force's square");
    Parameters.Course course = p.course(0.02, 0.1, 1, 200);
    double std = p.initialStd();

    Vec2 tip = new Vec2(0, length);
    Capsule box = new Capsule(new Vec2(-0.15, 0), new Vec2(0.15, 0), 0.08);
    Capsule rod = new Capsule(Vec2.ZERO, tip, 0.04);
    Joint hinge = Joint.FREE.withDamping(0.1);
    Link cart = Link.capsule("cart", -1, 1, Vec2.ZERO, box, mass / box.mass(1), Joint.FREE);
    Link pole = Link.capsule("pole", 0, 1, Vec2.ZERO, rod, 500, hinge);
    PlanarModel model = new PlanarModel(Root.RAIL_X, List.of(cart, pole), new Vec2(0, -9.81));
    return new TaskBuilder(id(), "1", model, p)
        .describe("A cart on a rail swings up a pole and holds it there.")
        .actuate("root_x", "force", force)
        .course(course, TimeStep.midpoint(course.h()))
        .start("pole_angle", Math.PI)
        .spread(std)
        .cost("force", weight, Quantity.actions())
        .cost("tip", 20, Quantity.pointY("pole", tip), length)
        .cost("place", 4, Quantity.state("root_x"), 0, Penalty.smoothAbsolute(0.5))
        .cost("spin", 0.2, Quantity.state("pole_velocity"))
        .terminalCost("tip", 400, Quantity.pointY("pole", tip), length)
        .goal(2)
        .build();
  }
}
