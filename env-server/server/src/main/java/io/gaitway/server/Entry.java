package io.gaitway.server;

import io.gaitway.server.access.Access;
import io.gaitway.server.call.CallMemory;
import io.gaitway.server.usage.Accounts;
import io.grpc.BindableService;
import io.grpc.ServerBuilder;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;

/**
 * The way into every service: the limit on messages, who calls and may, and whom the call is
 * counted for. One chain for all services of a transport.
 */
final class Entry {
  private final ServerBuilder<?> transport;
  private final MessageLimit limit;
  private final Access access;
  private final Accounts accounts;

  /**
   * Prepares a transport.
   *
   * @param transport to which nothing has been added yet
   */
  Entry(
      ServerBuilder<?> transport,
      int maxMessageBytes,
      Access access,
      Accounts accounts,
      RunningCalls calls) {
    this.transport = transport;
    this.access = access;
    this.accounts = accounts;
    limit = new MessageLimit(maxMessageBytes);
    transport
        .directExecutor()
        .maxInboundMessageSize(Integer.MAX_VALUE)
        .addTransportFilter(access.connections())
        .addStreamTracerFactory(limit)
        .addStreamTracerFactory(CallMemory.factory())
        .addStreamTracerFactory(calls);
  }

  /** Adds a service. */
  Entry serve(BindableService service) {
    ServerServiceDefinition definition = limit.guard(service);
    Access.requireRights(definition);
    transport.addService(ServerInterceptors.interceptForward(definition, access, accounts));
    return this;
  }
}
