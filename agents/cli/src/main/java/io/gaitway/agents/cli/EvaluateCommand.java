package io.gaitway.agents.cli;

import io.gaitway.agents.api.SettingException;
import io.gaitway.agents.console.Status;
import io.gaitway.agents.evaluation.AgentWatch;
import io.gaitway.agents.evaluation.EvaluatedPolicy;
import io.gaitway.agents.evaluation.EvaluationProgress;
import io.gaitway.agents.evaluation.EvaluationResult;
import io.gaitway.agents.program.ChildProcess;
import io.gaitway.agents.program.CommandWords;
import io.gaitway.agents.run.RunDirectory;
import io.gaitway.client.GaitwayClient;
import io.gaitway.client.evaluation.ControllerFunction;
import io.gaitway.client.evaluation.EpisodeResult;
import io.gaitway.client.evaluation.EvaluationInfo;
import io.gaitway.client.evaluation.EvaluationOptions;
import io.gaitway.client.evaluation.EvaluationReport;
import io.gaitway.client.evaluation.Evaluations;
import io.gaitway.client.evaluation.Suite;
import io.gaitway.optim.policy.PolicyFile;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The command {@code evaluate}. */
@Command(
    name = "evaluate",
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    sortOptions = false,
    usageHelpWidth = 100,
    description = {
      "Runs the episodes of a suite with a controller, scores them, and keeps the result; docs/evaluation.md explains the rules.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  gaitway evaluate walker-disturbed --policy runs/walker-vgps-h10-s0/policy.json",
      "  gaitway evaluate swimmer-still --controller-command \"python3 my_controller.py\"",
      "  gaitway evaluate swimmer-still --listen --controller mine",
      "  gaitway evaluate --resume ID --controller-command \"python3 my_controller.py\""
    })
final class EvaluateCommand implements Callable<Integer> {
  /** Where evaluations are kept unless told otherwise. */
  static final Path DATABASE = RunDirectory.RUNS.resolve("evaluations.db");

  static final String ADDRESS_VARIABLE = "GAITWAY_EVALUATION_SERVER";
  static final String EVALUATION_VARIABLE = "GAITWAY_EVALUATION";

  private static final int MAX_NAME = 64;
  private static final Duration POLL = Duration.ofMillis(200);
  private static final int SHOWN_OF_ID = 8;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(
      paramLabel = "SUITE",
      arity = "0..1",
      description = "Name of the suite, such as walker-disturbed.")
  private @Nullable String suite;

  @Option(
      names = "--policy",
      paramLabel = "FILE",
      description = "Evaluate this policy file, without its noise.")
  private @Nullable Path policy;

  @Option(
      names = "--noise",
      paramLabel = "SEED",
      description = "With --policy: add its noise, drawn with this seed.")
  private @Nullable Long noise;

  @Option(
      names = "--controller-command",
      paramLabel = "COMMAND",
      description =
          "Start this program as the controller. It finds the server in "
              + ADDRESS_VARIABLE
              + " and the evaluation in "
              + EVALUATION_VARIABLE
              + ".")
  private @Nullable String command;

  @Option(names = "--agent", hidden = true)
  private @Nullable String agent;

  @Option(
      names = "--listen",
      description = "Wait for a controller, and print where the server is and the evaluation's id.")
  private boolean listen;

  @Option(
      names = "--controller",
      paramLabel = "NAME",
      description =
          "Name on the leaderboard, 1 to 64 characters; default: taken from the policy's file or the command.")
  private @Nullable String controller;

  @Option(
      names = "--description",
      paramLabel = "TEXT",
      description = "What the controller is, at most 1000 characters.")
  private @Nullable String description;

  @Option(
      names = "--deadline",
      paramLabel = "SECONDS",
      description = "Time for the answer to a round, within the suite's range; default 1.")
  private @Nullable Double deadline;

  @Option(
      names = "--parallel",
      paramLabel = "N",
      description =
          "Most episodes in a round; default 0 for all of them. Results do not depend on it unless the controller's actions do.")
  private @Nullable Integer parallel;

  @Option(
      names = "--patience",
      paramLabel = "SECONDS",
      defaultValue = "60",
      description =
          "With --controller-command: longest time that the program may run without being attached,"
              + " inf for no limit; default ${DEFAULT-VALUE}.")
  private String patience = "";

  private Duration attachTime = Seconds.NONE;

  @Option(
      names = "--resume",
      paramLabel = "ID",
      description = "Continue this evaluation with the episodes that are left.")
  private @Nullable String resume;

  @Mixin private DatabaseChoice database = new DatabaseChoice();

  @Mixin private ResultFormat result = new ResultFormat();

  EvaluateCommand() {}

