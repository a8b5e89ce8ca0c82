package io.gaitway.server.evaluation;

import java.time.Duration;
import java.util.function.Consumer;

/**
 * The time for the answer to one round. It begins when the states have been handed to the
 * transport, and what counts is when the answer arrives there, not when somebody has time for it:
 * whatever keeps this server busy costs no controller its round. Safe for threads; nothing in it
 * waits.
 */
final class ActionDeadline {
  /** After this time a controller that does not take what is sent to it is late by itself. */
  static final Duration HAND_OVER = Duration.ofSeconds(15);

  private final DeadlineTimer timer;
  private final Consumer<Runnable> whenCaughtUp;
  private final Duration time;
  private final Runnable onMissed;

  private Runnable cancelAlarm = () -> {};
  private boolean started;
  private boolean decided;

  /**
   * Prepares.
   *
   * @param whenCaughtUp runs something when the transport has read all that has arrived by now
   * @param onMissed is told, at most once, that no answer has come
   */
  ActionDeadline(
      DeadlineTimer timer, Consumer<Runnable> whenCaughtUp, Duration time, Runnable onMissed) {
    this.timer = timer;
    this.whenCaughtUp = whenCaughtUp;
    this.time = time;
    this.onMissed = onMissed;
  }

  /** The states wait for the transport to take them. */
  synchronized void await() {
    if (!started && !decided) {
      cancelAlarm = timer.schedule(HAND_OVER, this::start);
    }
  }

  /** The states have been handed to the transport. */
  synchronized void start() {
    if (!started && !decided) {
      started = true;
      cancelAlarm.run();
      cancelAlarm = timer.schedule(time, () -> whenCaughtUp.accept(this::miss));
    }
  }

  private void miss() {
    if (decide()) {
      onMissed.run();
    }
  }

  /** An answer has arrived, or none is wanted any more. Returns whether it was in time. */
  boolean decide() {
    synchronized (this) {
      if (decided) {
        return false;
      }
      decided = true;
      cancelAlarm.run();
      return true;
    }
  }
}
