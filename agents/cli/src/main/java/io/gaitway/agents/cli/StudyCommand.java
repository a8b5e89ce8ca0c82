package io.gaitway.agents.cli;

import io.gaitway.agents.api.Start;
import io.gaitway.agents.console.Status;
import io.gaitway.agents.experiment.Change;
import io.gaitway.agents.experiment.Jobs;
import io.gaitway.agents.experiment.StartReferences;
import io.gaitway.agents.experiment.StudyRun;
import io.gaitway.agents.experiment.StudyTable;
import io.gaitway.agents.guidance.StartSolutions;
import io.gaitway.agents.measure.Judgement;
import io.gaitway.agents.program.ChosenAgent;
import io.gaitway.agents.run.DirectoryWatch;
import io.gaitway.agents.run.DurableFiles;
import io.gaitway.agents.run.Observation;
import io.gaitway.agents.run.RunConfig;
import io.gaitway.agents.run.RunDirectory;
import io.gaitway.agents.run.StartsFile;
import io.gaitway.agents.run.TrainingResult;
import io.gaitway.client.GaitwayClient;
import io.gaitway.client.simulation.EnvironmentInfo;
import io.gaitway.client.simulation.Simulator;
import io.gaitway.client.simulation.Trajectory;
import io.gaitway.optim.policy.Architecture;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** The command {@code study}: one agent over presets, policy sizes and seeds. */
@Command(
    name = "study",
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    sortOptions = false,
    description = {
      "Trains one agent with several presets, policy sizes and seeds, and prints a table in Markdown.",
      "",
      "Each run has its own directory below --out, and the table is written there as study.md and"
          + " study.csv. The command continues where it was stopped or"
          + " killed; complete runs are only measured.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  gaitway study vgps swimmer --hidden 5,10 --presets default,paper --seeds 10",
      "  gaitway study vgps walker --hidden 10 --presets default --jobs 2",
      "  gaitway study --agent 'python my_agent.py' swimmer --presets default"
    })
final class StudyCommand implements Callable<Integer> {
  private static final int TRAINING_ROLLOUTS = 10;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private TaskChoice task = new TaskChoice();

  @Mixin private RunsChoice runs = new RunsChoice();

  @Option(
      names = "--first-seed",
      defaultValue = "0",
      paramLabel = "N",
      description = "The first of the seeds, at least 0; default ${DEFAULT-VALUE}.")
  private long firstSeed;

  @Option(
      names = "--presets",
      split = ",",
      defaultValue = "default,paper",
      paramLabel = "NAME",
      description = "Presets, separated by commas; default ${DEFAULT-VALUE}.")
  private List<String> presets = List.of();

  @Option(
      names = "--evaluation-rollouts",
      defaultValue = "200",
      paramLabel = "N",
      description =
          "Noisy rollouts that measure each final policy, with noise that training has not seen, 1"
              + " to 10000; default ${DEFAULT-VALUE}.")
  private int evaluationRollouts;

  @Option(
      names = "--set",
      paramLabel = "NAME=VALUE",
      description = "Overrides one of the agent's settings in every preset; may be repeated.")
  private Map<String, String> settings = Map.of();

  @Mixin private ParameterChoice parameters = new ParameterChoice();

  @Mixin private StartsChoice starts = new StartsChoice();

  @Option(
      names = "--measure-starts",
      paramLabel = "FILE",
      description =
          "With --starts: a JSON file of the same kind with the starts that policies are measured"
              + " from; default those they are trained from.")
  private @Nullable Path measureStarts;

  @Option(
      names = "--observe",
      split = ",",
      paramLabel = "NAME",
      description = "State entries that the policies see, as with 'gaitway train'.")
  private @Nullable List<String> observe;

  @Option(
      names = "--perturb",
      split = ",",
      paramLabel = "STD",
      description =
          "Also measures the final policies from perturbed initial states: normal noise of this standard deviation in every entry except the root's position. One or more, separated by commas, each more than 0 and at most 10. Only where episodes can end early; default there 0.01,0.03.")
  private @Nullable List<Double> perturbations;

