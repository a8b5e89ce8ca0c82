package io.gaitway.agents.results;

import io.gaitway.agents.statistics.Intervals;
import io.gaitway.agents.statistics.Proportion;
import io.gaitway.agents.table.Table;
import io.gaitway.agents.table.Table.Column;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The statistics of an experiment as tables in Markdown. */
public final class SummaryTables {
  /** More methods than this make no matrix to read. */
  private static final int MOST_COMPARED = 12;

  private static final List<Double> SHOWN = List.of(1.05, 1.1, 1.3, 2.0);

  private static final String EXPLANATION =
      """
      Costs are those of the last policies relative to the initial DDP solution: interquartile mean over runs
      [95 % bootstrap interval], with noise and without. Success: last policies that succeed, of all complete
      runs [95 % Wilson interval]. Until success, with noise: median over seeds of the iterations, of what was
      asked of the simulator by then, and of the time, if more than half of the seeds get there; otherwise how
      many of them never do. A whole run: means over seeds. Samples are control steps simulated, derivatives
      control steps linearised, in millions.
      """;

  private SummaryTables() {}

  /** What the tables of single tasks show, in words. */
  public static String explanation() {
    return EXPLANATION;
  }

  /** All tables. */
  public static String markdown(Statistics statistics) {
    Results results = statistics.results();
    StringBuilder text = new StringBuilder(EXPLANATION);
    List<Method> methods = statistics.methods();
    if (results.tasks().size() > 1 && !methods.isEmpty()) {
      text.append("\n## All tasks\n\n").append(overall(statistics, methods));
    }
    if (methods.size() > 1 && methods.size() <= MOST_COMPARED) {
      text.append(
              "\n## Probability of improvement, %\n\nThat a run of the row costs less than one of the column on the same task, with noise.\n\n")
          .append(improvements(statistics, methods));
    }
    for (GroupTask task : results.tasks()) {
      text.append("\n## ").append(task.title()).append("\n\n").append(task(results, task));
    }
    return text.append(faults(results)).toString();
  }

  private static String overall(Statistics statistics, List<Method> methods) {
    List<Column<Method>> columns = new ArrayList<>();
    columns.add(new Column<>("method", Method::title));
    columns.add(
        new Column<>("runs", method -> statistics.overall(method, PolicyKind.STOCHASTIC).runs()));
    for (PolicyKind kind : PolicyKind.values()) {
      String noise = kind == PolicyKind.STOCHASTIC ? "with noise" : "without";
      columns.add(
          new Column<>(noise, method -> interval(statistics.overall(method, kind).ratio())));
      columns.add(
          new Column<>(
              "success " + noise,
              method -> proportion(statistics.overall(method, kind).success())));
    }
    for (double at : SHOWN) {
      int index = Statistics.THRESHOLDS.indexOf(at);
      columns.add(
          new Column<>(
              "below " + at + ", %",
              method ->
                  Table.fixed(
                      0,
                      100
                          * statistics
                              .overall(method, PolicyKind.STOCHASTIC)
                              .profile()
                              .get(index)
                              .estimate())));
    }
    return Table.of(columns, methods).markdown();
  }

  private static String improvements(Statistics statistics, List<Method> methods) {
    List<Column<Method>> columns = new ArrayList<>();
    columns.add(new Column<>("", Method::title));
    for (Method other : methods) {
      columns.add(new Column<>(other.title(), method -> improvement(statistics, method, other)));
    }
    return Table.of(columns, methods).markdown();
  }

  private static String improvement(Statistics statistics, Method method, Method other) {
    @Nullable Intervals interval =
        method.equals(other) ? null : statistics.improvement(method, other, PolicyKind.STOCHASTIC);
    return interval == null
        ? ""
        : "%s [%s, %s]"
            .formatted(
                Table.fixed(0, 100 * interval.estimate()),
                Table.fixed(0, 100 * interval.lower()),
                Table.fixed(0, 100 * interval.upper()));
  }

  /** The table of one task: a row for every method with complete runs. */
  public static String task(Results results, GroupTask task) {
    List<Column<Summary>> columns = new ArrayList<>();
    columns.add(new Column<>("method", summary -> summary.group().method().title()));
    columns.add(new Column<>("settings", summary -> String.join(", ", summary.settings())));
    columns.add(new Column<>("seeds", Summary::seeds));
    columns.add(new Column<>("failed", summary -> results.failed(summary.group())));
    columns.add(new Column<>("DDP cost", summary -> Table.fixed(2, summary.ddp())));
    columns.add(new Column<>("with noise", summary -> interval(noisy(summary).ratio())));
    columns.add(
        new Column<>("without", summary -> interval(summary.of(PolicyKind.DETERMINISTIC).ratio())));
    columns.add(
        new Column<>("success with noise", summary -> proportion(noisy(summary).success())));
    columns.add(
        new Column<>(
            "without", summary -> proportion(summary.of(PolicyKind.DETERMINISTIC).success())));
    columns.add(
        new Column<>(
            "until success: iterations",
            summary -> until(0, noisy(summary).until().iterations(), summary)));
    columns.add(
        new Column<>(
            "samples, 10⁶", summary -> until(2, 1e-6 * noisy(summary).until().samples(), summary)));
    columns.add(
        new Column<>(
            "derivatives, 10⁶",
            summary -> until(3, 1e-6 * noisy(summary).until().derivatives(), summary)));
    columns.add(
        new Column<>("seconds", summary -> until(0, noisy(summary).until().seconds(), summary)));
    columns.add(
        new Column<>(
            "whole run: samples, 10⁶",
            summary -> Table.fixed(2, 1e-6 * summary.total().samples())));
    columns.add(
        new Column<>(
            "derivatives, 10⁶", summary -> Table.fixed(3, 1e-6 * summary.total().derivatives())));
    columns.add(new Column<>("seconds", summary -> Table.fixed(0, summary.total().seconds())));
    return Table.of(columns, results.summaries(task)).markdown();
  }

  private static Summary.Policies noisy(Summary summary) {
    return summary.of(PolicyKind.STOCHASTIC);
  }

  private static String faults(Results results) {
    List<RunResult> failed =
        results.all().stream().filter(run -> run.state() == RunResult.State.FAILED).toList();
    if (failed.isEmpty()) {
      return "";
    }
    List<Column<RunResult>> columns =
        List.of(
            new Column<>("method", run -> run.group().method().title()),
            new Column<>("task", run -> run.group().task().shortTitle()),
            new Column<>("seed", RunResult::seed),
            new Column<>("why", run -> run.fault() == null ? "" : run.fault()));
    return "\n## Runs that failed\n\n" + Table.of(columns, failed).markdown();
  }

  private static String interval(Intervals intervals) {
    return "%s [%s, %s]"
        .formatted(
            Table.fixed(2, intervals.estimate()),
            Table.fixed(2, intervals.lower()),
            Table.fixed(2, intervals.upper()));
  }

  private static String proportion(Proportion success) {
    return "%d/%d [%s, %s %%]"
        .formatted(
            success.successes(),
            success.trials(),
            Table.fixed(0, 100 * success.lower()),
            Table.fixed(0, 100 * success.upper()));
  }

  /** A median over seeds; where it is infinite, how many of them never succeed. */
  private static String until(int digits, double median, Summary summary) {
    if (Double.isFinite(median)) {
      return Table.fixed(digits, median);
    }
    int never = noisy(summary).until().never();
    return never == summary.seeds() ? "never" : never + " of " + summary.seeds() + " never";
  }
}