  @Override
  public Integer call() throws IOException, InterruptedException {
    requireOneController();
    attachTime = Seconds.limit(spec, "--patience", patience);
    @Nullable PolicyFile file = policy == null ? null : PolicyFile.read(policy);
    if (command != null) {
      CommandWords.split("--controller-command", command);
    }
    try (ServerChoice.Connection connection = database.connect(spec)) {
      Evaluations evaluations = connection.client().evaluations();
      @Nullable EvaluationInfo earlier = resume == null ? null : resumed(evaluations, resume);
      if (file != null) {
        requireFits(connection.client(), file, earlier);
      }
      EvaluationInfo evaluation = earlier == null ? create(evaluations) : earlier;
      if (evaluation.endTime() == null && !run(connection, evaluation, file)) {
        return Gaitway.FAILURE;
      }
      EvaluationResult outcome =
          EvaluationResult.of(
              evaluations.get(evaluation.id()), evaluations.leaderboard(evaluation.suite().id()));
      result.print(outcome::json, outcome::print);
    }
    return 0;
  }

  private void requireOneController() {
    if (agent != null) {
      throw Gaitway.usage(
          spec,
          "--agent is for learning agents, in train; name a controller's program with --controller-command");
    }
    int given = (policy == null ? 0 : 1) + (command == null ? 0 : 1) + (listen ? 1 : 0);
    if (given != 1) {
      throw Gaitway.usage(
          spec, "name one controller: --policy FILE, --controller-command COMMAND or --listen");
    }
    if (noise != null && policy == null) {
      throw Gaitway.usage(spec, "--noise goes with --policy");
    }
  }

  /** Refuses a policy of another environment before anything is opened or taken over. */
  private void requireFits(
      GaitwayClient client, PolicyFile file, @Nullable EvaluationInfo earlier) {
    List<Suite> asked =
        earlier != null
            ? List.of(earlier.suite())
            : client.evaluations().suites().stream()
                .filter(candidate -> candidate.id().equals(suite))
                .toList();
    for (Suite candidate : asked) {
      Suite.Variant first = candidate.variants().get(0);
      try {
        file.requireFits(client.environment(first.environment(), first.parameters()));
      } catch (IllegalArgumentException e) {
        throw new SettingException("--policy: " + e.getMessage());
      }
    }
  }

  private EvaluationInfo create(Evaluations evaluations) {
    if (suite == null) {
      String known = evaluations.suites().stream().map(Suite::id).collect(Collectors.joining(", "));
      throw Gaitway.usage(spec, "SUITE is missing; there are " + known);
    }
    if (deadline != null) {
      requireDeadline(evaluations, suite, deadline);
    }
    return evaluations.create(
        new EvaluationOptions(
            suite,
            Objects.requireNonNullElseGet(controller, this::defaultName),
            Objects.requireNonNullElse(description, ""),
            deadline == null ? null : Duration.ofNanos(Math.round(deadline * 1e9)),
            Objects.requireNonNullElse(parallel, 0)));
  }

  private void requireDeadline(Evaluations evaluations, String name, double seconds) {
    for (Suite known : evaluations.suites()) {
      if (known.id().equals(name)) {
        double least = known.minActionDeadline().toNanos() * 1e-9;
        double most = known.maxActionDeadline().toNanos() * 1e-9;
        Gaitway.require(
            spec,
            "--deadline",
            seconds,
            seconds >= least && seconds <= most,
            String.format(Locale.ROOT, "between %s and %s seconds", least, most));
      }
    }
  }

