package io.gaitway.server.dmenv;

import static io.gaitway.server.dmenv.DmEnvConnection.ACTION;
import static io.gaitway.server.dmenv.DmEnvConnection.destroying;
import static io.gaitway.server.dmenv.DmEnvConnection.joining;
import static io.gaitway.server.dmenv.DmEnvConnection.number;
import static io.gaitway.server.dmenv.DmEnvConnection.observation;
import static io.gaitway.server.dmenv.DmEnvConnection.resetting;
import static io.gaitway.server.dmenv.DmEnvConnection.reward;
import static io.gaitway.server.dmenv.DmEnvConnection.stepping;
import static io.gaitway.server.dmenv.DmEnvConnection.text;
import static io.gaitway.server.dmenv.DmEnvConnection.vector;
import static io.gaitway.server.dmenv.DmEnvConnection.whole;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.rpc.ErrorInfo;
import io.gaitway.proto.dmenv.v1.ActionObservationSpecs;
import io.gaitway.proto.dmenv.v1.CreateWorldRequest;
import io.gaitway.proto.dmenv.v1.DataType;
import io.gaitway.proto.dmenv.v1.EnvironmentRequest;
import io.gaitway.proto.dmenv.v1.EnvironmentResponse.PayloadCase;
import io.gaitway.proto.dmenv.v1.EnvironmentStateType;
import io.gaitway.proto.dmenv.v1.JoinWorldRequest;
import io.gaitway.proto.dmenv.v1.StepRequest;
import io.gaitway.proto.dmenv.v1.StepResponse;
import io.gaitway.proto.dmenv.v1.Tensor;
import io.gaitway.proto.dmenv.v1.TensorSpec;
import io.gaitway.proto.v1.CreateSessionRequest;
import io.gaitway.proto.v1.GetUsageRequest;
import io.gaitway.proto.v1.ResetRequest;
import io.gaitway.proto.v1.Session;
import io.gaitway.proto.v1.Usage;
import io.gaitway.proto.v1.UsageServiceGrpc;
import io.gaitway.server.CartProvider;
import io.gaitway.server.Faults;
import io.gaitway.server.Rig;
import io.gaitway.server.call.ServerOptions;
import io.gaitway.server.usage.Accounts;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The interface of dm_env_rpc, in process: what its own compliance classes do not ask. */
class DmEnvTest {
  private static final int SESSIONS = 3;

  private Rig rig;
  private DmEnvConnection connection;

  @BeforeEach
  void start() throws IOException {
    rig = Rig.inProcess(ServerOptions.defaults().withThreads(1).withMaxSessions(SESSIONS));
    connection = new DmEnvConnection(rig.channel);
  }

  @AfterEach
  void stop() throws InterruptedException {
    rig.close();
  }

  @Test
  void aWorldHasTheBitsOfASession() {
    Session session =
        rig.environments
            .createSession(
                CreateSessionRequest.newBuilder()
                    .setEnvironment(Rig.CART.toBuilder().putParameters("stiffness", 3))
                    .build())
            .getSession();
    ResetRequest seeded =
        ResetRequest.newBuilder().setSessionId(session.getId()).addSeeds(-1).build();
    ResetRequest next = ResetRequest.newBuilder().setSessionId(session.getId()).build();
    connection.join(
        connection.create(Map.of("seed", unsigned(-1), "parameters.stiffness", whole(3))));
    for (ResetRequest reset : List.of(seeded, next)) {
      StepResponse first = connection.step(Double.NaN, 99);
      assertEquals(EnvironmentStateType.RUNNING, first.getState());
      assertArrayEquals(Rig.doubles(rig.environments.reset(reset).getStates()), observation(first));
      assertEquals(0, reward(first));
      for (int t = 0; t < 20; t++) {
        StepResponse step = connection.step(Math.sin(t), 0.5);
        var expected = rig.environments.step(Rig.step(session, Math.sin(t), 0.5));
        assertArrayEquals(Rig.doubles(expected.getStates()), observation(step));
        assertEquals(-Rig.doubles(expected.getCosts())[0], reward(step));
      }
      assertEquals(PayloadCase.RESET, connection.send(resetting(Map.of())).getPayloadCase());
    }
  }

