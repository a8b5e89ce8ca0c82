package io.gaitway.agents.cli;

import io.gaitway.agents.console.Pace;
import io.gaitway.agents.console.Quantities;
import io.gaitway.agents.console.Status;
import io.gaitway.agents.gait.GaitSearch;
import java.util.List;
import java.util.Locale;

/** Shows how the search for a gait goes. */
final class SearchProgress {
  private final Status status;
  private final Pace pace = new Pace();
  private final List<GaitSearch.Stage> schedule;

  /** The progress of a search. */
  SearchProgress(Status status, List<GaitSearch.Stage> schedule) {
    this.status = status;
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
    pace.took(seconds / steps(stage));
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
            pace.left(left, elapsedSeconds)));
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
}
