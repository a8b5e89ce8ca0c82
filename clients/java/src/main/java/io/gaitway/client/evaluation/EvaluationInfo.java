package io.gaitway.client.evaluation;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An evaluation of a controller.
 *
 * @param id its name and key; empty on the leaderboard, but for who may remove it
 * @param suite the suite
 * @param controller name of the controller
 * @param description what it is, for people
 * @param actionDeadline time for the answer to a round
 * @param parallel most episodes in a round
 * @param createTime when it was opened
 * @param endTime when its last episode ended; null as long as it goes on
 * @param attachments how many times a controller has attached
 * @param score the score of the episodes finished so far; null before the first
 * @param controlled whether a controller is attached at present
 */
public record EvaluationInfo(
    String id,
    Suite suite,
    String controller,
    String description,
    Duration actionDeadline,
    int parallel,
    Instant createTime,
    @Nullable Instant endTime,
    int attachments,
    @Nullable Score score,
    boolean controlled) {

  /**
   * What finished episodes come to. Episodes with a fault of the environment are counted in {@link
   * #environmentFaults} and nowhere else.
   *
   * @param episodes episodes that count
   * @param cost interquartile mean of their total costs; NaN if none counts, like its interval
   * @param costLower lower end of its 95 % bootstrap interval
   * @param costUpper upper end
   * @param survival fraction of the episodes that survived, 0 to 1
   * @param survivalLower lower end of its 95 % Wilson interval
   * @param survivalUpper upper end
   * @param controllerFaults episodes with a fault of the controller
   * @param environmentFaults episodes with a fault of the environment
   */
  public record Score(
      int episodes,
      double cost,
      double costLower,
      double costUpper,
      double survival,
      double survivalLower,
      double survivalUpper,
      int controllerFaults,
      int environmentFaults) {}
}
