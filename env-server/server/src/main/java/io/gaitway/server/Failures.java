package io.gaitway.server;

import io.gaitway.proto.v1.ErrorReason;
import io.gaitway.server.access.Caller;
import io.gaitway.server.log.Event;
import io.gaitway.server.log.RequestId;
import io.gaitway.server.metrics.CallMeters;
import io.gaitway.server.wire.Errors;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import org.jspecify.annotations.Nullable;

/**
 * Counts and logs the calls that the server ends with a fault.
 *
 * @param meters where they are counted; nowhere if null
 * @param logged whether they are logged
 */
record Failures(@Nullable CallMeters meters, boolean logged) implements FailedCalls {
  @Override
  public void failed(
      MethodDescriptor<?, ?> method, Status status, Metadata trailers, RequestId id) {
    if (meters == null && !logged) {
      return;
    }
    ErrorReason reason = Errors.reason(trailers);
    if (meters != null) {
      meters.refused(method.getFullMethodName(), reason);
    }
    if (logged) {
      log(method, status, reason, id);
    }
  }

  private static void log(
      MethodDescriptor<?, ?> method, Status status, ErrorReason reason, RequestId id) {
    Event event =
        Event.of("call refused", Errors.name(reason))
            .with("method", method.getFullMethodName())
            .with("status", status.getCode())
            .with("reason", Errors.name(reason))
            .with("request", id);
    Caller caller = Caller.ofCall();
    if (caller.connection() != 0) {
      event.with("principal", caller.principal().name()).with("connection", caller.connection());
    }
    String detail = status.getDescription();
    if (detail != null) {
      event.with("detail", detail.length() > 300 ? detail.substring(0, 300) + "…" : detail);
    }
    event.log();
  }
}
