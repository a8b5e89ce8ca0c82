package io.gaitway.client;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.address.Address;
import io.gaitway.client.error.DivergedException;
import io.gaitway.client.error.InvalidArgumentException;
import io.gaitway.client.error.NotFoundException;
import io.gaitway.client.fixture.RealServer;
import io.gaitway.client.fixture.RealServer.Transport;
import io.gaitway.client.internal.Channels;
import io.gaitway.client.internal.Controllers;
import io.gaitway.client.internal.Target;
import io.gaitway.client.internal.Tensors;
import io.gaitway.client.simulation.Controller;
import io.gaitway.client.simulation.EnvironmentInfo;
import io.gaitway.client.simulation.Expansion;
import io.gaitway.client.simulation.Rollout;
import io.gaitway.client.simulation.RolloutRequest;
import io.gaitway.client.simulation.Simulator;
import io.gaitway.client.simulation.Trajectory;
import io.gaitway.client.simulation.Transitions;
import io.gaitway.proto.v1.DynamicsServiceGrpc;
import io.gaitway.proto.v1.EnvironmentRef;
import io.gaitway.proto.v1.RolloutPart;
import io.gaitway.proto.v1.RolloutResponse;
import io.grpc.ManagedChannel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The simulator against a real server: the same bits by every way there is. */
@Timeout(120)
class SimulatorEndToEndTest {
  @TempDir Path folder = Path.of("");

  /** Everything that a simulator computes for one fixed request of each kind. */
  private record Results(List<double[]> arrays, List<String> digests) {}

  private static Results compute(GaitwayClient client) {
    Simulator simulator = client.simulator("swimmer", Map.of());
    int T = 700; // Several chunks.
    Trajectory trajectory = trajectory(simulator.environment(), T);
    Expansion exact = new Expansion(T, trajectory.nx, trajectory.nu);
    simulator.linearize(trajectory, Simulator.CostHessian.EXACT, exact);
    Expansion gaussNewton = new Expansion(T, trajectory.nx, trajectory.nu);
    simulator.linearize(trajectory, Simulator.CostHessian.GAUSS_NEWTON, gaussNewton);
    List<double[]> arrays = new ArrayList<>(arrays(exact));
    arrays.addAll(arrays(gaussNewton));
    arrays.addAll(simulator.initialStates(11, 5));
    List<Rollout> rollouts = simulator.rollout(request(simulator));
    List<String> digests = new ArrayList<>();
    for (Rollout rollout : rollouts) {
      digests.add(rollout.digest());
      arrays.add(rollout.trajectory().xs);
      arrays.add(rollout.trajectory().us);
      arrays.add(rollout.trajectory().costs);
    }
    return new Results(arrays, digests);
  }

  private static List<double[]> arrays(Expansion e) {
    return List.of(e.fx, e.fu, e.l, e.lx, e.lu, e.lxx, e.lux, e.luu);
  }

  private static Trajectory trajectory(EnvironmentInfo environment, int T) {
    Trajectory trajectory = new Trajectory(T, environment.nx(), environment.nu());
    Random random = new Random(3);
    Arrays.setAll(trajectory.xs, i -> 0.3 * random.nextGaussian());
    Arrays.setAll(trajectory.us, i -> 0.2 * random.nextGaussian());
    return trajectory;
  }

  /** Two initial states, three controllers, two seeds, two step sizes. */
  private static RolloutRequest request(Simulator simulator) {
    int T = 50;
    int nx = simulator.environment().nx();
    int nu = simulator.environment().nu();
    Random random = new Random(4);
    double[] k = gaussian(random, T * nu);
    Controller linear =
        new Controller.LinearGaussian(
            T,
            gaussian(random, (T + 1) * nx),
            gaussian(random, T * nu),
            k,
            gaussian(random, T * nu * nx),
            gaussian(random, T * nu * nu));
    Controller mlp =
        new Controller.Mlp(
            simulator.environment().observation(),
            List.of(
                new Controller.Layer(
                    gaussian(random, 5 * simulator.environment().observation().size()),
                    gaussian(random, 5),
                    Controller.Activation.SOFTPLUS),
                new Controller.Layer(
                    gaussian(random, nu * 5), gaussian(random, nu), Controller.Activation.LINEAR)),
            gaussian(random, nu));
    for (int i = 0; i < ((Controller.Mlp) mlp).std().length; i++) {
      ((Controller.Mlp) mlp).std()[i] = Math.abs(((Controller.Mlp) mlp).std()[i]);
    }
    return new RolloutRequest(
        T,
        simulator.initialStates(1, 2),
        List.of(linear, mlp, new Controller.OpenLoop(k)),
        List.of(5L, -6L),
        List.of(1.0, 0.25));
  }

