package io.gaitway.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.rpc.ErrorInfo;
import io.gaitway.proto.v1.Activation;
import io.gaitway.proto.v1.AutoresetMode;
import io.gaitway.proto.v1.CheckDerivativesRequest;
import io.gaitway.proto.v1.Controller;
import io.gaitway.proto.v1.CreateSessionRequest;
import io.gaitway.proto.v1.EnvironmentRef;
import io.gaitway.proto.v1.EnvironmentServiceGrpc;
import io.gaitway.proto.v1.EnvironmentSnapshot;
import io.gaitway.proto.v1.EvaluateRequest;
import io.gaitway.proto.v1.ForkRequest;
import io.gaitway.proto.v1.GetEnvironmentRequest;
import io.gaitway.proto.v1.GetSessionRequest;
import io.gaitway.proto.v1.LinearGaussianController;
import io.gaitway.proto.v1.LinearizeRequest;
import io.gaitway.proto.v1.ListEnvironmentsRequest;
import io.gaitway.proto.v1.MlpController;
import io.gaitway.proto.v1.MlpLayer;
import io.gaitway.proto.v1.OpenLoopController;
import io.gaitway.proto.v1.RenewSessionRequest;
import io.gaitway.proto.v1.ResetRequest;
import io.gaitway.proto.v1.RestoreRequest;
import io.gaitway.proto.v1.RolloutRequest;
import io.gaitway.proto.v1.SampleInitialStatesRequest;
import io.gaitway.proto.v1.Session;
import io.gaitway.proto.v1.SnapshotRequest;
import io.gaitway.proto.v1.StepRequest;
import io.gaitway.proto.v1.StepStreamRequest;
import io.gaitway.proto.v1.StepStreamResponse;
import io.gaitway.proto.v1.Tensor;
import io.gaitway.server.call.ServerOptions;
import io.grpc.CallOptions;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What the server answers to bad input over TCP: the documented code, exactly one ErrorInfo with
 * its reason and metadata, the field at fault, no stack trace; and it is healthy afterwards.
 */
class BadInputTest {
  private static final double NAN = Double.NaN;
  private static final double INF = Double.POSITIVE_INFINITY;
  private static final int SESSIONS = 8;
  private static final int LIMIT = ServerOptions.defaults().maxMessageBytes();

  private static Rig rig;

  /** A session of two carts that was reset and stepped three times. */
  private static Session session;

  /** One row of the table. */
  private record Row(
      String name,
      Consumer<Rig> call,
      Status.Code code,
      String reason,
      @Nullable String field,
      Map<String, String> metadata) {
    @Override
    public String toString() {
      return name;
    }
  }

  @BeforeAll
  static void start() throws IOException {
    rig = Rig.tcp(ServerOptions.defaults().withThreads(2).withMaxSessions(SESSIONS));
    session =
        rig.session(
            CreateSessionRequest.newBuilder()
                .setNumEnvironments(2)
                .setAutoresetMode(AutoresetMode.AUTORESET_MODE_DISABLED));
    for (int t = 0; t < 3; t++) {
      assertNotNull(rig.environments.step(Rig.step(session, 0, 0, 0, 0)));
    }
  }

  @AfterAll
  static void stop() throws InterruptedException {
    rig.close();
  }

  static Stream<Row> rows() {
    return Stream.of(
            environmentRows(),
            defectRows(),
            tensorRows(),
            sessionRows(),
            snapshotRows(),
            dynamicsRows())
        .flatMap(rows -> rows);
  }

