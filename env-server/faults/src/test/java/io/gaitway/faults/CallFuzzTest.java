package io.gaitway.faults;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.google.protobuf.MessageLite;
import io.gaitway.proto.dmenv.v1.EnvironmentGrpc;
import io.gaitway.proto.v1.AdminServiceGrpc;
import io.gaitway.proto.v1.Attachment;
import io.gaitway.proto.v1.CatalogServiceGrpc;
import io.gaitway.proto.v1.CheckDerivativesRequest;
import io.gaitway.proto.v1.ControlRequest;
import io.gaitway.proto.v1.Controller;
import io.gaitway.proto.v1.CreateEvaluationRequest;
import io.gaitway.proto.v1.CreateSessionRequest;
import io.gaitway.proto.v1.DeleteSessionRequest;
import io.gaitway.proto.v1.DynamicsServiceGrpc;
import io.gaitway.proto.v1.EnvironmentRef;
import io.gaitway.proto.v1.EnvironmentServiceGrpc;
import io.gaitway.proto.v1.EnvironmentSnapshot;
import io.gaitway.proto.v1.EvaluateRequest;
import io.gaitway.proto.v1.EvaluationServiceGrpc;
import io.gaitway.proto.v1.ForkRequest;
import io.gaitway.proto.v1.GetEnvironmentRequest;
import io.gaitway.proto.v1.GetEvaluationRequest;
import io.gaitway.proto.v1.GetSessionRequest;
import io.gaitway.proto.v1.InputScaling;
import io.gaitway.proto.v1.LinearGaussianController;
import io.gaitway.proto.v1.LinearizeRequest;
import io.gaitway.proto.v1.ListEvaluationsRequest;
import io.gaitway.proto.v1.MlpController;
import io.gaitway.proto.v1.MlpLayer;
import io.gaitway.proto.v1.OpenLoopController;
import io.gaitway.proto.v1.OutputSquashing;
import io.gaitway.proto.v1.RenewSessionRequest;
import io.gaitway.proto.v1.ResetRequest;
import io.gaitway.proto.v1.RestoreRequest;
import io.gaitway.proto.v1.RolloutRequest;
import io.gaitway.proto.v1.RoundActions;
import io.gaitway.proto.v1.SampleInitialStatesRequest;
import io.gaitway.proto.v1.SnapshotRequest;
import io.gaitway.proto.v1.StepRequest;
import io.gaitway.proto.v1.StepStreamRequest;
import io.gaitway.proto.v1.Tensor;
import io.gaitway.proto.v1.UsageServiceGrpc;
import io.gaitway.server.GaitwayServer;
import io.gaitway.server.access.Access;
import io.gaitway.server.call.CallLimits;
import io.gaitway.server.call.EvaluationLimits;
import io.gaitway.server.call.ServerOptions;
import io.gaitway.server.call.SessionLimits;
import io.gaitway.sim.task.Environments;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.provider.MethodSource;

/** Messages, headers and streams that clients make up, for all methods of a server. */
class CallFuzzTest {
  private static final List<MethodDescriptor<?, ?>> METHODS =
      Stream.of(
              CatalogServiceGrpc.getServiceDescriptor(),
              DynamicsServiceGrpc.getServiceDescriptor(),
              EnvironmentServiceGrpc.getServiceDescriptor(),
              EvaluationServiceGrpc.getServiceDescriptor(),
              UsageServiceGrpc.getServiceDescriptor(),
              AdminServiceGrpc.getServiceDescriptor(),
              EnvironmentGrpc.getServiceDescriptor(),
              HealthGrpc.getServiceDescriptor(),
              ServerReflectionGrpc.getServiceDescriptor())
          .flatMap(service -> service.getMethods().stream())
          // Waits for a change, for as long as its client likes.
          .filter(method -> method != HealthGrpc.getWatchMethod())
          .<MethodDescriptor<?, ?>>map(method -> method)
          .sorted(Comparator.comparing(method -> method.getFullMethodName()))
          .toList();

  private static GaitwayServer server;
  private static ManagedChannel channel;

