package io.gaitway.server.call;

import io.gaitway.server.access.Caller;
import io.gaitway.server.wire.Errors;
import io.gaitway.server.wire.RequestException;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;

/** Lets calls in as long as their principal and their connection have not too many of them. */
public final class Gate implements ServerInterceptor {
  /** When to try again if a connection has too many calls. */
  private static final Duration RETRY = Duration.ofMillis(100);

  private final CallLimits limits;
  private final Rates rates;

  /** How many calls run, by the number of their connection. */
  private final ConcurrentHashMap<Long, Integer> running = new ConcurrentHashMap<>();

  /** Applies these limits. */
  public Gate(CallLimits limits) {
    this.limits = limits;
    rates = new Rates(limits);
  }

  Rates rates() {
    return rates;
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    Caller caller = Caller.ofCall();
    try {
      rates.call(caller);
      enter(caller);
    } catch (RequestException e) {
      return Errors.refuse(call, e);
    }
    CallMemory.ofCall().onClose(() -> leave(caller));
    return next.startCall(call, headers);
  }

  private void enter(Caller caller) {
    int count = running.merge(caller.connection(), 1, Integer::sum);
    if (count > limits.callsPerConnection()) {
      leave(caller);
      throw Errors.capacity("calls of a connection", limits.callsPerConnection(), RETRY);
    }
  }

  private void leave(Caller caller) {
    running.computeIfPresent(
        caller.connection(), (connection, count) -> count == 1 ? null : count - 1);
  }
}
