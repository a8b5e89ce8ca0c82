package io.gaitway.server.call;

import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The threads that long computations run on, so that they do not hold up a transport's. Results do
 * not depend on their number.
 */
public final class Workers implements AutoCloseable {
  /**
   * Work up to which a hand-over costs more than it gains, in numbers of a linearisation: about
   * that of 900 knots of the swimmer, half a millisecond. Other computations scale theirs to it.
   */
  private static final long SMALL = 250_000;

  private static final Executor CALLER = Runnable::run;

  public final int count;
  private final ExecutorService pool;

  public Workers(int count) {
    this.count = count;
    AtomicInteger number = new AtomicInteger();
    pool =
        Executors.newFixedThreadPool(
            count,
            task -> {
              Thread thread = new Thread(task, "gaitway-worker-" + number.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
  }

  /** Where to run a computation: small ones on the thread that received the request. */
  public Executor executor(long work) {
    return work <= SMALL ? CALLER : pool;
  }

  /** Where to run what may wait, for a disk say. */
  public Executor pool() {
    return pool;
  }

  @Override
  public void close() {
    pool.shutdownNow();
  }
}
