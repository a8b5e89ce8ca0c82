package io.gaitway.server.wire;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import io.gaitway.proto.v1.ControllerFault;
import io.gaitway.proto.v1.ErrorReason;
import io.gaitway.sim.mjcf.MjcfException;
import io.gaitway.sim.task.ParameterException;
import io.gaitway.sim.task.UnknownEnvironmentException;
import io.gaitway.sim.taskfile.TaskFileException;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.protobuf.StatusProto;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The faults of requests, and the only place where exceptions become statuses. What each reason
 * means and carries is stated at {@link ErrorReason}.
 */
public final class Errors {
  private static final Logger LOG = LoggerFactory.getLogger(Errors.class);
  private static final String DOMAIN = "gaitway";
  private static final String PREFIX = "ERROR_REASON_";
  private static final int SHOWN_CHARACTERS = 64;
  private static final Metadata.Key<com.google.rpc.Status> DETAILS =
      Metadata.Key.of(
          "grpc-status-details-bin",
          ProtoUtils.metadataMarshaller(com.google.rpc.Status.getDefaultInstance()));

  /** What retries of gRPC's own obey: ms to wait, or that there is no point in trying again. */
  private static final Metadata.Key<String> PUSHBACK =
      Metadata.Key.of("grpc-retry-pushback-ms", Metadata.ASCII_STRING_MARSHALLER);

  /** Nobody waits longer than this within a call. */
  private static final Duration LONGEST_PUSHBACK = Duration.ofSeconds(5);

  private Errors() {}

  /** The status that a client gets for {@code thrown}; a defect of the server is logged. */
  public static StatusRuntimeException toStatus(Throwable thrown) {
    if (thrown instanceof RequestException fault) {
      return status(fault);
    }
    if (thrown instanceof UnknownEnvironmentException unknown) {
      return status(
          new RequestException(
                  Status.Code.NOT_FOUND,
                  ErrorReason.ERROR_REASON_UNKNOWN_ENVIRONMENT,
                  String.valueOf(unknown.getMessage()))
              .at("environment.id")
              .with("environment", unknown.id())
              .with("known", unknown.known()));
    }
    if (thrown instanceof ParameterException parameter) {
      return status(parameter(parameter.parameter(), parameter.value(), parameter.allowed()));
    }
    if (thrown instanceof MjcfException robot) {
      return status(file("robot", ErrorReason.ERROR_REASON_INVALID_ROBOT, robot));
    }
    if (thrown instanceof TaskFileException task) {
      return status(file("task", ErrorReason.ERROR_REASON_INVALID_TASK, task));
    }
    if (thrown instanceof StatusRuntimeException status) {
      return status;
    }
    if (thrown instanceof StatusException status) {
      return status.getStatus().asRuntimeException(status.getTrailers());
    }
    if (thrown instanceof CancellationException) {
      return Status.CANCELLED.asRuntimeException(); // Nobody sees it.
    }
    LOG.error("A call failed on a defect of the server", thrown);
    return status(
        new RequestException(
            Status.Code.INTERNAL,
            ErrorReason.ERROR_REASON_INTERNAL,
            "The server failed; its log has the details."));
  }

  private static RequestException file(String field, ErrorReason reason, Exception fault) {
    String problem = String.valueOf(fault.getMessage());
    return invalid(reason, problem).at(field).with("problem", problem);
  }

  /** As {@link #toStatus}, for an answer that carries the status itself. */
  public static com.google.rpc.Status toMessage(Throwable thrown) {
    com.google.rpc.Status status = StatusProto.fromThrowable(toStatus(thrown));
    return Objects.requireNonNull(status, "what toStatus returns has a status");
  }

  /** Ends a call before its service hears of it; returns what listens to it then: nobody. */
  public static <Q> ServerCall.Listener<Q> refuse(ServerCall<?, ?> call, RequestException fault) {
    StatusRuntimeException status = toStatus(fault);
    Metadata details = status.getTrailers();
    call.close(status.getStatus(), details == null ? new Metadata() : details);
    return new ServerCall.Listener<>() {};
  }