  @BeforeAll
  static void start() throws IOException {
    ServerOptions usual = ServerOptions.defaults();
    ServerOptions small =
        new ServerOptions(
            2,
            1 << 20,
            64,
            16,
            4,
            5000,
            1000,
            usual.defaultLease(),
            usual.maxLease(),
            Duration.ofSeconds(2),
            16 << 20,
            EvaluationLimits.defaults(),
            SessionLimits.defaults());
    CallLimits limits = CallLimits.defaults();
    server =
        GaitwayServer.builder(Environments.load())
            .access(Access.ownUserOnly())
            .options(small)
            .limits(
                new CallLimits(
                    32 << 20,
                    32 << 20,
                    1,
                    limits.callsPerConnection(),
                    Long.MAX_VALUE / 4_000_000_000L,
                    limits.stepsPerSecond(),
                    limits.connectionAge(),
                    limits.connectionIdle(),
                    limits.resetsPerSecond()))
            .start(InProcessServerBuilder.forName("fuzz"));
    channel = InProcessChannelBuilder.forName("fuzz").build();
  }

  @AfterAll
  static void stop() {
    channel.shutdownNow();
    server.close();
  }

  @MethodSource("scripts")
  @FuzzTest
  void everyAnswerIsInTheContract(byte[] script) {
    new Conversation(channel, METHODS).play(script);
  }

  /** Where the fuzzer begins: what a client says that does everything right. */
  static Stream<byte[]> scripts() {
    List<Script> scripts = new ArrayList<>();
    EnvironmentRef swimmer = EnvironmentRef.newBuilder().setId("swimmer").build();
    EnvironmentRef walker =
        EnvironmentRef.newBuilder().setId("walker").putParameters("target_speed", 1).build();
    for (MethodDescriptor<?, ?> method : METHODS) {
      scripts.add(new Script().say(METHODS.indexOf(method), empty()));
    }
    Tensor x = zeros(1, 10);
    Tensor u = zeros(1, 2);
    scripts.add(
        new Script()
            .head(0, "Bearer gaitway_0123456789")
            .head(1, "me")
            .head(2, "request-1")
            .say(
                number(CatalogServiceGrpc.getGetEnvironmentMethod()),
                GetEnvironmentRequest.newBuilder().setEnvironment(walker).build()));
    scripts.add(
        new Script()
            .say(
                number(DynamicsServiceGrpc.getEvaluateMethod()),
                EvaluateRequest.newBuilder()
                    .setEnvironment(walker)
                    .setStates(zeros(2, 18))
                    .setActions(zeros(2, 6))
                    .setWithContacts(true)
                    .build())
            .say(
                number(DynamicsServiceGrpc.getLinearizeMethod()),
                LinearizeRequest.newBuilder()
                    .setEnvironment(swimmer)
                    .setStates(zeros(2, 10))
                    .setActions(u)
                    .setTerminalKnot(true)
                    .setCostHessianValue(2)
                    .setChunkKnots(1)
                    .setAllowNonFinite(true)
                    .build())
            .say(
                number(DynamicsServiceGrpc.getSampleInitialStatesMethod()),
                SampleInitialStatesRequest.newBuilder()
                    .setEnvironment(swimmer)
                    .setSeed(7)
                    .setFirstEpisode(2)
                    .setCount(3)
                    .build())
            .say(
                number(DynamicsServiceGrpc.getCheckDerivativesMethod()),
                CheckDerivativesRequest.newBuilder()
                    .setEnvironment(swimmer)
                    .setSamples(2)
                    .setCorners(true)
                    .build()));
    for (Controller controller : controllers()) {
      scripts.add(
          new Script()
              .say(
                  number(DynamicsServiceGrpc.getRolloutMethod()),
                  RolloutRequest.newBuilder()
                      .setEnvironment(swimmer)
                      .setHorizon(2)
                      .setInitialStates(x)
                      .addControllers(controller)
                      .addSeeds(1)
                      .addStepSizes(1)
                      .setDetailValue(1)
                      .setWithDigest(true)
                      .build()));
    }
    scripts.add(session(swimmer, u));
    scripts.add(evaluation());
    return scripts.stream().map(Script::bytes);
  }

  private static List<Controller> controllers() {
    return List.of(
        Controller.newBuilder()
            .setOpenLoop(OpenLoopController.newBuilder().setActions(zeros(2, 2)))
            .build(),
        Controller.newBuilder()
            .setLinearGaussian(
                LinearGaussianController.newBuilder()
                    .setReferenceStates(zeros(2, 10))
                    .setReferenceActions(zeros(2, 2))
                    .setFeedforward(zeros(2, 2))
                    .setFeedback(zeros(2, 2, 10))
                    .setNoiseCholesky(zeros(2, 2, 2)))
            .build(),
        Controller.newBuilder()
            .setMlp(
                MlpController.newBuilder()
                    .addInputs(0)
                    .addInputs(3)
                    .addLayers(
                        MlpLayer.newBuilder()
                            .setWeights(zeros(2, 2))
                            .setBiases(zeros(2))
                            .setActivationValue(2))
                    .setNoiseStd(zeros(2))
                    .setScaling(
                        InputScaling.newBuilder()
                            .setOffset(zeros(2))
                            .setScale(zeros(2))
                            .setLimit(5))
                    .setSquashing(
                        OutputSquashing.newBuilder().setCentre(zeros(2)).setHalfRange(zeros(2))))
            .build());
  }