  @Test
  void theSpecsSayWhatThereIs() {
    String world = connection.create(Map.of());
    ActionObservationSpecs specs = connection.join(world).getSpecs();
    TensorSpec action = specs.getActionsOrThrow(ACTION);
    assertEquals("action", action.getName());
    assertEquals(DataType.DOUBLE, action.getDtype());
    assertEquals(List.of(2), action.getShapeList());
    assertEquals(List.of(-2.0, -1.0), action.getMin().getDoubles().getArrayList());
    assertEquals(List.of(2.0, 1.0), action.getMax().getDoubles().getArrayList());
    assertEquals(
        List.of("observation", "reward"),
        specs.getObservationsMap().values().stream().map(TensorSpec::getName).sorted().toList());
    connection.leave();
    EnvironmentRequest backwards =
        EnvironmentRequest.newBuilder()
            .setJoinWorld(
                JoinWorldRequest.newBuilder()
                    .setWorldName(world)
                    .putSettings("observe", text("velocity", "position")))
            .build();
    assertEquals(
        List.of(2),
        connection
            .send(backwards)
            .getJoinWorld()
            .getSpecs()
            .getObservationsOrThrow(DmEnvConnection.OBSERVATION)
            .getShapeList());
    double[] before = observation(connection.step(0, 0));
    double[] after = observation(connection.step(1, 1));
    assertEquals(
        before[1] + CartProvider.H * after[0], after[1], "the position follows the velocity");
  }

  @Test
  void withoutAnActionNothingPushes() {
    connection.join(connection.create(Map.of("seed", whole(4))));
    connection.step(0, 0);
    List<StepResponse> pushed = new ArrayList<>();
    List<StepResponse> left = new ArrayList<>();
    for (int t = 0; t < 3; t++) {
      pushed.add(connection.step(0, 0));
    }
    connection.send(resetting(Map.of("seed", whole(4))));
    connection.step(0, 0);
    for (int t = 0; t < 3; t++) {
      left.add(connection.send(stepping(Map.of())).getStep());
    }
    assertEquals(pushed, left);
  }

  @Test
  void anEpisodeTerminatesOrIsTruncatedAndTheNextBegins() {
    connection.join(
        connection.create(
            Map.of("parameters.stiffness", whole(0), "max_episode_steps", whole(30))));
    assertEquals(EnvironmentStateType.RUNNING, connection.step(2, 1).getState());
    StepResponse step = connection.step(2, 1);
    while (step.getState() == EnvironmentStateType.RUNNING) {
      step = connection.step(2, 1);
    }
    assertEquals(EnvironmentStateType.TERMINATED, step.getState());
    assertEquals(true, observation(step)[0] > 5);
    step = connection.step(2, 1);
    assertEquals(EnvironmentStateType.RUNNING, step.getState());
    assertEquals(true, observation(step)[0] < 5);
    for (int t = 1; t < 30; t++) {
      assertEquals(EnvironmentStateType.RUNNING, connection.step(0, 0).getState());
    }
    assertEquals(EnvironmentStateType.INTERRUPTED, connection.step(0, 0).getState());
    assertEquals(EnvironmentStateType.RUNNING, connection.step(0, 0).getState());
  }

  @Test
  void anotherConnectionInterruptsAnEpisode() {
    String world = connection.create(Map.of());
    connection.join(world);
    DmEnvConnection other = new DmEnvConnection(rig.channel);
    assertEquals(
        PayloadCase.RESET_WORLD,
        other.send(resetting(world, Map.of("seed", whole(5)))).getPayloadCase());
    StepResponse first = connection.step(0, 0);
    assertEquals(EnvironmentStateType.RUNNING, first.getState(), "none was under way");
    StepResponse second = connection.step(1, 1);
    other.send(resetting(world, Map.of()));
    other.send(resetting(world, Map.of("seed", whole(5))));
    StepResponse last = connection.step(1, 1);
    assertEquals(EnvironmentStateType.INTERRUPTED, last.getState());
    assertArrayEquals(observation(second), observation(last));
    assertEquals(0, reward(last));
    assertEquals(first, connection.step(1, 1));
    connection.step(1, 1);
    connection.send(resetting(world, Map.of("seed", whole(5))));
    assertEquals(first, connection.step(1, 1), "who asks for it is not told");
  }

