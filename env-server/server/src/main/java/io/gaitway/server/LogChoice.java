package io.gaitway.server;

import io.gaitway.server.log.LogFormat;
import io.gaitway.server.log.LogLevel;
import io.gaitway.server.log.LogOutput;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options that say what is logged, and how. */
final class LogChoice {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec command = CommandSpec.create();

  @Option(
      names = "--log-format",
      paramLabel = "FORMAT",
      defaultValue = "text",
      description =
          "How the log is written, on standard error: text (key=value) or json (default:"
              + " ${DEFAULT-VALUE}).")
  private String format = "";

  @Option(
      names = "--log-level",
      paramLabel = "LEVEL",
      description =
          "From which level on something is logged: error, warn, info or debug (default: info, or"
              + " warn with --until-eof, where another program speaks for the server).")
  private @Nullable String level;

  /**
   * Has everything that this program logs written as the options say.
   *
   * @param quiet whether to say little unless told otherwise
   */
  LogOutput install(boolean quiet) {
    return LogOutput.install(
        choice("--log-format", format, LogFormat.values()),
        choice("--log-level", level == null ? (quiet ? "warn" : "info") : level, LogLevel.values()),
        System.err);
  }

  private <E extends Enum<E>> E choice(String option, String text, E[] values) {
    for (E value : values) {
      if (name(value).equals(text)) {
        return value;
      }
    }
    throw new ParameterException(
        command.commandLine(),
        "%s must be one of %s, but is '%s'"
            .formatted(
                option,
                String.join(", ", Arrays.stream(values).map(LogChoice::name).toList()),
                text));
  }

  private static String name(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