  private static Stream<Row> environmentRows() {
    return Stream.of(
        row(
            "no environment",
            r -> r.catalog.getEnvironment(GetEnvironmentRequest.getDefaultInstance()),
            "FIELD_MISSING",
            "environment",
            Map.of()),
        row(
            "no id",
            r -> get(r, EnvironmentRef.newBuilder()),
            "FIELD_MISSING",
            "environment.id",
            Map.of()),
        row(
            "unknown environment",
            r -> get(r, EnvironmentRef.newBuilder().setId("unicycle")),
            Status.Code.NOT_FOUND,
            "UNKNOWN_ENVIRONMENT",
            "environment.id",
            Map.of("environment", "unicycle")),
        row(
            "unknown parameter",
            r -> get(r, Rig.CART.toBuilder().putParameters("colour", 1)),
            "INVALID_PARAMETER",
            "environment.parameters[colour]",
            Map.of("parameter", "colour", "allowed", "stiffness")),
        row(
            "parameter out of range",
            r -> get(r, Rig.CART.toBuilder().putParameters("stiffness", -1)),
            "INVALID_PARAMETER",
            "environment.parameters[stiffness]",
            Map.of("parameter", "stiffness", "value", "-1.0", "allowed", "0 to 10 N/m")),
        row(
            "parameter not a number",
            r -> get(r, Rig.CART.toBuilder().putParameters("stiffness", NAN)),
            "INVALID_PARAMETER",
            "environment.parameters[stiffness]",
            Map.of("value", "NaN")),
        row(
            "another model",
            r -> get(r, Rig.CART.toBuilder().setModelDigest("else")),
            Status.Code.FAILED_PRECONDITION,
            "MODEL_DIGEST_MISMATCH",
            "environment.model_digest",
            Map.of("environment", "cart", "expected", "else", "actual", "digest-1.0")));
  }

  /** Defects of the server itself, in the same table: nothing of them gets out. */
  private static Stream<Row> defectRows() {
    EnvironmentRef broken = EnvironmentRef.newBuilder().setId("broken").build();
    return Stream.of(
        row(
            "a defect in a unary call",
            r ->
                r.dynamics.evaluate(
                    EvaluateRequest.newBuilder()
                        .setEnvironment(broken)
                        .setStates(good())
                        .setActions(good())
                        .build()),
            Status.Code.INTERNAL,
            "INTERNAL",
            null,
            Map.of()),
        row(
            "a defect in a stream",
            r ->
                r.dynamics
                    .linearize(
                        LinearizeRequest.newBuilder()
                            .setEnvironment(broken)
                            .setStates(good())
                            .setActions(good())
                            .build())
                    .next(),
            Status.Code.INTERNAL,
            "INTERNAL",
            null,
            Map.of()),
        row(
            "a defect on a worker",
            r ->
                r.dynamics.checkDerivatives(
                    CheckDerivativesRequest.newBuilder()
                        .setEnvironment(broken)
                        .setSamples(1)
                        .build()),
            Status.Code.INTERNAL,
            "INTERNAL",
            null,
            Map.of()));
  }

  private static Stream<Row> tensorRows() {
    return Stream.of(
        row("no actions", step(b -> b.clearActions()), "FIELD_MISSING", "actions", Map.of()),
        row(
            "wrong shape",
            step(b -> b.setActions(Rig.tensor(new double[6], 2, 3))),
            "TENSOR_SHAPE_MISMATCH",
            "actions",
            Map.of("expected", "(2, 2)", "actual", "(2, 3)")),
        row(
            "right number, wrong shape",
            step(b -> b.setActions(Rig.tensor(new double[4], 4))),
            "TENSOR_SHAPE_MISMATCH",
            "actions",
            Map.of("expected", "(2, 2)", "actual", "(4)")),
        row(
            "negative sizes",
            step(b -> b.setActions(Rig.tensor(new double[4], -2, -2))),
            "TENSOR_SHAPE_MISMATCH",
            "actions",
            Map.of("actual", "(-2, -2)")),
        row(
            "wrong type",
            step(b -> b.setActions(Rig.flags(0, 0, 0, 0))),
            "TENSOR_TYPE_MISMATCH",
            "actions",
            Map.of("expected", "DATA_TYPE_FLOAT64", "actual", "DATA_TYPE_BOOL")),
        row(
            "type of the future",
            step(b -> b.setActions(good().setDtypeValue(77))),
            "TENSOR_TYPE_MISMATCH",
            "actions",
            Map.of("actual", "77")),
        row(
            "truncated bytes",
            step(b -> b.setActions(good().setData(good().getData().substring(0, 31)))),
            "TENSOR_BYTES_MISMATCH",
            "actions",
            Map.of("expected", "32", "actual", "31")),
        row(
            "bytes to spare",
            step(b -> b.setActions(good().setData(good().getData().concat(bytes(8))))),
            "TENSOR_BYTES_MISMATCH",
            "actions",
            Map.of("expected", "32", "actual", "40")),
        row(
            "a shape of petabytes",
            r ->
                r.dynamics.evaluate(
                    EvaluateRequest.newBuilder()
                        .setEnvironment(Rig.CART)
                        .setStates(good().clearShape().addShape(Long.MAX_VALUE).addShape(2))
                        .setActions(good())
                        .build()),
            "TENSOR_BYTES_MISMATCH",
            "states",
            Map.of("actual", "32")),
        row(
            "NaN",
            step(b -> b.setActions(Rig.tensor(new double[] {0, 0, NAN, 0}, 2, 2))),
            "NON_FINITE_INPUT",
            "actions",
            Map.of("index", "2", "value", "NaN")),
        row(
            "infinity",
            step(b -> b.setActions(Rig.tensor(new double[] {0, -INF, 0, 0}, 2, 2))),
            "NON_FINITE_INPUT",
            "actions",
            Map.of("index", "1", "value", "-Infinity")),
        row(
            "an action out of bounds",
            step(b -> b.setActions(Rig.tensor(new double[] {0, 0, 0, 1.5}, 2, 2))),
            "ACTION_OUT_OF_BOUNDS",
            "actions",
            Map.of(
                "environment",
                "1",
                "action",
                "far",
                "value",
                "1.5",
                "lower",
                "-1.0",
                "upper",
                "1.0")));
  }

