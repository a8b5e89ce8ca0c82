package io.gaitway.client.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.client.GaitwayClient;
import io.gaitway.client.agent.AgentDescription;
import io.gaitway.client.agent.AgentNote;
import io.gaitway.client.agent.AgentServer;
import io.gaitway.client.agent.AgentService;
import io.gaitway.client.agent.AgentTask;
import io.gaitway.client.agent.AgentTraining;
import io.gaitway.client.evaluation.EvaluationOptions;
import io.gaitway.client.fixture.FakeServer;
import io.gaitway.client.session.SessionOptions;
import java.io.IOException;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Sizes and counts that fit nothing are refused by name, before anything is computed of them. */
class SizesTest {
  private static final int MAX = Integer.MAX_VALUE;
  private static final int NX = FakeServer.NX;
  private static final int NU = FakeServer.NU;

  static Stream<Arguments> refusals() {
    double[] none = new double[0];
    Trajectory trajectory = new Trajectory(3, NX, NU);
    return Stream.of(
        refusal("T must be at least 0, but is -1", () -> new Trajectory(-1, 1, 1)),
        refusal("nx must be at least 0, but is -2", () -> new Trajectory(1, -2, 1)),
        refusal("nu must be at least 0, but is -3", () -> new Expansion(1, 1, -3)),
        refusal("xs has more entries than an array can have", () -> new Trajectory(MAX, 1, 1)),
        refusal("us has more entries", () -> new Trajectory(1 << 20, 1, 1 << 12)),
        refusal("fx has more entries", () -> new Expansion(1 << 12, 1 << 10, 1)),
        refusal("fx has more entries", () -> new Expansion(MAX, MAX, MAX)),
        refusal("steps must be between 0 and T = 3, but is 4", () -> trajectory.cost(4)),
        refusal("steps must be between 0 and T = 3, but is -1", () -> trajectory.cost(-1)),
        refusal(
            "steps must be between 0 and T = 3, but is 4",
            () -> new Rollout(trajectory, 4, false, false, 0)),
        refusal(
            "clipped must be between 0 and steps = 2, but is 3",
            () -> new Rollout(trajectory, 2, false, false, 3)),
        refusal(
            "environments must be at least 1, but is 0",
            () -> SessionOptions.defaults().withEnvironments(0)),
        refusal(
            "maxEpisodeSteps must be at least 1, or 0 for the horizon, but is -1",
            () -> SessionOptions.defaults().withMaxEpisodeSteps(-1)),
        refusal(
            "parallel must be at least 1, or 0 for all episodes, but is -1",
            () -> new EvaluationOptions("s", "c", "", null, -1)),
        refusal(
            "maxMessageBytes must be at least 1, but is 0",
            () -> GaitwayClient.builder().maxMessageBytes(0)),
        refusal("port must be between 0 and 65535, but is -1", () -> serve(-1)),
        refusal("port must be between 0 and 65535, but is 65536", () -> serve(65_536)),
        asked(
            "horizon must be at least 1, but is 0",
            simulator -> roll(simulator, 0, new Controller.OpenLoop(none))),
        asked(
            "horizon must be at least 1, but is " + Integer.MIN_VALUE,
            simulator -> roll(simulator, Integer.MIN_VALUE, new Controller.OpenLoop(none))),
        // Of 2^31 − 1 steps the products have no room in an int.
        asked(
            "controllers[0].us must have shape (T, nu), in all 4294967294 entries, but has 0",
            simulator -> roll(simulator, MAX, new Controller.OpenLoop(none))),
        asked(
            "controllers[0].xs must have shape (T, nx), in all 6442450941 entries, but has 0",
            simulator ->
                roll(
                    simulator,
                    MAX,
                    new Controller.LinearGaussian(MAX, none, none, none, none, none))),
        asked(
            "do not make between 1 and 2147483647 rollouts",
            simulator ->
                simulator.rollout(
                    new RolloutRequest(
                        1,
                        List.of(new double[NX]),
                        List.of(new Controller.OpenLoop(new double[NU])),
                        Collections.nCopies(1 << 16, 1L),
                        Collections.nCopies(1 << 16, 1.0)))),
        asked(
            "steps must be between 0 and trajectory.T = 3, but is 4",
            simulator -> simulator.contactForces(trajectory, 4)),
        asked(
            "expansion.T must be that of the trajectory, 3, but is 2",
            simulator ->
                simulator.linearize(
                    trajectory, Simulator.CostHessian.EXACT, new Expansion(2, NX, NU))));
  }

  private static Arguments refusal(String message, Runnable call) {
    return Arguments.of(message, call);
  }

  private static Arguments asked(String message, Consumer<Simulator> question) {
    return refusal(
        message,
        () -> {
          try (FakeServer server = FakeServer.inProcess();
              GaitwayClient client = server.client().build()) {
            question.accept(client.simulator("fake", Map.of()));
          }
        });
  }

  private static void roll(Simulator simulator, int horizon, Controller controller) {
    simulator.rollout(RolloutRequest.single(horizon, new double[NX], controller));
  }

  private static void serve(int port) {
    AgentService nobody =
        new AgentService() {
          @Override
          public AgentDescription describe(String environment) {
            throw new UnsupportedOperationException();
          }

          @Override
          public AgentTraining begin(AgentTask task, Consumer<AgentNote> notes) {
            throw new UnsupportedOperationException();
          }
        };
    try {
      AgentServer.start(nobody, port).close();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void areRefusedByName(String message, Runnable call) {
    IllegalArgumentException fault = assertThrows(IllegalArgumentException.class, call::run);
    assertTrue(String.valueOf(fault.getMessage()).contains(message), fault.getMessage());
  }

  @Test
  void theCheckOfDerivativesNeedsSamples() {
    try (FakeServer server = FakeServer.inProcess();
        GaitwayClient client = server.client().build()) {
      for (int samples : new int[] {0, -1, Integer.MIN_VALUE}) {
        IllegalArgumentException fault =
            assertThrows(
                IllegalArgumentException.class,
                () -> client.checkDerivatives("fake", Map.of(), samples, 1));
        assertEquals("samples must be at least 1, but is " + samples, fault.getMessage());
      }
    }
  }

  @Test
  void emptyIsASize() {
    assertEquals(0, new Trajectory(0, 0, 0).us.length);
    assertEquals(1, new Expansion(0, 1, 1).l.length);
    assertEquals(0.0, Arrays.stream(new Trajectory(2, 1, 1).xs).sum());
  }
}