  private static Script session(EnvironmentRef environment, Tensor u) {
    ResetRequest reset =
        ResetRequest.newBuilder().setSessionId(Conversation.SESSION).addSeeds(1).build();
    StepRequest step =
        StepRequest.newBuilder().setSessionId(Conversation.SESSION).setActions(u).build();
    return new Script()
        .say(
            number(EnvironmentServiceGrpc.getCreateSessionMethod()),
            CreateSessionRequest.newBuilder()
                .setEnvironment(environment)
                .setNumEnvironments(1)
                .setAutoresetModeValue(2)
                .setBoundsModeValue(2)
                .setMaxEpisodeSteps(2)
                .build())
        .say(number(EnvironmentServiceGrpc.getResetMethod()), reset)
        .say(number(EnvironmentServiceGrpc.getStepMethod()), step)
        .say(
            number(EnvironmentServiceGrpc.getSnapshotMethod()),
            SnapshotRequest.newBuilder().setSessionId(Conversation.SESSION).build())
        .say(
            number(EnvironmentServiceGrpc.getStepStreamMethod()),
            StepStreamRequest.newBuilder().setStep(step.toBuilder().setExpectedStep(1)).build())
        .say(
            number(EnvironmentServiceGrpc.getStepStreamMethod()),
            StepStreamRequest.newBuilder().setReset(reset.toBuilder().setExpectedReset(1)).build())
        .say(
            number(EnvironmentServiceGrpc.getRestoreMethod()),
            RestoreRequest.newBuilder()
                .setSessionId(Conversation.SESSION)
                .setSnapshot(
                    EnvironmentSnapshot.newBuilder().setEnvironmentId(Conversation.SNAPSHOT))
                .build())
        .say(
            number(EnvironmentServiceGrpc.getGetSessionMethod()),
            GetSessionRequest.newBuilder().setSessionId(Conversation.SESSION).build())
        .say(
            number(EnvironmentServiceGrpc.getRenewSessionMethod()),
            RenewSessionRequest.newBuilder()
                .setSessionId(Conversation.SESSION)
                .setLease(com.google.protobuf.Duration.newBuilder().setSeconds(60))
                .build())
        .say(
            number(EnvironmentServiceGrpc.getForkMethod()),
            ForkRequest.newBuilder()
                .setSessionId(Conversation.SESSION)
                .addEnvironments(0)
                .addEnvironments(0)
                .build())
        .say(
            number(EnvironmentServiceGrpc.getDeleteSessionMethod()),
            DeleteSessionRequest.newBuilder().setSessionId(Conversation.SESSION).build());
  }

  private static Script evaluation() {
    return new Script()
        .say(
            number(EvaluationServiceGrpc.getCreateEvaluationMethod()),
            CreateEvaluationRequest.newBuilder()
                .setSuite("swimmer-still")
                .setController("fuzz")
                .setParallel(1)
                .build())
        .say(
            number(EvaluationServiceGrpc.getControlMethod()),
            ControlRequest.newBuilder()
                .setAttach(Attachment.newBuilder().setEvaluationId(Conversation.EVALUATION))
                .build())
        .say(
            number(EvaluationServiceGrpc.getControlMethod()),
            ControlRequest.newBuilder()
                .setActions(RoundActions.newBuilder().setRound(1).setActions(zeros(1, 2)))
                .build())
        .say(
            number(EvaluationServiceGrpc.getGetEvaluationMethod()),
            GetEvaluationRequest.newBuilder().setEvaluationId(Conversation.EVALUATION).build())
        .say(
            number(EvaluationServiceGrpc.getListEvaluationsMethod()),
            ListEvaluationsRequest.newBuilder().setSuite("swimmer-still").setPageSize(1).build());
  }

  private static int number(MethodDescriptor<?, ?> method) {
    return METHODS.indexOf(method);
  }

  private static MessageLite empty() {
    return com.google.protobuf.Empty.getDefaultInstance();
  }

  private static Tensor zeros(int... shape) {
    return Attack.zeros(shape);
  }
}
