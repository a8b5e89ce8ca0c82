package io.gaitway.server;

import io.grpc.Metadata;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import java.time.Duration;

/**
 * Counts the calls of this server's own services until their answers have been written to the
 * transport. Health, reflection and channelz are left out: a watched health status has no end of
 * its own.
 */
final class RunningCalls extends ServerStreamTracer.Factory {
  private static final String STANDARD_SERVICES = "grpc.";

  private int running;

  @Override
  public ServerStreamTracer newServerStreamTracer(String method, Metadata headers) {
    if (method.startsWith(STANDARD_SERVICES)) {
      return new ServerStreamTracer() {};
    }
    begin();
    return new ServerStreamTracer() {
      @Override
      public void streamClosed(Status status) {
        end();
      }
    };
  }

  /**
   * Waits until no call runs.
   *
   * @param longest longest time to wait
   * @return whether no call runs
   */
  synchronized boolean await(Duration longest) throws InterruptedException {
    long deadline = System.nanoTime() + longest.toNanos();
    while (running > 0) {
      long left = Duration.ofNanos(deadline - System.nanoTime()).toMillis();
      if (left <= 0) {
        return false;
      }
      wait(left);
    }
    return true;
  }

  private synchronized void begin() {
    running++;
  }

  private synchronized void end() {
    running--;
    notifyAll();
  }
}
