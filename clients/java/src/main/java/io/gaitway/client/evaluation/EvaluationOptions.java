package io.gaitway.client.evaluation;

import io.gaitway.client.internal.TimeLimit;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a new evaluation is.
 *
 * @param suite name of the suite
 * @param controller name of the controller on the leaderboard, 1 to 64 printable characters
 * @param description what it is, for people, at most 1000 characters
 * @param actionDeadline time for the answer to a round; null for one second
 * @param parallel most episodes in a round, 0 for all of them
 */
public record EvaluationOptions(
    String suite,
    String controller,
    String description,
    @Nullable Duration actionDeadline,
    int parallel) {

  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if one is out of its range
   */
  public EvaluationOptions {
    if (actionDeadline != null) {
      TimeLimit.requirePositive("actionDeadline", actionDeadline);
    }
    if (parallel < 0) {
      throw new IllegalArgumentException(
          "parallel must be at least 1, or 0 for all episodes, but is " + parallel);
    }
  }

  /** All episodes at a time, with a second for every answer. */
  public static EvaluationOptions of(String suite, String controller) {
    return new EvaluationOptions(suite, controller, "", null, 0);
  }
}
