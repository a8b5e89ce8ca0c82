package io.gaitway.server.call;

import java.time.Duration;

/**
 * How many evaluations a server keeps, and for how long.
 *
 * @param maxUnfinished most that have not ended
 * @param maxUnfinishedOfPrincipal most of these that one principal opened
 * @param retention time for which those that have ended are kept
 * @param maxFinishedOfPrincipal most that have ended of one principal in one suite; the first to
 *     end are forgotten
 * @param maxStoredBytes most bytes in all; the first to end of whoever has the most are forgotten
 */
public record EvaluationLimits(
    int maxUnfinished,
    int maxUnfinishedOfPrincipal,
    Duration retention,
    int maxFinishedOfPrincipal,
    long maxStoredBytes) {
  /** Time after which an evaluation that was never controlled is forgotten. */
  public static final Duration UNUSED_LIFE = Duration.ofHours(24);

  /** Time after which an evaluation is forgotten that has not ended, and that nobody controls. */
  public static final Duration UNFINISHED_LIFE = Duration.ofDays(30);

  /** The defaults. */
  public static EvaluationLimits defaults() {
    return new EvaluationLimits(10_000, 1000, Duration.ofDays(365), 1000, 1L << 30);
  }

  /** Checks the ranges. */
  public EvaluationLimits {
    requirePositive("maxUnfinished", maxUnfinished);
    requirePositive("maxUnfinishedOfPrincipal", maxUnfinishedOfPrincipal);
    requirePositive("maxFinishedOfPrincipal", maxFinishedOfPrincipal);
    requirePositive("maxStoredBytes", maxStoredBytes);
    if (retention.isZero() || retention.isNegative()) {
      throw new IllegalArgumentException(
          "retention must be longer than 0 s, but is %s".formatted(retention));
    }
    retention = TimeLimit.atMostNone(retention);
  }

  private static void requirePositive(String name, long value) {
    if (value < 1) {
      throw new IllegalArgumentException("%s must be at least 1, but is %d".formatted(name, value));
    }
  }
}
