package io.gaitway.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.client.error.CancelledException;
import io.gaitway.client.error.UnimplementedException;
import io.gaitway.client.fixture.FakeServer;
import io.gaitway.client.fixture.RealServer;
import io.gaitway.client.fixture.RealServer.Transport;
import io.gaitway.client.session.Reset;
import io.gaitway.client.session.Session;
import io.gaitway.client.session.SessionOptions;
import io.gaitway.client.session.StepStream;
import io.gaitway.client.simulation.Controller;
import io.gaitway.client.simulation.Expansion;
import io.gaitway.client.simulation.Rollout;
import io.gaitway.client.simulation.RolloutRequest;
import io.gaitway.client.simulation.Simulator;
import io.gaitway.client.simulation.Trajectory;
import io.gaitway.client.simulation.Usage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a server has counted for a client, as the client tells it. */
@Timeout(120)
class UsageTest {
  private static final int T = 30;

  @TempDir Path folder = Path.of("");

  private static Rollout roll(Simulator simulator) {
    Controller still = new Controller.OpenLoop(new double[T * simulator.environment().nu()]);
    double[] start = simulator.initialStates(1, 1).get(0);
    return simulator.rollout(RolloutRequest.single(T, start, still)).get(0);
  }

  private static Trajectory upTo(int steps, Trajectory longer) {
    Trajectory trajectory = new Trajectory(steps, longer.nx, longer.nu);
    System.arraycopy(longer.xs, 0, trajectory.xs, 0, trajectory.xs.length);
    System.arraycopy(longer.us, 0, trajectory.us, 0, trajectory.us.length);
    return trajectory;
  }

  private static Usage counts(Usage usage) {
    assertTrue(usage.workerSeconds() > 0, usage.toString());
    return usage.minus(new Usage(0, 0, 0, 0, 0, usage.workerSeconds()));
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void aSimulatorKnowsWhatItsAccountHasUsed(Transport transport) throws IOException {
    try (RealServer server = RealServer.start(transport, folder, 2);
        GaitwayClient client = server.client()) {
      Simulator plain = client.simulator("walker", Map.of());
      Simulator counted = plain.account("a-1_B.2");
      assertEquals(Usage.ZERO, counted.usage());
      Rollout rollout = roll(counted);
      int steps = rollout.steps();
      assertTrue(rollout.terminated() && steps > 7, "without torques it falls, after " + steps);
      assertEquals(new Usage(1, steps, 0, 0, 0, 0), counts(counted.usage()));
      Trajectory trajectory = upTo(steps, rollout.trajectory());
      counted.linearize(
          trajectory,
          Simulator.CostHessian.EXACT,
          new Expansion(steps, trajectory.nx, trajectory.nu));
      counted.contactForces(trajectory, 7);
      Usage all = new Usage(1, steps, 0, 7, steps, 0);
      assertEquals(all, counts(counted.usage()));
      assertEquals(plain.environment(), counted.environment());

      roll(plain);
      roll(counted.account("other"));
      assertEquals(Usage.ZERO, plain.usage());
      assertEquals(all, counts(plain.account("a-1_B.2").usage()));
      assertEquals(new Usage(1, steps, 0, 0, 0, 0), counts(plain.account("other").usage()));
    }
  }

  @Test
  void aClientsAccountIsThatOfItsSessionsToo() throws IOException {
    try (RealServer server = RealServer.start(Transport.TCP, folder, 1);
        GaitwayClient client = server.settings().account("mine").build()) {
      SessionOptions two = SessionOptions.defaults().withEnvironments(2);
      try (Session session = client.session("swimmer", Map.of(), two)) {
        session.reset(Reset.seeds(1, 2));
        double[] us = new double[2 * session.environment().nu()];
        session.step(us);
        try (StepStream stream = session.stream()) {
          stream.step(us);
          stream.step(us);
        }
      }
      Simulator simulator = client.simulator("swimmer", Map.of());
      roll(simulator);
      assertEquals(new Usage(1, T, 6, 0, 0, 0), counts(client.usage()));
      assertEquals(client.usage(), simulator.usage());
      roll(simulator.account("other"));
      assertEquals(1, client.usage().rollouts(), "a call has one account");
    }
  }

  @Test
  void aServerThatDoesNotCountSaysSo() {
    try (FakeServer server = FakeServer.inProcess();
        GaitwayClient client = server.client().build()) {
      Simulator simulator = client.simulator("fake", Map.of());
      assertEquals(Usage.ZERO, simulator.usage());
      UnimplementedException fault =
          assertThrows(UnimplementedException.class, () -> simulator.account("a").usage());
      assertEquals(
          "usage is not offered by the server at "
              + client.target()
              + ": is it a Gaitway server of this version?",
          fault.getMessage());
    }
  }

  @Test
  void afterTheClientIsClosedItsAccountsAreToo() {
    FakeServer server = FakeServer.inProcess();
    GaitwayClient client = server.client().build();
    Simulator counted = client.simulator("fake", Map.of()).account("a");
    client.close();
    assertThrows(CancelledException.class, counted::usage);
    server.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "ü"})
  void aNameOfAnotherFormIsRefused(String name) {
    String message =
        "account must be 1 to 64 characters of A-Z a-z 0-9 . _ -, but is '" + name + "'";
    try (FakeServer server = FakeServer.inProcess();
        GaitwayClient client = server.client().build()) {
      Simulator simulator = client.simulator("fake", Map.of());
      for (var use :
          List.<Runnable>of(
              () -> simulator.account(name), () -> GaitwayClient.builder().account(name))) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, use::run).getMessage());
      }
    }
  }

  @Test
  void usageAddsAndSubtracts() {
    Usage a = new Usage(1, 2, 3, 4, 5, 0.5);
    assertEquals(2 + 3 + 4, a.steps());
    Usage b = new Usage(10, 20, 30, 40, 50, 0.25);
    assertEquals(new Usage(11, 22, 33, 44, 55, 0.75), a.plus(b));
    assertEquals(a, a.plus(b).minus(b));
    assertEquals(a, a.plus(Usage.ZERO));
  }
}
