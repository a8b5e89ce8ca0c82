package io.gaitway.agents.reproduction.runs;

import io.gaitway.agents.api.Reference;
import io.gaitway.agents.console.Quantities;
import io.gaitway.agents.console.Status;
import io.gaitway.agents.measure.IterationMetrics;
import io.gaitway.agents.run.TrainingListener;
import io.gaitway.agents.run.TrainingResult;
import org.jspecify.annotations.Nullable;

/**
 * Shows how a comparison goes: a table that is updated in place on a terminal, else a line for
 * every run and, from time to time, one about those that run.
 */
public final class ComparisonProgress {
  private static final long REDRAW_NANOS = 200_000_000L;
  private static final long SAY_NANOS = 60_000_000_000L;

  private final Status status;
  private final ComparisonBoard board;
  private long last = System.nanoTime();

  /** Begins to show a comparison. */
  public ComparisonProgress(Status status, ComparisonBoard board) {
    this.status = status;
    this.board = board;
  }

  /** What hears of one run. */
  TrainingListener listener(ComparisonPlan.Entry entry) {
    return new TrainingListener() {
      @Override
      public void started(Reference reference, int iteration) {
        synchronized (ComparisonProgress.this) {
          board.started(entry, iteration);
          refresh();
        }
      }

      @Override
      public void iterated(IterationMetrics metrics) {
        synchronized (ComparisonProgress.this) {
          board.iterated(
              entry,
              metrics.iteration(),
              metrics.seconds(),
              metrics.elapsedSeconds(),
              ratio(metrics.stochasticCost(), metrics.ddpCost()));
          refresh();
        }
      }
    };
  }

  /** A run was complete before the command began. */
  synchronized void found(ComparisonPlan.Entry entry, TrainingResult result) {
    board.done(entry, result.seconds(), ratio(result.stochasticCost(), result.ddpCost()));
  }

  /** A cost relative to DDP; +∞ if the policy diverged. */
  private static double ratio(@Nullable Double cost, double ddp) {
    return cost == null ? Double.POSITIVE_INFINITY : cost / ddp;
  }

  /** Begins, with so many runs to do. */
  synchronized void begin(int runs) {
    say(board.counts() + ", " + runs + " to do");
  }

  /** A run is complete. */
  synchronized void done(ComparisonPlan.Entry entry, TrainingResult result) {
    found(entry, result);
    if (status.isInPlace()) {
      draw();
      return;
    }
    say(
        entry.name()
            + ": stochastic "
            + ComparisonBoard.words(ratio(result.stochasticCost(), result.ddpCost()))
            + ", deterministic "
            + ComparisonBoard.words(ratio(result.deterministicCost(), result.ddpCost()))
            + " x DDP in "
            + Quantities.duration(result.seconds())
            + "; "
            + board.headline());
  }

  /** A run has failed. */
  synchronized void failed(ComparisonPlan.Entry entry, String cause) {
    board.failed(entry);
    say(entry.name() + " failed: " + cause);
    if (status.isInPlace()) {
      draw();
    }
  }

  /** Says something on a line of its own; on a terminal above the table, which is drawn anew. */
  public synchronized void say(String line) {
    status.clear();
    status.say(line);
  }

  private void refresh() {
    long now = System.nanoTime();
    if (now - last < (status.isInPlace() ? REDRAW_NANOS : SAY_NANOS)) {
      return;
    }
    if (status.isInPlace()) {
      draw();
    } else {
      last = now;
      say(board.headline() + ": " + String.join(", ", board.running()));
    }
  }

  private void draw() {
    last = System.nanoTime();
    status.show(board.lines());
  }
}
