package io.gaitway.bench;

import io.gaitway.client.simulation.Trajectory;
import io.gaitway.sim.task.Environment;
import io.gaitway.sim.task.Environments;
import io.gaitway.sim.task.Workspace;
import java.util.Map;

/** The swimmer under a travelling wave of torques: the states that the benchmarks work on. */
final class SwimmerRun {
  private SwimmerRun() {}

  /** The swimmer with its default parameters. */
  static Environment swimmer() {
    return Environments.load().create("swimmer", Map.of());
  }

  /**
   * Runs {@code T} control steps from the first initial state of seed 1.
   *
   * @throws IllegalStateException if a step diverges
   */
  static Trajectory trajectory(Environment swimmer, int T) {
    int nx = swimmer.spec().nx();
    int nu = swimmer.spec().nu();
    Trajectory run = new Trajectory(T, nx, nu);
    Workspace workspace = swimmer.newWorkspace();
    swimmer.sampleInitialState(1, 0, run.xs, 0);
    for (int t = 0; t < T; t++) {
      for (int i = 0; i < nu; i++) {
        run.us[t * nu + i] = 40 * StrictMath.sin(0.14 * t - 1.6 * i);
      }
      run.costs[t] = swimmer.cost(workspace, run.xs, t * nx, run.us, t * nu);
      if (!swimmer.step(workspace, run.xs, t * nx, run.us, t * nu, run.xs, (t + 1) * nx)) {
        throw new IllegalStateException("step %d of the swimmer diverged".formatted(t));
      }
    }
    run.costs[T] = swimmer.terminalCost(workspace, run.xs, T * nx);
    return run;
  }
}