  private static Stream<Row> sessionRows() {
    return Stream.of(
        row("no session", step(b -> b.setSessionId("")), "FIELD_MISSING", "session_id", Map.of()),
        row(
            "a session that never was",
            step(b -> b.setSessionId("AAAAAAAAAAAAAAAAAAAAAA")),
            Status.Code.NOT_FOUND,
            "SESSION_EXPIRED",
            "session_id",
            Map.of("session", "AAAAAAAA…")),
        row(
            "a session's id guessed in part",
            r -> {
              String id = session.getId();
              char last = id.charAt(id.length() - 1);
              String guess = id.substring(0, id.length() - 1) + (last == 'A' ? 'Q' : 'A');
              r.environments.getSession(GetSessionRequest.newBuilder().setSessionId(guess).build());
            },
            Status.Code.NOT_FOUND,
            "SESSION_EXPIRED",
            "session_id",
            Map.of()),
        row(
            "a stale session",
            r -> {
              Session stale =
                  r.session(
                      CreateSessionRequest.newBuilder()
                          .setLease(Duration.newBuilder().setSeconds(1)));
              r.advance(java.time.Duration.ofSeconds(1));
              r.environments.step(Rig.step(stale, 0, 0));
            },
            Status.Code.NOT_FOUND,
            "SESSION_EXPIRED",
            "session_id",
            Map.of()),
        row(
            "a step too early",
            step(b -> b.setExpectedStep(4)),
            Status.Code.ABORTED,
            "STEP_OUT_OF_ORDER",
            null,
            Map.of("expected_step", "4", "session_step", "3")),
        row(
            "a step long past",
            step(b -> b.setExpectedStep(1)),
            Status.Code.ABORTED,
            "STEP_OUT_OF_ORDER",
            null,
            Map.of("expected_step", "1", "session_step", "3")),
        row(
            "a step before the first reset",
            r -> {
              Session fresh = r.environments.createSession(create().build()).getSession();
              r.environments.step(Rig.step(fresh, 0, 0));
            },
            Status.Code.FAILED_PRECONDITION,
            "NEEDS_RESET",
            null,
            Map.of("environment", "0")),
        row(
            "too many environments",
            r -> r.environments.createSession(create().setNumEnvironments(100_000).build()),
            "FIELD_OUT_OF_RANGE",
            "num_environments",
            Map.of("value", "100000", "allowed", "0 to 1024")),
        row(
            "fewer than no environments",
            r -> r.environments.createSession(create().setNumEnvironments(-1).build()),
            "FIELD_OUT_OF_RANGE",
            "num_environments",
            Map.of("value", "-1")),
        row(
            "an endless lease",
            r ->
                r.environments.createSession(
                    create().setLease(Duration.newBuilder().setSeconds(Long.MAX_VALUE)).build()),
            "FIELD_OUT_OF_RANGE",
            "lease",
            Map.of("allowed", "more than 0 s, at most 86400 s")),
        row(
            "a lease in the past",
            r ->
                r.environments.renewSession(
                    RenewSessionRequest.newBuilder()
                        .setSessionId(session.getId())
                        .setLease(Duration.newBuilder().setSeconds(-5))
                        .build()),
            "FIELD_OUT_OF_RANGE",
            "lease",
            Map.of()),
        row(
            "an unknown mode",
            r -> r.environments.createSession(create().setAutoresetModeValue(9).build()),
            "FIELD_OUT_OF_RANGE",
            "autoreset_mode",
            Map.of("value", "9")),
        row(
            "more sessions than there is room for",
            r -> {
              for (int i = 0; i < SESSIONS + 1; i++) {
                assertNotNull(r.environments.createSession(create().build()));
              }
            },
            Status.Code.RESOURCE_EXHAUSTED,
            "CAPACITY_REACHED",
            null,
            Map.of("resource", "sessions", "limit", "8")),
        row(
            "a mask of the wrong length",
            reset(b -> b.setMask(Rig.flags(1, 0, 1))),
            "TENSOR_SHAPE_MISMATCH",
            "mask",
            Map.of("expected", "(2)", "actual", "(3)")),
        row(
            "a mask of numbers",
            reset(b -> b.setMask(Rig.tensor(new double[] {1, 0}, 2))),
            "TENSOR_TYPE_MISMATCH",
            "mask",
            Map.of("expected", "DATA_TYPE_BOOL")),
        row(
            "a mask that is neither",
            reset(b -> b.setMask(Rig.flags(1, 2))),
            "FIELD_OUT_OF_RANGE",
            "mask",
            Map.of("value", "2")),
        row(
            "the wrong number of seeds",
            reset(b -> b.addSeeds(1)),
            "FIELD_OUT_OF_RANGE",
            "seeds (their number)",
            Map.of("value", "1", "allowed", "0 or 2")),
        row(
            "initial states that are not finite",
            reset(b -> b.setStates(Rig.tensor(new double[] {0, 0, 0, INF}, 2, 2))),
            "NON_FINITE_INPUT",
            "states",
            Map.of("index", "3")));
  }