  private String defaultName() {
    String name = "controller";
    if (command != null) {
      name = command.replaceAll("\\p{C}|\\s+", " ").strip();
    } else if (policy != null) {
      Path folder = policy.toAbsolutePath().getParent();
      // Policies of runs have all the same file name; their folders tell them apart.
      Path named = folder != null && policy.endsWith("policy.json") ? folder : policy;
      name = Objects.toString(named.getFileName(), name);
      name += noise == null ? "" : " with noise";
    }
    return name.codePoints()
        .limit(MAX_NAME)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  private EvaluationInfo resumed(Evaluations evaluations, String id) {
    EvaluationInfo evaluation = evaluations.get(id).evaluation();
    Contradictions earlier = new Contradictions(spec, "the evaluation " + beginning(id) + "…");
    earlier.refuse("SUITE", suite, evaluation.suite().id());
    earlier.refuse("--controller", controller, evaluation.controller());
    earlier.refuse("--description", description, evaluation.description());
    earlier.refuse("--deadline", deadline, evaluation.actionDeadline().toNanos() / 1e9);
    earlier.refuse("--parallel", parallel, evaluation.parallel());
    return evaluation;
  }

  /** The part of an evaluation's id that may be shown; the whole is a key. */
  private static String beginning(String id) {
    return id.substring(0, Math.min(SHOWN_OF_ID, id.length()));
  }

  /** Lets the controller control until the last episode has ended; false if somebody stops it. */
  private boolean run(
      ServerChoice.Connection connection, EvaluationInfo evaluation, @Nullable PolicyFile file)
      throws IOException, InterruptedException {
    Status status = Status.onStandardError(spec.commandLine().getErr());
    String farewell = "Stopped. Continue with: " + continuation(evaluation);
    status.say("Evaluation: " + evaluation.id());
    try (StopSignal stop = StopSignal.install(() -> status.say(farewell))) {
      Evaluations evaluations = connection.client().evaluations();
      EvaluationProgress progress = new EvaluationProgress(status);
      if (file != null) {
        return runPolicy(evaluations, evaluation, file, progress, stop);
      }
      String address = connection.controllerAddress();
      if (command != null) {
        return runProgram(evaluations, evaluation, command, address, progress, status, stop);
      }
      status.say(
          "Waiting for a controller: %s=%s %s=%s"
              .formatted(
                  ADDRESS_VARIABLE,
                  CommandWords.quote(address),
                  EVALUATION_VARIABLE,
                  CommandWords.quote(evaluation.id())));
      while (!stop.requested()) {
        EvaluationReport report = evaluations.get(evaluation.id());
        progress.show(report);
        if (report.evaluation().endTime() != null) {
          return true;
        }
        TimeUnit.NANOSECONDS.sleep(POLL.toNanos());
      }
      return false;
    } finally {
      status.end();
    }
  }

  /** The command line that goes on with the evaluation. */
  private String continuation(EvaluationInfo evaluation) {
    StringBuilder line = new StringBuilder(ThisProgram.command());
    line.append(" evaluate --resume ").append(evaluation.id());
    line.append(database.arguments());
    if (command != null) {
      line.append(" --controller-command ").append(CommandWords.quote(command));
    } else if (policy != null) {
      line.append(" --policy ")
          .append(ThisProgram.path(policy))
          .append(noise == null ? "" : " --noise " + noise);
    } else {
      line.append(" --listen");
    }
    return line.toString();
  }

  /** Ends the control of a policy when somebody stops the program. */
  private static final class Stopped extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Stopped() {
      super(null, null, false, false);
    }
  }

  private boolean runPolicy(
      Evaluations evaluations,
      EvaluationInfo evaluation,
      PolicyFile file,
      EvaluationProgress progress,
      StopSignal stop) {
    EvaluatedPolicy acting = new EvaluatedPolicy(file, noise);
    ControllerFunction watched =
        new ControllerFunction() {
          private long shown = System.nanoTime();

          @Override
          public void begin(Task task) {
            acting.begin(task);
          }

          @Override
          public void act(Round round, double[] us) {
            if (stop.requested()) {
              throw new Stopped();
            }
            acting.act(round, us);
          }

          @Override
          public void ended(EpisodeResult episode) {
            if (System.nanoTime() - shown >= POLL.toNanos()) {
              shown = System.nanoTime();
              progress.show(evaluations.get(evaluation.id()));
            }
          }
        };
    try {
      evaluations.control(evaluation.id(), watched);
    } catch (Stopped e) {
      return false;
    }
    progress.show(evaluations.get(evaluation.id()));
    return true;
  }

  private boolean runProgram(
      Evaluations evaluations,
      EvaluationInfo evaluation,
      String command,
      String address,
      EvaluationProgress progress,
      Status status,
      StopSignal stop)
      throws IOException, InterruptedException {
    Path log = database.sibling("evaluation-" + beginning(evaluation.id()) + ".log");
    Map<String, String> environment =
        Map.of(ADDRESS_VARIABLE, address, EVALUATION_VARIABLE, evaluation.id());
    try (ChildProcess process =
        ChildProcess.start("--controller-command", command, environment, log)) {
      AgentWatch watch = new AgentWatch(evaluation, attachTime, System.nanoTime());
      while (!stop.requested()) {
        boolean alive = !process.waitFor(POLL);
        EvaluationReport report = evaluations.get(evaluation.id());
        progress.show(report);
        if (report.evaluation().endTime() != null) {
          return true;
        }
        @Nullable String fault =
            alive ? watch.judge(report, System.nanoTime()) : ending(process, watch, report);
        if (fault != null && !stop.requested()) {
          process.lastLines().forEach(line -> status.say("  | " + line));
          status.say("What the controller printed is in " + log);
          status.say("Continue with: " + continuation(evaluation));
          throw new IOException(
              "the controller %s %s, with %d of %d episodes finished"
                  .formatted(
                      evaluation.controller(),
                      fault,
                      report.episodes().size(),
                      evaluation.suite().episodes()));
        }
      }
      process.end(Duration.ofMillis(500));
      return false;
    }
  }

  private static String ending(ChildProcess process, AgentWatch watch, EvaluationReport report) {
    String fault = AgentWatch.lastFault(report.episodes());
    return process.ending()
        + (watch.hasAttached(report) ? "" : " without having attached")
        + (fault == null ? "" : "; its last fault was " + fault);
  }
}
