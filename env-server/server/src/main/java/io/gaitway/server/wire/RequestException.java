package io.gaitway.server.wire;

import io.gaitway.proto.v1.ErrorReason;
import io.grpc.Status;
import java.io.Serial;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request that cannot be carried out, through no defect of the server. Carries no stack trace.
 */
public final class RequestException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1L;

  private final Status.Code code;
  private final ErrorReason reason;
  private final transient Map<String, String> metadata = new LinkedHashMap<>();
  private @Nullable String field;
  private transient @Nullable Duration retryAfter;

  /** Describes the fault; {@code message} is for people. */
  RequestException(Status.Code code, ErrorReason reason, String message) {
    super(message, null, false, false);
    this.code = code;
    this.reason = reason;
  }

  /** Adds one of the values that {@link ErrorReason} lists for the reason. */
  RequestException with(String key, Object value) {
    metadata.put(key, value.toString());
    return this;
  }

  /** Names the field at fault, here and in the metadata. */
  RequestException at(String path) {
    field = path;
    return with("field", path);
  }

  /** Says when trying again makes sense. */
  RequestException retryAfter(Duration delay) {
    retryAfter = delay;
    return this;
  }

  Status.Code code() {
    return code;
  }

  ErrorReason reason() {
    return reason;
  }

  Map<String, String> metadata() {
    return metadata;
  }

  @Nullable String field() {
    return field;
  }

  @Nullable Duration retryDelay() {
    return retryAfter;
  }
}
