package io.gaitway.agents.experiment;

import io.gaitway.agents.api.Reference;
import io.gaitway.agents.console.Quantities;
import io.gaitway.agents.console.Status;
import io.gaitway.agents.measure.IterationMetrics;
import io.gaitway.agents.run.TrainingListener;
import io.gaitway.agents.run.TrainingResult;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Shows how an experiment goes: a table that is updated in place on a terminal, else a line for
 * every run and, from time to time, one about those that run.
 */
public final class ExperimentProgress {
  private static final long REDRAW_NANOS = 200_000_000L;
  private static final long SAY_NANOS = 60_000_000_000L;

  private final Status status;
  private final Board board;
  private long last = System.nanoTime();

  /**
   * Begins to show an experiment.
   *
   * @param jobs runs that are done at the same time
   */
  public ExperimentProgress(Status status, Plan plan, int jobs) {
    this.status = status;
    board = new Board(plan, jobs);
  }

  /** What hears of one run. */
  TrainingListener listener(Plan.Entry entry) {
    return new TrainingListener() {
      @Override
      public void started(Reference reference, int iteration) {
        synchronized (ExperimentProgress.this) {
          board.started(entry, iteration);
          refresh();
        }
      }

      @Override
      public void iterated(IterationMetrics metrics) {
        synchronized (ExperimentProgress.this) {
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
  synchronized void found(Plan.Entry entry, TrainingResult result) {
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
  synchronized void done(Plan.Entry entry, TrainingResult result) {
    found(entry, result);
    if (status.isInPlace()) {
      draw();
      return;
    }
    say(
        entry.name()
            + ": stochastic "
            + Board.words(ratio(result.stochasticCost(), result.ddpCost()))
            + ", deterministic "
            + Board.words(ratio(result.deterministicCost(), result.ddpCost()))
            + " x DDP in "
            + Quantities.duration(result.seconds())
            + "; "
            + board.headline());
  }

  /** Another process is at a run. */
  synchronized void busy(Plan.Entry entry) {
    board.busy(entry);
    refresh();
  }

  /** A run has failed. */
  synchronized void failed(Plan.Entry entry, String cause) {
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
      List<String> running = board.running();
      say(board.headline() + (running.isEmpty() ? "" : ": " + String.join(", ", running)));
    }
  }

  private void draw() {
    last = System.nanoTime();
    status.show(board.lines());
  }
}
