package io.gaitway.bench;

import io.gaitway.agents.cli.EmbeddedServer;
import io.gaitway.agents.gait.Demonstration;
import io.gaitway.agents.gait.Gait;
import io.gaitway.agents.gait.Gaits;
import io.gaitway.client.GaitwayClient;
import io.gaitway.client.simulation.Trajectory;
import io.gaitway.sim.task.Environment;
import io.gaitway.sim.task.Environments;
import io.gaitway.sim.task.Workspace;
import java.util.Arrays;
import java.util.Map;

/** The walker in the hand-crafted gait: the states that benchmarks and recordings work on. */
final class WalkerRun {
  private static final String WALKER = "walker";

  private WalkerRun() {}

  /** The walker with its default parameters. */
  static Environment walker() {
    return Environments.load().create(WALKER, Map.of());
  }

  /**
   * Walks for {@code T} control steps from the mean initial state.
   *
   * @throws IllegalStateException if the gait falls or a step diverges
   */
  static Trajectory trajectory(Environment walker, int T) {
    int nx = walker.spec().nx();
    int nu = walker.spec().nu();
    Trajectory run = new Trajectory(T, nx, nu);
    for (int i = 0; i < nx; i++) {
      run.xs[i] = walker.spec().initialState().mean().get(i);
    }
    double[] us = torques(run.xs, nx, T);
    System.arraycopy(us, 0, run.us, 0, us.length);
    Workspace workspace = walker.newWorkspace();
    for (int t = 0; t < T; t++) {
      run.costs[t] = walker.cost(workspace, run.xs, t * nx, run.us, t * nu);
      boolean stepped =
          walker.step(workspace, run.xs, t * nx, run.us, t * nu, run.xs, (t + 1) * nx);
      if (!stepped || walker.terminated(run.xs, (t + 1) * nx)) {
        throw new IllegalStateException("the gait ends at control step " + t);
      }
    }
    run.costs[T] = walker.terminalCost(workspace, run.xs, T * nx);
    return run;
  }

  private static double[] torques(double[] xs, int nx, int T) {
    Gait gait = Gaits.find(WALKER);
    if (gait == null) {
      throw new IllegalStateException("no gait comes with the program");
    }
    try (EmbeddedServer server = EmbeddedServer.start();
        GaitwayClient client = server.client()) {
      double[] start = Arrays.copyOf(xs, nx);
      return new Demonstration(client.simulator(WALKER, Map.of()), gait).walk(start, T);
    }
  }
}
