package io.gaitway.agents.cli;

import io.gaitway.agents.api.DidYouMean;
import io.gaitway.agents.api.SettingException;
import io.gaitway.agents.program.AgentFault;
import io.gaitway.agents.run.BreakdownException;
import io.gaitway.client.error.GaitwayException;
import io.gaitway.client.error.InvalidArgumentException;
import io.gaitway.client.error.NotFoundException;
import io.gaitway.optim.policy.Architecture;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The program {@code gaitway}. Results go to standard output, everything else to standard error.
 * The exit code is 0 for success, 1 for a failure, 2 for a command line that cannot be carried out.
 */
@Command(
    name = "gaitway",
    description = "A gym for locomotion, served over gRPC, with exact derivatives.",
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      TrainCommand.class,
      ExperimentCommand.class,
      ReproduceCommand.class,
      EvaluateCommand.class,
      LeaderboardCommand.class,
      ReportCommand.class,
      ExportCommand.class,
      AgentsCommand.class,
      ServeAgentCommand.class,
      EnvironmentsCommand.class,
      RobotCommand.class,
      StatusCommand.class,
      CheckDerivativesCommand.class,
      TuneGaitCommand.class,
      RecordCommand.class,
      CompletionCommand.class,
      FormerCommand.Study.class,
      FormerCommand.Compare.class,
    },
    footer = {
      "",
      "First steps:",
      "  gaitway train vgps swimmer        trains a swimming policy and shows it",
      "  gaitway serve                     serves the environments to clients",
    })
public final class Gaitway implements Callable<Integer> {
  /** How a line of the JDK's log is written: on one line, unless it has a stack trace. */
  private static final String LOG_FORMAT = "java.util.logging.SimpleFormatter.format";

  /** What the server says before the names, where a parameter has another. */
  private static final String PARAMETERS = "the parameters are ";

  private static final String LEAK_DETECTION = "io.netty.leakDetection.level";

