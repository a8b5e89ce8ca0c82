package io.gaitway.server;

import io.gaitway.proto.v1.CheckDerivativesRequest;
import io.gaitway.proto.v1.EnvironmentRef;
import io.gaitway.proto.v1.EvaluateRequest;
import io.gaitway.proto.v1.GetEnvironmentRequest;
import io.gaitway.proto.v1.LinearizeRequest;
import io.grpc.Status;
import java.util.Map;
import java.util.stream.Stream;

/** Bad references to environments, and environments with a defect. */
class BadReferenceTest extends BadInputTable {
  static Stream<Row> rows() {
    return Stream.of(environmentRows(), defectRows()).flatMap(rows -> rows);
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

  private static void get(Rig r, EnvironmentRef.Builder reference) {
    r.catalog.getEnvironment(GetEnvironmentRequest.newBuilder().setEnvironment(reference).build());
  }
}