  @Test
  void aWorldHasOneAgentAtATime() throws Exception {
    String world = connection.create(Map.of("seed", whole(1)));
    connection.join(world);
    StepResponse first = connection.step(0, 0);
    connection.step(1, 1);
    DmEnvConnection other = new DmEnvConnection(rig.channel);
    for (EnvironmentRequest request : List.of(joining(world), destroying(world))) {
      StatusRuntimeException fault = other.refused(request);
      assertEquals("WRONG_WORLD_STATE", Faults.info(fault).getReason());
      assertEquals(Status.Code.FAILED_PRECONDITION, fault.getStatus().getCode());
    }
    connection.breakOff();
    other.join(world);
    other.send(resetting(Map.of("seed", whole(1))));
    assertEquals(first, other.step(0, 0), "begins with an episode of its own");
    other.close();
    DmEnvConnection third = new DmEnvConnection(rig.channel);
    assertEquals(PayloadCase.DESTROY_WORLD, third.send(destroying(world)).getPayloadCase());
    assertEquals("SESSION_EXPIRED", Faults.info(third.refused(joining(world))).getReason());
  }

  @Test
  void worldsAreSessionsWithLeases() {
    List<String> worlds = new ArrayList<>();
    for (int i = 0; i < SESSIONS; i++) {
      worlds.add(connection.create(Map.of("lease_seconds", number(i == 0 ? 90.5 : 30))));
    }
    connection.join(worlds.get(0));
    EnvironmentRequest more =
        EnvironmentRequest.newBuilder()
            .setCreateWorld(
                CreateWorldRequest.newBuilder().putSettings("environment", text("cart")))
            .build();
    StatusRuntimeException full = connection.refused(more);
    assertEquals("CAPACITY_REACHED", Faults.info(full).getReason());
    assertEquals(30, Faults.retry(full).getRetryDelay().getSeconds());
    rig.advance(Duration.ofSeconds(60));
    connection.step(0, 0);
    assertEquals(
        List.of("world_name"), Faults.fields(connection.refused(destroying(worlds.get(1)))));
    String another = connection.create(Map.of());
    rig.advance(Duration.ofSeconds(90));
    assertEquals(EnvironmentStateType.RUNNING, connection.step(0, 0).getState());
    rig.advance(Duration.ofSeconds(91));
    assertEquals(
        "SESSION_EXPIRED", Faults.info(connection.refused(stepping(Map.of()))).getReason());
    connection.leave();
    connection.join(another);
  }

  @Test
  void whatAnAccountUsesIsCounted() {
    Metadata headers = new Metadata();
    headers.put(Metadata.Key.of(Accounts.HEADER, Metadata.ASCII_STRING_MARSHALLER), "dm");
    DmEnvConnection counted =
        new DmEnvConnection(
            ClientInterceptors.intercept(
                rig.channel, MetadataUtils.newAttachHeadersInterceptor(headers)));
    counted.join(counted.create(Map.of()));
    for (int t = 0; t < 4; t++) {
      counted.step(0, 0);
    }
    Usage usage =
        UsageServiceGrpc.newBlockingStub(rig.channel)
            .getUsage(GetUsageRequest.newBuilder().setAccount("dm").build())
            .getUsage();
    assertEquals(3, usage.getSessionSteps(), "the first step starts the episode");
  }

  @Test
  void drainingEndsTheConnection() throws Exception {
    connection.join(connection.create(Map.of()));
    rig.server.drain();
    StatusRuntimeException fault = connection.failure();
    assertEquals(Status.Code.UNAVAILABLE, fault.getStatus().getCode());
    assertEquals("DRAINING", Faults.info(fault).getReason());
  }

  @Test
  void aMessageThatIsTooLargeEndsTheConnectionAndLeavesTheWorld() throws Exception {
    String world = connection.create(Map.of());
    connection.join(world);
    Tensor large =
        Tensor.newBuilder()
            .setInt8S(
                Tensor.Int8Array.newBuilder()
                    .setArray(
                        ByteString.copyFrom(new byte[ServerOptions.defaults().maxMessageBytes()])))
            .build();
    connection.post(stepping(Map.of(ACTION, large)));
    assertEquals("MESSAGE_TOO_LARGE", Faults.info(connection.failure()).getReason());
    new DmEnvConnection(rig.channel).join(world);
  }