  /**
   * The reason that a call's trailers give, UNSPECIFIED if they give none of those that exist: what
   * is counted and logged by reason cannot grow.
   */
  public static ErrorReason reason(Metadata trailers) {
    com.google.rpc.Status status = trailers.get(DETAILS);
    if (status == null) {
      return ErrorReason.ERROR_REASON_UNSPECIFIED;
    }
    try {
      for (Any detail : status.getDetailsList()) {
        if (detail.is(ErrorInfo.class)) {
          return ErrorReason.valueOf(PREFIX + detail.unpack(ErrorInfo.class).getReason());
        }
      }
    } catch (InvalidProtocolBufferException | IllegalArgumentException e) {
      LOG.debug("A fault has details of another kind", e);
    }
    return ErrorReason.ERROR_REASON_UNSPECIFIED;
  }

  /** A reason, as clients and the log have it. */
  public static String name(ErrorReason reason) {
    return reason.name().substring(PREFIX.length());
  }

  /** The status of a fault. Whatever a client said, it gets back a sane length of it. */
  private static StatusRuntimeException status(RequestException fault) {
    String message = Abridged.to(Abridged.MESSAGE, String.valueOf(fault.getMessage()));
    ErrorInfo.Builder info =
        ErrorInfo.newBuilder().setReason(name(fault.reason())).setDomain(DOMAIN);
    fault
        .metadata()
        .forEach((key, value) -> info.putMetadata(key, Abridged.to(Abridged.VALUE, value)));
    com.google.rpc.Status.Builder status =
        com.google.rpc.Status.newBuilder()
            .setCode(fault.code().value())
            .setMessage(message)
            .addDetails(Any.pack(info.build()));
    String field = fault.field();
    if (field != null) {
      BadRequest.FieldViolation violation =
          BadRequest.FieldViolation.newBuilder()
              .setField(Abridged.to(Abridged.VALUE, field))
              .setDescription(message)
              .build();
      status.addDetails(Any.pack(BadRequest.newBuilder().addFieldViolations(violation).build()));
    }
    Duration delay = fault.retryDelay();
    if (delay != null) {
      status.addDetails(
          Any.pack(RetryInfo.newBuilder().setRetryDelay(Codec.duration(delay)).build()));
    }
    Metadata trailers = new Metadata();
    if (delay != null || fault.code() == Status.Code.RESOURCE_EXHAUSTED) {
      trailers.put(
          PUSHBACK,
          delay == null || delay.compareTo(LONGEST_PUSHBACK) > 0 ? "-1" : "" + delay.toMillis());
    }
    return StatusProto.toStatusRuntimeException(status.build(), trailers);
  }

  private static RequestException invalid(ErrorReason reason, String message) {
    return new RequestException(Status.Code.INVALID_ARGUMENT, reason, message);
  }

  private static RequestException mismatch(
      ErrorReason reason, String what, String field, String expected, String actual) {
    return invalid(reason, "%s has %s %s; expected %s".formatted(field, what, actual, expected))
        .at(field)
        .with("expected", expected)
        .with("actual", actual);
  }

  /** A tensor of the wrong shape. */
  public static RequestException shape(String field, String expected, String actual) {
    return mismatch(
        ErrorReason.ERROR_REASON_TENSOR_SHAPE_MISMATCH, "shape", field, expected, actual);
  }

  /** A tensor of the wrong type. */
  public static RequestException type(String field, String expected, String actual) {
    return mismatch(
        ErrorReason.ERROR_REASON_TENSOR_TYPE_MISMATCH, "entries of type", field, expected, actual);
  }

  /** A tensor with too few or too many bytes. */
  static RequestException bytes(String field, long expected, long actual) {
    return invalid(
            ErrorReason.ERROR_REASON_TENSOR_BYTES_MISMATCH,
            "%s has %d bytes; expected %d".formatted(field, actual, expected))
        .at(field)
        .with("expected", expected)
        .with("actual", actual);
  }

  /** A number that is NaN or infinite. */
  public static RequestException nonFinite(String field, int index, double value) {
    return invalid(
            ErrorReason.ERROR_REASON_NON_FINITE_INPUT,
            "%s holds %s at flat index %d; every number must be finite"
                .formatted(field, value, index))
        .at(field)
        .with("index", index)
        .with("value", value);
  }

  /** An action outside its bounds, in a session that rejects such. */
  public static RequestException actionOutOfBounds(
      int environment, String action, double value, double lower, double upper) {
    return invalid(
            ErrorReason.ERROR_REASON_ACTION_OUT_OF_BOUNDS,
            "action %s of environment %d must be between %s and %s, but is %s"
                .formatted(action, environment, lower, upper, value))
        .at("actions")
        .with("environment", environment)
        .with("action", action)
        .with("value", value)
        .with("lower", lower)
        .with("upper", upper);
  }

