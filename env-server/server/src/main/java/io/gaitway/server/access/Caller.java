package io.gaitway.server.access;

import io.grpc.Attributes;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerTransportFilter;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Who makes a call, and over which connection.
 *
 * @param connection number of the connection, from 1 in the order in which they were made; 0 for
 *     none
 */
public record Caller(Principal principal, long connection) {
  private static final Caller NOBODY = new Caller(Principal.ANONYMOUS, 0);
  private static final Context.Key<Caller> CALLER =
      Context.keyWithDefault("gaitway-caller", NOBODY);
  private static final Attributes.Key<Long> CONNECTION = Attributes.Key.create("connection");

  /** Who makes the call that this thread is handling. */
  public static Caller ofCall() {
    return CALLER.get();
  }

  /** Numbers the connections of a transport; to be added to it beside {@link #interceptor}. */
  public static ServerTransportFilter connections() {
    AtomicLong last = new AtomicLong();
    return new ServerTransportFilter() {
      @Override
      public Attributes transportReady(Attributes attributes) {
        return attributes.toBuilder().set(CONNECTION, last.incrementAndGet()).build();
      }
    };
  }

  /** Finds out who makes a call, so that a service learns it by {@link #ofCall}. */
  public static ServerInterceptor interceptor() {
    return new ServerInterceptor() {
      @Override
      public <Q, R> ServerCall.Listener<Q> interceptCall(
          ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
        Long connection = call.getAttributes().get(CONNECTION);
        Caller caller = new Caller(Principal.ANONYMOUS, connection == null ? 0 : connection);
        return Contexts.interceptCall(
            Context.current().withValue(CALLER, caller), call, headers, next);
      }
    };
  }
}