  private static Stream<Row> snapshotRows() {
    return Stream.of(
        row(
            "a snapshot of another model",
            restore(b -> b.setModelDigest("digest-2.0")),
            Status.Code.FAILED_PRECONDITION,
            "SNAPSHOT_MODEL_MISMATCH",
            "snapshot.model_digest",
            Map.of("expected", "digest-1.0", "actual", "digest-2.0")),
        row(
            "a snapshot of fewer environments",
            restore(b -> b.setStates(Rig.tensor(new double[2], 1, 2))),
            "TENSOR_SHAPE_MISMATCH",
            "snapshot.states",
            Map.of("expected", "(2, 2)", "actual", "(1, 2)")),
        row(
            "a snapshot with a NaN",
            restore(b -> b.setStates(Rig.tensor(new double[] {0, NAN, 0, 0}, 2, 2))),
            "NON_FINITE_INPUT",
            "snapshot.states",
            Map.of("index", "1")),
        row(
            "a snapshot without its random state",
            restore(b -> b.clearSeeds()),
            "FIELD_OUT_OF_RANGE",
            "snapshot.seeds (their number)",
            Map.of("value", "0", "allowed", "2")),
        row(
            "a snapshot from beyond time",
            restore(b -> b.setEpisodeSteps(1, -1)),
            "FIELD_OUT_OF_RANGE",
            "snapshot.episode_steps",
            Map.of("value", "4294967295")),
        row(
            "no snapshot",
            r ->
                r.environments.restore(
                    RestoreRequest.newBuilder().setSessionId(session.getId()).build()),
            "FIELD_MISSING",
            "snapshot",
            Map.of()),
        row(
            "a fork of an environment that is not there",
            r ->
                r.environments.fork(
                    ForkRequest.newBuilder()
                        .setSessionId(session.getId())
                        .addEnvironments(2)
                        .build()),
            "FIELD_OUT_OF_RANGE",
            "environments",
            Map.of("value", "2", "allowed", "0 to 1")));
  }

