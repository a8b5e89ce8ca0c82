package io.gaitway.server;

import io.gaitway.server.access.Access;
import io.gaitway.server.call.CallMemory;
import io.gaitway.server.usage.Accounts;
import io.grpc.BindableService;
import io.grpc.ServerBuilder;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;

/**
 * The way into every service: the guard that refuses what is wrong with a call, who calls and may,
 * and whom the call is counted for. One chain for all services of a transport.
 */
final class Entry {
  private final ServerBuilder<?> transport;
  private final MessageLimit limit;
  private final ServerInterceptor[] chain;

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
      Calls calls,
      FailedCalls failures) {
    this.transport = transport;
    limit = new MessageLimit(maxMessageBytes);
    chain = new ServerInterceptor[] {new CallGuard(maxMessageBytes, failures), access, accounts};
    transport
        .directExecutor()
        .maxInboundMessageSize(Integer.MAX_VALUE)
        .addTransportFilter(access.connections())
        .addStreamTracerFactory(CallMemory.factory())
        .addStreamTracerFactory(calls);
  }

  /** Adds a service. */
  Entry serve(BindableService service) {
    ServerServiceDefinition definition = limit.limit(service);
    Access.requireRights(definition);
    transport.addService(ServerInterceptors.interceptForward(definition, chain));
    return this;
  }
}