  private static double[] gaussian(Random random, int length) {
    double[] values = new double[length];
    Arrays.setAll(values, i -> 0.1 * random.nextGaussian());
    return values;
  }

  @ParameterizedTest
  @CsvSource({"IN_PROCESS,2", "TCP,1", "TCP,2", "UNIX,1", "UNIX,2"})
  void theBitsAreTheSameByEveryWay(Transport transport, int threads) throws IOException {
    Results expected;
    try (RealServer server = RealServer.start(Transport.IN_PROCESS, folder, 1);
        GaitwayClient client = server.client()) {
      expected = compute(client);
    }
    try (RealServer server = RealServer.start(transport, folder, threads);
        GaitwayClient client = server.client()) {
      Results actual = compute(client);
      assertEquals(24, expected.digests().size());
      assertEquals(expected.digests(), actual.digests());
      assertEquals(expected.arrays().size(), actual.arrays().size());
      for (int i = 0; i < expected.arrays().size(); i++) {
        assertArrayEquals(expected.arrays().get(i), actual.arrays().get(i), 0);
      }
    }
  }

  @Test
  void aLinearisationDoesNotDependOnWhatElseIsLinearised() throws IOException {
    try (RealServer server = RealServer.start(Transport.TCP, folder, 2);
        GaitwayClient client = server.client()) {
      Simulator simulator = client.simulator("swimmer", Map.of());
      int T = 3000; // More than gRPC's usual limit of a message in all.
      Trajectory trajectory = trajectory(simulator.environment(), T);
      int nx = trajectory.nx;
      int nu = trajectory.nu;
      Expansion whole = new Expansion(T, nx, nu);
      simulator.linearize(trajectory, Simulator.CostHessian.EXACT, whole);
      Trajectory knot = new Trajectory(1, nx, nu);
      Expansion single = new Expansion(1, nx, nu);
      for (int t : new int[] {0, 1, 1234, T - 1}) {
        System.arraycopy(trajectory.xs, t * nx, knot.xs, 0, 2 * nx);
        System.arraycopy(trajectory.us, t * nu, knot.us, 0, nu);
        simulator.linearize(knot, Simulator.CostHessian.EXACT, single);
        assertArrayEquals(single.fx, Arrays.copyOfRange(whole.fx, t * nx * nx, (t + 1) * nx * nx));
        assertArrayEquals(
            single.luu, Arrays.copyOfRange(whole.luu, t * nu * nu, (t + 1) * nu * nu));
        assertEquals(single.l[0], whole.l[t]);
      }
      assertEquals(single.l[1], whole.l[T]);
      assertArrayEquals(
          Arrays.copyOfRange(single.lx, nx, 2 * nx),
          Arrays.copyOfRange(whole.lx, T * nx, (T + 1) * nx));
    }
  }

  @Test
  void theClientsDigestIsTheServers() throws IOException {
    try (RealServer server = RealServer.start(Transport.TCP, folder, 1);
        GaitwayClient client = server.client()) {
      Simulator simulator = client.simulator("swimmer", Map.of());
      double[] x = simulator.initialStates(3, 1).get(0);
      double[] us = gaussian(new Random(5), 30 * simulator.environment().nu());
      Rollout rollout =
          simulator.rollout(RolloutRequest.single(30, x, new Controller.OpenLoop(us))).get(0);
      ManagedChannel channel =
          Channels.open(new Target.Remote(Address.parse(client.target())), null, 1 << 22, "test")
              .channel();
      try {
        RolloutResponse response =
            DynamicsServiceGrpc.newBlockingStub(channel)
                .rollout(
                    io.gaitway.proto.v1.RolloutRequest.newBuilder()
                        .setEnvironment(EnvironmentRef.newBuilder().setId("swimmer"))
                        .setHorizon(30)
                        .setInitialStates(Tensors.of(x, 1, x.length))
                        .addControllers(
                            Controllers.encode(
                                new Controller.OpenLoop(us), "c", 30, x.length, us.length / 30))
                        .setWithDigest(true)
                        .build())
                .next();
        RolloutPart part = response.getParts(0);
        assertEquals(
            HexFormat.of().formatHex(part.getSummary().getDigest().toByteArray()),
            rollout.digest());
        assertEquals(part.getSummary().getTotalCost(), rollout.cost());
      } finally {
        channel.shutdownNow();
      }
    }
  }