  /** One row of the table of bad input. */
  private record Row(
      String name,
      EnvironmentRequest request,
      Status.Code code,
      String reason,
      @Nullable String field,
      Map<String, String> metadata) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Row> rows() {
    return Stream.of(requestRows(), createRows(), actionRows()).flatMap(rows -> rows);
  }

  private static Stream<Row> requestRows() {
    return Stream.of(
        row(
            "nothing",
            EnvironmentRequest.getDefaultInstance(),
            "FIELD_MISSING",
            "payload",
            Map.of()),
        row(
            "an extension",
            EnvironmentRequest.newBuilder()
                .setExtension(Any.newBuilder().setTypeUrl("type.googleapis.com/a.B"))
                .build(),
            "FIELD_OUT_OF_RANGE",
            "extension",
            Map.of("value", "'type.googleapis.com/a.B'", "allowed", "no extension")),
        new Row(
            "joining twice",
            joining("world"),
            Status.Code.FAILED_PRECONDITION,
            "WRONG_WORLD_STATE",
            null,
            Map.of("request", "JoinWorld")),
        new Row(
            "an unknown world",
            resetting("a-long-name", Map.of()),
            Status.Code.NOT_FOUND,
            "SESSION_EXPIRED",
            "world_name",
            Map.of("session", "a-long-n…")),
        row("no world", destroying(""), "FIELD_MISSING", "world_name", Map.of()),
        row(
            "unknown setting of a reset",
            resetting(Map.of("sead", whole(1))),
            "FIELD_OUT_OF_RANGE",
            "settings",
            Map.of("value", "'sead'", "allowed", "seed")),
        row(
            "unknown observation",
            EnvironmentRequest.newBuilder()
                .setStep(StepRequest.newBuilder().addRequestedObservations(-1))
                .build(),
            "FIELD_OUT_OF_RANGE",
            "requested_observations",
            Map.of("value", "18446744073709551615", "allowed", "1, 2")));
  }

  private static Stream<Row> createRows() {
    return Stream.of(
        row(
            "no environment",
            EnvironmentRequest.newBuilder()
                .setCreateWorld(CreateWorldRequest.getDefaultInstance())
                .build(),
            "FIELD_MISSING",
            "settings[environment]",
            Map.of()),
        new Row(
            "unknown environment",
            create("environment", text("unicycle")),
            Status.Code.NOT_FOUND,
            "UNKNOWN_ENVIRONMENT",
            "environment.id",
            Map.of("environment", "unicycle")),
        create("two environments", "environment", text("cart", "cart"), "1"),
        create("a seed below 0", "seed", whole(-1), "0 to 18446744073709551615"),
        create("two seeds", "seed", whole(1, 2), "1"),
        create("no steps", "max_episode_steps", whole(0), "1 to 2147483647"),
        create("too many steps", "max_episode_steps", unsigned(-1), "1 to 2147483647"),
        row(
            "an endless lease",
            create("lease_seconds", number(1e300)),
            "FIELD_OUT_OF_RANGE",
            "lease",
            Map.of("allowed", "more than 0 s, at most 86400 s")),
        row(
            "a lease that is over",
            create("lease_seconds", number(-0.5)),
            "FIELD_OUT_OF_RANGE",
            "lease",
            Map.of()),
        row(
            "a lease that is no number",
            create("lease_seconds", number(Double.NaN)),
            "NON_FINITE_INPUT",
            "settings[lease_seconds]",
            Map.of("value", "NaN")),
        row(
            "a fraction for a seed",
            create("seed", number(1.5)),
            "TENSOR_TYPE_MISMATCH",
            "settings[seed]",
            Map.of("expected", "a whole number", "actual", "DOUBLE")),
        row(
            "a name for a number",
            create("parameters.stiffness", text("high")),
            "TENSOR_TYPE_MISMATCH",
            "settings[parameters.stiffness]",
            Map.of("expected", "a number", "actual", "STRING")),
        row(
            "an empty setting",
            create("parameters.stiffness", Tensor.getDefaultInstance()),
            "FIELD_MISSING",
            "settings[parameters.stiffness]",
            Map.of()),
        row(
            "parameter out of range",
            create("parameters.stiffness", number(-1)),
            "INVALID_PARAMETER",
            "environment.parameters[stiffness]",
            Map.of("value", "-1.0", "allowed", "0 to 10 N/m")));
  }