  private static Stream<Row> dynamicsRows() {
    Controller loop = openLoop(5);
    return Stream.of(
        row(
            "states and actions that do not match",
            r ->
                r.dynamics
                    .linearize(
                        LinearizeRequest.newBuilder()
                            .setEnvironment(Rig.CART)
                            .setStates(good())
                            .setActions(good())
                            .setTerminalKnot(true)
                            .build())
                    .next(),
            "TENSOR_SHAPE_MISMATCH",
            "states",
            Map.of("expected", "(3, 2)", "actual", "(2, 2)")),
        row(
            "a NaN along a trajectory",
            r ->
                r.dynamics
                    .linearize(
                        LinearizeRequest.newBuilder()
                            .setEnvironment(Rig.CART)
                            .setStates(Rig.tensor(new double[] {0, 0, 0, NAN}, 2, 2))
                            .setActions(good())
                            .build())
                    .next(),
            "NON_FINITE_INPUT",
            "states",
            Map.of("index", "3")),
        row(
            "an unknown Hessian",
            r ->
                r.dynamics
                    .linearize(
                        LinearizeRequest.newBuilder()
                            .setEnvironment(Rig.CART)
                            .setStates(good())
                            .setActions(good())
                            .setCostHessianValue(5)
                            .build())
                    .next(),
            "FIELD_OUT_OF_RANGE",
            "cost_hessian",
            Map.of("value", "5")),
        row(
            "no horizon",
            rollout(loop, b -> b.setHorizon(0)),
            "FIELD_OUT_OF_RANGE",
            "horizon",
            Map.of("value", "0", "allowed", "1 to 100000")),
        row(
            "a negative horizon",
            rollout(loop, b -> b.setHorizon(-7)),
            "FIELD_OUT_OF_RANGE",
            "horizon",
            Map.of("value", "-7")),
        row(
            "a huge horizon",
            rollout(loop, b -> b.setHorizon(Integer.MAX_VALUE)),
            "FIELD_OUT_OF_RANGE",
            "horizon",
            Map.of("value", "2147483647")),
        row(
            "more work than one request may ask for",
            rollout(
                loop,
                b -> {
                  for (long seed = 0; seed < 1001; seed++) {
                    b.addSeeds(seed).addStepSizes(1);
                  }
                }),
            Status.Code.OUT_OF_RANGE,
            "WORK_LIMIT_EXCEEDED",
            "horizon",
            Map.of("work", "5010005", "limit", "5000000")),
        row(
            "no initial states",
            rollout(loop, b -> b.setInitialStates(Rig.tensor(new double[0], 0, 2))),
            "FIELD_OUT_OF_RANGE",
            "initial_states (rows)",
            Map.of("value", "0")),
        row(
            "no controllers",
            rollout(loop, b -> b.clearControllers()),
            "FIELD_MISSING",
            "controllers",
            Map.of()),
        row(
            "a controller of no kind",
            rollout(Controller.getDefaultInstance(), b -> {}),
            "FIELD_MISSING",
            "controllers[0].kind",
            Map.of()),
        row(
            "a controller that ends too early",
            rollout(openLoop(4), b -> {}),
            "TENSOR_SHAPE_MISMATCH",
            "controllers[0].open_loop.actions",
            Map.of("expected", "(at least 5, 2)", "actual", "(4, 2)")),
        row(
            "gains of the wrong shape",
            rollout(
                Controller.newBuilder()
                    .setLinearGaussian(
                        LinearGaussianController.newBuilder()
                            .setReferenceStates(Rig.tensor(new double[10], 5, 2))
                            .setReferenceActions(Rig.tensor(new double[10], 5, 2))
                            .setFeedforward(Rig.tensor(new double[10], 5, 2))
                            .setFeedback(Rig.tensor(new double[15], 5, 3, 1)))
                    .build(),
                b -> {}),
            "TENSOR_SHAPE_MISMATCH",
            "controllers[0].linear_gaussian.feedback",
            Map.of("expected", "(at least 5, 2, 2)", "actual", "(5, 3, 1)")),
        row(
            "a network that reads what is not there",
            rollout(mlp(b -> b.setInputs(0, 2)), b -> {}),
            "FIELD_OUT_OF_RANGE",
            "controllers[0].mlp.inputs[0]",
            Map.of("value", "2", "allowed", "0 to 1")),
        row(
            "a network whose layers do not fit",
            rollout(mlp(b -> b.addLayers(layer(2, 4))), b -> {}),
            "TENSOR_SHAPE_MISMATCH",
            "controllers[0].mlp.layers[1].weights",
            Map.of("expected", "(2, 3)", "actual", "(2, 4)")),
        row(
            "a network without activation",
            rollout(mlp(b -> b.addLayers(layer(2, 3)).clearActivation()), b -> {}),
            "FIELD_MISSING",
            "controllers[0].mlp.activation",
            Map.of()),
        row(
            "a network whose noise is negative",
            rollout(
                mlp(
                    b ->
                        b.addLayers(layer(2, 3))
                            .setNoiseStd(Rig.tensor(new double[] {0.5, -0.25}, 2))),
                b -> {}),
            "FIELD_OUT_OF_RANGE",
            "controllers[0].mlp.noise_std[1]",
            Map.of("value", "-0.25", "allowed", "at least 0")),
        row(
            "a step size that is not finite",
            rollout(loop, b -> b.addStepSizes(1).addStepSizes(NAN)),
            "NON_FINITE_INPUT",
            "step_sizes",
            Map.of("index", "1")),
        row(
            "a negative number of initial states",
            r ->
                r.dynamics.sampleInitialStates(
                    SampleInitialStatesRequest.newBuilder()
                        .setEnvironment(Rig.CART)
                        .setCount(-1)
                        .build()),
            "FIELD_OUT_OF_RANGE",
            "count",
            Map.of("value", "-1")),
        row(
            "a check of a million knots",
            r ->
                r.dynamics.checkDerivatives(
                    CheckDerivativesRequest.newBuilder()
                        .setEnvironment(Rig.CART)
                        .setSamples(1_000_000)
                        .build()),
            Status.Code.OUT_OF_RANGE,
            "WORK_LIMIT_EXCEEDED",
            "samples",
            Map.of("limit", "5000000")));
  }

