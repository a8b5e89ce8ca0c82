package io.gaitway.server.evaluation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.proto.v1.ControllerFault;
import io.gaitway.proto.v1.EpisodeOutcome;
import io.gaitway.proto.v1.EpisodeResult;
import io.gaitway.proto.v1.Score;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The score's statistics against values from elsewhere. */
class ScoringTest {
  private static final double[] COSTS = {3, 1, 4, 1.5, 9, 2.5, 6, 5, 3.5, 8};

  @Test
  void theInterquartileMeanIsThatOfTheMiddleHalf() {
    assertEquals(4.5, Scoring.interquartileMean(new double[] {8, 1, 7, 2, 6, 3, 5, 4}));
    assertEquals(2, Scoring.interquartileMean(new double[] {1, 3}));
    assertEquals(7, Scoring.interquartileMean(new double[] {7}));
    // Of five, the middle one whole and three quarters of its neighbours.
    assertEquals(
        (0.75 * 2 + 3 + 0.75 * 40) / 2.5,
        Scoring.interquartileMean(new double[] {1, 2, 3, 40, 50}));
    assertTrue(Double.isNaN(Scoring.interquartileMean(new double[0])));
  }

  /** Wilson's interval as R's prop.test(correct = FALSE) prints it. */
  @Test
  void theIntervalOfARateIsWilsons() {
    assertArrayEquals(new double[] {0.4901625, 0.9433178}, Scoring.wilson(8, 10), 5e-8);
    assertArrayEquals(new double[] {0, 0.2775328}, Scoring.wilson(0, 10), 5e-8);
    assertArrayEquals(new double[] {0, 1}, Scoring.wilson(0, 0));
  }

  /** NumPy's Philox and the formulas of the contract gave these; see docs/evaluation.md. */
  @Test
  void theBootstrapIsThatOfTheContract() {
    assertEquals(3.95, Scoring.interquartileMean(COSTS));
    assertArrayEquals(new double[] {2.45, 6.3}, Scoring.bootstrap(COSTS, 2013));
  }

  @Test
  void whatCountsIsToldFromWhatDoesNot() {
    Score score =
        Scoring.of(
            List.of(
                result(EpisodeOutcome.EPISODE_OUTCOME_COMPLETED, "UNSPECIFIED", 1),
                result(EpisodeOutcome.EPISODE_OUTCOME_COMPLETED, "DEADLINE_MISSED", 5),
                result(EpisodeOutcome.EPISODE_OUTCOME_TERMINATED, "UNSPECIFIED", 9),
                result(
                    EpisodeOutcome.EPISODE_OUTCOME_DIVERGED,
                    "UNSPECIFIED",
                    Double.POSITIVE_INFINITY),
                result(EpisodeOutcome.EPISODE_OUTCOME_COMPLETED, "UNSPECIFIED", 5)),
            1);
    assertEquals(4, score.getEpisodes());
    assertEquals(5, score.getCost());
    assertEquals(0.5, score.getSurvival());
    assertEquals(1, score.getControllerFaults());
    assertEquals(1, score.getEnvironmentFaults());
    assertTrue(score.getCostLower() < 5 && 5 < score.getCostUpper());
  }

  private static EpisodeResult result(EpisodeOutcome outcome, String fault, double cost) {
    return EpisodeResult.newBuilder()
        .setOutcome(outcome)
        .setFault(ControllerFault.valueOf("CONTROLLER_FAULT_" + fault))
        .setCost(cost)
        .build();
  }
}
