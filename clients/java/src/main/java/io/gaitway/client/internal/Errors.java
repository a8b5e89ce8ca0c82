package io.gaitway.client.internal;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import io.gaitway.client.error.CancelledException;
import io.gaitway.client.error.DeadlineExceededException;
import io.gaitway.client.error.FailedPreconditionException;
import io.gaitway.client.error.GaitwayException;
import io.gaitway.client.error.InvalidArgumentException;
import io.gaitway.client.error.NotFoundException;
import io.gaitway.client.error.PermissionDeniedException;
import io.gaitway.client.error.ResourceExhaustedException;
import io.gaitway.client.error.SessionExpiredException;
import io.gaitway.client.error.StepOutOfOrderException;
import io.gaitway.client.error.UnauthenticatedException;
import io.gaitway.client.error.UnavailableException;
import io.gaitway.client.error.UnimplementedException;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * The only place where a gRPC status becomes a {@link GaitwayException}. The status' details
 * (ErrorInfo, BadRequest, RetryInfo) are kept; where the fault arose in the transport, and so
 * carries none, the message says what a person can do about it.
 */
public final class Errors {
  private static final String DOMAIN = "gaitway";

  /** What a server says of a method that it does not know. */
  private static final Pattern OLDER_SERVER = Pattern.compile("(gaitway \\S+) does not offer ");

  private Errors() {}

  /**
   * What was tried, for messages.
   *
   * @param operation such as {@code linearize}
   * @param target the server's address as the user wrote it
   * @param deadline the time that the call was given
   */
  public record Attempt(String operation, Target target, TimeLimit deadline) {}

  /** The details of a status, each null or empty if the server sent none. */
  private record Details(
      @Nullable ErrorInfo info, @Nullable BadRequest badRequest, @Nullable RetryInfo retry) {

    static Details of(Status status, @Nullable Metadata trailers) {
      com.google.rpc.Status proto = StatusProto.fromStatusAndTrailers(status, trailers);
      ErrorInfo info = null;
      BadRequest badRequest = null;
      RetryInfo retry = null;
      for (Any any : proto.getDetailsList()) {
        if (info == null) {
          info = unpack(any, ErrorInfo.class);
        }
        if (badRequest == null) {
          badRequest = unpack(any, BadRequest.class);
        }
        if (retry == null) {
          retry = unpack(any, RetryInfo.class);
        }
      }
      return new Details(info, badRequest, retry);
    }

    private static <M extends Message> @Nullable M unpack(Any any, Class<M> type) {
      try {
        return any.is(type) ? any.unpack(type) : null;
      } catch (InvalidProtocolBufferException e) {
        return null; // A detail that cannot be read must not hide the status it came with.
      }
    }

    boolean fromServer() {
      return info != null && info.getDomain().equals(DOMAIN);
    }

    String reason() {
      return info == null ? "" : info.getReason();
    }

    Map<String, String> metadata() {
      return info == null ? Map.of() : info.getMetadataMap();
    }

    String field() {
      return badRequest == null || badRequest.getFieldViolationsCount() == 0
          ? ""
          : badRequest.getFieldViolations(0).getField();
    }

    @Nullable Duration retryDelay() {
      if (retry == null || !retry.hasRetryDelay()) {
        return null;
      }
      try {
        return Times.decode(retry.getRetryDelay(), "retry_delay");
      } catch (GaitwayException e) {
        return null; // As of a detail that cannot be read.
      }
    }
  }

  /** Whether a failed call certainly never reached the server. */
  public static boolean neverSent(GaitwayException failure) {
    return failure.getCause() instanceof StatusRuntimeException e
        && e.getStatus().getCode() == Status.Code.UNAVAILABLE
        && neverConnected(e.getStatus());
  }