  static final int FAILURE = 1;
  static final int USAGE = 2;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--verbose",
      scope = ScopeType.INHERIT,
      description = "Show where in the program an error came from.")
  private boolean verbose;

  Gaitway() {}

  /** Runs the program and exits. */
  public static void main(String[] args) {
    if (args.length == 1 && (args[0].equals("--version") || args[0].equals("-V"))) {
      // What the parser would do, without the half second that all commands take to be read.
      for (String line : new VersionProvider().getVersion()) {
        System.out.println(line);
      }
      return;
    }
    prepareProcess();
    System.exit(commandLine().execute(args));
  }

  /** Sets what libraries do in this process: the JDK's log, and Netty's search for leaks. */
  static void prepareProcess() {
    if (System.getProperty(LOG_FORMAT) == null) {
      System.setProperty(LOG_FORMAT, "%4$s %3$s: %5$s%6$s%n");
    }
    // To find buffers that nobody gives back, Netty notes with a stack trace where one in 128 was
    // made: a twentieth of a unary call's time on the server. Tests run with it, programs without.
    if (System.getProperty(LEAK_DETECTION) == null) {
      System.setProperty(LEAK_DETECTION, "disabled");
    }
    // The command serve says by itself what it logs; to others, little is worth a line.
    Logger.getLogger("").setLevel(Level.WARNING);
  }

  /** Without a command there is nothing to do but to say what there is. */
  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getErr());
    return USAGE;
  }

  static CommandLine commandLine() {
    CommandLine line = new CommandLine(new Gaitway());
    EmbeddedServer.serverCommands().forEach(line::addSubcommand);
    line.setParameterExceptionHandler(
        (fault, args) -> {
          CommandLine command = fault.getCommandLine();
          String hint = "; see '" + command.getCommandSpec().qualifiedName() + " --help'";
          say(command, mistake(fault) + hint, fault);
          return USAGE;
        });
    line.setExecutionExceptionHandler(
        (fault, command, result) -> {
          say(command, sentence(fault), fault);
          return exitCode(fault);
        });
    line.setExecutionStrategy(
        parsed -> {
          requireNoEmptyArguments(parsed);
          return new CommandLine.RunLast().execute(parsed);
        });
    line.setUsageHelpAutoWidth(true);
    speakPlainly(line);
    return line;
  }

  /** An empty argument is that of a shell's variable which is not set. */
  private static void requireNoEmptyArguments(ParseResult parsed) {
    for (CommandLine command : parsed.asCommandLineList()) {
      for (PositionalParamSpec parameter : command.getParseResult().matchedPositionals()) {
        if (parameter.originalStringValues().contains("")) {
          String label = parameter.paramLabel().replaceAll("[\\[\\]]", "");
          throw usage(command.getCommandSpec(), label + " is empty");
        }
      }
    }
  }

  /** Has values that cannot be read refused without names of Java's types. */
  private static void speakPlainly(CommandLine line) {
    line.registerConverter(
        Integer.class, text -> number(text, Integer::valueOf, "a whole number below 2^31"));
    line.registerConverter(
        int.class, text -> number(text, Integer::valueOf, "a whole number below 2^31"));
    line.registerConverter(
        Long.class, text -> number(text, Long::valueOf, "a whole number below 2^63"));
    line.registerConverter(Double.class, text -> number(text, Double::valueOf, "a number"));
    line.registerConverter(double.class, text -> number(text, Double::valueOf, "a number"));
    line.registerConverter(
        Path.class,
        text -> {
          try {
            return Path.of(text);
          } catch (InvalidPathException e) {
            throw new TypeConversionException("'" + text + "' is not a path: " + e.getReason());
          }
        });
  }

  private static <N> N number(String text, Function<String, N> reader, String what) {
    try {
      return reader.apply(text);
    } catch (NumberFormatException e) {
      throw new TypeConversionException("'" + text + "' is not " + what);
    }
  }

  private static int exitCode(Exception fault) {
    return fault instanceof SettingException
            || fault instanceof ParameterException
            || fault instanceof InvalidArgumentException
            || fault instanceof NotFoundException
        ? USAGE
        : FAILURE;
  }

  /**
   * Reports a fault on a line of its own; {@code --verbose} adds where it came from.
   *
   * @param message what to say, on one line
   */
  static void say(CommandLine command, String message, @Nullable Exception fault) {
    PrintWriter err = command.getErr();
    err.println("gaitway: " + message);
    if (command.getCommandSpec().root().userObject() instanceof Gaitway program
        && program.verbose
        && fault != null) {
      fault.printStackTrace(err);
    }
    err.flush();
  }

  /** What is wrong with a command line, and what may have been meant. */
  private static String mistake(ParameterException fault) {
    if (fault instanceof UnmatchedArgumentException unmatched) {
      CommandSpec command = fault.getCommandLine().getCommandSpec();
      String given = unmatched.getUnmatched().get(0);
      if (unmatched.isUnknownOption()) {
        String name = given.replaceFirst("=.*", "");
        return "there is no option '"
            + name
            + "'"
            + DidYouMean.hint(name, command.optionsMap().keySet());
      }
      if (!command.subcommands().isEmpty()) {
        List<String> names =
            command.subcommands().values().stream()
                .map(CommandLine::getCommandSpec)
                .filter(each -> !each.usageMessage().hidden())
                .map(CommandSpec::name)
                .toList();
        return "there is no command '" + given + "'" + DidYouMean.hint(given, names);
      }
      return "'" + given + "' is one argument too many";
    }
    return sentence(fault);
  }

  /** What went wrong, on one line. */
  static String sentence(Exception fault) {
    return text(fault).strip().replaceAll("\\s*\\R\\s*", " ");
  }

  private static String text(Exception fault) {
    @Nullable String message = fault.getMessage();
    if (fault instanceof AccessDeniedException denied) {
      return "access to " + denied.getFile() + " is denied";
    }
    if (fault instanceof FileSystemException file && file.getReason() == null) {
      return file.getFile() + " " + wrong(file);
    }
    boolean foreseen =
        fault instanceof SettingException
            || fault instanceof ParameterException
            || fault instanceof GaitwayException
            || fault instanceof AgentFault
            || fault instanceof BreakdownException
            || fault instanceof IllegalArgumentException
            || fault instanceof IOException;
    if (foreseen && message != null) {
      return fault instanceof GaitwayException refused ? message + meant(refused) : message;
    }
    return "unexpected failure"
        + (message == null ? "" : ": " + message)
        + "; --verbose shows where it came from";
  }

  /** What may have been meant by a name that the server does not know, of those that it does. */
  private static String meant(GaitwayException fault) {
    Map<String, String> values = fault.metadata();
    return switch (fault.reason()) {
      case "UNKNOWN_ENVIRONMENT" -> meant(values.get("environment"), values.get("known"));
      case "UNKNOWN_SUITE" -> meant(values.get("suite"), values.get("known"));
      case "INVALID_PARAMETER" -> {
        String allowed = values.getOrDefault("allowed", "");
        yield allowed.startsWith(PARAMETERS)
            ? meant(values.get("parameter"), allowed.substring(PARAMETERS.length()))
            : "";
      }
      default -> "";
    };
  }

  private static String meant(@Nullable String named, @Nullable String known) {
    return named == null || known == null
        ? ""
        : DidYouMean.hint(named, List.of(known.split(", ", -1)));
  }

  /** What is wrong with a file of which the system gives no reason, after its name. */
  private static String wrong(FileSystemException fault) {
    if (fault instanceof NoSuchFileException) {
      return "does not exist";
    }
    if (fault instanceof FileAlreadyExistsException) {
      boolean directory = Files.isDirectory(Path.of(fault.getFile()));
      return directory ? "exists already" : "exists already, and is not a directory";
    }
    if (fault instanceof NotDirectoryException) {
      return "is not a directory";
    }
    if (fault instanceof FileSystemLoopException) {
      return "is a symbolic link to itself";
    }
    return "cannot be read or written";
  }

  /** A fault of the command line that the command finds by itself. */
  static ParameterException usage(CommandSpec spec, String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  /**
   * Refuses a number outside its range.
   *
   * @param option name of the option
   * @param value null if the option was not given
   * @throws ParameterException naming option, value and range
   */
  static void requireRange(
      CommandSpec spec, String option, @Nullable Number value, int least, int most) {
    if (value != null) {
      double number = value.doubleValue();
      require(
          spec,
          option,
          value,
          number >= least && number <= most,
          "between " + least + " and " + most);
    }
  }

  /**
   * Refuses a word that is not one of an option's alternatives.
   *
   * @param option name of the option
   * @throws ParameterException naming option, word and alternatives
   */
  static void requireOneOf(
      CommandSpec spec, String option, String value, List<String> alternatives) {
    String quoted = "'" + value + "'" + DidYouMean.hint(value, alternatives);
    require(spec, option, quoted, alternatives.contains(value), String.join(" or ", alternatives));
  }

  /**
   * Refuses a value that is not allowed.
   *
   * @param option name of the option
   * @param allowedValues what is allowed, in words
   * @throws ParameterException naming option, value and range
   */
  static void require(
      CommandSpec spec, String option, Object value, boolean allowed, String allowedValues) {
    if (!allowed) {
      throw usage(spec, option + " must be " + allowedValues + ", but is " + value);
    }
  }

  /**
   * Reads the hidden layers of a network.
   *
   * @param option name of the option
   * @throws ParameterException naming the option
   */
  static Architecture architecture(CommandSpec spec, String option, String text) {
    try {
      return Architecture.parse(text);
    } catch (IllegalArgumentException e) {
      throw usage(spec, option + ": " + e.getMessage());
    }
  }

  /**
   * Refuses a list that has a value twice, where equal values would be runs in one directory.
   *
   * @param option name of the option
   */
  static void requireDifferent(CommandSpec spec, String option, List<?> values) {
    Set<Object> seen = new HashSet<>();
    for (Object value : values) {
      if (!seen.add(value)) {
        throw usage(spec, option + " has " + value + " twice");
      }
    }
  }
}