  /** A number or length that is not allowed; {@code allowed} says what it must be. */
  public static RequestException outOfRange(String field, Object value, String allowed) {
    return outOfRange(field, value, allowed, "must be " + allowed + ", but is " + value);
  }

  /**
   * As {@link #outOfRange(String, Object, String)}.
   *
   * @param message what is wrong, to follow the field's name
   */
  public static RequestException outOfRange(
      String field, Object value, String allowed, String message) {
    return invalid(ErrorReason.ERROR_REASON_FIELD_OUT_OF_RANGE, field + " " + message)
        .at(field)
        .with("value", value)
        .with("allowed", allowed);
  }

  /** A choice that does not exist; {@code known} are those that do. */
  public static RequestException notOneOf(String field, Object value, List<String> known) {
    String allowed = String.join(", ", known);
    return outOfRange(
        field,
        value,
        allowed,
        "must be %s%s, but is %s".formatted(known.size() > 1 ? "one of " : "", allowed, value));
  }

  /** A text of any length, cut to one that can be kept and sent. */
  public static String abridged(String text) {
    return Abridged.to(Abridged.VALUE, text);
  }

  /** A name, given by the client, as it is repeated to it: in quotes, and cut if it is long. */
  public static String quoted(String name) {
    return "'%s'"
        .formatted(
            name.length() > SHOWN_CHARACTERS ? name.substring(0, SHOWN_CHARACTERS) + "…" : name);
  }

  /** A field that must be there. */
  public static RequestException missing(String field) {
    return invalid(ErrorReason.ERROR_REASON_FIELD_MISSING, field + " is missing").at(field);
  }

  /** An environment parameter that does not exist or is out of range. */
  static RequestException parameter(String name, String value, String allowed) {
    return invalid(
            ErrorReason.ERROR_REASON_INVALID_PARAMETER,
            "parameter %s = %s is not allowed: %s".formatted(name, value, allowed))
        .at("environment.parameters[" + name + "]")
        .with("parameter", name)
        .with("value", value)
        .with("allowed", allowed);
  }

  /** A reference to a model with another digest. */
  public static RequestException modelDigest(String environment, String expected, String actual) {
    return new RequestException(
            Status.Code.FAILED_PRECONDITION,
            ErrorReason.ERROR_REASON_MODEL_DIGEST_MISMATCH,
            "environment %s has model digest %s here, not %s"
                .formatted(environment, actual, expected))
        .at("environment.model_digest")
        .with("environment", environment)
        .with("expected", expected)
        .with("actual", actual);
  }

  /** A session that is not there. */
  public static RequestException sessionExpired(String id) {
    return expired("session", "session_id", id);
  }

  /** A world, as dm_env_rpc calls a session, that is not there. */
  public static RequestException unknownWorld(String name) {
    return expired("world", "world_name", name);
  }

  private static RequestException expired(String what, String field, String id) {
    String shown = beginning(id);
    return new RequestException(
            Status.Code.NOT_FOUND,
            ErrorReason.ERROR_REASON_SESSION_EXPIRED,
            "there is no %s '%s': it expired, was deleted or never existed".formatted(what, shown))
        .at(field)
        .with("session", shown);
  }

  /** A dm_env_rpc request at a time when it is not possible; {@code state} says why. */
  public static RequestException wrongWorldState(String request, String state) {
    return new RequestException(
            Status.Code.FAILED_PRECONDITION,
            ErrorReason.ERROR_REASON_WRONG_WORLD_STATE,
            "%s is not possible: %s".formatted(request, state))
        .with("request", request)
        .with("state", state);
  }

  /** An environment whose episode has not begun or is over. */
  public static RequestException needsReset(int environment) {
    return new RequestException(
            Status.Code.FAILED_PRECONDITION,
            ErrorReason.ERROR_REASON_NEEDS_RESET,
            "environment %d needs a reset first".formatted(environment))
        .with("environment", environment);
  }

  /** A snapshot of another model. */
  public static RequestException snapshotModel(String expected, String actual) {
    return new RequestException(
            Status.Code.FAILED_PRECONDITION,
            ErrorReason.ERROR_REASON_SNAPSHOT_MODEL_MISMATCH,
            "the snapshot is of model %s, the session of model %s".formatted(actual, expected))
        .at("snapshot.model_digest")
        .with("expected", expected)
        .with("actual", actual);
  }

