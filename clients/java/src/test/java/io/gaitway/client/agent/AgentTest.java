package io.gaitway.client.agent;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import io.gaitway.address.Handshake;
import io.gaitway.client.internal.Channels;
import io.gaitway.client.internal.Target;
import io.gaitway.client.internal.Tensors;
import io.gaitway.client.simulation.Controller;
import io.gaitway.client.simulation.Trajectory;
import io.gaitway.proto.v1.Activation;
import io.gaitway.proto.v1.AgentServiceGrpc;
import io.gaitway.proto.v1.InputScaling;
import io.gaitway.proto.v1.IterationResult;
import io.gaitway.proto.v1.MlpController;
import io.gaitway.proto.v1.MlpLayer;
import io.gaitway.proto.v1.OpenLoopController;
import io.gaitway.proto.v1.OutputSquashing;
import io.gaitway.proto.v1.Scalar;
import io.gaitway.proto.v1.TrainRequest;
import io.gaitway.proto.v1.TrainResponse;
import io.gaitway.proto.v1.TrainingBegun;
import io.gaitway.proto.v1.TrainingNote;
import io.gaitway.proto.v1.TrainingSaved;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Learning methods across processes: both sides together, and the client with bad agents. */
@Timeout(60)
class AgentTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration SHORT = Duration.ofSeconds(2);

  private static final AgentTask TASK =
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
  private static final class Counter implements AgentMethod {
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
    try (AgentServer server = AgentServer.start(counter, 0);
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
  void theServerIsHealthy() throws IOException {
    try (AgentServer server = AgentServer.start(new Counter(), 0)) {
      String line = server.handshake();
      assertTrue(line.matches("gaitway-agent\\|1\\|tcp\\|127\\.0\\.0\\.1:\\d+"), line);
      Channels.Connection connection =
          Channels.open(new Target.Remote(Handshake.AGENT.read(line)), 1 << 20, "test");
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

  // ---- Agents that break the contract ----

  /** Answers every command in one way. */
  private static final class Rogue extends AgentServiceGrpc.AgentServiceImplBase {
    private final BiConsumer<TrainRequest, StreamObserver<TrainResponse>> deed;

    Rogue(BiConsumer<TrainRequest, StreamObserver<TrainResponse>> deed) {
      this.deed = deed;
    }

    @Override
    public StreamObserver<TrainRequest> train(StreamObserver<TrainResponse> responses) {
      return new StreamObserver<>() {
        @Override
        public void onNext(TrainRequest command) {
          try {
            deed.accept(command, responses);
          } catch (io.grpc.StatusRuntimeException e) {
            assertEquals(Status.Code.CANCELLED, e.getStatus().getCode());
          }
        }

        @Override
        public void onError(Throwable gone) {}

        @Override
        public void onCompleted() {
          responses.onCompleted();
        }
      };
    }
  }

  private static TrainResponse begun() {
    return TrainResponse.newBuilder().setBegun(TrainingBegun.getDefaultInstance()).build();
  }

  private static TrainResponse saved(ByteString checkpoint) {
    return TrainResponse.newBuilder()
        .setSaved(TrainingSaved.newBuilder().setCheckpoint(checkpoint))
        .build();
  }

  private static TrainResponse note(String text) {
    return TrainResponse.newBuilder().setNote(TrainingNote.newBuilder().setText(text)).build();
  }

  private static TrainResponse iterated(UnaryOperator<MlpController.Builder> change) {
    MlpController.Builder policy =
        MlpController.newBuilder()
            .addAllInputs(List.of(2, 0, 4))
            .addLayers(layer(2, 3).setActivation(Activation.ACTIVATION_SOFTPLUS))
            .addLayers(layer(1, 2).setActivation(Activation.ACTIVATION_LINEAR))
            .setNoiseStd(Tensors.of(new double[] {1}, 1));
    return TrainResponse.newBuilder()
        .setIterated(
            IterationResult.newBuilder()
                .setPolicy(
                    io.gaitway.proto.v1.Controller.newBuilder().setMlp(change.apply(policy))))
        .build();
  }

  private static MlpLayer.Builder layer(int outputs, int inputs) {
    return MlpLayer.newBuilder()
        .setWeights(Tensors.of(new double[outputs * inputs], outputs, inputs))
        .setBiases(Tensors.of(new double[outputs], outputs));
  }

  private static TrainResponse scalars(String... names) {
    IterationResult.Builder result = iterated(policy -> policy).getIterated().toBuilder();
    for (String name : names) {
      result.addScalars(Scalar.newBuilder().setName(name).setValue(1));
    }
    return TrainResponse.newBuilder().setIterated(result).build();
  }

  /** Sends as fast as the other side takes it; faster, it would only fill this process's memory. */
  private static void flood(StreamObserver<TrainResponse> responses) {
    ServerCallStreamObserver<TrainResponse> call =
        (ServerCallStreamObserver<TrainResponse>) responses;
    while (!call.isCancelled()) {
      if (call.isReady()) {
        call.onNext(note("again"));
      } else {
        Thread.onSpinWait();
      }
    }
  }

  static Stream<Arguments> faults() {
    return Stream.of(
        fault(
            "answered in iteration 1 with 'SAVED' instead of 'ITERATED'",
            responses -> responses.onNext(saved(ByteString.copyFromUtf8("x")))),
        fault(
            "answered in iteration 1 with nothing instead of 'ITERATED'",
            responses -> responses.onNext(TrainResponse.getDefaultInstance())),
        fault("ended the training in iteration 1", StreamObserver::onCompleted),
        fault(
            "failed in iteration 1: the knee broke",
            responses ->
                responses.onError(Status.UNKNOWN.withDescription("the knee broke").asException())),
        fault("floods this program with notes, more than 10000 within 10 s", AgentTest::flood),
        fault(
            "exceeded a limit in iteration 1: .*67108864.*",
            responses -> responses.onNext(saved(ByteString.copyFrom(new byte[65 << 20])))),
        fault(
            "sent an iteration without a policy",
            responses ->
                responses.onNext(
                    TrainResponse.newBuilder()
                        .setIterated(IterationResult.getDefaultInstance())
                        .build())),
        policy(
            "sent policy.layers\\[0\\].weights with NaN in entry 4; finite numbers are expected",
            policy ->
                policy.setLayers(
                    0,
                    layer(2, 3)
                        .setWeights(Tensors.of(new double[] {0, 0, 0, 0, Double.NaN, 0}, 2, 3)))),
        policy(
            "sent policy.layers\\[0\\].weights, which has shape \\(3, 2\\) instead of \\(2, 3\\)",
            policy -> policy.setLayers(0, layer(2, 3).setWeights(Tensors.of(new double[6], 3, 2)))),
        policy(
            "sent policy.layers\\[1\\].weights, which has shape \\(1, 3\\) instead of \\(1, 2\\)",
            policy -> policy.setLayers(1, layer(1, 3))),
        policy(
            "sent policy.layers\\[1\\].biases of shape \\(1, 1\\); 1 dimension is expected",
            policy -> policy.setLayers(1, layer(1, 2).setBiases(Tensors.of(new double[1], 1, 1)))),
        policy(
            "sent policy.noise_std with Infinity in entry 0; finite numbers are expected",
            policy -> policy.setNoiseStd(Tensors.of(new double[] {Double.POSITIVE_INFINITY}, 1))),
        policy(
            "sent policy.noise_std, which has type BOOL instead of FLOAT64",
            policy -> policy.setNoiseStd(Tensors.of(new boolean[8]))),
        policy(
            "sent policy.noise_std, which has 7 bytes instead of 8",
            policy ->
                policy.setNoiseStd(
                    Tensors.of(new double[1], 1).toBuilder()
                        .setData(ByteString.copyFrom(new byte[7])))),
        policy(
            "sent policy.layers\\[0\\].activation as ACTIVATION_UNSPECIFIED; a known activation is"
                + " expected",
            policy -> {
              policy.getLayersBuilder(0).clearActivation();
              return policy;
            }),
        policy("sent a policy without layers", policy -> policy.clearLayers()),
        policy(
            "sent policy.scaling.scale, which has shape \\(2\\) instead of \\(3\\)",
            policy ->
                policy.setScaling(
                    InputScaling.newBuilder()
                        .setOffset(Tensors.of(new double[3], 3))
                        .setScale(Tensors.of(new double[2], 2)))),
        policy(
            "sent policy.squashing.half_range with NaN in entry 0; finite numbers are expected",
            policy ->
                policy.setSquashing(
                    OutputSquashing.newBuilder()
                        .setCentre(Tensors.of(new double[1], 1))
                        .setHalfRange(Tensors.of(new double[] {Double.NaN}, 1)))),
        fault(
            "sent a policy of kind OPEN_LOOP; a network \\(mlp\\) is expected",
            responses ->
                responses.onNext(
                    TrainResponse.newBuilder()
                        .setIterated(
                            IterationResult.newBuilder()
                                .setPolicy(
                                    io.gaitway.proto.v1.Controller.newBuilder()
                                        .setOpenLoop(OpenLoopController.getDefaultInstance())))
                        .build())),
        fault(
            "sent two numbers called 'cost'",
            responses -> responses.onNext(scalars("cost", "cost"))),
        fault(
            "sent a number called 'Best Cost'; names are .*",
            responses -> responses.onNext(scalars("Best Cost"))));
  }

  private static Arguments fault(String message, Consumer<StreamObserver<TrainResponse>> deed) {
    return Arguments.of(message, deed);
  }

  private static Arguments policy(String message, UnaryOperator<MlpController.Builder> change) {
    return fault(message, responses -> responses.onNext(iterated(change)));
  }

  @ParameterizedTest
  @MethodSource("faults")
  void aBadAnswerIsToldByItsCause(String message, Consumer<StreamObserver<TrainResponse>> deed)
      throws Exception {
    BiConsumer<TrainRequest, StreamObserver<TrainResponse>> agent =
        (command, responses) -> {
          if (command.hasBegin()) {
            responses.onNext(begun());
          } else {
            deed.accept(responses);
          }
        };
    with(
        agent,
        PATIENCE,
        training ->
            assertFault(message, assertThrows(AgentException.class, () -> training.iterate(1))));
  }

  @Test
  void theSoundAnswerIsTaken() throws Exception {
    with(
        (command, responses) ->
            responses.onNext(command.hasBegin() ? begun() : iterated(policy -> policy)),
        PATIENCE,
        training -> assertEquals(2, training.iterate(1).policy().layers().size()));
  }

  @Test
  void resultsThatNothingAskedForAreAFault() throws Exception {
    with(
        (command, responses) -> {
          responses.onNext(begun());
          responses.onNext(iterated(policy -> policy));
          responses.onNext(iterated(policy -> policy));
        },
        PATIENCE,
        training -> {
          AgentException fault =
              assertThrows(
                  AgentException.class,
                  () -> {
                    for (int i = 1; ; i++) {
                      training.iterate(i);
                    }
                  });
          assertFault("(sent '.*' that nothing asked for|answered .*)", fault);
        });
  }

  @Test
  void anEmptyCheckpointIsAFault() throws Exception {
    with(
        (command, responses) ->
            responses.onNext(command.hasBegin() ? begun() : saved(ByteString.EMPTY)),
        PATIENCE,
        training ->
            assertFault(
                "saved an empty checkpoint", assertThrows(AgentException.class, training::save)));
  }

  @Test
  void silenceIsAFaultAndNotesAreASignOfLife() throws Exception {
    with(
        (command, responses) -> {
          if (command.hasBegin()) {
            responses.onNext(begun());
          } else if (command.hasIterate()) {
            long began = System.nanoTime();
            while (System.nanoTime() - began < 3 * SHORT.toNanos() / 2) {
              responses.onNext(note("working"));
              pause();
            }
            responses.onNext(iterated(policy -> policy));
          }
        },
        SHORT,
        training -> {
          training.iterate(1);
          AgentException fault = assertThrows(AgentException.class, training::save);
          assertEquals(AgentException.Kind.SILENT, fault.kind());
          assertFault("gave no sign of life for 2 s while saving", fault);
        });
  }

  private static void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(50);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void assertFault(String message, AgentException fault) {
    assertTrue(Pattern.matches(message, fault.getMessage()), fault.getMessage());
  }

  /** Begins a training with an agent that answers as told. */
  private static void with(
      BiConsumer<TrainRequest, StreamObserver<TrainResponse>> agent,
      Duration patience,
      Consumer<AgentTraining> test)
      throws IOException, InterruptedException {
    Server server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .addService(new Rogue(agent))
            .build()
            .start();
    String handshake = "gaitway-agent|1|tcp|127.0.0.1:" + server.getPort();
    try (AgentClient client = AgentClient.connect(handshake, patience)) {
      try (AgentTraining training = client.begin(TASK, note -> {})) {
        test.accept(training);
      }
    } finally {
      server.shutdownNow();
      assertTrue(server.awaitTermination(10, TimeUnit.SECONDS));
    }
  }
}
