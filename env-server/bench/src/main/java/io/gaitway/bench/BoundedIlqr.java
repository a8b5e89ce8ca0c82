package io.gaitway.bench;

import io.gaitway.agents.cli.EmbeddedServer;
import io.gaitway.agents.guidance.InitialSolution;
import io.gaitway.client.GaitwayClient;
import io.gaitway.client.simulation.EnvironmentInfo;
import io.gaitway.client.simulation.EnvironmentInfo.ActionEntry;
import io.gaitway.client.simulation.Simulator;
import io.gaitway.client.simulation.Trajectory;
import io.gaitway.optim.trajopt.Ilqr;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Compares iLQR that knows the bounds of the actions with iLQR whose actions are only clipped. The
 * script {@code env-server/bench/bounded-ilqr} runs it and names its arguments.
 */
final class BoundedIlqr {
  private BoundedIlqr() {}

  public static void main(String[] args) {
    int T = Integer.parseInt(args[1]);
    Ilqr.Options options =
        Ilqr.Options.defaults()
            .withMaxIterations(Integer.parseInt(args[2]))
            .withTolerance(Double.parseDouble(args[3]));
    Map<String, Double> parameters = new HashMap<>();
    for (String given : List.of(args).subList(4, args.length)) {
      int equals = given.indexOf('=');
      parameters.put(given.substring(0, equals), Double.valueOf(given.substring(equals + 1)));
    }
    System.out.println(
        "bounds   iterations  reason                cost           most      at bounds");
    try (EmbeddedServer server = EmbeddedServer.start();
        GaitwayClient client = server.client()) {
      Simulator simulator = client.simulator(args[0], parameters);
      double[] us = new InitialSolution(simulator).guess(T);
      for (boolean bounded : new boolean[] {false, true}) {
        Ilqr ilqr = new Ilqr(simulator, T, options.withBounded(bounded));
        double[] x1 = simulator.environment().initialState().meanState();
        print(simulator.environment(), bounded, ilqr.solve(ilqr.rollout(x1, us).trajectory()));
      }
    }
  }

  private static void print(EnvironmentInfo environment, boolean bounded, Ilqr.Solution solution) {
    Trajectory nominal = solution.nominal();
    double most = 0;
    int atBounds = 0;
    for (int i = 0; i < nominal.us.length; i++) {
      double u = nominal.us[i];
      ActionEntry entry = environment.action().get(i % nominal.nu);
      most = Math.max(most, Math.abs(u));
      atBounds += u <= entry.lower() || u >= entry.upper() ? 1 : 0;
    }
    System.out.printf(
        "%-8s %-11d %-21s %-14.9f %-9.2f %d of %d%n",
        bounded ? "known" : "clipped",
        solution.iterations(),
        solution.reason(),
        solution.cost(),
        most,
        atBounds,
        nominal.us.length);
  }
}