  @ParameterizedTest
  @MethodSource("rows")
  void theDocumentedErrorAndAHealthyServer(Row row) {
    StatusRuntimeException fault =
        assertThrows(StatusRuntimeException.class, () -> row.call().accept(rig));
    assertEquals(row.code(), fault.getStatus().getCode(), fault.toString());
    ErrorInfo info = Faults.info(fault);
    assertEquals(row.reason(), info.getReason());
    assertEquals("gaitway", info.getDomain());
    row.metadata().forEach((key, value) -> assertEquals(value, info.getMetadataMap().get(key)));
    assertEquals(row.field() == null ? List.of() : List.of(row.field()), Faults.fields(fault));
    String text = String.valueOf(fault.getStatus().getDescription());
    assertFalse(text.contains("\tat ") || text.contains("Exception"), text);
    assertFalse(fault.toString().contains(BrokenProvider.SECRET), text);
    requireHealthy();
  }

  @Test
  void bytesThatAreNoMessageAreRefused() {
    MethodDescriptor<byte[], byte[]> step =
        MethodDescriptor.<byte[], byte[]>newBuilder()
            .setType(MethodDescriptor.MethodType.UNARY)
            .setFullMethodName(EnvironmentServiceGrpc.getStepMethod().getFullMethodName())
            .setRequestMarshaller(new RawBytes())
            .setResponseMarshaller(new RawBytes())
            .build();
    byte[] garbage = {(byte) 0xff, (byte) 0xff, 1, 2, 3};
    StatusRuntimeException fault =
        assertThrows(
            StatusRuntimeException.class,
            () -> ClientCalls.blockingUnaryCall(rig.channel, step, CallOptions.DEFAULT, garbage));
    assertEquals(Status.Code.UNKNOWN, fault.getStatus().getCode(), fault.toString());
    requireHealthy();
  }

