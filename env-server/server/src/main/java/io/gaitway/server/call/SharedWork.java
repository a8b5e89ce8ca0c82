package io.gaitway.server.call;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/** Parts of a computation that several threads do, each taking the next that is left. */
final class SharedWork implements Runnable {
  private final int parts;
  private final IntConsumer part;
  private final AtomicInteger next = new AtomicInteger();
  private final CountDownLatch left;
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

  SharedWork(int parts, IntConsumer part) {
    this.parts = parts;
    this.part = part;
    left = new CountDownLatch(parts);
  }

  /** Does parts until none is left to begin. */
  @Override
  public void run() {
    for (int i = next.getAndIncrement(); i < parts; i = next.getAndIncrement()) {
      try {
        part.accept(i);
      } catch (RuntimeException | Error e) {
        failure.compareAndSet(null, e);
      } finally {
        left.countDown();
      }
    }
  }

  /** Whether a part has thrown something. */
  boolean hasFailed() {
    return failure.get() != null;
  }

  /**
   * Waits until all parts are done.
   *
   * @throws RuntimeException what a part threw; an Error that one threw is thrown as well
   */
  void await() {
    boolean interrupted = false;
    while (true) {
      try {
        left.await();
        break;
      } catch (InterruptedException e) {
        interrupted = true; // What has begun writes to the caller's arrays: it must end first.
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    Throwable thrown = failure.get();
    if (thrown instanceof Error error) {
      throw error;
    }
    if (thrown instanceof RuntimeException exception) {
      throw exception;
    }
  }
}
