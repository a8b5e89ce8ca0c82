package io.gaitway.server.call;

import java.math.BigDecimal;
import java.math.MathContext;
import java.time.Duration;
import java.util.Locale;

/** How long something may take, where it may also take as long as it likes. */
public final class TimeLimit {
  /** Stands for no limit: a hundred years, which every clock here can count. */
  public static final Duration NONE = Duration.ofDays(36_500);

  private static final BigDecimal NONE_SECONDS = BigDecimal.valueOf(NONE.toSeconds());

  private TimeLimit() {}

  /**
   * Reads a number of seconds, with a fraction perhaps.
   *
   * @param text a number greater than 0; "inf", like a number of more than a hundred years, means
   *     no limit
   * @throws IllegalArgumentException if it is anything else; the message says what is allowed, and
   *     is to follow the name of what was read
   */
  public static Duration seconds(String text) {
    String number = text.strip().toLowerCase(Locale.ROOT);
    if (number.equals("inf") || number.equals("infinity")) {
      return NONE;
    }
    BigDecimal seconds;
    try {
      seconds = new BigDecimal(number, MathContext.DECIMAL64);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(notAllowed(text), e);
    }
    if (seconds.signum() <= 0) {
      throw new IllegalArgumentException(notAllowed(text));
    }
    if (seconds.compareTo(NONE_SECONDS) > 0) {
      return NONE;
    }
    // A time that is too short to count is still one.
    return Duration.ofNanos(Math.max(1, seconds.movePointRight(9).longValue()));
  }

  private static String notAllowed(String text) {
    return "must be a number of seconds greater than 0, or inf for no limit, but is " + text;
  }

  /** The same, or {@link #NONE} if it is longer than that. */
  public static Duration atMostNone(Duration duration) {
    return duration.compareTo(NONE) > 0 ? NONE : duration;
  }
}
