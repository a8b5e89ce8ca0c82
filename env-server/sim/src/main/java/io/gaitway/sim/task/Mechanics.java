package io.gaitway.sim.task;

import io.gaitway.sim.dynamics.ForceModel;
import io.gaitway.sim.dynamics.Motor;
import io.gaitway.sim.dynamics.TimeStep;
import io.gaitway.sim.model.PlanarModel;
import java.util.List;

/**
 * What the dynamics of a planar robot are compiled from.
 *
 * @param model links, joints and gravity
 * @param forces laws beside gravity, joints and motors
 * @param motors in the order of the action
 * @param time the integrator's step
 */
public record Mechanics(
    PlanarModel model, List<ForceModel> forces, List<Motor> motors, TimeStep time) {
  /** Copies the lists. */
  public Mechanics {
    forces = List.copyOf(forces);
    motors = List.copyOf(motors);
  }
}
