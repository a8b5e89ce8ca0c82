package io.gaitway.agents.program;

import io.gaitway.client.simulation.Simulator;
import io.gaitway.client.simulation.Trajectory;

/** Finds the solution that learning is compared with, where an agent has none of its own. */
@FunctionalInterface
public interface ReferenceSolver {

  /**
   * A solution from the environment's mean initial state.
   *
   * @param simulator the environment
   * @param horizon its number of control steps
   */
  Trajectory solve(Simulator simulator, int horizon);
}