  @Option(
      names = "--endurance",
      paramLabel = "STEPS",
      defaultValue = "0",
      description =
          "Also measures what share of noisy rollouts stays upright for so many control steps, at most 1000000. Only where episodes can end early; default 0, not measured.")
  private int endurance;

  @Option(
      names = "--measure-param",
      split = ",",
      paramLabel = "NAME=VALUE",
      converter = ChangeConverter.class,
      description =
          "Also measures what share of noisy rollouts stays upright where one of the environment's parameters has another value than in training, as in friction=0.8,friction=1.2. Only where episodes can end early.")
  private List<Change> changes = List.of();

  @Option(
      names = "--deterministic-marks",
      split = ",",
      paramLabel = "RATIO",
      description =
          "Counts the seeds whose cost without noise is at most this many times that of DDP; default 1.05,1.3, or 1.1,1.2 where episodes can end early.")
  private @Nullable List<Double> deterministicMarks;

  @Option(
      names = "--stochastic-marks",
      split = ",",
      paramLabel = "RATIO",
      description =
          "The same for the cost with noise; default 1.2,1.5, or 1.3,1.5 where episodes can end early.")
  private @Nullable List<Double> stochasticMarks;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description =
          "Where the runs are, and study.md and study.csv with the table; default"
              + " runs/study-ENVIRONMENT-AGENT.")
  private @Nullable Path out;

  @Mixin private ServerChoice server = new ServerChoice();

  StudyCommand() {}

  @Override
  public Integer call() throws IOException {
    checkNumbers();
    task.check(spec);
    String environment = task.requireEnvironment(spec);
    PrintWriter err = spec.commandLine().getErr();
    // Runs that are done at the same time would take the line from each other.
    Status status = runs.jobs() > 1 ? new Status(err, false) : Status.onStandardError(err);
    try (StopSignal stop = StopSignal.install(() -> stopped(status));
        ServerChoice.Connection connection = server.connect(task.command() != null)) {
      StudyRun.Common common = common(environment, connection.client());
      StudyTable.Layout layout = layout(common.simulator().environment());
      changes.forEach(change -> change.of(common.simulator())); // Refuses what there is not.
      makeDirectory(common.path());
      @Nullable StartReferences references = starts.given() ? references(common, status) : null;
      try (DirectoryWatch watch = DirectoryWatch.of(common.path())) {
        @Nullable List<StudyTable.Row> rows =
            Jobs.run(runs.jobs(), jobs(common, layout, references, watch, status), stop::requested);
        if (rows == null) {
          return Gaitway.FAILURE;
        }
        try {
          report(common, layout, rows);
        } catch (IOException e) {
          throw watch.explain(e);
        }
        return 0;
      }
    } finally {
      status.end();
    }
  }

  /** The starts to measure from: those found before, or else they are solved now. */
  private StartReferences references(StudyRun.Common common, Status status) throws IOException {
    List<Start> measured =
        measureStarts == null ? common.starts() : StartsFile.read(measureStarts).starts();
    Simulator simulator = common.simulator();
    EnvironmentInfo environment = simulator.environment();
    Observation.requireVaried(environment, List.of(), measured);
    @Nullable StartReferences found =
        StartReferences.find(
            common.path(), environment.version(), environment.modelDigest(), measured);
    if (found != null) {
      return found;
    }
    StartSolutions solutions = new StartSolutions(simulator, measured, environment.horizon());
    List<StartReferences.Entry> entries = new ArrayList<>();
    for (Start start : measured) {
      status.show("Solving start %d/%d".formatted(entries.size() + 1, measured.size()));
      Simulator at = start.simulator(simulator);
      Trajectory solution = solutions.of(start, at).solve(environment.horizon());
      List<Double> state = Arrays.stream(solution.xs, 0, solution.nx).boxed().toList();
      entries.add(
          new StartReferences.Entry(start.parameters(), start.step(), state, solution.totalCost()));
    }
    StartReferences references =
        new StartReferences(environment.version(), environment.modelDigest(), entries);
    references.write(common.path());
    return references;
  }

  /** Last words of a process that was told to stop. */
  private void stopped(Status status) {
    task.processes().endAll();
    status.say("Stopped. The same command continues.");
  }

  private static void makeDirectory(Path directory) throws IOException {
    try {
      Files.createDirectories(directory);
    } catch (FileAlreadyExistsException e) {
      throw new IOException(directory + " is a file; name another directory with --out", e);
    }
  }

  /** What all runs share; an agent in a process of its own only tells what it is. */
  private StudyRun.Common common(String environment, GaitwayClient client) throws IOException {
    try (ChosenAgent agent = task.open()) {
      runs.requireTrainable(agent.agent());
      List<String> known = agent.agent().presets();
      presets.forEach(preset -> Gaitway.requireOneOf(spec, "--presets", preset, known));
      Simulator simulator = client.simulator(environment, parameters.values());
      String name = "study-" + environment + "-" + agent.name();
      List<String> observation = Observation.names(simulator.environment(), observe);
      List<Start> chosenStarts = starts.starts();
      StartsChoice.require(agent.agent(), simulator.environment(), observation, chosenStarts);
      return new StudyRun.Common(
          out != null ? out : RunDirectory.RUNS.resolve(name),
          agent,
          simulator,
          agent.settings(environment, settings),
          parameters.values(),
          chosenStarts,
          observation,
          runs.iterations(),
          TRAINING_ROLLOUTS,
          server.name());
    }
  }

  private void checkNumbers() {
    runs.check(spec);
    Gaitway.requireRange(spec, "--evaluation-rollouts", evaluationRollouts, 1, 10_000);
    Gaitway.requireRange(spec, "--endurance", endurance, 0, 1_000_000);
    Gaitway.require(spec, "--first-seed", firstSeed, firstSeed >= 0, "at least 0");
    Gaitway.requireDifferent(spec, "--presets", presets);
    requireAll("--perturb", perturbations, 10);
    requireAll("--deterministic-marks", deterministicMarks, 1000);
    requireAll("--stochastic-marks", stochasticMarks, 1000);
  }

  private StudyTable.Layout layout(EnvironmentInfo info) {
    boolean falls = !info.termination().isEmpty();
    requireFalls("--perturb", perturbations != null, info);
    if (starts.given() && (endurance > 0 || perturbations != null || !changes.isEmpty())) {
      throw Gaitway.usage(
          spec,
          "--endurance, --measure-param and --perturb measure from one start; leave them out with"
              + " --starts");
    }
    if (measureStarts != null && !starts.given()) {
      throw Gaitway.usage(spec, "--measure-starts goes with --starts");
    }
    requireFalls("--endurance", endurance > 0, info);
    requireFalls("--measure-param", !changes.isEmpty(), info);
    return new StudyTable.Layout(
        Objects.requireNonNullElse(
            deterministicMarks, falls ? List.of(1.1, 1.2) : List.of(1.05, 1.3)),
        Objects.requireNonNullElse(stochasticMarks, falls ? List.of(1.3, 1.5) : List.of(1.2, 1.5)),
        falls,
        Objects.requireNonNullElse(
            perturbations, falls && !starts.given() ? List.of(0.01, 0.03) : List.of()),
        endurance,
        changes,
        evaluationRollouts,
        Judgement.inWords(info.goal()));
  }

  private void requireFalls(String option, boolean given, EnvironmentInfo info) {
    if (given && info.termination().isEmpty()) {
      throw Gaitway.usage(
          spec, option + " says how many stay upright, but " + info.id() + " never ends early");
    }
  }

  /** All runs, seeds fastest, as {@link #report} expects them. */
  private List<Jobs.Job<StudyTable.Row>> jobs(
      StudyRun.Common common,
      StudyTable.Layout layout,
      @Nullable StartReferences references,
      DirectoryWatch watch,
      Status status) {
    List<Jobs.Job<StudyTable.Row>> jobs = new ArrayList<>();
    for (String preset : presets) {
      for (Architecture architecture : runs.architectures()) {
        for (int i = 0; i < runs.seeds(); i++) {
          StudyRun run = new StudyRun(common, preset, architecture, firstSeed + i);
          jobs.add(
              stop -> {
                watch.requireThere();
                try {
                  return row(run, layout, references, status, stop);
                } catch (IOException e) {
                  throw watch.explain(e);
                }
              });
        }
      }
    }
    return jobs;
  }

  private StudyTable.@Nullable Row row(
      StudyRun run,
      StudyTable.Layout layout,
      @Nullable StartReferences references,
      Status status,
      BooleanSupplier stop)
      throws IOException {
    @Nullable TrainingResult result = run.train(config -> progress(run, status, config), stop);
    if (result == null) {
      return null;
    }
    return references != null
        ? run.measure(result, references, evaluationRollouts)
        : run.measure(result, layout);
  }

  private Progress progress(StudyRun run, Status status, RunConfig config) {
    if (runs.jobs() > 1) {
      return new Progress(status, run.name() + "  ", config);
    }
    status.say(run.name());
    return new Progress(status, "", config);
  }

  private void report(StudyRun.Common common, StudyTable.Layout layout, List<StudyTable.Row> rows)
      throws IOException {
    StudyTable table = new StudyTable(layout);
    int next = 0;
    for (String preset : presets) {
      for (Architecture architecture : runs.architectures()) {
        table.add(preset, architecture, rows.subList(next, next + runs.seeds()));
        next += runs.seeds();
      }
    }
    String markdown = table.markdown(title(common));
    write(common.path().resolve("study.md"), markdown);
    write(common.path().resolve("study.csv"), table.csv());
    if (starts.given()) {
      write(common.path().resolve("study-starts.csv"), table.startsCsv());
    }
    PrintWriter output = spec.commandLine().getOut();
    output.print(markdown);
    output.flush();
  }

  private static void write(Path file, String text) throws IOException {
    DurableFiles.write(file, text.getBytes(StandardCharsets.UTF_8));
  }

  private void requireAll(String option, @Nullable List<Double> values, int most) {
    for (double value : Objects.requireNonNullElse(values, List.<Double>of())) {
      boolean allowed = value > 0 && value <= most;
      Gaitway.require(spec, option, value, allowed, "more than 0 and at most " + most);
    }
  }

  private String title(StudyRun.Common common) {
    EnvironmentInfo environment = common.simulator().environment();
    StringBuilder title = new StringBuilder();
    title
        .append(common.agent().name())
        .append(" on ")
        .append(environment.id())
        .append(" (version ")
        .append(environment.version())
        .append("), ")
        .append(runs.iterations())
        .append(" iterations, ")
        .append(runs.seeds())
        .append(" seeds");
    if (firstSeed > 0) {
      title.append(" from ").append(firstSeed);
    }
    if (observe != null) {
      title.append(", --observe ").append(String.join(",", observe));
    }
    if (!common.starts().isEmpty()) {
      title.append(", %d starts".formatted(common.starts().size()));
    }
    new TreeMap<>(parameters.values())
        .forEach((name, value) -> title.append(", --param " + name + "=" + value));
    new TreeMap<>(settings).forEach((name, value) -> title.append(", --set " + name + "=" + value));
    return title.toString();
  }

  /** Reads a change of a parameter. */
  private static final class ChangeConverter implements ITypeConverter<Change> {
    @Override
    public Change convert(String text) {
      int equals = text.indexOf('=');
      try {
        double value = Double.parseDouble(text.substring(equals + 1).strip());
        if (equals > 0 && Double.isFinite(value)) {
          return new Change(text.substring(0, equals).strip(), value);
        }
      } catch (NumberFormatException e) {
        // The text after = is not a number: the message below says what is allowed.
      }
      throw new TypeConversionException(
          "must be a parameter and a number, as in friction=0.8, but is '" + text + "'");
    }
  }
}