  /** A snapshot that another principal has taken. */
  public static RequestException snapshotOfAnother(String owner) {
    return new RequestException(
            Status.Code.PERMISSION_DENIED,
            ErrorReason.ERROR_REASON_SNAPSHOT_OF_ANOTHER,
            "the snapshot was taken by %s, who alone can restore it".formatted(quoted(owner)))
        .at("snapshot.owner")
        .with("owner", owner);
  }

  /** A step that is neither the next nor the one before. */
  public static RequestException stepOutOfOrder(long expectedStep, long sessionStep) {
    return new RequestException(
            Status.Code.ABORTED,
            ErrorReason.ERROR_REASON_STEP_OUT_OF_ORDER,
            "expected_step is %s, but the session is at step %s"
                .formatted(Long.toUnsignedString(expectedStep), Long.toUnsignedString(sessionStep)))
        .with("expected_step", Long.toUnsignedString(expectedStep))
        .with("session_step", Long.toUnsignedString(sessionStep));
  }

  /** A reset that is neither the next one nor one whose answer is kept. */
  public static RequestException resetOutOfOrder(long expectedReset, long sessionResets) {
    return new RequestException(
            Status.Code.ABORTED,
            ErrorReason.ERROR_REASON_STEP_OUT_OF_ORDER,
            "expected_reset is %s, but the session has had %s resets"
                .formatted(
                    Long.toUnsignedString(expectedReset), Long.toUnsignedString(sessionResets)))
        .with("expected_reset", Long.toUnsignedString(expectedReset))
        .with("session_resets", Long.toUnsignedString(sessionResets));
  }

  /** No room for another session, or whatever else the server holds. */
  public static RequestException capacity(String resource, long limit, Duration retryAfter) {
    return new RequestException(
            Status.Code.RESOURCE_EXHAUSTED,
            ErrorReason.ERROR_REASON_CAPACITY_REACHED,
            "the server is full: it holds at most %d %s; try again later"
                .formatted(limit, resource))
        .with("resource", resource)
        .with("limit", limit)
        .with("limit_of", "server")
        .retryAfter(retryAfter);
  }

  /** A principal that has its part of something that the server shares out. */
  public static RequestException principalCapacity(
      String resource, long limit, long held, Duration retryAfter) {
    return new RequestException(
            Status.Code.RESOURCE_EXHAUSTED,
            ErrorReason.ERROR_REASON_CAPACITY_REACHED,
            ("your part is full: at most %d %s are yours at present, and you hold %d; end some, or"
                    + " try again later")
                .formatted(limit, resource, held))
        .with("resource", resource)
        .with("limit", limit)
        .with("limit_of", "principal")
        .retryAfter(retryAfter);
  }

  /** No room on the disk for what is to be kept. */
  public static RequestException storageFull(Duration retryAfter) {
    return new RequestException(
            Status.Code.RESOURCE_EXHAUSTED,
            ErrorReason.ERROR_REASON_STORAGE_FULL,
            "the disk that evaluations are kept on is full; try again when there is room")
        .retryAfter(retryAfter);
  }

  /**
   * What is kept cannot be read or written now.
   *
   * @param cause one of the words that the reason lists
   * @param meaning the cause in a sentence
   */
  public static RequestException storageUnavailable(
      String cause, String meaning, Duration retryAfter) {
    return new RequestException(
            Status.Code.UNAVAILABLE,
            ErrorReason.ERROR_REASON_STORAGE_UNAVAILABLE,
            "the database of evaluations cannot be used: %s; nothing is lost, try again later"
                .formatted(meaning))
        .with("cause", cause)
        .retryAfter(retryAfter);
  }

  /**
   * No memory for the episodes of another evaluation.
   *
   * @param ofPrincipal whether the limit is that of one principal
   */
  public static RequestException evaluationBytes(
      long needed, long limit, boolean ofPrincipal, Duration retryAfter) {
    return new RequestException(
            Status.Code.RESOURCE_EXHAUSTED,
            ErrorReason.ERROR_REASON_CAPACITY_REACHED,
            ("the evaluation's episodes may take %d bytes, and all %s may take %d; wait until another"
                    + " one has ended, or ask for fewer parallel episodes")
                .formatted(
                    needed, ofPrincipal ? "that you control" : "controlled evaluations", limit))
        .with("resource", "bytes of controlled evaluations")
        .with("limit", limit)
        .with("limit_of", ofPrincipal ? "principal" : "server")
        .retryAfter(retryAfter);
  }

