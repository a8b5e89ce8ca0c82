package io.gaitway.server.call;

import io.gaitway.server.access.Caller;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/**
 * The threads that computations run on, so that they do not hold up a transport's. Calls take turns
 * there, see {@link Turns}. Results do not depend on the number of threads.
 */
public final class Workers implements AutoCloseable {
  /** Computations at a time. */
  public final int count;

  private final Turns turns;
  private final CallLimits limits;
  private final Rates rates;

  /**
   * Starts the threads.
   *
   * @param count computations at a time
   * @param gate knows what callers have asked for
   */
  public Workers(int count, CallLimits limits, Gate gate) {
    this.count = count;
    this.limits = limits;
    rates = gate.rates();
    turns = new Turns(count, limits.answerBytes());
  }

  /** What the call that this thread is handling has to compute. */
  public Job job() {
    return new Job(turns, limits, rates, Caller.ofCall());
  }

  /**
   * Does parts 0, 1, … of a computation on this thread, and on others for which there is a place
   * that nobody wants.
   *
   * @param parts their number
   * @param part does one; called for each once, on any of these threads
   * @param help wraps what another thread does, for instance to count its time
   */
  public void share(int parts, IntConsumer part, Consumer<Runnable> help) {
    if (parts == 1) {
      part.accept(0);
      return;
    }
    SharedWork work = new SharedWork(parts, part);
    List<Turn> helpers = new ArrayList<>();
    int idle = turns.waiting() > 0 ? 0 : Math.min(parts - 1, turns.free());
    try {
      for (int i = 0; i < idle; i++) {
        Turn helper = turns.turn(Caller.ofCall(), 0, 0, () -> help.accept(work));
        turns.add(helper);
        helpers.add(helper);
      }
    } catch (RejectedExecutionException e) {
      // The server is being closed: this thread does it all.
    }
    work.run();
    if (work.hasFailed()) {
      helpers.forEach(turns::cancel);
    }
    Job.away(work::await);
  }

  /** Computations that wait for a place. */
  public int waiting() {
    return turns.waiting();
  }

  /** Computations that have a place. */
  public int running() {
    return count - turns.free();
  }

  /** Slices of time that have been given out. */
  public long slices() {
    return turns.slices();
  }

  /** Bytes of answers that clients have not taken yet. */
  public long answerBytes() {
    return turns.bytes();
  }

  @Override
  public void close() {
    turns.close();
  }
}
