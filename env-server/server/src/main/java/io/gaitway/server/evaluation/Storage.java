package io.gaitway.server.evaluation;

import io.gaitway.server.call.EvaluationLimits;
import io.gaitway.server.wire.Errors;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The database of evaluations with the threads that work on it, one that writes and one that reads:
 * a disk or another process that keeps it waiting holds up nothing else. What fails for a reason
 * outside of this program comes back as what a client is told.
 */
final class Storage implements AutoCloseable {
  /** Longest time that a write waits for another process, in the queue before it included. */
  static final Duration WAIT = Duration.ofSeconds(5);

  /** Work that may wait for either thread. */
  private static final int MOST_WAITING = 10_000;

  private static final Duration RETRY = Duration.ofSeconds(1);
  private static final Logger LOG = LoggerFactory.getLogger(Storage.class);

  private final Supplier<EvaluationStore> opener;
  private final EvaluationLimits limits;
  private final Lane writer = new Lane("written");
  private final Lane reader = new Lane("read");

  private @Nullable EvaluationStore store; // guarded by this

  /**
   * Prepares.
   *
   * @param opener opens the database, when it is first needed
   */
  Storage(Supplier<EvaluationStore> opener, EvaluationLimits limits) {
    this.opener = opener;
    this.limits = limits;
  }

  /** A thread, and what was in the way of its work before, which the log is told once. */
  private static final class Lane {
    final String work;
    final ThreadPoolExecutor thread;
    final AtomicReference<StoreException.@Nullable Cause> trouble = new AtomicReference<>();

    /** Begins. */
    Lane(String work) {
      this.work = work;
      thread =
          new ThreadPoolExecutor(
              1,
              1,
              0,
              TimeUnit.SECONDS,
              new ArrayBlockingQueue<>(MOST_WAITING),
              task -> {
                Thread made = new Thread(task, "gaitway-evaluations-" + work);
                made.setDaemon(true);
                return made;
              });
    }

    void wentWell() {
      if (trouble.getAndSet(null) != null) {
        LOG.info("evaluations can be {} again", work);
      }
    }

    void failed(StoreException e) {
      if (trouble.getAndSet(e.why()) != e.why()) {
        LOG.warn("evaluations cannot be {}: {}", work, e.getMessage());
      }
    }
  }

  /**
   * Opens the database now rather than when it is first needed.
   *
   * @throws StoreException if that fails
   */
  void open() {
    store();
  }

  private synchronized EvaluationStore store() {
    EvaluationStore opened = store;
    if (opened == null) {
      opened = opener.get();
      opened.retention().bound(limits);
      store = opened;
    }
    return opened;
  }

  /** Whether the database has been needed. */
  synchronized boolean isOpen() {
    return store != null;
  }

  /** Reads, on a thread of its own. */
  <T> CompletableFuture<T> read(Function<EvaluationStore, T> work) {
    return submit(reader, work);
  }

  /** Writes, on a thread of its own; waits for other processes for a while. */
  <T> CompletableFuture<T> write(Function<EvaluationStore, T> work) {
    long asked = System.nanoTime();
    return submit(
        writer,
        opened -> {
          Duration left = WAIT.minusNanos(System.nanoTime() - asked);
          opened.waitForLocks(left.isNegative() ? Duration.ZERO : left);
          return work.apply(opened);
        });
  }

  private <T> CompletableFuture<T> submit(Lane lane, Function<EvaluationStore, T> work) {
    try {
      return CompletableFuture.supplyAsync(() -> guarded(lane, work), lane.thread);
    } catch (RejectedExecutionException e) {
      return CompletableFuture.failedFuture(
          lane.thread.isShutdown()
              ? Errors.draining()
              : Errors.capacity("requests that wait for the database", MOST_WAITING, RETRY));
    }
  }

  private <T> T guarded(Lane lane, Function<EvaluationStore, T> work) {
    try {
      T result = work.apply(store());
      lane.wentWell();
      return result;
    } catch (StoreException e) {
      lane.failed(e);
      throw e.toClient();
    }
  }

  /** Writes what was to be written, then closes the database. */
  @Override
  public void close() {
    writer.thread.shutdown();
    reader.thread.shutdown();
    try {
      if (!writer.thread.awaitTermination(WAIT.toMillis(), TimeUnit.MILLISECONDS)
          || !reader.thread.awaitTermination(WAIT.toMillis(), TimeUnit.MILLISECONDS)) {
        LOG.warn("The database of evaluations is left to a thread that is waiting for it");
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return;
    }
    EvaluationStore opened;
    synchronized (this) {
      opened = store;
      store = null;
    }
    if (opened != null) {
      opened.close();
    }
  }
}
