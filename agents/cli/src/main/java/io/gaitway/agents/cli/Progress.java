package io.gaitway.agents.cli;

import io.gaitway.agents.api.Reference;
import io.gaitway.agents.console.Pace;
import io.gaitway.agents.console.Quantities;
import io.gaitway.agents.console.Status;
import io.gaitway.agents.measure.IterationMetrics;
import io.gaitway.agents.run.RunConfig;
import io.gaitway.agents.run.TrainingListener;
import java.time.Duration;
import java.util.Locale;

/** Shows a run's progress: one line that is updated in place on a terminal, else a line each. */
final class Progress implements TrainingListener {
  private static final int LONGEST_NOTE = 80;

  /** Least time between notes on a terminal, and elsewhere, where each takes a line. */
  private static final Duration NOTES_IN_PLACE = Duration.ofMillis(200);

  private static final Duration NOTES_BELOW = Duration.ofSeconds(10);

  private final Status status;
  private final Pace pace = new Pace();
  private final String prefix;
  private final int iterations;
  private final boolean canFall;
  private volatile int completed;
  private long notedAt;

  /**
   * Begins to show a run.
   *
   * @param prefix what every line begins with
   */
  Progress(Status status, String prefix, RunConfig config) {
    this.status = status;
    this.prefix = prefix;
    iterations = config.iterations();
    canFall = !config.spec().termination().isEmpty();
  }

  @Override
  public void started(Reference reference, int iteration) {
    completed = iteration;
    say(
        String.format(
            Locale.ROOT,
            "%s: DDP cost %s, %d iterations to go",
            iteration == 0 ? "Initial solution found" : "Resumed after iteration " + iteration,
            Quantities.cost(reference.cost()),
            iterations - iteration));
  }

  /** Most notes are not shown: there may be many, and the next one says more. */
  @Override
  public synchronized void noted(String text) {
    Duration pause = status.isInPlace() ? NOTES_IN_PLACE : NOTES_BELOW;
    long now = System.nanoTime();
    if (notedAt != 0 && now - notedAt < pause.toNanos()) {
      return;
    }
    notedAt = now;
    String note = text.length() > LONGEST_NOTE ? text.substring(0, LONGEST_NOTE) + "…" : text;
    status.show(prefix + completed + "/" + iterations + "  " + note);
  }

  @Override
  public void iterated(IterationMetrics metrics) {
    pace.took(metrics.seconds());
    completed = metrics.iteration();
    int left = iterations - completed;
    String line =
        String.format(
            Locale.ROOT,
            "%"
                + Integer.toString(iterations).length()
                + "d/%d  DDP %s  stochastic %s"
                + "  deterministic %s%s  %s",
            metrics.iteration(),
            iterations,
            Quantities.cost(metrics.ddpCost()),
            Quantities.cost(metrics.stochasticCost()),
            Quantities.cost(metrics.deterministicCost()),
            falls(metrics),
            pace.left(left, metrics.elapsedSeconds()));
    status.show(prefix + line);
    if (left == 0) {
      status.end();
    }
  }

  /** Says something on a line of its own. */
  void say(String line) {
    status.say(prefix + line);
  }

  private String falls(IterationMetrics metrics) {
    return canFall
        ? "  falls " + metrics.terminated() + "/" + metrics.stochasticCosts().size()
        : "";
  }
}
