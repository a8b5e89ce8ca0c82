package io.gaitway.agents.results;

import io.gaitway.agents.table.Table;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Results as comma-separated values, {@code iterations.csv}; docs/experiment-files.md has the
 * format, and {@link ResultsReader} reads it.
 */
public final class ResultsCsv {
  /** What the columns of settings begin with. */
  public static final String SETTING = "set.";

  /** What the columns of parameters begin with. */
  public static final String PARAMETER = "param.";

  /** The columns about a policy after an iteration. */
  private static final List<String> MEASURES =
      List.of(
          "ddp_cost",
          "stochastic_cost",
          "deterministic_cost",
          "stochastic_ratio",
          "deterministic_ratio",
          "falls",
          "success_share",
          "stochastic_success",
          "deterministic_success");

  private static final List<String> EFFORT = List.of("samples", "derivatives", "seconds");

  private ResultsCsv() {}

  /** Every iteration of every complete run, and a row for every other run. */
  public static String iterations(Results results) {
    List<String> head = runHead(results);
    head.add("iteration");
    head.addAll(MEASURES);
    head.addAll(EFFORT);
    Table table = new Table(head);
    for (RunResult run : results.all()) {
      for (Step step : run.steps()) {
        List<Object> cells = runCells(results, run);
        cells.add(step.iteration());
        cells.addAll(measures(run, step));
        cells.addAll(effort(step));
        table.row(cells);
      }
      if (run.steps().isEmpty()) {
        List<Object> cells = runCells(results, run);
        cells.add(0);
        cells.addAll(empty(MEASURES.size() + EFFORT.size()));
        table.row(cells);
      }
    }
    return table.csv();
  }

  /** Columns of a row for every run, beside those of its last iteration. */
  public interface Columns {
    /** Names of the columns. */
    List<String> head();

    /** Cells of a run, empty where it has nothing to say. */
    List<Object> cells(RunResult run);
  }

  /**
   * Every run.
   *
   * @param measured figures beside those of the last iteration
   * @param directory says where a run is
   */
  public static String runs(
      Results results, Columns measured, Function<RunResult, String> directory) {
    List<String> head = runHead(results);
    head.add("iterations");
    head.addAll(MEASURES);
    head.addAll(List.of("iterations_until_success", "deterministic_iterations_until_success"));
    head.addAll(measured.head());
    head.addAll(EFFORT);
    head.addAll(List.of("directory", "fault"));
    Table table = new Table(head);
    for (RunResult run : results.all()) {
      List<Object> cells = runCells(results, run);
      if (run.isComplete()) {
        cells.add(run.steps().size());
        cells.addAll(measures(run, run.last()));
        for (PolicyKind kind : PolicyKind.values()) {
          cells.add(UntilSuccess.iterations(run, kind));
        }
      } else {
        cells.addAll(empty(1 + MEASURES.size() + PolicyKind.values().length));
      }
      cells.addAll(measured.cells(run));
      cells.addAll(run.isComplete() ? effort(run.last()) : empty(EFFORT.size()));
      cells.add(directory.apply(run));
      cells.add(run.fault() == null ? "" : run.fault());
      table.row(cells);
    }
    return table.csv();
  }

  /** Names of the columns that say which run it is. */
  public static List<String> runHead(Results results) {
    List<String> head = new ArrayList<>();
    head.addAll(List.of("agent", "environment", "scale", "hidden", "preset", "settings"));
    results.settings().forEach(name -> head.add(SETTING + name));
    results.parameters().forEach(name -> head.add(PARAMETER + name));
    head.addAll(List.of("seed", "state"));
    return head;
  }

  /** The cells below them. */
  public static List<Object> runCells(Results results, RunResult run) {
    Method method = run.group().method();
    GroupTask task = run.group().task();
    SortedSet<String> settings = results.settings();
    SortedSet<String> parameters = results.parameters();
    List<Object> cells = new ArrayList<>();
    cells.addAll(
        List.of(
            method.agent(),
            task.environment(),
            task.scale(),
            task.architecture().shortName(),
            method.preset(),
            run.settings()));
    settings.forEach(name -> cells.add(method.settings().getOrDefault(name, "")));
    parameters.forEach(name -> cells.add(task.parameters().getOrDefault(name, "")));
    cells.addAll(List.of(run.seed(), run.state().toString()));
    return cells;
  }

  private static List<Object> measures(RunResult run, Step step) {
    return List.of(
        run.ddp(),
        step.stochastic(),
        step.deterministic(),
        step.stochastic() / run.ddp(),
        step.deterministic() / run.ddp(),
        orEmpty(step.falls()),
        step.successShare(),
        step.stochasticSuccess() ? 1 : 0,
        step.deterministicSuccess() ? 1 : 0);
  }

  private static List<Object> effort(Step step) {
    return List.of(step.samples(), step.derivatives(), step.seconds());
  }

  /** So many empty cells. */
  public static List<Object> empty(int cells) {
    return new ArrayList<>(Collections.nCopies(cells, ""));
  }

  private static Object orEmpty(@Nullable Double value) {
    return value == null ? "" : value;
  }
}
