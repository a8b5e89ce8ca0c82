package io.gaitway.agents.guidance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.agents.LocalServer;
import io.gaitway.client.GaitwayClient;
import io.gaitway.client.simulation.Controller;
import io.gaitway.client.simulation.EnvironmentInfo;
import io.gaitway.client.simulation.RolloutRequest;
import io.gaitway.client.simulation.Simulator;
import io.gaitway.client.simulation.Trajectory;
import io.gaitway.optim.trajopt.Ilqr;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Trajectory optimisation from nothing and from a gait, through the server. */
class InitialSolutionTest {
  private static final int T = 400;

  private static Ilqr.Solution solve(Simulator simulator) {
    return new InitialSolution(simulator).solution(T);
  }

  private static double cost(Simulator simulator, Controller controller) {
    double[] atRest = new double[simulator.environment().nx()];
    return simulator.rollout(RolloutRequest.single(T, atRest, controller)).get(0).cost();
  }

  @Test
  void swimmingCostsAtMostHalfOfDoingNothingAndIsNoArtefactOfTheIntegrator() {
    try (LocalServer server = LocalServer.start();
        GaitwayClient client = server.client()) {
      StringBuilder table = new StringBuilder("substeps  cost  with 50 substeps  seconds\n");
      for (int substeps : new int[] {2, 4}) {
        Simulator simulator = client.simulator("swimmer", Map.of("substeps", 1.0 * substeps));
        Simulator fine = client.simulator("swimmer", Map.of("substeps", 50.0));
        long began = System.nanoTime();
        Ilqr.Solution solution = solve(simulator);
        double seconds = (System.nanoTime() - began) * 1e-9;
        Trajectory nominal = solution.nominal();
        Controller controller =
            new Controller.LinearGaussian(
                T,
                nominal.xs,
                nominal.us,
                new double[nominal.us.length],
                solution.sweep().K,
                new double[0]);
        double replayed = cost(fine, controller);
        table.append(
            String.format("%d  %.2f  %.2f  %.1f%n", substeps, solution.cost(), replayed, seconds));
        if (substeps == 4) {
          double nothing = cost(simulator, new Controller.OpenLoop(new double[nominal.us.length]));
          assertEquals(100, nothing, 1e-9);
          assertTrue(solution.cost() <= 0.51 * nothing, table.toString());
          assertEquals(1, replayed / solution.cost(), 0.02, table.toString());
        }
        for (int i = 1; i < solution.costs().length; i++) {
          assertTrue(solution.costs()[i] < solution.costs()[i - 1], "iteration " + i);
        }
      }
      System.out.print(table);
    }
  }

  /** From the hand-crafted gait, at most two fifths of its cost, most of it in a few iterations. */
  @Test
  void walkingCostsAtMostTwoFifthsOfTheGait() {
    try (LocalServer server = LocalServer.start();
        GaitwayClient client = server.client()) {
      long began = System.nanoTime();
      InitialSolution initial = new InitialSolution(client.simulator("walker", Map.of()));
      Ilqr.Solution solution = initial.solution(500);
      double seconds = (System.nanoTime() - began) * 1e-9;
      double[] costs = solution.costs();
      int enough = 0;
      while (costs[enough] > 0.4 * costs[0]) {
        enough++;
      }
      System.out.printf(
          "walker: the gait costs %.1f, iLQR %.1f %% of it in %.1f s; 40 %% after %d steps of %d%n",
          costs[0], 100 * solution.cost() / costs[0], seconds, enough, costs.length - 1);
      assertTrue(enough <= 40, "two fifths after steps: " + enough);
      assertTrue(solution.cost() <= 0.35 * costs[0], "cost " + solution.cost());

      // A longer walk begins with this one, goes on with the gait, and costs no more per step.
      Trajectory longer = initial.extend(solution.nominal(), 560);
      assertTrue(longer.totalCost() <= 560.0 / 500 * solution.cost(), "" + longer.totalCost());
    }
  }

  /** Open-loop actions do not balance for seconds; a plan that is made anew does. */
  @ParameterizedTest
  @ValueSource(strings = {"pendulum", "cartpole", "acrobot"})
  void whatHangsSwingsUpAndStaysUpForFiveSeconds(String robot) {
    try (LocalServer server = LocalServer.start();
        GaitwayClient client = server.client()) {
      Simulator simulator = client.simulator(robot, Map.of());
      int steps = simulator.environment().horizon();
      Ilqr.Solution solution = new InitialSolution(simulator).solution(steps);
      System.out.printf("%s: cost %.2f%n", robot, solution.cost());
      Trajectory nominal = solution.nominal();
      for (int t = steps - (int) Math.rint(5 / simulator.environment().dt()); t <= steps; t++) {
        double angle = 0;
        for (int i = robot.equals("cartpole") ? 1 : 0; i < nominal.nx / 2; i++) {
          angle += nominal.xs[t * nominal.nx + i];
          assertTrue(Math.cos(angle) < -0.98, robot + " at step " + t);
        }
      }
      for (int i = 0; i < nominal.us.length; i++) {
        EnvironmentInfo.ActionEntry bounds = simulator.environment().action().get(i % nominal.nu);
        assertTrue(bounds.lower() <= nominal.us[i] && nominal.us[i] <= bounds.upper());
      }
    }
  }
}
