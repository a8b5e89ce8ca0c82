package io.gaitway.agents.guidance;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.agents.LocalServer;
import io.gaitway.client.GaitwayClient;
import io.gaitway.client.simulation.Controller;
import io.gaitway.client.simulation.EnvironmentInfo;
import io.gaitway.client.simulation.RolloutRequest;
import io.gaitway.client.simulation.Simulator;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A first guess by rollouts alone, of a swimmer that nobody tells how to swim. */
class ActionSearchTest {
  private static final int T = 100;

  @Test
  void itFindsHowToSwim() {
    try (LocalServer server = LocalServer.start();
        GaitwayClient client = server.client()) {
      Simulator simulator = client.simulator("swimmer", Map.of());
      double[] x1 = simulator.environment().initialState().meanState();
      double[] us = new ActionSearch(simulator).search(x1, T);
      double found = cost(simulator, x1, us);
      double nothing = cost(simulator, x1, new double[us.length]);
      System.out.printf("actions found cost %.2f, none %.2f%n", found, nothing);
      assertTrue(found < 0.75 * nothing, found + " of " + nothing);
      for (int i = 0; i < us.length; i++) {
        EnvironmentInfo.ActionEntry bounds = simulator.environment().action().get(i % 2);
        assertTrue(us[i] >= bounds.lower() && us[i] <= bounds.upper(), "within its bounds");
      }
      assertArrayEquals(us, new ActionSearch(simulator).search(x1, T), "the same every time");
    }
  }

  /** Where everything diverges there is nothing to prefer. */
  @Test
  void withoutARolloutThatLastsItGivesTheMiddleOfTheBounds() {
    try (LocalServer server = LocalServer.start();
        GaitwayClient client = server.client()) {
      Simulator simulator = client.simulator("swimmer", Map.of());
      double[] x1 = simulator.environment().initialState().meanState();
      Arrays.fill(x1, 1e200);
      assertArrayEquals(new double[2 * T], new ActionSearch(simulator).search(x1, T));
    }
  }

  private static double cost(Simulator simulator, double[] x1, double[] us) {
    return simulator
        .rollout(RolloutRequest.single(T, x1, new Controller.OpenLoop(us)))
        .get(0)
        .cost();
  }
}
