package io.gaitway.agents.experiment;

import io.gaitway.agents.api.Json;
import io.gaitway.agents.experiment.FinalMeasurement.What;
import io.gaitway.agents.measure.IterationMetrics;
import io.gaitway.agents.report.Report;
import io.gaitway.agents.results.Group;
import io.gaitway.agents.results.Results;
import io.gaitway.agents.results.ResultsCsv;
import io.gaitway.agents.results.RunResult;
import io.gaitway.agents.results.Statistics;
import io.gaitway.agents.results.Step;
import io.gaitway.agents.results.Success;
import io.gaitway.agents.results.SummaryTables;
import io.gaitway.agents.run.DurableFiles;
import io.gaitway.agents.run.MetricsLog;
import io.gaitway.agents.run.TrainingResult;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The files of an experiment: read from its runs, and about all that are planned. */
public final class ExperimentFiles {
  /** How many times as long as it takes to write the files they may stay as they are. */
  private static final int PATIENCE = 50;

  private record RunKey(Group group, long seed) {}

  private final Path directory;
  private final Plan plan;
  private final Map<Plan.Entry, List<RunResult>> known = new HashMap<>();
  private final Map<RunKey, ExperimentRun> runs = new HashMap<>();
  private final Map<RunKey, FinalMeasurement> measurements = new HashMap<>();
  private Results results = new Results(List.of());
  private Statistics statistics = new Statistics(results);
  private String markdown = "";
  private long written = System.nanoTime();
  private long writingTime;

  /**
   * Files about no runs yet.
   *
   * @param directory of the experiment
   */
  public ExperimentFiles(Path directory, Plan plan) {
    this.directory = directory;
    this.plan = plan;
    for (Plan.Entry entry : plan.entries()) {
      entry.groups().forEach(group -> runs.put(new RunKey(group, entry.run().seed()), entry.run()));
    }
  }

  /** The statistics as they were written last. */
  public synchronized Statistics statistics() {
    return statistics;
  }

  /** The tables to read, as they were written last. */
  public synchronized String markdown() {
    return markdown;
  }

  /** Where the page is. */
  public Path report() {
    return directory.resolve("report.html");
  }

  /**
   * Reads a complete run.
   *
   * @throws IOException if its metrics cannot be read, or are not those of all its iterations
   */
  synchronized void add(Plan.Entry entry, TrainingResult result) throws IOException {
    ExperimentRun run = entry.run();
    List<IterationMetrics> metrics = MetricsLog.read(run.directory().metrics());
    requireAllIterations(run, metrics);
    boolean canFall = !run.common().simulator().environment().termination().isEmpty();
    List<Step> steps = metrics.stream().map(each -> step(each, canFall)).toList();
    @Nullable FinalMeasurement measurement = run.measurement();
    List<RunResult> rows = new ArrayList<>();
    for (Group group : entry.groups()) {
      rows.add(RunResult.complete(group, run.preset(), run.seed(), result.ddpCost(), steps));
      if (measurement != null) {
        measurements.put(new RunKey(group, run.seed()), measurement);
      }
    }
    known.put(entry, rows);
  }

  private static void requireAllIterations(ExperimentRun run, List<IterationMetrics> metrics)
      throws IOException {
    int wanted = run.common().iterations();
    List<Integer> found = metrics.stream().map(IterationMetrics::iteration).toList();
    if (!found.equals(IntStream.rangeClosed(1, wanted).boxed().toList())) {
      throw new IOException(
          "the run in "
              + run.directory().path()
              + " is complete, but its metrics have "
              + found.size()
              + " of "
              + wanted
              + " iterations, or not in order; delete that directory and run the experiment again");
    }
  }