  /** More steps than one call takes: each is that of a rollout from the same state. */
  @Test
  void stepsFromManyKnotsAreThoseOfRollouts() throws IOException {
    try (RealServer server = RealServer.start(Transport.IN_PROCESS, folder, 2);
        GaitwayClient client = server.client()) {
      Simulator simulator = client.simulator("walker", Map.of());
      int nx = simulator.environment().nx();
      int nu = simulator.environment().nu();
      int T = 20;
      Trajectory walk =
          simulator
              .rollout(
                  RolloutRequest.single(
                      T,
                      simulator.environment().initialState().meanState(),
                      new Controller.OpenLoop(new double[T * nu])))
              .get(0)
              .trajectory();
      int n = 1000 * T;
      double[] xs = new double[n * nx];
      double[] us = new double[n * nu];
      for (int i = 0; i < n; i++) {
        System.arraycopy(walk.xs, i % T * nx, xs, i * nx, nx);
      }
      xs[3 * nx + nx - 1] = 1e300;
      Transitions out = new Transitions(n, nx);
      simulator.evaluate(xs, us, out);
      for (int i : new int[] {0, 1, 19, 16_383, 16_384, n - 1}) {
        int t = i % T;
        assertArrayEquals(
            Arrays.copyOfRange(walk.xs, (t + 1) * nx, (t + 2) * nx),
            Arrays.copyOfRange(out.next, i * nx, (i + 1) * nx));
        assertEquals(walk.costs[t], out.costs[i]);
        assertFalse(out.terminated[i] || out.diverged[i]);
      }
      assertTrue(out.diverged[3] && Double.isNaN(out.costs[3]));
      IllegalArgumentException e =
          assertThrows(
              IllegalArgumentException.class,
              () -> simulator.evaluate(new double[nx], us, new Transitions(2, nx)));
      assertEquals(
          "an array of shape (2, 18) has 36 numbers, but there are only 18", e.getMessage());
    }
  }

  @Test
  void contactForcesFollowATrajectory() throws IOException {
    try (RealServer server = RealServer.start(Transport.TCP, folder, 2);
        GaitwayClient client = server.client()) {
      Simulator simulator = client.simulator("walker", Map.of("start", 0.0));
      EnvironmentInfo walker = simulator.environment();
      int contacts = walker.contactPoints().size();
      assertEquals(8, contacts);
      Rollout rollout =
          simulator
              .rollout(
                  RolloutRequest.single(
                      60,
                      simulator.initialStates(1, 1).get(0),
                      new Controller.OpenLoop(new double[60 * walker.nu()])))
              .get(0);
      Trajectory trajectory = rollout.trajectory();
      int steps = rollout.steps();
      double[] forces = simulator.contactForces(trajectory, steps);
      assertEquals(steps * contacts * 2, forces.length);
      assertArrayEquals(
          Arrays.copyOf(forces, 5 * contacts * 2), simulator.contactForces(trajectory, 5));
      double most = 0;
      for (int i = 1; i < forces.length; i += 2) {
        most = Math.max(most, forces[i]);
      }
      assertTrue(most > 100, "greatest force " + most);

      assertEquals(0, simulator.contactForces(trajectory, 0).length);
      for (int bad : new int[] {-1, 61}) {
        IllegalArgumentException e =
            assertThrows(
                IllegalArgumentException.class, () -> simulator.contactForces(trajectory, bad));
        assertEquals(
            "steps must be between 0 and trajectory.T = 60, but is " + bad, e.getMessage());
      }
      Simulator swimmer = client.simulator("swimmer", Map.of());
      assertThrows(IllegalArgumentException.class, () -> swimmer.contactForces(trajectory, steps));
      assertEquals(
          0, swimmer.contactForces(trajectory(swimmer.environment(), 3), 3).length, "no ground");
      trajectory.xs[3 * trajectory.nx + walker.nx() - 1] = 1e300;
      assertEquals(
          3,
          assertThrows(DivergedException.class, () -> simulator.contactForces(trajectory, steps))
              .knot());
    }
  }

  @Test
  void actionsAreAsAppliedOrAsDrawn() throws IOException {
    try (RealServer server = RealServer.start(Transport.IN_PROCESS, folder, 1);
        GaitwayClient client = server.client()) {
      Simulator simulator = client.simulator("swimmer", Map.of());
      double[] us = {1e4, 1, -1, 2};
      RolloutRequest request =
          RolloutRequest.single(
              2, simulator.environment().initialState().meanState(), new Controller.OpenLoop(us));
      Rollout applied = simulator.rollout(request).get(0);
      Rollout drawn = simulator.rollout(request.withDrawnActions()).get(0);
      double[] clipped = us.clone();
      clipped[0] = simulator.environment().action().get(0).upper();
      assertArrayEquals(clipped, applied.trajectory().us);
      assertArrayEquals(us, drawn.trajectory().us);
      assertArrayEquals(applied.trajectory().xs, drawn.trajectory().xs);
      assertEquals(1, drawn.clipped());
    }
  }

