package io.gaitway.server;

import io.gaitway.server.call.TimeLimit;
import java.time.Duration;
import java.util.function.Function;
import picocli.CommandLine.ParameterException;

/**
 * Checks values of options.
 *
 * @param refusal what to throw for one that is not allowed
 */
record OptionChecks(Function<String, ParameterException> refusal) {
  int positive(String option, int value) {
    return (int) positive(option, (long) value);
  }

  long positive(String option, long value) {
    if (value < 1) {
      throw refusal.apply(option + " must be at least 1, but is " + value);
    }
    return value;
  }

  /** As {@link TimeLimit#seconds} reads it. */
  Duration seconds(String option, String text) {
    try {
      return TimeLimit.seconds(text);
    } catch (IllegalArgumentException e) {
      throw refusal.apply(option + " " + e.getMessage());
    }
  }
}
