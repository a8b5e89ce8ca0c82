package io.gaitway.server;

import io.gaitway.server.access.Caller;
import io.gaitway.server.usage.Accounts;
import io.grpc.BindableService;
import io.grpc.ServerBuilder;
import io.grpc.ServerInterceptors;

/**
 * The way into every service: the limit on messages, who calls, and whom the call is counted for.
 * One chain for all services of a transport.
 */
final class Entry {
  private final ServerBuilder<?> transport;
  private final MessageLimit limit;
  private final Accounts accounts;

  /**
   * Prepares a transport.
   *
   * @param transport to which nothing has been added yet
   */
  Entry(ServerBuilder<?> transport, int maxMessageBytes, Accounts accounts, RunningCalls calls) {
    this.transport = transport;
    this.accounts = accounts;
    limit = new MessageLimit(maxMessageBytes);
    transport
        .directExecutor()
        .maxInboundMessageSize(Integer.MAX_VALUE)
        .addTransportFilter(Caller.connections())
        .addStreamTracerFactory(limit)
        .addStreamTracerFactory(calls);
  }

  /** Adds a service. */
  Entry serve(BindableService service) {
    transport.addService(
        ServerInterceptors.interceptForward(limit.guard(service), Caller.interceptor(), accounts));
    return this;
  }
}
