package io.gaitway.server;

import io.gaitway.server.access.Access;
import io.gaitway.server.call.CallLimits;
import io.gaitway.server.call.Gate;
import io.gaitway.server.usage.Accounts;
import io.grpc.BindableService;
import io.grpc.ServerBuilder;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;

/**
 * The way into every service of a transport: the guard that refuses what is wrong with a call, who
 * calls and may, how much it asks for, and whom the call is counted for.
 */
final class Entry {
  private final ServerBuilder<?> transport;
  private final MessageLimit messages;
  private final ServerInterceptor[] chain;

  /** What holds on every transport of a server. */
  record Rules(
      int maxMessageBytes,
      CallLimits limits,
      Gate gate,
      Accounts accounts,
      Calls calls,
      FailedCalls failures) {}

  /**
   * Prepares a transport.
   *
   * @param transport to which nothing has been added yet
   * @param access who is let in there
   */
  Entry(ServerBuilder<?> transport, Rules rules, Access access) {
    this.transport = transport;
    messages = new MessageLimit(rules.maxMessageBytes);
    chain =
        new ServerInterceptor[] {
          new CallGuard(rules.maxMessageBytes, rules.failures), access, rules.gate, rules.accounts
        };
    transport
        .directExecutor()
        .fallbackHandlerRegistry(new MissingMethods())
        .maxInboundMessageSize(Integer.MAX_VALUE)
        .addTransportFilter(access.connections())
        .addStreamTracerFactory(rules.calls);
    Transports.limit(transport, rules.limits);
  }

  /** Adds a service. */
  Entry serve(BindableService service) {
    return serve(service.bindService());
  }

  /** Adds a service. */
  Entry serve(ServerServiceDefinition service) {
    ServerServiceDefinition definition = messages.limit(service);
    Access.requireRights(definition);
    transport.addService(ServerInterceptors.interceptForward(definition, chain));
    return this;
  }
}
