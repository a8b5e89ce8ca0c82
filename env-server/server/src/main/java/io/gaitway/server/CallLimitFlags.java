package io.gaitway.server;

import io.gaitway.server.call.CallLimits;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options about what calls and connections may take. */
final class CallLimitFlags {
  @Option(
      names = "--max-answer-bytes",
      paramLabel = "BYTES",
      description =
          "Most bytes of answers that are held until clients have taken them. A principal may hold"
              + " half of it, a connection an eighth; what has no room waits (default: a quarter of"
              + " the Java heap).")
  private @Nullable Long answerBytes;

  @Option(
      names = "--max-request-bytes",
      paramLabel = "BYTES",
      description =
          "Most bytes of requests above 1 MiB that are held until they are answered, shared out"
              + " likewise; what has no room is refused (default: a quarter of the Java heap).")
  private @Nullable Long requestBytes;

  @Option(
      names = "--max-call-seconds",
      paramLabel = "SECONDS",
      defaultValue = "600",
      description =
          "Most processor time of one call, as reckoned before it begins, or inf (default:"
              + " ${DEFAULT-VALUE}).")
  private String seconds = "";

  @Option(
      names = "--max-calls-per-connection",
      defaultValue = "1024",
      description = "Most calls at a time over one connection (default: ${DEFAULT-VALUE}).")
  private long calls;

  @Option(
      names = "--max-calls-per-second",
      defaultValue = "20000",
      description =
          "Most calls that a principal may begin in a second (default: ${DEFAULT-VALUE}).")
  private long callsPerSecond;

  @Option(
      names = "--max-steps-per-second",
      defaultValue = "20000000",
      description =
          "Most control steps and knots that a principal may ask for in a second; one request may"
              + " ask for more at once (default: ${DEFAULT-VALUE}).")
  private long stepsPerSecond;

  @Option(
      names = "--max-connection-age",
      paramLabel = "SECONDS",
      defaultValue = "86400",
      description =
          "Seconds after which a connection takes no new calls, so that its client connects anew,"
              + " or inf (default: ${DEFAULT-VALUE}).")
  private String age = "";

  @Option(
      names = "--max-connection-idle",
      paramLabel = "SECONDS",
      defaultValue = "3600",
      description =
          "Seconds without a call after which a connection is closed, or inf (default:"
              + " ${DEFAULT-VALUE}).")
  private String idle = "";

  @Option(
      names = "--max-resets-per-second",
      defaultValue = "200",
      description =
          "Most calls over one connection that are given up again in a second, on an average of 30;"
              + " a connection with more is closed (default: ${DEFAULT-VALUE}).")
  private long resets;

  /**
   * The limits.
   *
   * @param checks refuses what is not allowed
   */
  CallLimits limits(OptionChecks checks) {
    CallLimits defaults = CallLimits.defaults();
    return new CallLimits(
        checks.positive(
            "--max-answer-bytes", answerBytes == null ? defaults.answerBytes() : answerBytes),
        checks.positive(
            "--max-request-bytes", requestBytes == null ? defaults.requestBytes() : requestBytes),
        checks.seconds("--max-call-seconds", seconds).toNanos() * 1e-9,
        count(checks, "--max-calls-per-connection", calls),
        checks.positive("--max-calls-per-second", callsPerSecond),
        checks.positive("--max-steps-per-second", stepsPerSecond),
        checks.seconds("--max-connection-age", age),
        checks.seconds("--max-connection-idle", idle),
        count(checks, "--max-resets-per-second", resets));
  }

  private static int count(OptionChecks checks, String option, long value) {
    long most = 1_000_000;
    if (value > most) {
      throw checks
          .refusal()
          .apply("%s must be at most %d, but is %d".formatted(option, most, value));
    }
    return (int) checks.positive(option, value);
  }
}
