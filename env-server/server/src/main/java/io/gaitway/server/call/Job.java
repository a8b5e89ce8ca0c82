package io.gaitway.server.call;

import io.gaitway.server.access.Caller;
import io.gaitway.server.wire.Errors;
import io.gaitway.server.wire.RequestException;
import io.gaitway.sim.pause.Pause;
import io.grpc.Context;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;

/** What one call has to compute: pieces that take turns with those of other calls. */
public final class Job {
  /**
   * What takes no longer than this, ns, is done on the thread that received the request: about
   * twice what a hand-over takes. A step of 64 swimmers is less.
   */
  private static final double SMALL_NANOS = 100_000;

  /** Answers up to this size, bytes, are not counted. */
  private static final long SMALL_BYTES = 4 << 10;

  private final Turns turns;
  private final CallLimits limits;
  private final Rates rates;
  private final Caller caller;
  private final CallMemory memory = CallMemory.ofCall();
  private final Set<Turn> pieces = ConcurrentHashMap.newKeySet();
  private volatile boolean cancelled;

  Job(Turns turns, CallLimits limits, Rates rates, Caller caller) {
    this.turns = turns;
    this.limits = limits;
    this.rates = rates;
    this.caller = caller;
  }

  /**
   * Checks what the call asks for before anything of it is computed.
   *
   * @param field of the request that says how much
   * @param steps control steps or knots
   * @param nanos how long it will take
   * @throws RequestException if that is more than one call may take, or than its principal may ask
   *     for now
   */
  public void require(String field, long steps, double nanos) {
    double seconds = nanos * 1e-9;
    if (seconds > limits.seconds()) {
      throw Errors.timeLimit(field, seconds, limits.seconds());
    }
    rates.steps(caller, steps);
  }

  /**
   * Does {@code work}: here and now if it is small, otherwise when its turn comes.
   *
   * @param nanos how long it will take
   * @param bytes size of the answers that it will make; held until the call is over
   * @throws RejectedExecutionException if the server is being closed
   */
  public void place(double nanos, long bytes, Runnable work) {
    if (isSmall(nanos) && (bytes <= SMALL_BYTES || takeBytes(bytes))) {
      work.run();
    } else {
      later(nanos, bytes, work);
    }
  }

  /** Whether a computation is not worth a hand-over. */
  public static boolean isSmall(double nanos) {
    return nanos <= SMALL_NANOS;
  }

  private boolean takeBytes(long bytes) {
    if (!turns.takeBytes(caller, bytes)) {
      return false;
    }
    memory.onClose(() -> turns.giveBackBytes(caller, bytes));
    return true;
  }

  /** Does {@code work} when its turn comes; arguments as in {@link #place}. */
  public void later(double nanos, long bytes, Runnable work) {
    Context context = Context.current();
    Turn[] self = new Turn[1];
    Turn turn =
        turns.turn(
            caller,
            nanos,
            bytes,
            () -> {
              if (bytes > 0) {
                memory.onClose(() -> turns.giveBackBytes(caller, bytes));
              }
              try {
                context.run(work);
              } finally {
                pieces.remove(self[0]);
              }
            });
    self[0] = turn;
    pieces.add(turn);
    turns.add(turn);
    if (cancelled) {
      turns.cancel(turn);
    }
  }

  /** Nobody waits for the answer any more: what waits is dropped, what runs ends soon. */
  public void cancel() {
    cancelled = true;
    pieces.forEach(turns::cancel);
    pieces.clear();
  }

  /** Waits for something that other computations do, and lets these go first. */
  public static void away(Runnable wait) {
    if (Pause.ofThread() instanceof Turn turn) {
      turn.away(wait);
    } else {
      wait.run();
    }
  }
}
