package io.gaitway.client.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Calls after failures, on a channel whose own thread is slow to change its state. */
@Timeout(30)
class ReconnectionTest {

  /** A channel whose thread does what it is asked only when it has looked at the state again. */
  private static final class SlowChannel extends ManagedChannel {
    private volatile ConnectivityState state;

    /** What the state becomes once somebody has looked at it as often as this. */
    private ConnectivityState next;

    private int looks;

    SlowChannel(ConnectivityState state, ConnectivityState next) {
      this.state = state;
      this.next = next;
    }

    @Override
    public synchronized ConnectivityState getState(boolean requestConnection) {
      if (looks++ == 3) {
        looks = 0;
        state = next;
      }
      return state;
    }

    @Override
    public synchronized void enterIdle() {
      looks = 0;
      next = ConnectivityState.IDLE;
    }

    @Override
    public <Q, R> ClientCall<Q, R> newCall(MethodDescriptor<Q, R> method, CallOptions options) {
      throw new UnsupportedOperationException();
    }

    @Override
    public String authority() {
      return "slow";
    }

    @Override
    public ManagedChannel shutdown() {
      return this;
    }

    @Override
    public ManagedChannel shutdownNow() {
      return this;
    }

    @Override
    public boolean isShutdown() {
      return false;
    }

    @Override
    public boolean isTerminated() {
      return false;
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
      return false;
    }
  }

  @Test
  void aCallWaitsUntilTheChannelHasLeftItsFailedConnection() {
    SlowChannel channel =
        new SlowChannel(ConnectivityState.TRANSIENT_FAILURE, ConnectivityState.TRANSIENT_FAILURE);
    new Reconnection(channel).prepare();
    assertEquals(ConnectivityState.IDLE, channel.state);
  }

  @Test
  void aCallThatFailedIsBelievedBeforeTheChannelSaysSo() {
    SlowChannel channel =
        new SlowChannel(ConnectivityState.CONNECTING, ConnectivityState.TRANSIENT_FAILURE);
    Reconnection reconnection = new Reconnection(channel);
    reconnection.callFailed();
    reconnection.prepare();
    assertEquals(ConnectivityState.IDLE, channel.state);
  }

  @Test
  void withoutAFailureNothingIsWaitedFor() {
    SlowChannel channel = new SlowChannel(ConnectivityState.CONNECTING, ConnectivityState.READY);
    new Reconnection(channel).prepare();
    assertEquals(ConnectivityState.CONNECTING, channel.state);
    assertEquals(1, channel.looks);
  }
}