  /** A request message larger than the server takes; how large it is may not be known yet. */
  public static RequestException messageTooLarge(int limit) {
    return new RequestException(
            Status.Code.RESOURCE_EXHAUSTED,
            ErrorReason.ERROR_REASON_MESSAGE_TOO_LARGE,
            "the request message is larger than %d bytes, the most that the server takes"
                .formatted(limit))
        .with("limit", limit);
  }

  /** A request message that cannot be parsed. */
  public static RequestException malformed() {
    return invalid(
        ErrorReason.ERROR_REASON_MESSAGE_MALFORMED,
        "the request's bytes are no message of this method; client and server may be of different"
            + " versions");
  }

  /** Whether what was thrown says that a message could not be parsed. */
  public static boolean isMalformed(Throwable thrown) {
    return thrown instanceof StatusRuntimeException
        && thrown.getCause() instanceof InvalidProtocolBufferException;
  }

  /** More work than one request may ask for. */
  public static RequestException workLimit(String field, Object work, long limit) {
    return new RequestException(
            Status.Code.OUT_OF_RANGE,
            ErrorReason.ERROR_REASON_WORK_LIMIT_EXCEEDED,
            "the request asks for %s control steps; one request may ask for at most %d"
                .formatted(work, limit))
        .at(field)
        .with("work", work)
        .with("limit", limit);
  }

  /** A request that would take too long. */
  public static RequestException timeLimit(String field, double seconds, double limit) {
    return new RequestException(
            Status.Code.OUT_OF_RANGE,
            ErrorReason.ERROR_REASON_WORK_LIMIT_EXCEEDED,
            ("the request would take about %.0f s of processor time; one request may take at most"
                    + " %.0f s: ask for less at a time")
                .formatted(seconds, limit))
        .at(field)
        .with("work", "%.0f s".formatted(seconds))
        .with("limit", "%.0f s".formatted(limit));
  }

  /** Somebody who asks for more in a second than it may. */
  public static RequestException tooFast(String what, long limit, Duration retryAfter) {
    return new RequestException(
            Status.Code.RESOURCE_EXHAUSTED,
            ErrorReason.ERROR_REASON_CAPACITY_REACHED,
            "you ask for more than %d %s; try again a little later".formatted(limit, what))
        .with("resource", what)
        .with("limit", limit)
        .retryAfter(retryAfter);
  }

  /** A suite that does not exist. */
  public static RequestException unknownSuite(String suite, List<String> known) {
    String names = String.join(", ", known);
    return new RequestException(
            Status.Code.NOT_FOUND,
            ErrorReason.ERROR_REASON_UNKNOWN_SUITE,
            "there is no suite '%s'; known: %s".formatted(suite, names))
        .at("suite")
        .with("suite", suite)
        .with("known", names);
  }

  /** An evaluation that does not exist. */
  public static RequestException evaluationNotFound(String field, String id) {
    return new RequestException(
            Status.Code.NOT_FOUND,
            ErrorReason.ERROR_REASON_EVALUATION_NOT_FOUND,
            "there is no evaluation '%s'".formatted(beginning(id)))
        .at(field)
        .with("evaluation", beginning(id));
  }

  /** An evaluation without episodes left. */
  public static RequestException evaluationOver(String id) {
    return new RequestException(
            Status.Code.FAILED_PRECONDITION,
            ErrorReason.ERROR_REASON_EVALUATION_OVER,
            "evaluation '%s' has no episodes left".formatted(beginning(id)))
        .with("evaluation", beginning(id));
  }

  /** A suite that is another one than that of an evaluation begun earlier. */
  public static RequestException suiteChanged(String suite, String expected, String actual) {
    return new RequestException(
            Status.Code.FAILED_PRECONDITION,
            ErrorReason.ERROR_REASON_MODEL_DIGEST_MISMATCH,
            "suite %s has digest %s here, but the evaluation was begun with digest %s"
                .formatted(suite, actual, expected))
        .with("environment", suite)
        .with("expected", expected)
        .with("actual", actual);
  }

  /** A call that lost control of its evaluation. */
  public static RequestException controlTakenOver(String id) {
    return new RequestException(
            Status.Code.ABORTED,
            ErrorReason.ERROR_REASON_CONTROL_TAKEN_OVER,
            "another call has taken control of evaluation '%s'".formatted(beginning(id)))
        .with("evaluation", beginning(id));
  }

