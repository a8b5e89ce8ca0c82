package io.gaitway.agents.guidance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.agents.LocalServer;
import io.gaitway.client.GaitwayClient;
import io.gaitway.client.simulation.Simulator;
import io.gaitway.client.simulation.Trajectory;
import io.gaitway.optim.trajopt.Ilqr;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Trajectory optimisation of a swimmer with weak motors, through the server. */
class BoundedIlqrTest {
  private static LocalServer server;
  private static GaitwayClient client;

  @BeforeAll
  static void start() {
    server = LocalServer.start();
    client = server.client();
  }

  @AfterAll
  static void stop() {
    client.close();
    server.close();
  }

  private static Simulator swimmer(double limit) {
    return client.simulator("swimmer", Map.of("torque_limit", limit));
  }

  /** The swimmer's first guess, clipped at the bounds. */
  private static Trajectory firstGuess(Simulator simulator, Ilqr ilqr, int T) {
    double[] us = new InitialSolution(simulator).guess(T);
    return ilqr.rollout(simulator.environment().initialState().meanState(), us).trajectory();
  }

  @ParameterizedTest
  @ValueSource(doubles = {20, 60})
  void knowingTheBoundsCostsNoMoreThanClipping(double limit) {
    int T = 200;
    Simulator simulator = swimmer(limit);
    Ilqr.Options options = Ilqr.Options.defaults().withMaxIterations(100);
    Ilqr bounded = new Ilqr(simulator, T, options.withBounded(true));
    Trajectory start = firstGuess(simulator, bounded, T);
    Ilqr.Solution solution = bounded.solve(start);
    double clipping = new Ilqr(simulator, T, options).solve(start).cost();
    assertTrue(solution.cost() <= clipping, solution.cost() + ", clipping " + clipping);
    assertEquals(solution.cost(), solution.nominal().totalCost());
    double[] costs = solution.costs();
    for (int i = 1; i < costs.length; i++) {
      assertTrue(costs[i] < costs[i - 1], "iteration " + i);
    }
    int atBounds = 0;
    for (double u : solution.nominal().us) {
      assertTrue(Math.abs(u) <= limit);
      atBounds += Math.abs(u) == limit ? 1 : 0;
    }
    assertTrue(atBounds > 40, "at bounds: " + atBounds);
  }

  /**
   * Costs that BoxFDDP of Crocoddyl 3.2.1 came to on 2026-11-30: {@code python
   * clients/python/examples/crocoddyl_ddp.py --solver BoxFDDP --horizon 40 --tolerance 1e-11
   * --param torque_limit=10}, and 20.
   */
  @ParameterizedTest
  @CsvSource({"10, 9.545087367179", "20, 9.104420842896"})
  void endsWhereBoxFddpEnds(double limit, double cost) {
    Simulator simulator = swimmer(limit);
    Ilqr.Options options = Ilqr.Options.defaults().withMaxIterations(1000).withTolerance(1e-13);
    Ilqr ilqr = new Ilqr(simulator, 40, options.withBounded(true));
    Ilqr.Solution solution = ilqr.solve(firstGuess(simulator, ilqr, 40));
    assertEquals(Ilqr.Reason.CONVERGED, solution.reason());
    assertEquals(cost, solution.cost(), 1e-9 * cost);
  }
}
