package io.gaitway.server.call;

import io.gaitway.server.access.Caller;
import io.gaitway.sim.pause.Pause;
import java.util.concurrent.CancellationException;
import java.util.concurrent.locks.Condition;

/** A computation that takes turns with others; {@link Turns} says how. */
final class Turn implements Pause {
  final Caller caller;

  /** What it will take, ns. */
  final double price;

  /** Bytes of answers that it is going to make. */
  final long bytes;

  final Runnable work;
  private final Turns turns;

  /** Whether {@link Turns} wants something of it at its next point. */
  volatile boolean due;

  // What follows is guarded by the lock of Turns.

  /** Signalled when it may go on. */
  final Condition mayGoOn;

  State state = State.NEW;
  boolean cancelled;

  /** When its slice began, ns. */
  long began;

  enum State {
    NEW,
    QUEUED,
    /** It has a place. */
    RUNNING,
    /** It has begun, and waits for a place. */
    PAUSED,
    /** It waits for something else, without a place. */
    AWAY,
    OVER
  }

  Turn(Turns turns, Condition mayGoOn, Caller caller, double price, long bytes, Runnable work) {
    this.turns = turns;
    this.mayGoOn = mayGoOn;
    this.caller = caller;
    this.price = price;
    this.bytes = bytes;
    this.work = work;
  }

  /** Whether it is worth a limit on how many begin before others have ended. */
  boolean isLong() {
    return price > Turns.SLICE_NANOS;
  }

  /**
   * Lets others go first if its slice is over.
   *
   * @throws CancellationException if nobody waits for it any more
   */
  @Override
  public void point() {
    if (due) {
      turns.pause(this);
    }
  }

  /** Waits for something that another computation does, and lets others compute meanwhile. */
  void away(Runnable wait) {
    turns.leave(this);
    try {
      wait.run();
    } finally {
      turns.comeBack(this);
    }
  }
}