  /** A controller's fault. */
  public static RequestException controllerFault(
      ControllerFault fault, String detail, List<Integer> episodes) {
    String name = fault.name().substring("CONTROLLER_FAULT_".length());
    String numbers = episodes.stream().map(Object::toString).collect(Collectors.joining(","));
    return new RequestException(
            Status.Code.FAILED_PRECONDITION,
            ErrorReason.ERROR_REASON_CONTROLLER_FAULT,
            "the controller is at fault (%s): %s".formatted(name, detail))
        .with("fault", name)
        .with("detail", detail)
        .with("episodes", numbers);
  }

  /** The part of a key that may be repeated. */
  private static String beginning(String id) {
    return id.length() > 8 ? id.substring(0, 8) + "…" : id;
  }

  /** A server that is shutting down. */
  public static RequestException draining() {
    return new RequestException(
        Status.Code.UNAVAILABLE,
        ErrorReason.ERROR_REASON_DRAINING,
        "the server is shutting down and takes no new work");
  }

  /** A call without a token that is in force. */
  public static RequestException unauthenticated(String problem, String message) {
    return new RequestException(
            Status.Code.UNAUTHENTICATED, ErrorReason.ERROR_REASON_UNAUTHENTICATED, message)
        .with("problem", problem);
  }

  /** A method that its caller may not call; one of {@code scopes} would do. */
  public static RequestException permissionDenied(String method, String scopes) {
    return new RequestException(
            Status.Code.PERMISSION_DENIED,
            ErrorReason.ERROR_REASON_PERMISSION_DENIED,
            "%s needs a token with one of these scopes: %s; whoever runs the server makes one"
                .formatted(method, scopes))
        .with("method", method)
        .with("scopes", scopes);
  }

  /** A call that had not ended when the server stopped. */
  public static RequestException cut() {
    return new RequestException(
        Status.Code.UNAVAILABLE,
        ErrorReason.ERROR_REASON_DRAINING,
        "the server is shutting down, and the call had not ended within the time that was left; try"
            + " another server, or again later");
  }

  /** Checks that {@code lower <= value <= upper}. */
  public static void requireRange(String field, long value, long lower, long upper) {
    if (value < lower || value > upper) {
      throw notBetween(field, value, lower, upper);
    }
  }

  /** A number that is not in a range. */
  public static RequestException notBetween(
      String field, Object value, Object lower, Object upper) {
    return outOfRange(
        field,
        value,
        lower + " to " + upper,
        "must be between %s and %s, but is %s".formatted(lower, upper, value));
  }

  /** Reads a duration and checks that {@code lower <= value <= upper}. */
  public static Duration requireDuration(
      String field, com.google.protobuf.Duration value, Duration lower, Duration upper) {
    // Checked in parts, since a message can hold what no Duration can.
    boolean allowed =
        value.getSeconds() >= 0
            && value.getSeconds() <= upper.getSeconds()
            && value.getNanos() >= 0
            && value.getNanos() < 1_000_000_000;
    Duration read =
        allowed ? Duration.ofSeconds(value.getSeconds(), value.getNanos()) : Duration.ZERO;
    if (!allowed || read.compareTo(lower) < 0 || read.compareTo(upper) > 0) {
      throw notBetween(
          field,
          "%d s + %d ns".formatted(value.getSeconds(), value.getNanos()),
          seconds(lower) + " s",
          seconds(upper) + " s");
    }
    return read;
  }

  private static String seconds(Duration duration) {
    return new BigDecimal(duration.toNanos()).movePointLeft(9).stripTrailingZeros().toPlainString();
  }

  /** Checks that an enum has one of its known values. */
  public static <E extends Enum<E>> E requireKnown(String field, E value, int number) {
    if (value.name().equals("UNRECOGNIZED")) {
      List<String> known =
          Arrays.stream(value.getDeclaringClass().getEnumConstants())
              .map(Enum::name)
              .filter(name -> !name.equals("UNRECOGNIZED") && !name.endsWith("_UNSPECIFIED"))
              .toList();
      throw notOneOf(field, number, known);
    }
    return value;
  }

  /** Checks that every value of a map is finite. */
  public static void requireFinite(Map<String, Double> parameters) {
    parameters.forEach(
        (name, value) -> {
          if (!Double.isFinite(value)) {
            throw parameter(name, value.toString(), "finite numbers");
          }
        });
  }
}
