package io.gaitway.agents.cli;

import io.gaitway.agents.console.Quantities;
import io.gaitway.agents.console.StatusLine;
import io.gaitway.agents.gait.GaitSearch;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;

/** Shows how the search for a gait goes. */
final class SearchProgress {
  private static final double SMOOTHING = 0.2;

  private final StatusLine status;
  private final List<GaitSearch.Stage> schedule;
  private double secondsPerStep = Double.NaN;

  /**
   * The progress of a search.
   *
   * @param inPlace whether {@code err} is a terminal
   */
  SearchProgress(PrintWriter err, boolean inPlace, List<GaitSearch.Stage> schedule) {
    status = new StatusLine(err, inPlace);
    this.schedule = schedule;
  }

  /**
   * Shows a generation.
   *
   * @param seconds what it took
   * @param elapsedSeconds what the search took so far
   */
  void show(GaitSearch.Generation generation, double seconds, double elapsedSeconds) {
    GaitSearch.Stage stage = schedule.get(generation.stage() - 1);
    double pace = seconds / steps(stage);
    secondsPerStep =
        Double.isNaN(secondsPerStep) ? pace : SMOOTHING * pace + (1 - SMOOTHING) * secondsPerStep;
    double left = stepsAfter(generation);
    status.show(
        String.format(
            Locale.ROOT,
            "stage %d/%d  generation %3d/%d  best %s  median %s  upright %d/%d  %s",
            generation.stage(),
            schedule.size(),
            generation.number(),
            stage.generations(),
            Quantities.cost(generation.bestCost()),
            Quantities.cost(generation.medianCost()),
            generation.upright(),
            GaitSearch.CANDIDATES * stage.walks(),
            left == 0
                ? "done in " + Quantities.duration(elapsedSeconds)
                : Quantities.duration(left * secondsPerStep) + " left"));
    if (left == 0) {
      status.end();
    }
  }

  /** Control steps, per candidate, of all generations to come. */
  private double stepsAfter(GaitSearch.Generation generation) {
    double steps = 0;
    for (int i = generation.stage() - 1; i < schedule.size(); i++) {
      int done = i == generation.stage() - 1 ? generation.number() : 0;
      steps += steps(schedule.get(i)) * (schedule.get(i).generations() - done);
    }
    return steps;
  }

  /** Of one generation, per candidate. */
  private static double steps(GaitSearch.Stage stage) {
    return (double) stage.steps() * stage.walks();
  }

  /** Says something on a line of its own. */
  void say(String line) {
    status.say(line);
  }
}
