package io.gaitway.agents.gait;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.agents.LocalServer;
import io.gaitway.client.GaitwayClient;
import io.gaitway.client.session.Reset;
import io.gaitway.client.simulation.Rollout;
import io.gaitway.client.simulation.Simulator;
import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The walker's gait, walked through the server. */
class ShippedGaitTest {
  private static final Gait GAIT = Objects.requireNonNull(Gaits.find("walker"));

  /** 20 s. */
  private static final int T = 2000;

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

  /** Angles and velocities disturbed by 0.02, the environment's own draws for seeds 0 to 49. */
  @Test
  void walksTwentySecondsFromDisturbedStarts() {
    int n = 50;
    try (GaitTrials trials = new GaitTrials(client, "walker", Map.of("initial_std", 0.02), n, T)) {
      GaitTrials.Outcome outcome =
          trials.run(Collections.nCopies(n, GAIT), Reset.seeds(LongStream.range(0, n).toArray()));
      int upright = outcome.upright(T);
      assertTrue(upright >= 45, () -> upright + ": " + Arrays.toString(outcome.survived()));
      // One of the fifty stays upright, but stops half-way.
      long far = Arrays.stream(outcome.advance()).filter(x -> Math.abs(x - 1.2 * 20) <= 5).count();
      assertTrue(far >= 45, () -> far + ": " + Arrays.toString(outcome.advance()));
    }
  }

  @Test
  void aWalkCanBeRepeatedFromItsTorques() {
    Simulator simulator = client.simulator("walker", Map.of());
    double[] x1 = simulator.environment().initialState().meanState();
    Demonstration demonstration = new Demonstration(simulator, GAIT);
    Rollout walk = demonstration.rollout(x1, 300);
    assertEquals(300, walk.steps());
    assertArrayEquals(demonstration.walk(x1, 300), walk.trajectory().us);
    double[] xs = walk.trajectory().xs;
    Simbicon controller = new Simbicon(simulator.environment(), GAIT);
    double[] u = new double[Bipeds.NU];
    for (int t = 0; t < 300; t++) {
      controller.act(xs, t * Bipeds.NX, u, 0);
      for (int j = 0; j < u.length; j++) {
        double bound = simulator.environment().action().get(j).upper();
        assertEquals(
            Math.max(-bound, Math.min(bound, u[j])),
            walk.trajectory().us[t * Bipeds.NU + j],
            "step " + t);
      }
    }
    // A change about every 0.6 s.
    assertTrue(controller.changes() >= 4, "changes " + controller.changes());
  }

  /** The walker's default start is this state, rounded. */
  @Test
  void midGaitIsWhereTheWalkerStarts() {
    Simulator standing = client.simulator("walker", Map.of("start", 0.0));
    double[] midGait =
        new Demonstration(standing, GAIT)
            .midGait(standing.environment().initialState().meanState(), 500);
    assertNotNull(midGait);
    assertEquals(0, midGait[0]);
    assertArrayEquals(Bipeds.WALKER.initialState().meanState(), midGait, 1e-3);
  }

  @Test
  void aFallEndsTheWalk() {
    Gait stiff = Gait.fromVector(new double[Gait.SIZE]);
    Simulator standing = client.simulator("walker", Map.of("start", 0.0));
    double[] x1 = standing.environment().initialState().meanState();
    Demonstration demonstration = new Demonstration(standing, stiff);
    Rollout walk = demonstration.rollout(x1, 300);
    assertTrue(walk.terminated());
    assertTrue(walk.steps() < 300);
    double[] us = walk.trajectory().us;
    assertFalse(
        Arrays.stream(us, (walk.steps() - 1) * Bipeds.NU, walk.steps() * Bipeds.NU)
            .allMatch(v -> v == 0),
        "the last step has its torques");
    assertNull(demonstration.midGait(x1, 300));
  }
}
