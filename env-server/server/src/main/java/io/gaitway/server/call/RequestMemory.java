package io.gaitway.server.call;

import io.gaitway.server.access.Caller;

/** Bytes of large requests that are held until they are answered. Safe for threads. */
public final class RequestMemory {
  private final long most;
  private final Shares shares;

  /** There is always room for one request of {@code largest} bytes. */
  public RequestMemory(CallLimits limits, int largest) {
    most = Math.max(largest, limits.requestBytes());
    shares = new Shares(most, Math.max(largest, most / 2), Math.max(largest, most / 8));
  }

  /** The limit, bytes. */
  public long most() {
    return most;
  }

  /** Takes some; false if there is no room. */
  public synchronized boolean take(Caller caller, long bytes) {
    boolean room = shares.has(caller, bytes);
    if (room) {
      shares.take(caller, bytes);
    }
    return room;
  }

  /** Gives back what was taken. */
  public synchronized void giveBack(Caller caller, long bytes) {
    shares.giveBack(caller, bytes);
  }
}
