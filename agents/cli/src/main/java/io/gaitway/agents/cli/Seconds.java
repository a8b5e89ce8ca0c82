package io.gaitway.agents.cli;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import picocli.CommandLine.Model.CommandSpec;

/** Reads options that say how long something may take, in seconds. */
final class Seconds {
  /** Stands for no limit: a hundred years, which every clock here can count. */
  static final Duration NONE = Duration.ofDays(36_500);

  private static final BigDecimal NONE_SECONDS = BigDecimal.valueOf(NONE.toSeconds());

  private Seconds() {}

  /**
   * A time limit.
   *
   * @param text a number greater than 0, with a fraction perhaps; {@code inf}, like a number of
   *     more than a hundred years, means no limit
   * @throws picocli.CommandLine.ParameterException naming the option, if it is anything else
   */
  static Duration limit(CommandSpec spec, String option, String text) {
    return read(spec, option, text, "greater than 0, or inf for no limit", false);
  }

  /**
   * A pause, which may be 0.
   *
   * @param text a number of at least 0; {@code inf} means for ever
   * @throws picocli.CommandLine.ParameterException naming the option, if it is anything else
   */
  static Duration pause(CommandSpec spec, String option, String text) {
    return read(spec, option, text, "of at least 0, or inf", true);
  }

  private static Duration read(
      CommandSpec spec, String option, String text, String allowed, boolean zero) {
    String number = text.strip().toLowerCase(Locale.ROOT);
    if (Set.of("inf", "infinity").contains(number)) {
      return NONE;
    }
    BigDecimal seconds;
    try {
      seconds = new BigDecimal(number);
    } catch (NumberFormatException e) {
      throw refusal(spec, option, text, allowed);
    }
    if (seconds.signum() < 0 || (seconds.signum() == 0 && !zero)) {
      throw refusal(spec, option, text, allowed);
    }
    if (seconds.compareTo(NONE_SECONDS) > 0) {
      return NONE;
    }
    // A time that is too short to count is still one.
    return Duration.ofNanos(Math.max(seconds.signum(), seconds.movePointRight(9).longValue()));
  }

  private static RuntimeException refusal(
      CommandSpec spec, String option, String text, String allowed) {
    return Gaitway.usage(
        spec, "%s must be a number of seconds %s, but is %s".formatted(option, allowed, text));
  }
}