  private static final class RawBytes implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] bytes) {
      return new ByteArrayInputStream(bytes);
    }

    @Override
    public byte[] parse(InputStream in) {
      try {
        return in.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("tooLarge")
  void messagesBeyondTheLimitAreRefused(int bytes) {
    StepRequest huge = huge(bytes);
    requireTooLarge(
        LIMIT, assertThrows(StatusRuntimeException.class, () -> rig.environments.step(huge)));
    requireTooLarge(
        LIMIT,
        assertThrows(
            StatusRuntimeException.class,
            () ->
                rig.dynamics
                    .linearize(
                        LinearizeRequest.newBuilder()
                            .setEnvironment(Rig.CART)
                            .setStates(huge.getActions())
                            .build())
                    .next()));
    requireHealthy();
  }

  static Stream<Integer> tooLarge() {
    return Stream.of(100_000_000, LIMIT);
  }

  @Test
  void compressedMessagesBeyondTheLimitAreRefused() {
    StepRequest huge = huge(LIMIT);
    requireTooLarge(
        LIMIT,
        assertThrows(
            StatusRuntimeException.class,
            () -> rig.environments.withCompression("gzip").step(huge)));
    requireHealthy();
  }

  @Test
  void aMessageBeyondTheLimitEndsAStreamAndNothingElse() throws Exception {
    Session own = rig.session(CreateSessionRequest.newBuilder().setNumEnvironments(2));
    CompletableFuture<StatusRuntimeException> end = new CompletableFuture<>();
    List<StepStreamResponse> answers = new CopyOnWriteArrayList<>();
    StreamObserver<StepStreamRequest> out = stepStream(rig, answers, end);
    StepStreamRequest good =
        StepStreamRequest.newBuilder().setStep(Rig.step(own, 0, 0, 0, 0)).build();
    out.onNext(good);
    out.onNext(StepStreamRequest.newBuilder().setStep(huge(100_000_000)).build());
    out.onNext(good);
    requireTooLarge(LIMIT, end.get(30, TimeUnit.SECONDS));
    assertEquals(1, answers.size(), "the command before it is answered, the one behind it is not");
    assertEquals(2, rig.environments.step(Rig.step(own, 0, 0, 0, 0)).getStep());
    requireHealthy();
  }

  @Test
  void theLimitHoldsToTheByte() throws Exception {
    int limit = 1000;
    ServerOptions options = ServerOptions.defaults().withMaxMessageBytes(limit);
    StepRequest full = huge(limit);
    full = huge(2 * limit - full.getSerializedSize());
    assertEquals(limit, full.getSerializedSize());
    StepRequest more = huge(full.getActions().getData().size() + 1);
    for (boolean tcp : new boolean[] {true, false}) {
      try (Rig small = tcp ? Rig.tcp(options) : Rig.inProcess(options)) {
        for (String encoding : List.of("identity", "gzip")) {
          var stub = small.environments.withCompression(encoding);
          StepRequest taken = full;
          assertEquals(
              "SESSION_EXPIRED",
              Faults.info(assertThrows(StatusRuntimeException.class, () -> stub.step(taken)))
                  .getReason());
          requireTooLarge(limit, assertThrows(StatusRuntimeException.class, () -> stub.step(more)));
        }
        CompletableFuture<StatusRuntimeException> end = new CompletableFuture<>();
        StreamObserver<StepStreamRequest> out = stepStream(small, new ArrayList<>(), end);
        out.onNext(StepStreamRequest.newBuilder().setStep(more).build());
        requireTooLarge(limit, end.get(10, TimeUnit.SECONDS));
        Session own = small.session(CreateSessionRequest.newBuilder().setNumEnvironments(2));
        assertEquals(1, small.environments.step(Rig.step(own, 0, 0, 0, 0)).getStep());
      }
    }
  }

  private static StreamObserver<StepStreamRequest> stepStream(
      Rig r, List<StepStreamResponse> answers, CompletableFuture<StatusRuntimeException> end) {
    return r.asyncEnvironments.stepStream(
        new StreamObserver<>() {
          @Override
          public void onNext(StepStreamResponse answer) {
            answers.add(answer);
          }

          @Override
          public void onError(Throwable thrown) {
            end.complete((StatusRuntimeException) thrown);
          }

          @Override
          public void onCompleted() {
            end.completeExceptionally(new AssertionError("the stream ended well"));
          }
        });
  }

  private static StepRequest huge(int bytes) {
    return StepRequest.newBuilder()
        .setSessionId(session.getId())
        .setActions(Tensor.newBuilder().setData(bytes(bytes)))
        .build();
  }

  private static void requireTooLarge(int limit, StatusRuntimeException fault) {
    assertEquals(Status.Code.RESOURCE_EXHAUSTED, fault.getStatus().getCode(), fault.toString());
    ErrorInfo info = Faults.info(fault);
    assertEquals("gaitway", info.getDomain());
    assertEquals("MESSAGE_TOO_LARGE", info.getReason());
    assertEquals(Map.of("limit", Integer.toString(limit)), info.getMetadataMap());
  }

  private static void requireHealthy() {
    assertEquals(
        ServingStatus.SERVING,
        HealthGrpc.newBlockingStub(rig.channel)
            .check(HealthCheckRequest.getDefaultInstance())
            .getStatus());
    // Make room: what the row created runs out of its lease; the session under test is renewed.
    for (int minute = 0; minute < 6; minute++) {
      rig.advance(java.time.Duration.ofMinutes(1));
      assertNotNull(snapshot(rig));
    }
    // The session is where it was, and its environments go on as if nothing had been asked.
    EnvironmentSnapshot before = snapshot(rig);
    Session fork =
        rig.environments
            .fork(ForkRequest.newBuilder().setSessionId(session.getId()).build())
            .getSession();
    assertEquals(1, rig.environments.step(Rig.step(fork, 0, 0, 0, 0)).getStep());
    assertEquals(before, snapshot(rig));
    assertEquals(
        3,
        rig.environments
            .getSession(GetSessionRequest.newBuilder().setSessionId(session.getId()).build())
            .getSession()
            .getStep());
    assertTrue(
        rig
            .catalog
            .listEnvironments(ListEnvironmentsRequest.getDefaultInstance())
            .getEnvironmentsList()
            .stream()
            .anyMatch(spec -> spec.getId().equals("cart")));
  }

  private static Row row(
      String name, Consumer<Rig> call, String reason, String field, Map<String, String> metadata) {
    return row(name, call, Status.Code.INVALID_ARGUMENT, reason, field, metadata);
  }

  private static Row row(
      String name,
      Consumer<Rig> call,
      Status.Code code,
      String reason,
      @Nullable String field,
      Map<String, String> metadata) {
    return new Row(name, call, code, reason, field, metadata);
  }

  private static void get(Rig r, EnvironmentRef.Builder reference) {
    r.catalog.getEnvironment(GetEnvironmentRequest.newBuilder().setEnvironment(reference).build());
  }

  private static Consumer<Rig> step(Consumer<StepRequest.Builder> change) {
    return r -> {
      StepRequest.Builder request = Rig.step(session, 0, 0, 0, 0).toBuilder();
      change.accept(request);
      r.environments.step(request.build());
    };
  }

  private static Consumer<Rig> reset(Consumer<ResetRequest.Builder> change) {
    return r -> {
      ResetRequest.Builder request = ResetRequest.newBuilder().setSessionId(session.getId());
      change.accept(request);
      r.environments.reset(request.build());
    };
  }

  private static EnvironmentSnapshot snapshot(Rig r) {
    return r.environments
        .snapshot(SnapshotRequest.newBuilder().setSessionId(session.getId()).build())
        .getSnapshot();
  }

  private static Consumer<Rig> restore(Consumer<EnvironmentSnapshot.Builder> change) {
    return r -> {
      EnvironmentSnapshot.Builder snapshot = snapshot(r).toBuilder();
      change.accept(snapshot);
      r.environments.restore(
          RestoreRequest.newBuilder().setSessionId(session.getId()).setSnapshot(snapshot).build());
    };
  }

  private static Consumer<Rig> rollout(
      Controller controller, Consumer<RolloutRequest.Builder> change) {
    return r -> {
      RolloutRequest.Builder request =
          RolloutRequest.newBuilder()
              .setEnvironment(Rig.CART)
              .setHorizon(5)
              .setInitialStates(Rig.tensor(new double[2], 1, 2))
              .addControllers(controller);
      change.accept(request);
      r.dynamics.rollout(request.build()).next();
    };
  }

  private static Controller openLoop(int T) {
    return Controller.newBuilder()
        .setOpenLoop(
            OpenLoopController.newBuilder().setActions(Rig.tensor(new double[2 * T], T, 2)))
        .build();
  }

  /** A network with one layer of three outputs, unless changed: not enough for a controller. */
  private static Controller mlp(Consumer<MlpController.Builder> change) {
    MlpController.Builder mlp =
        MlpController.newBuilder()
            .addInputs(0)
            .addLayers(layer(3, 1))
            .setActivation(Activation.ACTIVATION_TANH);
    change.accept(mlp);
    return Controller.newBuilder().setMlp(mlp).build();
  }

  private static MlpLayer layer(int rows, int columns) {
    return MlpLayer.newBuilder()
        .setWeights(Rig.tensor(new double[rows * columns], rows, columns))
        .setBiases(Rig.tensor(new double[rows], rows))
        .build();
  }

  private static CreateSessionRequest.Builder create() {
    return CreateSessionRequest.newBuilder().setEnvironment(Rig.CART);
  }

  private static Tensor.Builder good() {
    return Rig.tensor(new double[4], 2, 2).toBuilder();
  }

  private static ByteString bytes(int count) {
    return ByteString.copyFrom(new byte[count]);
  }
}
