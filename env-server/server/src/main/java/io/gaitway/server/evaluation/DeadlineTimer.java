package io.gaitway.server.evaluation;

import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Runs something when a time has passed. */
public interface DeadlineTimer extends AutoCloseable {
  /**
   * Sets an alarm.
   *
   * @param alarm what to run then; it does not wait
   * @return takes the alarm back, if it has not gone off
   */
  Runnable schedule(Duration delay, Runnable alarm);

  /** Takes all alarms back. */
  @Override
  void close();

  /** A timer of the system's clock, with a thread of its own. */
  static DeadlineTimer system() {
    ScheduledThreadPoolExecutor thread =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread made = new Thread(task, "gaitway-deadlines");
              made.setDaemon(true);
              return made;
            });
    thread.setRemoveOnCancelPolicy(true);
    return new DeadlineTimer() {
      @Override
      public Runnable schedule(Duration delay, Runnable alarm) {
        Future<?> future = thread.schedule(alarm, delay.toNanos(), TimeUnit.NANOSECONDS);
        return () -> future.cancel(false);
      }

      @Override
      public void close() {
        thread.shutdownNow();
      }
    };
  }
}
