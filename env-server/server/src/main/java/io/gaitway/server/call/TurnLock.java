package io.gaitway.server.call;

import java.util.concurrent.locks.ReentrantLock;

/**
 * A lock that may be held by a computation that takes turns: who waits for it gives up its place,
 * so that the one that holds it can go on.
 */
public final class TurnLock {
  private final ReentrantLock lock = new ReentrantLock();

  /**
   * Does {@code work} with the lock held: here and now if it is small and the lock is free,
   * otherwise when the job's turn comes.
   *
   * @param nanos how long it will take
   */
  public void place(Job job, double nanos, Runnable work) {
    if (Job.isSmall(nanos) && lock.tryLock()) {
      try {
        work.run();
      } finally {
        lock.unlock();
      }
    } else {
      job.later(nanos, 0, () -> run(work));
    }
  }

  private void run(Runnable work) {
    if (!lock.tryLock()) {
      Job.away(lock::lock);
    }
    try {
      work.run();
    } finally {
      lock.unlock();
    }
  }
}
