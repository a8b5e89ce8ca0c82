package io.gaitway.agents.evaluation;

import io.gaitway.agents.console.Quantities;
import io.gaitway.agents.console.Status;
import io.gaitway.client.evaluation.EvaluationInfo;
import io.gaitway.client.evaluation.EvaluationReport;
import java.util.Locale;

/** Shows how an evaluation goes, whenever that changes. */
public final class EvaluationProgress {
  private final Status status;
  private String shown = "";

  /** Begins to show an evaluation. */
  public EvaluationProgress(Status status) {
    this.status = status;
  }

  /** Shows what there is so far. */
  public void show(EvaluationReport report) {
    String line = line(report);
    if (!line.equals(shown)) {
      shown = line;
      status.show(line);
    }
  }

  private static String line(EvaluationReport report) {
    EvaluationInfo evaluation = report.evaluation();
    String line =
        report.episodes().size() + "/" + evaluation.suite().episodes() + " episodes finished";
    EvaluationInfo.Score score = evaluation.score();
    if (score != null && score.episodes() > 0) {
      line += "  cost " + interval(score) + "  survival " + survival(score);
      if (score.controllerFaults() > 0) {
        line += "  faults " + score.controllerFaults();
      }
    }
    if (evaluation.endTime() == null && !evaluation.controlled()) {
      line += "  waiting for the controller";
    }
    return line;
  }

  /** A cost with its interval, such as {@code 49.80 [48.12, 51.03]}. */
  static String interval(EvaluationInfo.Score score) {
    return "%s [%s, %s]"
        .formatted(
            Quantities.cost(score.cost()),
            Quantities.cost(score.costLower()),
            Quantities.cost(score.costUpper()));
  }

  /** A survival with its interval, such as {@code 92 % [81, 97]}. */
  static String survival(EvaluationInfo.Score score) {
    return String.format(
        Locale.ROOT,
        "%.0f %% [%.0f, %.0f]",
        100 * score.survival(),
        100 * score.survivalLower(),
        100 * score.survivalUpper());
  }
}
