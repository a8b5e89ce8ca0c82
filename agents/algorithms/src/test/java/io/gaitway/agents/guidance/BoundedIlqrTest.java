package io.gaitway.agents.guidance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.agents.LocalServer;
import io.gaitway.client.GaitwayClient;
import io.gaitway.client.simulation.Simulator;
import io.gaitway.client.simulation.Trajectory;
import io.gaitway.optim.trajopt.Ilqr;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Trajectory optimisation with torques at their bounds, through the server. */
class BoundedIlqrTest {
  private static final int T = 200;

  /** The swimmer's first guess, cut at the bounds. */
  private static Trajectory start(Simulator simulator, Ilqr ilqr) {
    double[] us = new double[T * 2];
    for (int t = 0; t < T; t++) {
      for (int j = 0; j < 2; j++) {
        us[2 * t + j] = 40 * StrictMath.sin(2 * Math.PI * 0.45 * t * 0.05 - 1.6 * j);
      }
    }
    return ilqr.rollout(simulator.environment().initialState().meanState(), us).trajectory();
  }

  @Test
  void knowingTheBoundsCostsNoMoreThanClipping() {
    try (LocalServer server = LocalServer.start();
        GaitwayClient client = server.client()) {
      for (double limit : new double[] {20, 60}) {
        Simulator simulator = client.simulator("swimmer", Map.of("torque_limit", limit));
        Ilqr.Options options = Ilqr.Options.defaults().withMaxIterations(100);
        Ilqr clipping = new Ilqr(simulator, T, options);
        Ilqr bounded = new Ilqr(simulator, T, options.withBounded(true));
        Trajectory start = start(simulator, bounded);
        Ilqr.Solution clipped = clipping.solve(start);
        Ilqr.Solution solution = bounded.solve(start);
        int atBounds = 0;
        for (int i = 0; i < 2 * T; i++) {
          double u = Math.abs(solution.nominal().us[i]);
          assertTrue(u <= limit);
          atBounds += u == limit ? 1 : 0;
        }
        System.out.printf(
            "torques up to %s N m, %d of %d at a bound: %.8f in %d iterations (%s), clipping %.8f in"
                + " %d (%s)%n",
            limit,
            atBounds,
            2 * T,
            solution.cost(),
            solution.iterations(),
            solution.reason(),
            clipped.cost(),
            clipped.iterations(),
            clipped.reason());
        double[] costs = solution.costs();
        for (int i = 1; i < costs.length; i++) {
          assertTrue(costs[i] < costs[i - 1], "iteration " + i);
        }
        assertEquals(solution.cost(), solution.nominal().totalCost());
        assertTrue(solution.cost() <= clipped.cost(), "limit " + limit);
      }
    }
  }
}
