package io.gaitway.server.call;

import io.gaitway.server.access.Caller;
import io.gaitway.sim.pause.Pause;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Computations in turns. There are so many places, and a computation computes while it has one. At
 * a {@link Turn#point} after a slice of time it gives its place to the next that waits and waits
 * itself: its thread sleeps. Who is next, {@link FairQueue} says. Of long computations a connection
 * may have begun as many as there are places, and a principal a few more, so that threads do not
 * run out; a short one can always begin.
 */
final class Turns implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Turns.class);

  static final long SLICE_NANOS = 10_000_000;

  /** How often slices are looked at, as long as anything waits, ns. */
  private static final long TICK_NANOS = SLICE_NANOS / 4;

  /** Long computations that may have begun and not ended. */
  private static final int MOST_BEGUN = 256;

  private static final int MOST_BEGUN_BY_PRINCIPAL = 64;

  private static final long THREAD_LIFE_SECONDS = 30;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition waits = lock.newCondition();
  private final ThreadPoolExecutor threads;
  private final Thread clock = new Thread(this::endSlices, "gaitway-slices");

  // Guarded by the lock.
  private final FairQueue<Turn> queue = new FairQueue<>();
  private final Set<Turn> running = new HashSet<>();
  private final Shares begun;
  private final Shares bytes;
  private int free;
  private long slices;
  private boolean closed;

  /**
   * Prepares.
   *
   * @param places computations at a time
   * @param maxBytes most bytes of answers held
   */
  Turns(int places, long maxBytes) {
    free = places;
    begun = new Shares(MOST_BEGUN, MOST_BEGUN_BY_PRINCIPAL, places);
    bytes = Shares.ofBytes(maxBytes);
    AtomicInteger number = new AtomicInteger();
    threads =
        new ThreadPoolExecutor(
            places,
            Integer.MAX_VALUE,
            THREAD_LIFE_SECONDS,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            task -> {
              Thread thread = new Thread(task, "gaitway-worker-" + number.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
    clock.setDaemon(true);
    clock.start();
  }

  /** A computation that has not been added yet; arguments as in {@link Turn}. */
  Turn turn(Caller caller, double price, long answerBytes, Runnable work) {
    return new Turn(this, lock.newCondition(), caller, price, answerBytes, work);
  }

  /**
   * Adds a computation to those that wait.
   *
   * @throws RejectedExecutionException if this is closed
   */
  void add(Turn turn) {
    lock.lock();
    try {
      if (closed) {
        throw new RejectedExecutionException("closed");
      }
      turn.state = Turn.State.QUEUED;
      queue.add(turn.caller, turn);
      fillPlaces();
      waits.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Gives free places to those that wait. */
  private void fillPlaces() {
    for (Turn next = next(); next != null; next = next()) {
      if (!goOn(next)) {
        Turn first = next;
        threads.execute(() -> run(first));
      }
    }
  }

  /** Gives a free place to the next that waits; null if there is none of either. */
  private @Nullable Turn next() {
    Turn next = free > 0 ? queue.poll(this::mayGo) : null;
    if (next != null) {
      free--;
      slices++;
      next.began = System.nanoTime();
      running.add(next);
    }
    return next;
  }

  private boolean mayGo(Turn turn) {
    return turn.state == Turn.State.PAUSED
        || ((!turn.isLong() || begun.has(turn.caller, 1)) && bytes.has(turn.caller, turn.bytes));
  }

  /** Wakes one that had begun; false if it is new, and needs a thread. */
  private boolean goOn(Turn turn) {
    boolean paused = turn.state == Turn.State.PAUSED;
    turn.state = Turn.State.RUNNING;
    if (paused) {
      turn.mayGoOn.signal();
    } else {
      begun.take(turn.caller, turn.isLong() ? 1 : 0);
      bytes.take(turn.caller, turn.bytes);
    }
    return paused;
  }

  /** Does a computation that has a place, and after it others that are new. */
  private void run(Turn first) {
    for (Turn turn = first; turn != null; turn = end(turn)) {
      try {
        Pause.during(turn, turn.work);
      } catch (CancellationException cancelled) {
        LOG.debug("A computation was cancelled", cancelled);
      } catch (RuntimeException | Error e) {
        LOG.error("A computation failed on a defect of the server", e);
      }
    }
  }

  /** Gives back a place; returns a new computation that this thread is to do with it, or null. */
  private @Nullable Turn end(Turn turn) {
    lock.lock();
    try {
      release(turn);
      turn.state = Turn.State.OVER;
      begun.giveBack(turn.caller, turn.isLong() ? 1 : 0);
      Turn next = next();
      while (next != null && goOn(next)) {
        next = next();
      }
      return next;
    } finally {
      lock.unlock();
    }
  }

  private void release(Turn turn) {
    if (running.remove(turn)) {
      free++;
    }
    turn.due = turn.cancelled;
  }

  /** See {@link Turn#point}. */
  void pause(Turn turn) {
    lock.lock();
    try {
      requireWanted(turn);
      turn.due = false;
      if (queue.has(this::mayGo)) {
        release(turn);
        awaitPlace(turn);
        requireWanted(turn);
      } else {
        turn.began = System.nanoTime();
      }
    } finally {
      lock.unlock();
    }
  }

  private static void requireWanted(Turn turn) {
    if (turn.cancelled) {
      throw new CancellationException();
    }
  }

  private void awaitPlace(Turn turn) {
    if (turn.cancelled) {
      return;
    }
    turn.state = Turn.State.PAUSED;
    queue.add(turn.caller, turn);
    waits.signal();
    fillPlaces();
    while (turn.state == Turn.State.PAUSED) {
      turn.mayGoOn.awaitUninterruptibly();
    }
  }

  /** Gives up the place of a computation that is going to wait for something. */
  void leave(Turn turn) {
    lock.lock();
    try {
      release(turn);
      turn.state = Turn.State.AWAY;
      fillPlaces();
    } finally {
      lock.unlock();
    }
  }

  /** Waits for a place again. */
  void comeBack(Turn turn) {
    lock.lock();
    try {
      awaitPlace(turn);
    } finally {
      lock.unlock();
    }
  }

  /** Ends a computation: now if it waits, at its next point if it runs. */
  void cancel(Turn turn) {
    lock.lock();
    try {
      turn.cancelled = true;
      turn.due = true;
      if (queue.remove(turn.caller, turn)) {
        boolean paused = turn.state == Turn.State.PAUSED;
        turn.state = paused ? Turn.State.AWAY : Turn.State.OVER;
        turn.mayGoOn.signal();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Takes bytes for an answer that is made at once; false if there is no room for them. */
  boolean takeBytes(Caller caller, long amount) {
    lock.lock();
    try {
      boolean room = bytes.has(caller, amount);
      if (room) {
        bytes.take(caller, amount);
      }
      return room;
    } finally {
      lock.unlock();
    }
  }

  /** Gives back the bytes of an answer that has left. */
  void giveBackBytes(Caller caller, long amount) {
    lock.lock();
    try {
      bytes.giveBack(caller, amount);
      fillPlaces();
    } finally {
      lock.unlock();
    }
  }

  /** Tells computations whose slice is over, as long as others wait. */
  private void endSlices() {
    while (awaitWaiting()) {
      LockSupport.parkNanos(TICK_NANOS);
      lock.lock();
      try {
        long now = System.nanoTime();
        for (Turn turn : running) {
          turn.due = turn.due || now - turn.began >= SLICE_NANOS;
        }
      } finally {
        lock.unlock();
      }
    }
  }

  private boolean awaitWaiting() {
    lock.lock();
    try {
      while (queue.size() == 0 && !closed) {
        waits.awaitUninterruptibly();
      }
      return !closed;
    } finally {
      lock.unlock();
    }
  }

  /** A number that belongs to the present state. */
  private <T> T read(Supplier<T> number) {
    lock.lock();
    try {
      return number.get();
    } finally {
      lock.unlock();
    }
  }

  /** Computations that wait for a place. */
  int waiting() {
    return read(queue::size);
  }

  /** Places that nobody has. */
  int free() {
    return read(() -> free);
  }

  /** Slices so far. */
  long slices() {
    return read(() -> slices);
  }

  /** Bytes of answers held. */
  long bytes() {
    return read(bytes::taken);
  }

  /** Ends all computations at their next point. */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      waits.signalAll();
      for (Turn turn = queue.poll(each -> true); turn != null; turn = queue.poll(each -> true)) {
        turn.cancelled = true;
        turn.state = turn.state == Turn.State.PAUSED ? Turn.State.AWAY : Turn.State.OVER;
        turn.mayGoOn.signal();
      }
      for (Turn turn : running) {
        turn.cancelled = true;
        turn.due = true;
      }
      threads.shutdown();
    } finally {
      lock.unlock();
    }
  }
}
