package io.gaitway.agents.gait;

import io.gaitway.agents.LocalServer;
import io.gaitway.client.GaitwayClient;
import io.gaitway.client.simulation.EnvironmentInfo;
import java.util.Map;
import java.util.Random;

/** The walker as a server describes it, and states of it. */
final class Bipeds {
  static final EnvironmentInfo WALKER = describe("walker");

  static final int NV = 9;
  static final int NX = 2 * NV;
  static final int NU = 6;

  /** Index of the first angle of a leg; the rate's is {@link #NV} more. */
  static final int[] LEG = {3, 6};

  private Bipeds() {}

  static EnvironmentInfo describe(String id) {
    try (LocalServer server = LocalServer.start();
        GaitwayClient client = server.client()) {
      return client.environment(id, Map.of());
    }
  }

  /** A state with the hip a metre high, angles to ±0.6 rad and rates to ±2. */
  static double[] state(Random random) {
    double[] x = new double[NX];
    for (int i = 0; i < NX; i++) {
      x[i] = (i < NV ? 0.6 : 2) * (2 * random.nextDouble() - 1);
    }
    x[1] += 1;
    return x;
  }

  /** The legs exchanged. */
  static double[] mirrored(double[] x) {
    double[] result = x.clone();
    for (int at = 0; at < NX; at += NV) {
      System.arraycopy(x, at + LEG[0], result, at + LEG[1], 3);
      System.arraycopy(x, at + LEG[1], result, at + LEG[0], 3);
    }
    return result;
  }
}
