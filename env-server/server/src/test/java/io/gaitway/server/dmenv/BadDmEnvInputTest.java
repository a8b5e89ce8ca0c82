package io.gaitway.server.dmenv;

import static io.gaitway.server.dmenv.DmEnvConnection.ACTION;
import static io.gaitway.server.dmenv.DmEnvConnection.destroying;
import static io.gaitway.server.dmenv.DmEnvConnection.joining;
import static io.gaitway.server.dmenv.DmEnvConnection.number;
import static io.gaitway.server.dmenv.DmEnvConnection.resetting;
import static io.gaitway.server.dmenv.DmEnvConnection.stepping;
import static io.gaitway.server.dmenv.DmEnvConnection.text;
import static io.gaitway.server.dmenv.DmEnvConnection.unsigned;
import static io.gaitway.server.dmenv.DmEnvConnection.vector;
import static io.gaitway.server.dmenv.DmEnvConnection.whole;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.Any;
import com.google.rpc.ErrorInfo;
import io.gaitway.proto.dmenv.v1.CreateWorldRequest;
import io.gaitway.proto.dmenv.v1.EnvironmentRequest;
import io.gaitway.proto.dmenv.v1.StepRequest;
import io.gaitway.proto.dmenv.v1.StepResponse;
import io.gaitway.proto.dmenv.v1.Tensor;
import io.gaitway.server.Faults;
import io.gaitway.server.Rig;
import io.gaitway.server.call.ServerOptions;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What the interface of dm_env_rpc answers to bad input: the error, and an episode that goes on.
 */
class BadDmEnvInputTest {
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
            "a lease that is not a number",
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
}
