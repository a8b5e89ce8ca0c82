package io.gaitway.server.access;

import io.gaitway.server.wire.CallLocal;
import org.jspecify.annotations.Nullable;

/**
 * Who makes a call, and over which connection.
 *
 * @param connection number of the connection, from 1 in the order in which this process took them;
 *     0 for none
 */
public record Caller(Principal principal, long connection) {
  private static final Caller NOBODY = new Caller(Principal.ANONYMOUS, 0);
  private static final CallLocal<Caller> OF_CALL = new CallLocal<>();

  /** Who makes the call that this thread is handling. */
  public static Caller ofCall() {
    Caller caller = OF_CALL.get();
    return caller == null ? NOBODY : caller;
  }

  /** Who makes a call; null as long as that is not known, or if nobody has to. */
  public static @Nullable Caller of(CallLocal.Values call) {
    return OF_CALL.of(call);
  }

  /** From now on this makes the call that this thread is handling. */
  void makesCall() {
    OF_CALL.set(this);
  }
}
