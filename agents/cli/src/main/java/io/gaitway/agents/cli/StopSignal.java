package io.gaitway.agents.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Turns SIGINT and SIGTERM into a request to stop at the end of the running iteration. The process
 * waits for that a little and then ends in any case, with exit code 130 or 143; the last checkpoint
 * holds either way.
 */
final class StopSignal implements AutoCloseable {
  private static final int PATIENCE_SECONDS = 5;

  private final CountDownLatch ended = new CountDownLatch(1);
  private final Thread hook;
  private volatile boolean requested;

  private StopSignal(Runnable farewell) {
    hook =
        new Thread(
            () -> {
              requested = true;
              try {
                ended.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              farewell.run();
            },
            "stop-signal");
  }

  /**
   * Begins to listen.
   *
   * @param farewell says the last words of a process that was stopped
   */
  static StopSignal install(Runnable farewell) {
    StopSignal signal = new StopSignal(farewell);
    Runtime.getRuntime().addShutdownHook(signal.hook);
    return signal;
  }

  /** Whether somebody wants the process to end. */
  boolean requested() {
    return requested;
  }

  /** Says that the work has ended, and stops listening. */
  @Override
  public void close() {
    ended.countDown();
    if (!requested) {
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException e) {
        // The signal came just now; the hook finds that the work has ended and says farewell.
        return;
      }
    }
  }
}
