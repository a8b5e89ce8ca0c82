package io.gaitway.client.evaluation;

import java.util.List;

/**
 * An evaluation and what it has come to so far.
 *
 * @param evaluation the evaluation
 * @param episodes its finished episodes, by number
 */
public record EvaluationReport(EvaluationInfo evaluation, List<EpisodeResult> episodes) {
  /** Copies the list. */
  public EvaluationReport {
    episodes = List.copyOf(episodes);
  }
}
