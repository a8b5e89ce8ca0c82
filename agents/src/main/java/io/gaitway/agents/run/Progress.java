package io.gaitway.agents.run;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Shows a run's progress: one line that is updated in place on a terminal, else a line each. */
final class Progress implements TrainingListener {
  private static final double SMOOTHING = 0.2;
  private static final int LONGEST_NOTE = 80;

  /** Least time between notes on a terminal, and elsewhere, where each takes a line. */
  private static final Duration NOTES_IN_PLACE = Duration.ofMillis(200);

  private static final Duration NOTES_BELOW = Duration.ofSeconds(10);

  private final StatusLine status;
  private final String prefix;
  private final int iterations;
  private final boolean canFall;
  private double secondsPerIteration = Double.NaN;
  private volatile int completed;
  private long notedAt;

  /**
   * Begins to show a run.
   *
   * @param inPlace whether one line is updated, as a terminal can
   * @param prefix what every line begins with
   */
  Progress(PrintWriter err, boolean inPlace, String prefix, RunConfig config) {
    status = new StatusLine(err, inPlace);
    this.prefix = prefix;
    iterations = config.iterations();
    canFall = !config.spec().termination().isEmpty();
  }

  /** Whether standard error is shown on a terminal. */
  static boolean standardErrorIsTerminal() {
    if ("dumb".equals(System.getenv("TERM"))) {
      return false;
    }
    try {
      String target = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
      return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
    } catch (IOException | UnsupportedOperationException e) {
      return System.console() != null;
    }
  }

  @Override
  public void started(Reference reference, int iteration) {
    completed = iteration;
    say(
        String.format(
            Locale.ROOT,
            "%s: DDP cost %s, %d iterations to go",
            iteration == 0 ? "Initial solution found" : "Resumed after iteration " + iteration,
            cost(reference.cost()),
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
    secondsPerIteration =
        Double.isNaN(secondsPerIteration)
            ? metrics.seconds()
            : SMOOTHING * metrics.seconds() + (1 - SMOOTHING) * secondsPerIteration;
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
            cost(metrics.ddpCost()),
            cost(metrics.stochasticCost()),
            cost(metrics.deterministicCost()),
            falls(metrics),
            left == 0
                ? "done in " + duration(metrics.elapsedSeconds())
                : duration(left * secondsPerIteration) + " left");
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

  /** A cost in at most seven characters, or a word if there is none. */
  static String cost(@Nullable Double cost) {
    if (cost == null) {
      return "diverged";
    }
    return Math.abs(cost) < 1e5
        ? String.format(Locale.ROOT, "%.2f", cost)
        : String.format(Locale.ROOT, "%.1e", cost);
  }

  /** A time span for people, such as {@code 1 min 20 s}. */
  static String duration(double seconds) {
    long whole = Math.round(seconds);
    if (seconds < 9.95) {
      return String.format(Locale.ROOT, "%.1f s", seconds);
    }
    if (whole < 60) {
      return whole + " s";
    }
    if (whole < 3600) {
      return whole / 60 + " min " + whole % 60 + " s";
    }
    return whole / 3600 + " h " + whole / 60 % 60 + " min";
  }
}