  @Test
  void noiseAndParametersMatter() throws IOException {
    try (RealServer server = RealServer.start(Transport.IN_PROCESS, folder, 1);
        GaitwayClient client = server.client()) {
      Simulator simulator = client.simulator("swimmer", Map.of());
      List<Rollout> rollouts = simulator.rollout(request(simulator));
      // Index ((state * 3 + controller) * 2 + seed) * 2 + step size.
      assertNotEquals(rollouts.get(0).digest(), rollouts.get(1).digest()); // step size, linear
      assertNotEquals(rollouts.get(0).digest(), rollouts.get(2).digest()); // seed, linear
      assertNotEquals(rollouts.get(4).digest(), rollouts.get(6).digest()); // seed, network
      assertEquals(rollouts.get(4).digest(), rollouts.get(5).digest()); // no step size there
      assertEquals(rollouts.get(8).digest(), rollouts.get(10).digest()); // open loop: no noise
      assertNotEquals(rollouts.get(0).digest(), rollouts.get(12).digest()); // initial state
      EnvironmentInfo six = client.environment("swimmer", Map.of("links", 6.0));
      assertEquals(16, six.nx());
      assertEquals(5, six.nu());
      assertNotEquals(simulator.environment().modelDigest(), six.modelDigest());
    }
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void refusalsKeepTheirReasons(Transport transport) throws IOException {
    try (RealServer server = RealServer.start(transport, folder, 1);
        GaitwayClient client = server.client()) {
      NotFoundException unknown =
          assertThrows(NotFoundException.class, () -> client.simulator("no_such_robot", Map.of()));
      assertEquals("UNKNOWN_ENVIRONMENT", unknown.reason());
      assertTrue(unknown.getMessage().contains("no_such_robot"), unknown.getMessage());
      InvalidArgumentException parameter =
          assertThrows(
              InvalidArgumentException.class,
              () -> client.environment("swimmer", Map.of("links", -1.0)));
      assertEquals("INVALID_PARAMETER", parameter.reason());
      Simulator simulator = client.simulator("swimmer", Map.of());
      Trajectory trajectory = trajectory(simulator.environment(), 3);
      trajectory.us[4] = Double.NaN;
      InvalidArgumentException nan =
          assertThrows(
              InvalidArgumentException.class,
              () ->
                  simulator.linearize(
                      trajectory,
                      Simulator.CostHessian.EXACT,
                      new Expansion(3, trajectory.nx, trajectory.nu)));
      assertEquals("NON_FINITE_INPUT", nan.reason());
      assertEquals("actions", nan.field());
      assertEquals("4", nan.metadata().get("index"));
      InvalidArgumentException large =
          assertThrows(
              InvalidArgumentException.class, () -> simulator.initialStates(0, 100_000_000));
      assertEquals("count", large.field());
      assertEquals(1, simulator.initialStates(0, 1).size()); // The server is well after all that.
    }
  }

  @Test
  void theServerDescribesItselfAndItsEnvironments() throws IOException {
    try (RealServer server = RealServer.start(Transport.TCP, folder, 2);
        GaitwayClient client = server.client()) {
      ServerInfo info = client.serverInfo();
      assertTrue(info.apiVersions().contains("gaitway.v1"), info.toString());
      assertEquals(ServerInfo.Determinism.MODEL, info.determinism());
      assertEquals(2, info.limits().workerThreads());
      assertTrue(info.limits().maxHorizon() > 0, info.toString());
      EnvironmentInfo swimmer =
          client.environments().stream()
              .filter(environment -> environment.id().equals("swimmer"))
              .findFirst()
              .orElseThrow();
      assertEquals(10, swimmer.nx());
      assertEquals(2, swimmer.nu());
      assertEquals(swimmer, client.environment("swimmer", Map.of()));
      assertEquals("root_x", swimmer.state().get(0).name());
      assertTrue(swimmer.dt() > 0 && swimmer.horizon() > 0);
      assertEquals(3, swimmer.geometry().size());
      DerivativeCheck check = client.checkDerivatives("swimmer", Map.of(), 3, 1);
      assertEquals(3, check.samples());
      assertTrue(check.worst().relativeError() < 1e-6, check.worst().toString());
      assertEquals(10, check.worst().x().size());
      for (DerivativeCheck.Entry entry : check.errors()) {
        assertTrue(entry.relativeError() <= check.worst().relativeError(), entry.toString());
      }
    }
  }
}
