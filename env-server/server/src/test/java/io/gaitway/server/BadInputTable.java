package io.gaitway.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.rpc.ErrorInfo;
import io.gaitway.proto.v1.StepRequest;
import io.gaitway.proto.v1.Tensor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What the server answers to bad input over TCP, in tables: the documented code, exactly one
 * ErrorInfo with its reason and metadata, the field at fault, no stack trace; and it is healthy
 * afterwards. A test class has its table in a method {@code rows}.
 */
abstract class BadInputTable extends BadInput {
  /** One row of the table. */
  record Row(
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

  static Row row(
      String name, Consumer<Rig> call, String reason, String field, Map<String, String> metadata) {
    return row(name, call, Status.Code.INVALID_ARGUMENT, reason, field, metadata);
  }

  static Row row(
      String name,
      Consumer<Rig> call,
      Status.Code code,
      String reason,
      @Nullable String field,
      Map<String, String> metadata) {
    return new Row(name, call, code, reason, field, metadata);
  }

  static final double NAN = Double.NaN;

  static final double INF = Double.POSITIVE_INFINITY;

  static Consumer<Rig> step(Consumer<StepRequest.Builder> change) {
    return r -> {
      StepRequest.Builder request = Rig.step(session, 0, 0, 0, 0).toBuilder();
      change.accept(request);
      r.environments.step(request.build());
    };
  }

  static Tensor.Builder good() {
    return Rig.tensor(new double[4], 2, 2).toBuilder();
  }
}
