package io.gaitway.client.internal;

import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Lets the next call after a failed one connect anew. While a server cannot be reached, gRPC tries
 * it ever more rarely, in the end every two minutes, and between its tries fails every call at once
 * with the failure of the last one.
 *
 * <p>gRPC changes a channel's state on whatever thread is at work on the channel. That thread ends
 * the calls of a failed connection before it marks the channel as failed, and what another thread
 * wants in the meantime, it does later. So both changes are waited for.
 */
final class Reconnection {
  /** How long a change of state can take, on a busy machine. */
  private static final long CHANGE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final long PAUSE_NANOS = TimeUnit.MICROSECONDS.toNanos(50);

  private final ManagedChannel channel;
  private volatile boolean failed;
  private volatile boolean answered;

  Reconnection(ManagedChannel channel) {
    this.channel = channel;
  }

  /** A call has failed because the server could not be reached, or was lost. */
  void callFailed() {
    failed = true;
  }

  /** The server has answered a call, well or not. */
  void callAnswered() {
    answered = true;
  }

  /** Whether the server has ever answered. */
  boolean hasAnswered() {
    return answered;
  }

  /** To be done before a call. */
  void prepare() {
    if (failed) {
      awaitEnd(ConnectivityState.CONNECTING);
      failed = false;
    }
    if (channel.getState(false) == ConnectivityState.TRANSIENT_FAILURE) {
      channel.enterIdle();
      awaitEnd(ConnectivityState.TRANSIENT_FAILURE);
    }
  }

  private void awaitEnd(ConnectivityState state) {
    long began = System.nanoTime();
    while (channel.getState(false) == state && System.nanoTime() - began < CHANGE_NANOS) {
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }
}
