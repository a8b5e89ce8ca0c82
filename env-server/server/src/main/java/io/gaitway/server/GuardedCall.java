package io.gaitway.server;

import io.gaitway.server.log.RequestId;
import io.gaitway.server.wire.Errors;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A call that its service and its guard may end, on different threads: the first wins, and what the
 * service still sends is dropped. An end that comes while a message is being sent waits for it.
 */
final class GuardedCall<Q, R> extends SimpleForwardingServerCall<Q, R> {
  private static final Object OPEN = new Object();
  private static final Object SENDING = new Object();
  private static final Object OVER = new Object();

  private final RequestId id;
  private final FailedCalls failures;

  /** One of the above, or the {@link End} that comes after what is being sent. */
  private final AtomicReference<Object> state = new AtomicReference<>(OPEN);

  private record End(Status status, Metadata trailers) {}

  /**
   * Prepares.
   *
   * @param failures is told if the call fails
   */
  GuardedCall(ServerCall<Q, R> call, RequestId id, FailedCalls failures) {
    super(call);
    this.id = id;
    this.failures = failures;
  }

  /** Whether an end has been decided on. */
  boolean isOver() {
    Object now = state.get();
    return now != OPEN && now != SENDING;
  }

  /** Ends the call with what was thrown. */
  void fail(Throwable thrown) {
    if (!isOver()) {
      StatusRuntimeException fault = Errors.toStatus(thrown);
      Metadata details = fault.getTrailers();
      close(fault.getStatus(), details == null ? new Metadata() : details);
    }
  }

  @Override
  public void sendHeaders(Metadata headers) {
    send(() -> super.sendHeaders(headers));
  }

  @Override
  public void sendMessage(R message) {
    send(() -> super.sendMessage(message));
  }

  private void send(Runnable sending) {
    if (state.get() == SENDING) {
      sending.run(); // Answers within an answer: in process, the client may ask while it is told.
    } else if (state.compareAndSet(OPEN, SENDING)) {
      try {
        sending.run();
      } finally {
        if (!state.compareAndSet(SENDING, OPEN) && state.getAndSet(OVER) instanceof End end) {
          finish(end.status(), end.trailers());
        }
      }
    }
  }

  @Override
  public void close(Status status, Metadata trailers) {
    while (!isOver()) {
      if (state.compareAndSet(OPEN, OVER)) {
        finish(status, trailers);
      } else {
        state.compareAndSet(SENDING, new End(status, trailers));
      }
    }
  }

  private void finish(Status status, Metadata trailers) {
    if (!status.isOk()) {
      trailers.discardAll(RequestId.KEY);
      trailers.put(RequestId.KEY, id.toString());
      failures.failed(getMethodDescriptor(), status, trailers, id);
    }
    super.close(status, trailers);
  }
}
