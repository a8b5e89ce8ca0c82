package io.gaitway.server.access;

import io.grpc.Context;

/**
 * Who makes a call, and over which connection.
 *
 * @param connection number of the connection, from 1 in the order in which this process took them;
 *     0 for none
 */
public record Caller(Principal principal, long connection) {
  private static final Caller NOBODY = new Caller(Principal.ANONYMOUS, 0);
  private static final Context.Key<Caller> CALLER =
      Context.keyWithDefault("gaitway-caller", NOBODY);

  /** Who makes the call that this thread is handling. */
  public static Caller ofCall() {
    return CALLER.get();
  }

  /** The present context, with this as the caller. */
  Context inContext() {
    return Context.current().withValue(CALLER, this);
  }
}