  /** Translates the end of a call; {@code status} must not be OK. */
  public static GaitwayException translate(
      Status status, @Nullable Metadata trailers, Attempt attempt) {
    Details details = Details.of(status, trailers);
    String code = status.getCode().name();
    String reason = details.reason();
    String message = message(status, details, attempt);
    Map<String, String> metadata = details.metadata();
    Throwable cause = status.asRuntimeException(trailers);
    return switch (status.getCode()) {
      case INVALID_ARGUMENT, OUT_OF_RANGE ->
          new InvalidArgumentException(code, reason, message, metadata, details.field(), cause);
      case NOT_FOUND ->
          reason.equals("SESSION_EXPIRED")
              ? new SessionExpiredException(code, reason, message, metadata, cause)
              : new NotFoundException(code, reason, message, metadata, cause);
      case FAILED_PRECONDITION ->
          new FailedPreconditionException(code, reason, message, metadata, cause);
      case ABORTED ->
          reason.equals("STEP_OUT_OF_ORDER")
              ? new StepOutOfOrderException(code, reason, message, metadata, cause)
              : new GaitwayException(code, reason, message, metadata, cause);
      case RESOURCE_EXHAUSTED ->
          new ResourceExhaustedException(
              code, reason, message, metadata, details.retryDelay(), cause);
      case UNAVAILABLE ->
          new UnavailableException(code, reason, message, metadata, details.retryDelay(), cause);
      case DEADLINE_EXCEEDED ->
          new DeadlineExceededException(code, reason, message, metadata, cause);
      case CANCELLED -> new CancelledException(code, reason, message, metadata, cause);
      case UNIMPLEMENTED -> new UnimplementedException(code, reason, message, metadata, cause);
      case UNAUTHENTICATED -> new UnauthenticatedException(code, reason, message, metadata, cause);
      case PERMISSION_DENIED ->
          new PermissionDeniedException(code, reason, message, metadata, cause);
      default -> new GaitwayException(code, reason, message, metadata, cause);
    };
  }

  /** The server's own words where there are some, else what its code means to the caller. */
  private static String message(Status status, Details details, Attempt attempt) {
    String words = status.getDescription() == null ? "" : status.getDescription();
    if (details.fromServer() && !words.isBlank()) {
      return words;
    }
    String where = " (server " + attempt.target() + ")";
    return switch (status.getCode()) {
      case UNAVAILABLE -> unavailable(status, words, attempt);
      case DEADLINE_EXCEEDED ->
          "%s did not finish within %s%s; allow more time by the client's deadline"
              .formatted(attempt.operation(), attempt.deadline(), where);
      case CANCELLED -> attempt.operation() + " was cancelled" + where;
      case RESOURCE_EXHAUSTED ->
          ("%s exceeded a limit%s: %s; the size of answers is limited by"
                  + " the client's maxMessageBytes, that of requests by the server")
              .formatted(attempt.operation(), where, orCode(words, status));
      case UNIMPLEMENTED -> unimplemented(words, attempt);
      case UNAUTHENTICATED ->
          ("%s was refused by the server at %s, which does not know who calls (%s); name the file of"
                  + " a token that it takes: ?token_file=FILE behind tls://host:port, or the variable"
                  + " GAITWAY_TOKEN_FILE")
              .formatted(attempt.operation(), attempt.target(), orCode(words, status));
      case PERMISSION_DENIED ->
          "%s is not allowed by the server at %s (%s); ask who runs it for a token that may"
              .formatted(attempt.operation(), attempt.target(), orCode(words, status));
      default -> attempt.operation() + " failed" + where + ": " + orCode(words, status);
    };
  }

  /**
   * The contract only grows, so that a Gaitway server without a method is older than its client.
   */
  private static String unimplemented(String words, Attempt attempt) {
    Matcher server = OLDER_SERVER.matcher(words);
    String why =
        server.lookingAt()
            ? "it is %s, older than this client; update the server, or use its version of the client"
                .formatted(server.group(1))
            : "is it a Gaitway server of this version?";
    return "%s is not offered by the server at %s: %s"
        .formatted(attempt.operation(), attempt.target(), why);
  }

  private static String unavailable(Status status, String words, Attempt attempt) {
    Target target = attempt.target();
    String mismatch = Mismatch.of(status, target);
    if (mismatch != null) {
      return mismatch;
    }
    if (neverConnected(status)) {
      return "no Gaitway server answers at %s (%s); %s"
          .formatted(target, rootWords(status.getCause(), words), target.startHint());
    }
    return "the connection to the server at %s broke during %s (%s)"
        .formatted(target, attempt.operation(), rootWords(status.getCause(), words));
  }

  private static boolean neverConnected(Status status) {
    String words = status.getDescription();
    if (words != null && words.startsWith("Could not find server")) {
      return true;
    }
    for (Throwable t = status.getCause(); t != null; t = t.getCause()) {
      if (t instanceof ConnectException
          || t instanceof UnknownHostException
          || t instanceof UnresolvedAddressException
          || t instanceof java.io.FileNotFoundException
          || t instanceof SSLException) {
        return true;
      }
    }
    return false;
  }

  /** The innermost cause's message: transport errors wrap what matters. */
  static String rootWords(@Nullable Throwable cause, String words) {
    String result = words;
    for (Throwable t = cause; t != null; t = t.getCause()) {
      if (t.getMessage() != null && !t.getMessage().isBlank()) {
        result = t.getMessage();
      }
    }
    return result.isBlank() ? "no further detail" : result;
  }

  private static String orCode(String words, Status status) {
    return words.isBlank() ? status.getCode().name() : words;
  }
}
