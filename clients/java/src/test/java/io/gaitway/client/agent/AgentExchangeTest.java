package io.gaitway.client.agent;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.address.Handshake;
import io.gaitway.client.internal.Channels;
import io.gaitway.client.internal.Target;
import io.gaitway.client.simulation.Controller;
import io.gaitway.client.simulation.Trajectory;
import io.gaitway.proto.v1.AgentServiceGrpc;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Agents across processes: both sides together. */
@Timeout(60)
class AgentExchangeTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  static final AgentTask TASK =
      new AgentTask(
          "swimmer",
          Map.of("links", 3.0),
          "d1",
          "127.0.0.1:7447",
          "run-1",
          List.of(2, 0, 4),
          List.of(2, 3),
          Controller.Activation.TANH,
          -5,
          7,
          11,
          Map.of("step", "0.5"),
          new byte[0]);

  private static AgentTask resumed(String checkpoint) {
    return new AgentTask(
        TASK.environment(),
        TASK.parameters(),
        TASK.modelDigest(),
        TASK.server(),
        TASK.account(),
        TASK.observation(),
        TASK.hidden(),
        TASK.activation(),
        TASK.seed(),
        TASK.iterations(),
        TASK.horizon(),
        TASK.settings(),
        checkpoint.getBytes(StandardCharsets.UTF_8));
  }

  /** Counts; its policy has the count in every weight. */
  private static final class Counter implements AgentService {
    private final List<AgentTask> tasks = new ArrayList<>();
    private int closed;

    @Override
    public AgentDescription describe(String environment) {
      return new AgentDescription(
          "counter",
          "Counts.",
          "1.2",
          List.of(
              new AgentDescription.Setting(
                  "step",
                  "What is added.",
                  AgentDescription.Type.NUMBER,
                  Map.of("default", environment.equals("walker") ? "2" : "0.5"),
                  Double.NEGATIVE_INFINITY,
                  0,
                  10,
                  "m",
                  List.of()),
              new AgentDescription.Setting(
                  "way",
                  "Up or down.",
                  AgentDescription.Type.TEXT,
                  Map.of("default", "up"),
                  Double.NEGATIVE_INFINITY,
                  Double.NEGATIVE_INFINITY,
                  Double.POSITIVE_INFINITY,
                  "",
                  List.of("up", "down"))),
          List.of("default"),
          3,
          List.of(Controller.Activation.TANH, Controller.Activation.ELU));
    }

    @Override
    public AgentTraining begin(AgentTask task, Consumer<AgentNote> notes) {
      if (task.hidden().get(0) > 100) {
        throw new IllegalArgumentException("hidden is " + task.hidden().get(0));
      }
      tasks.add(task);
      String state = new String(task.checkpoint(), StandardCharsets.UTF_8);
      return new Counting(state.isEmpty() ? 0 : Integer.parseInt(state), notes, () -> closed++);
    }
  }

  private static final class Counting implements AgentTraining {
    private final Consumer<AgentNote> notes;
    private final Runnable whenClosed;
    private int count;

    Counting(int count, Consumer<AgentNote> notes, Runnable whenClosed) {
      this.count = count;
      this.notes = notes;
      this.whenClosed = whenClosed;
    }

    @Override
    public Optional<Trajectory> reference() {
      Trajectory trajectory = new Trajectory(2, 3, 1);
      trajectory.xs[8] = 0.1;
      trajectory.costs[2] = 4;
      return Optional.of(trajectory);
    }

    @Override
    public Iteration iterate(int iteration) {
      count++;
      if (count == 13) {
        throw new IllegalArgumentException("thirteen");
      }
      notes.accept(new AgentNote("one\n\u001b[2J more", 0.25));
      double third = count / 3.0;
      Map<String, Double> scalars = new LinkedHashMap<>();
      scalars.put("zeta", third);
      scalars.put("alpha", Double.NaN);
      return new Iteration(
          new Controller.Mlp(
              List.of(2, 0, 4),
              new Controller.Scaling(new double[] {1, 2, 3}, new double[] {4, 5, 6}, 7),
              List.of(
                  new Controller.Layer(
                      new double[] {third, 0, 0, 0, 0, -0.0},
                      new double[] {1, 2},
                      Controller.Activation.SILU),
                  new Controller.Layer(
                      new double[] {3, 4}, new double[] {5}, Controller.Activation.LINEAR)),
              new Controller.Squashing(new double[] {6}, new double[] {7}),
              new double[] {0.5}),
          scalars);
    }

    @Override
    public byte[] save() {
      return Integer.toString(count).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
      whenClosed.run();
    }
  }

  @Test
  void whatOneSideSaysTheOtherHears() throws Exception {
    Counter counter = new Counter();
    List<AgentNote> notes = new ArrayList<>();
    try (AgentServer server = AgentServer.start(counter);
        AgentClient client = AgentClient.connect(server.handshake(), PATIENCE)) {
      assertEquals(counter.describe("swimmer"), client.describe("swimmer"));
      assertEquals("2", client.describe("walker").settings().get(0).values().get("default"));
      assertFalse(server.isBusy());
      try (AgentTraining training = client.begin(TASK, notes::add)) {
        assertTrue(server.isBusy());
        Trajectory reference = training.reference().orElseThrow();
        assertEquals(0.1, reference.xs[8]);
        assertEquals(4, reference.totalCost());
        AgentTraining.Iteration first = training.iterate(1);
        assertEquals(1.0 / 3, first.policy().layers().get(0).W()[0]);
        assertEquals(-0.0, first.policy().layers().get(0).W()[5]);
        assertEquals(Controller.Activation.SILU, first.policy().layers().get(0).activation());
        Controller.Scaling scaling = Objects.requireNonNull(first.policy().scaling());
        assertArrayEquals(new double[] {1, 2, 3}, scaling.offset());
        assertArrayEquals(new double[] {4, 5, 6}, scaling.scale());
        assertEquals(7, scaling.limit());
        Controller.Squashing squashing = Objects.requireNonNull(first.policy().squashing());
        assertArrayEquals(new double[] {6}, squashing.centre());
        assertArrayEquals(new double[] {7}, squashing.halfRange());
        assertArrayEquals(new double[] {0.5}, first.policy().std());
        assertEquals(List.of("zeta", "alpha"), List.copyOf(first.scalars().keySet()));
        assertEquals(Double.NaN, first.scalars().get("alpha"));
        assertArrayEquals("1".getBytes(StandardCharsets.UTF_8), training.save());
      }
      awaitIdle(server);
      try (AgentTraining training = client.begin(resumed("41"), notes::add)) {
        assertTrue(training.reference().isEmpty(), "a resumed training has its reference already");
        assertEquals(14.0, training.iterate(42).scalars().get("zeta"));
      }
      awaitIdle(server);
    }
    assertEquals(2, counter.closed);
    assertEquals(
        List.of(new AgentNote("one [2J more", 0.25), new AgentNote("one [2J more", 0.25)), notes);
    AgentTask heard = counter.tasks.get(0);
    assertEquals(TASK.toString(), withCheckpoint(heard, TASK.checkpoint()).toString());
    assertEquals(0, heard.checkpoint().length);
  }

  private static AgentTask withCheckpoint(AgentTask task, byte[] checkpoint) {
    return new AgentTask(
        task.environment(),
        task.parameters(),
        task.modelDigest(),
        task.server(),
        task.account(),
        task.observation(),
        task.hidden(),
        task.activation(),
        task.seed(),
        task.iterations(),
        task.horizon(),
        task.settings(),
        checkpoint);
  }

  private static void awaitIdle(AgentServer server) throws InterruptedException {
    while (server.isBusy()) {
      TimeUnit.MILLISECONDS.sleep(5);
    }
  }

  @Test
  void theServerTellsRefusalsFromFailures() throws IOException {
    try (AgentServer server = AgentServer.start(new Counter(), 0);
        AgentClient client = AgentClient.connect(server.handshake(), PATIENCE)) {
      AgentTask big =
          new AgentTask(
              "swimmer",
              Map.of(),
              "",
              "",
              "",
              List.of(0),
              List.of(101),
              Controller.Activation.SOFTPLUS,
              0,
              1,
              1,
              Map.of(),
              new byte[0]);
      AgentException refusal =
          assertThrows(AgentException.class, () -> client.begin(big, note -> {}));
      assertEquals(AgentException.Kind.REFUSED, refusal.kind());
      assertEquals("refused: hidden is 101", refusal.getMessage());
      AgentTraining training = client.begin(resumed("12"), note -> {});
      AgentException failure = assertThrows(AgentException.class, () -> training.iterate(13));
      assertEquals(AgentException.Kind.FAILED, failure.kind());
      assertEquals("failed in iteration 13: thirteen", failure.getMessage());
      assertEquals(failure, assertThrows(AgentException.class, training::save));
    }
  }

  @Test
  void otherUsersDoNotReachTheServer() throws IOException {
    try (AgentServer server = AgentServer.start(new Counter())) {
      Path socket = Path.of(server.handshake().replaceFirst("gaitway-agent\\|1\\|unix\\|", ""));
      assertEquals(
          "rwx------",
          PosixFilePermissions.toString(
              Files.getPosixFilePermissions(Objects.requireNonNull(socket.getParent()))));
    }
  }

  @Test
  void theServerIsHealthy() throws IOException {
    try (AgentServer server = AgentServer.start(new Counter(), 0)) {
      String line = server.handshake();
      assertTrue(line.matches("gaitway-agent\\|1\\|tcp\\|127\\.0\\.0\\.1:\\d+"), line);
      Channels.Connection connection =
          Channels.open(new Target.Remote(Handshake.AGENT.read(line)), null, 1 << 20, "test");
      HealthCheckRequest request =
          HealthCheckRequest.newBuilder().setService(AgentServiceGrpc.SERVICE_NAME).build();
      assertEquals(
          ServingStatus.SERVING,
          HealthGrpc.newBlockingStub(connection.channel()).check(request).getStatus());
      connection.close();
    }
  }

  static Stream<Arguments> handshakes() {
    return Stream.of(
        Arguments.of(
            "gaitway-agent|1|pigeon|roof", "printed '.*' instead of a handshake such as .*"),
        Arguments.of(
            "gaitway-agent|2|tcp|127.0.0.1:1",
            "printed a handshake of version 2, but this program reads version 1"),
        Arguments.of(
            "gaitway-agent|1|tcp|127.0.0.1",
            "printed a handshake with an address that cannot be used: .*"));
  }

  @ParameterizedTest
  @MethodSource("handshakes")
  void aHandshakeThatIsNoneIsRefused(String line, String message) {
    assertTrue(AgentClient.isHandshake(line));
    AgentException fault =
        assertThrows(AgentException.class, () -> AgentClient.connect(line, PATIENCE));
    assertTrue(fault.getMessage().matches(message), fault.getMessage());
  }

  @Test
  void nobodyAtTheAddressIsALostConnection() {
    try (AgentClient client = AgentClient.connect("gaitway-agent|1|tcp|127.0.0.1:1", PATIENCE)) {
      AgentException fault = assertThrows(AgentException.class, () -> client.describe(""));
      assertEquals(AgentException.Kind.LOST, fault.kind());
    }
  }
}
