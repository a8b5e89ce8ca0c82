package io.gaitway.client.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import io.gaitway.client.internal.Tensors;
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
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
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

/** What the client makes of agents that break the contract. */
@Timeout(60)
class BadAgentTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration SHORT = Duration.ofSeconds(2);

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
        fault("floods this program with notes, more than 10000 within 10 s", BadAgentTest::flood),
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
      try (AgentTraining training = client.begin(AgentExchangeTest.TASK, note -> {})) {
        test.accept(training);
      }
    } finally {
      server.shutdownNow();
      assertTrue(server.awaitTermination(10, TimeUnit.SECONDS));
    }
  }
}
