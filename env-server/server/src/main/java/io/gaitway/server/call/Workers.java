package io.gaitway.server.call;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

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
  private final ThreadPoolExecutor pool;

  public Workers(int count) {
    this.count = count;
    AtomicInteger number = new AtomicInteger();
    pool =
        new ThreadPoolExecutor(
            count,
            count,
            0,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
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

  /**
   * Does parts 0, 1, … of a computation on this thread, and on those of the pool that have nothing
   * to do; never waits for a thread that is busy with something else.
   *
   * @param parts their number
   * @param part does one; called for each once, on any of these threads
   * @param wraps what another thread does, for instance to count its time
   */
  public void share(int parts, IntConsumer part, Consumer<Runnable> help) {
    if (parts == 1) {
      part.accept(0);
      return;
    }
    SharedWork work = new SharedWork(parts, part);
    int idle = pool.getQueue().isEmpty() ? count - pool.getActiveCount() : 0;
    for (int i = 1; i < Math.min(parts, idle + 1); i++) {
      try {
        pool.execute(() -> help.accept(work));
      } catch (RejectedExecutionException e) {
        break; // The server is being closed.
      }
    }
    work.run();
    work.await();
  }

  @Override
  public void close() {
    pool.shutdownNow();
  }
}
