package io.gaitway.client.internal;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * How long something may take, or that it may take as long as it likes.
 *
 * @param nanos ns; {@link Long#MAX_VALUE}, which is beyond what the clock can count, for no limit
 */
public record TimeLimit(long nanos) {
  /** No limit. */
  public static final TimeLimit NONE = new TimeLimit(Long.MAX_VALUE);

  private static final Duration LONGEST = Duration.ofNanos(Long.MAX_VALUE);

  /**
   * The limit that a caller sets; a time too long for the clock to count means no limit.
   *
   * @param name what the caller knows it by
   * @throws IllegalArgumentException if it is zero or negative
   */
  public static TimeLimit of(String name, Duration duration) {
    requirePositive(name, duration);
    return duration.compareTo(LONGEST) >= 0 ? NONE : new TimeLimit(duration.toNanos());
  }

  /**
   * Checks a time that a caller sets, and returns it.
   *
   * @param name what the caller knows it by
   * @throws IllegalArgumentException if it is zero or negative
   */
  public static Duration requirePositive(String name, Duration duration) {
    if (duration.isZero() || duration.isNegative()) {
      throw new IllegalArgumentException(
          "%s must be longer than 0 s, but is %s"
              .formatted(name, duration.isZero() ? "0 s" : duration));
    }
    return duration;
  }

  /** Whether there is no limit. */
  public boolean isNone() {
    return nanos == Long.MAX_VALUE;
  }

  /** So many milliseconds more; none stays none. */
  public TimeLimit plusMillis(long millis) {
    // Both are positive, so that a sum that is not has overflowed.
    long sum = nanos + TimeUnit.MILLISECONDS.toNanos(millis);
    return isNone() || sum < 0 ? NONE : new TimeLimit(sum);
  }

  /** As a person writes it: {@code 250 ms}, {@code 12.4 s}. */
  @Override
  public String toString() {
    if (isNone()) {
      return "no limit";
    }
    long millis = TimeUnit.NANOSECONDS.toMillis(nanos);
    if (millis < 1000) {
      return millis + " ms";
    }
    return (millis % 1000 == 0
            ? Long.toString(millis / 1000)
            : Double.toString(millis / 100 / 10.0))
        + " s";
  }
}