  private static Stream<Row> actionRows() {
    return Stream.of(
        row(
            "unknown action",
            stepping(Map.of(7L, vector(0, 0))),
            "FIELD_OUT_OF_RANGE",
            "actions",
            Map.of("value", "7", "allowed", "1")),
        action(
            "TENSOR_TYPE_MISMATCH", whole(0, 0), Map.of("expected", "DOUBLE", "actual", "INT64")),
        action("FIELD_MISSING", Tensor.getDefaultInstance(), Map.of()),
        action("TENSOR_SHAPE_MISMATCH", number(0, 0), Map.of("expected", "(2)", "actual", "()")),
        action("TENSOR_SHAPE_MISMATCH", vector(0, 0, 0), Map.of("actual", "(3)")),
        action(
            "TENSOR_SHAPE_MISMATCH",
            vector(0, 0).toBuilder().addShape(1).build(),
            Map.of("actual", "(2, 1)")),
        row(
            "too few entries",
            stepping(Map.of(ACTION, number().toBuilder().addShape(2).build())),
            "FIELD_OUT_OF_RANGE",
            "actions[1] (its number of entries)",
            Map.of("value", "0", "allowed", "1 or 2")),
        row(
            "too few entries for a free size",
            stepping(Map.of(ACTION, number(0).toBuilder().addShape(-1).build())),
            "FIELD_OUT_OF_RANGE",
            "actions[1] (its number of entries)",
            Map.of("value", "1", "allowed", "2")),
        action("NON_FINITE_INPUT", vector(0, Double.NaN), Map.of("index", "1")),
        row(
            "beyond a bound",
            stepping(Map.of(ACTION, vector(0, 1.5))),
            "ACTION_OUT_OF_BOUNDS",
            "actions",
            Map.of("action", "far", "value", "1.5", "upper", "1.0")));
  }

  @ParameterizedTest
  @MethodSource("rows")
  void badInputIsRefusedAndTheEpisodeGoesOn(Row row) {
    connection.join(connection.create(Map.of("seed", whole(3))));
    connection.step(0, 0);
    StepResponse expected = connection.step(1, 1);
    connection.send(resetting(Map.of("seed", whole(3))));
    connection.step(0, 0);

    StatusRuntimeException fault = connection.refused(row.request);

    assertEquals(row.code, fault.getStatus().getCode());
    ErrorInfo info = Faults.info(fault);
    assertEquals("gaitway", info.getDomain());
    assertEquals(row.reason, info.getReason());
    row.metadata.forEach((key, value) -> assertEquals(value, info.getMetadataMap().get(key), key));
    assertEquals(row.field == null ? List.of() : List.of(row.field), Faults.fields(fault));
    assertEquals(expected, connection.step(1, 1));
  }

  private static Row row(
      String name,
      EnvironmentRequest request,
      String reason,
      String field,
      Map<String, String> metadata) {
    return new Row(name, request, Status.Code.INVALID_ARGUMENT, reason, field, metadata);
  }

  private static Row action(String reason, Tensor action, Map<String, String> metadata) {
    String name = "an action: " + reason + " " + metadata;
    return row(name, stepping(Map.of(ACTION, action)), reason, "actions[1]", metadata);
  }

  /** A setting of CreateWorld that is out of range, or the number of its entries. */
  private static Row create(String name, String setting, Tensor value, String allowed) {
    String field =
        "settings[" + setting + "]" + (allowed.equals("1") ? " (its number of entries)" : "");
    return row(
        name, create(setting, value), "FIELD_OUT_OF_RANGE", field, Map.of("allowed", allowed));
  }

  private static EnvironmentRequest create(String setting, Tensor value) {
    return EnvironmentRequest.newBuilder()
        .setCreateWorld(
            CreateWorldRequest.newBuilder()
                .putSettings("environment", text("cart"))
                .putSettings(setting, value))
        .build();
  }

  private static Tensor unsigned(long bits) {
    return Tensor.newBuilder().setUint64S(Tensor.Uint64Array.newBuilder().addArray(bits)).build();
  }
}
