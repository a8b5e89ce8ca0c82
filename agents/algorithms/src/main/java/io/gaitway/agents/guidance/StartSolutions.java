package io.gaitway.agents.guidance;

import io.gaitway.agents.api.Start;
import io.gaitway.client.simulation.Simulator;
import io.gaitway.client.simulation.Trajectory;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The initial solutions of a task's starts. A start within the task's own initial solution goes on
 * as that one did and is optimised from there, so that all of them are one gait at heart; any other
 * start is solved as an environment of its own.
 */
public final class StartSolutions {
  private final Simulator simulator;
  private final int longest;
  private final int lastStep;
  private final boolean secondOrder;
  private @Nullable Trajectory base;

  /**
   * Solutions for some starts.
   *
   * @param simulator the task's environment
   * @param starts the starts
   * @param longest control steps that a solution has at most
   * @param secondOrder whether the optimisation has second derivatives of the dynamics
   */
  public StartSolutions(Simulator simulator, List<Start> starts, int longest, boolean secondOrder) {
    this.simulator = simulator;
    this.longest = longest;
    this.secondOrder = secondOrder;
    lastStep =
        starts.stream().mapToInt(start -> start.step() == null ? 0 : start.step()).max().orElse(0);
  }

  /**
   * Solutions from a start.
   *
   * @param start one of the starts
   * @param at the environment with the start's parameters, see {@link Start#simulator}
   */
  public InitialSolution of(Start start, Simulator at) {
    Integer step = start.step();
    return step == null
        ? new InitialSolution(at, secondOrder)
        : InitialSolution.within(at, base(), step, longest, secondOrder);
  }

  private Trajectory base() {
    if (base == null) {
      InitialSolution own = new InitialSolution(simulator, secondOrder);
      Trajectory shorter = own.solve(simulator.environment().horizon());
      int T = lastStep + longest;
      base = T <= shorter.T ? shorter : own.extend(shorter, T);
    }
    return base;
  }
}
