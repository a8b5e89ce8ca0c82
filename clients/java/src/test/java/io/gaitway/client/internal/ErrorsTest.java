package io.gaitway.client.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import io.gaitway.address.Address;
import io.gaitway.client.error.CancelledException;
import io.gaitway.client.error.DeadlineExceededException;
import io.gaitway.client.error.FailedPreconditionException;
import io.gaitway.client.error.GaitwayException;
import io.gaitway.client.error.InvalidArgumentException;
import io.gaitway.client.error.NotFoundException;
import io.gaitway.client.error.ResourceExhaustedException;
import io.gaitway.client.error.SessionExpiredException;
import io.gaitway.client.error.StepOutOfOrderException;
import io.gaitway.client.error.UnavailableException;
import io.gaitway.client.error.UnimplementedException;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.protobuf.StatusProto;
import java.net.ConnectException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class ErrorsTest {
  private static final Errors.Attempt ATTEMPT =
      new Errors.Attempt(
          "linearize",
          new Target.Remote(Address.parse("127.0.0.1:50051")),
          TimeLimit.of("deadline", Duration.ofMillis(12_400)));

  private static ErrorInfo info(String reason) {
    return ErrorInfo.newBuilder()
        .setDomain("gaitway")
        .setReason(reason)
        .putMetadata("value", "7")
        .build();
  }

  private static GaitwayException fromServer(Status.Code code, String words, Message... details) {
    com.google.rpc.Status.Builder status =
        com.google.rpc.Status.newBuilder().setCode(code.value()).setMessage(words);
    for (Message detail : details) {
      status.addDetails(Any.pack(detail));
    }
    StatusException e = StatusProto.toStatusException(status.build());
    return Errors.translate(e.getStatus(), e.getTrailers(), ATTEMPT);
  }

  static Stream<Arguments> reasons() {
    return Stream.of(
        Arguments.of("TENSOR_SHAPE_MISMATCH", "INVALID_ARGUMENT", InvalidArgumentException.class),
        Arguments.of("TENSOR_TYPE_MISMATCH", "INVALID_ARGUMENT", InvalidArgumentException.class),
        Arguments.of("TENSOR_BYTES_MISMATCH", "INVALID_ARGUMENT", InvalidArgumentException.class),
        Arguments.of("NON_FINITE_INPUT", "INVALID_ARGUMENT", InvalidArgumentException.class),
        Arguments.of("ACTION_OUT_OF_BOUNDS", "INVALID_ARGUMENT", InvalidArgumentException.class),
        Arguments.of("FIELD_OUT_OF_RANGE", "INVALID_ARGUMENT", InvalidArgumentException.class),
        Arguments.of("FIELD_MISSING", "INVALID_ARGUMENT", InvalidArgumentException.class),
        Arguments.of("INVALID_PARAMETER", "INVALID_ARGUMENT", InvalidArgumentException.class),
        Arguments.of("WORK_LIMIT_EXCEEDED", "OUT_OF_RANGE", InvalidArgumentException.class),
        Arguments.of("UNKNOWN_ENVIRONMENT", "NOT_FOUND", NotFoundException.class),
        Arguments.of("SESSION_EXPIRED", "NOT_FOUND", SessionExpiredException.class),
        Arguments.of(
            "MODEL_DIGEST_MISMATCH", "FAILED_PRECONDITION", FailedPreconditionException.class),
        Arguments.of("NEEDS_RESET", "FAILED_PRECONDITION", FailedPreconditionException.class),
        Arguments.of(
            "SNAPSHOT_MODEL_MISMATCH", "FAILED_PRECONDITION", FailedPreconditionException.class),
        Arguments.of("STEP_OUT_OF_ORDER", "ABORTED", StepOutOfOrderException.class),
        Arguments.of("SOMETHING_ELSE", "ABORTED", GaitwayException.class),
        Arguments.of("CAPACITY_REACHED", "RESOURCE_EXHAUSTED", ResourceExhaustedException.class),
        Arguments.of("MESSAGE_TOO_LARGE", "RESOURCE_EXHAUSTED", ResourceExhaustedException.class),
        Arguments.of("DRAINING", "UNAVAILABLE", UnavailableException.class),
        Arguments.of("INTERNAL", "INTERNAL", GaitwayException.class));
  }

  @ParameterizedTest
  @MethodSource("reasons")
  void keepsWhatTheServerSaid(String reason, String code, Class<?> type) {
    GaitwayException e = fromServer(Status.Code.valueOf(code), "us has a fault", info(reason));
    assertSame(type, e.getClass());
    assertEquals(code, e.code());
    assertEquals(reason, e.reason());
    assertEquals(Map.of("value", "7"), e.metadata());
    assertEquals("us has a fault", e.getMessage());
  }

  @Test
  void namesTheFieldAtFault() {
    BadRequest badRequest =
        BadRequest.newBuilder()
            .addFieldViolations(
                BadRequest.FieldViolation.newBuilder().setField("controllers[1].feedback"))
            .build();
    GaitwayException e =
        fromServer(Status.Code.INVALID_ARGUMENT, "bad", badRequest, info("TENSOR_SHAPE_MISMATCH"));
    assertEquals(
        "controllers[1].feedback", assertInstanceOf(InvalidArgumentException.class, e).field());
    assertEquals("TENSOR_SHAPE_MISMATCH", e.reason());
  }

  @Test
  void keepsTheDelayOfARetry() {
    RetryInfo retry =
        RetryInfo.newBuilder()
            .setRetryDelay(
                com.google.protobuf.Duration.newBuilder().setSeconds(2).setNanos(500_000_000))
            .build();
    assertEquals(
        Optional.of(Duration.ofMillis(2500)),
        assertInstanceOf(
                ResourceExhaustedException.class,
                fromServer(Status.Code.RESOURCE_EXHAUSTED, "full", info("CAPACITY_REACHED"), retry))
            .retryDelay());
    assertEquals(
        Optional.empty(),
        assertInstanceOf(
                UnavailableException.class,
                fromServer(Status.Code.UNAVAILABLE, "stopping", info("DRAINING")))
            .retryDelay());
  }

  @Test
  void anUnreadableDetailDoesNotHideTheFault() {
    com.google.rpc.Status status =
        com.google.rpc.Status.newBuilder()
            .setCode(Status.Code.INVALID_ARGUMENT.value())
            .setMessage("bad")
            .addDetails(
                Any.newBuilder()
                    .setTypeUrl("type.googleapis.com/google.rpc.ErrorInfo")
                    .setValue(ByteString.copyFrom(new byte[] {(byte) 0xff})))
            .build();
    StatusException e = StatusProto.toStatusException(status);
    GaitwayException translated = Errors.translate(e.getStatus(), e.getTrailers(), ATTEMPT);
    assertInstanceOf(InvalidArgumentException.class, translated);
    assertEquals("", translated.reason());
    assertTrue(translated.getMessage().endsWith("bad"), translated.getMessage());
  }

  private static GaitwayException fromTransport(Status status) {
    return Errors.translate(status, new Metadata(), ATTEMPT);
  }

  static Stream<Arguments> transportFaults() {
    return Stream.of(
        Arguments.of(
            Status.UNAVAILABLE
                .withDescription("io exception")
                .withCause(
                    new RuntimeException(
                        "outer", new ConnectException("Connection refused: /127.0.0.1:50051"))),
            UnavailableException.class,
            "no Gaitway server answers at 127.0.0.1:50051 (Connection refused: /127.0.0.1:50051);"
                + " start one with: gaitway serve --host 127.0.0.1 --port 50051"),
        Arguments.of(
            Status.UNAVAILABLE.withDescription("Network closed for unknown reason"),
            UnavailableException.class,
            "the connection to the server at 127.0.0.1:50051 broke during linearize"
                + " (Network closed for unknown reason)"),
        Arguments.of(
            Status.DEADLINE_EXCEEDED.withDescription("CallOptions deadline exceeded after 12s"),
            DeadlineExceededException.class,
            "linearize did not finish within 12.4 s (server 127.0.0.1:50051); allow more time by the"
                + " client's deadline"),
        Arguments.of(
            Status.CANCELLED,
            CancelledException.class,
            "linearize was cancelled (server 127.0.0.1:50051)"),
        Arguments.of(
            Status.RESOURCE_EXHAUSTED.withDescription("gRPC message exceeds maximum size 4: 5"),
            ResourceExhaustedException.class,
            "linearize exceeded a limit (server 127.0.0.1:50051): gRPC message exceeds maximum"
                + " size 4: 5; the size of answers is limited by"
                + " the client's maxMessageBytes, that of requests by the server"),
        Arguments.of(
            Status.UNIMPLEMENTED.withDescription("Method not found"),
            UnimplementedException.class,
            "linearize is not offered by the server at 127.0.0.1:50051: is it a Gaitway server of"
                + " this version?"),
        Arguments.of(
            Status.INTERNAL.withDescription("RST_STREAM"),
            GaitwayException.class,
            "linearize failed (server 127.0.0.1:50051): RST_STREAM"),
        Arguments.of(
            Status.UNKNOWN,
            GaitwayException.class,
            "linearize failed (server 127.0.0.1:50051): UNKNOWN"));
  }

  @ParameterizedTest
  @MethodSource("transportFaults")
  void saysWhatToDoAboutAFaultOfTheTransport(Status status, Class<?> type, String message) {
    GaitwayException e = fromTransport(status);
    assertSame(type, e.getClass());
    assertEquals(message, e.getMessage());
    assertEquals(status.getCode().name(), e.code());
    assertEquals("", e.reason());
    assertEquals(Map.of(), e.metadata());
  }

  @ParameterizedTest
  @EnumSource(value = Status.Code.class, mode = EnumSource.Mode.EXCLUDE, names = "OK")
  void everyCodeHasAMessageThatStandsAlone(Status.Code code) {
    GaitwayException e = fromTransport(Status.fromCode(code));
    assertTrue(e.getMessage().contains("linearize"), e.getMessage());
    assertFalse(e.getMessage().contains("io.grpc"), e.getMessage());
  }
}