  private static Step step(IterationMetrics metrics, boolean canFall) {
    int rollouts = metrics.stochasticCosts().size();
    double stochastic = orInfinite(metrics.stochasticCost());
    double deterministic = orInfinite(metrics.deterministicCost());
    double share = (double) metrics.successes() / rollouts;
    return new Step(
        metrics.iteration(),
        stochastic,
        deterministic,
        canFall ? (double) metrics.terminated() / rollouts : null,
        share,
        Success.of(share, stochastic / metrics.ddpCost(), canFall),
        Success.of(
            metrics.deterministicSuccess() ? 1 : 0, deterministic / metrics.ddpCost(), canFall),
        metrics.usage().steps(),
        metrics.usage().linearizedKnots(),
        metrics.elapsedSeconds());
  }

  /** The cost; what diverged is infinitely costly. */
  private static double orInfinite(@Nullable Double cost) {
    return cost == null ? Double.POSITIVE_INFINITY : cost;
  }

  /** Takes note of a run that ended with an error. */
  synchronized void addFault(Plan.Entry entry, String why) {
    known.put(
        entry,
        entry.groups().stream()
            .map(group -> RunResult.failed(group, entry.run().preset(), entry.run().seed(), why))
            .toList());
  }

  /** Writes all files, unless they are newer than {@link #PATIENCE} times the effort. */
  synchronized void refresh() throws IOException {
    if (System.nanoTime() - written >= PATIENCE * writingTime) {
      write();
    }
  }

  /** Writes all files. */
  synchronized void write() throws IOException {
    long begin = System.nanoTime();
    try (DirectoryLock lock = DirectoryLock.of(directory)) {
      writeLocked();
    }
    written = System.nanoTime();
    writingTime = written - begin;
  }

  private void writeLocked() throws IOException {
    for (Plan.Entry entry : plan.entries()) {
      if (!known.containsKey(entry)) {
        addFromElsewhere(entry);
      }
    }
    List<RunResult> rows = new ArrayList<>();
    for (Plan.Entry entry : plan.entries()) {
      rows.addAll(known.getOrDefault(entry, missing(entry)));
    }
    results = results.next(rows);
    statistics = new Statistics(results);
    What what = what();
    FinalColumns measured =
        new FinalColumns(what, run -> measurements.get(new RunKey(run.group(), run.seed())));
    write("iterations.csv", ResultsCsv.iterations(results));
    write("runs.csv", ResultsCsv.runs(results, measured, result -> run(result).place()));
    if (!what.starts().isEmpty()) {
      write("starts.csv", measured.starts(results));
    }
    write("summary.csv", statistics.csv(group -> measured.averages(results, group)));
    markdown = SummaryTables.markdown(statistics) + measured.markdown(results);
    write("summary.md", markdown);
    write(
        "report.html",
        Report.renderExperiment(
            "Experiment", Json.line(new ReportData(plan, statistics, this::run).json())));
  }

  /** What is measured where there is most to measure. */
  private What what() {
    return plan.entries().stream()
        .map(entry -> entry.run().common().what())
        .max(Comparator.comparingInt(What::size))
        .orElse(What.NOTHING);
  }

  /** Another process may have completed a run that this one has not come to. */
  private void addFromElsewhere(Plan.Entry entry) {
    try {
      @Nullable TrainingResult result = entry.run().isDone() ? entry.run().result() : null;
      if (result != null) {
        add(entry, result);
      }
    } catch (IOException e) {
      // It is damaged: whoever comes to it says so.
      known.remove(entry);
    }
  }

  private static List<RunResult> missing(Plan.Entry entry) {
    return entry.groups().stream()
        .map(group -> RunResult.missing(group, entry.run().preset(), entry.run().seed()))
        .toList();
  }

  private ExperimentRun run(RunResult result) {
    ExperimentRun run = runs.get(new RunKey(result.group(), result.seed()));
    if (run == null) {
      throw new IllegalArgumentException(result.group() + " is not part of the experiment");
    }
    return run;
  }

  private void write(String name, String text) throws IOException {
    DurableFiles.write(directory.resolve(name), text.getBytes(StandardCharsets.UTF_8));
  }
}
