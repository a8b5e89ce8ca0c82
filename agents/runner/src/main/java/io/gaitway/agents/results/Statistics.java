package io.gaitway.agents.results;

import io.gaitway.agents.statistics.Intervals;
import io.gaitway.agents.statistics.Proportion;
import io.gaitway.agents.table.Table;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The statistics of an experiment: of methods on single tasks, on all their tasks, and against each
 * other. Those on all tasks are rliable's, see {@link Intervals}.
 */
public final class Statistics {
  /** Where profiles are evaluated, in units of DDP's cost. */
  public static final List<Double> THRESHOLDS =
      List.of(
          0.9, 0.95, 1.0, 1.02, 1.05, 1.1, 1.15, 1.2, 1.3, 1.4, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0, 5.0,
          7.0, 10.0);

  /** A method's statistics on all its tasks, of the policies with noise or without. */
  public record Overall(int runs, Intervals ratio, Proportion success, List<Intervals> profile) {}

  private record Key(Method method, PolicyKind kind) {}

  private record Pair(Method one, Method other, PolicyKind kind) {}

  private final Results results;
  private final Map<Key, Overall> overall = new HashMap<>();
  private final Map<Pair, Intervals> improvements = new HashMap<>();

  /** The statistics of what there is. */
  public Statistics(Results results) {
    this.results = results;
  }

  /** The results that they are about. */
  public Results results() {
    return results;
  }

  /** The methods with complete runs. */
  public List<Method> methods() {
    return results.methods().stream().filter(method -> !tasks(method).isEmpty()).toList();
  }

  private List<GroupTask> tasks(Method method) {
    return results.tasks().stream()
        .filter(task -> !results.runs(new Group(method, task)).isEmpty())
        .toList();
  }

  private List<RunResult> runs(Method method) {
    return tasks(method).stream()
        .flatMap(task -> results.runs(new Group(method, task)).stream())
        .toList();
  }

  private List<double[]> ratios(Method method, List<GroupTask> tasks, PolicyKind kind) {
    return tasks.stream()
        .map(task -> Summary.ratios(results.runs(new Group(method, task)), kind))
        .toList();
  }

  /** A method with complete runs, on all its tasks. */
  public Overall overall(Method method, PolicyKind kind) {
    return overall.computeIfAbsent(
        new Key(method, kind),
        key -> {
          List<RunResult> runs = runs(method);
          List<double[]> ratios = ratios(method, tasks(method), kind);
          return new Overall(
              runs.size(),
              Intervals.ofTasks(ratios),
              Summary.successes(runs, kind),
              THRESHOLDS.stream().map(at -> Intervals.below(at, ratios)).toList());
        });
  }

  /** How probably a run of the one costs less than one of the other; null without common tasks. */
  public @Nullable Intervals improvement(Method one, Method other, PolicyKind kind) {
    @Nullable Intervals mirrored = improvements.get(new Pair(other, one, kind));
    if (mirrored != null) {
      return new Intervals(1 - mirrored.estimate(), 1 - mirrored.upper(), 1 - mirrored.lower());
    }
    List<GroupTask> common = common(one, other);
    return common.isEmpty()
        ? null
        : improvements.computeIfAbsent(
            new Pair(one, other, kind),
            pair -> Intervals.improvement(ratios(one, common, kind), ratios(other, common, kind)));
  }

  private List<GroupTask> common(Method one, Method other) {
    List<GroupTask> others = tasks(other);
    return tasks(one).stream().filter(others::contains).toList();
  }

  /**
   * All of them as comma-separated values, one row each.
   *
   * @param measured averages of what else was measured of a group's runs, by their names
   */
  public String csv(Function<Group, SortedMap<String, Double>> measured) {
    SortedSet<String> settings = results.settings();
    SortedSet<String> parameters = results.parameters();
    List<String> head = new ArrayList<>(List.of("agent", "preset"));
    settings.forEach(name -> head.add(ResultsCsv.SETTING + name));
    head.addAll(List.of("environment", "scale", "hidden"));
    parameters.forEach(name -> head.add(ResultsCsv.PARAMETER + name));
    head.addAll(
        List.of("policy", "statistic", "versus", "at", "estimate", "lower", "upper", "runs"));
    Table table = new Table(head);
    for (Row row : rows(measured)) {
      List<Object> cells = new ArrayList<>(List.of(row.method.agent(), row.method.preset()));
      settings.forEach(name -> cells.add(row.method.settings().getOrDefault(name, "")));
      @Nullable GroupTask task = row.task;
      SortedMap<String, String> set =
          task == null ? Collections.emptySortedMap() : task.parameters();
      cells.add(task == null ? "" : task.environment());
      cells.add(task == null ? "" : task.scale());
      cells.add(task == null ? "" : task.architecture().shortName());
      parameters.forEach(name -> cells.add(set.getOrDefault(name, "")));
      cells.addAll(row.rest);
      table.row(cells);
    }
    return table.csv();
  }

  private record Row(Method method, @Nullable GroupTask task, List<Object> rest) {}

  private List<Row> rows(Function<Group, SortedMap<String, Double>> measured) {
    List<Row> rows = new ArrayList<>();
    for (Method method : results.methods()) {
      for (GroupTask task : results.tasks()) {
        addTask(rows, new Group(method, task), measured);
      }
    }
    for (Method method : methods()) {
      for (PolicyKind kind : PolicyKind.values()) {
        addOverall(rows, method, kind);
      }
    }
    return rows;
  }

  private void addTask(
      List<Row> rows, Group group, Function<Group, SortedMap<String, Double>> measured) {
    if (results.planned(group) == 0) {
      return;
    }
    int runs = results.runs(group).size();
    SortedMap<String, @Nullable Double> plain = new TreeMap<>();
    plain.putAll(measured.apply(group));
    plain.put("failed", (double) results.failed(group));
    @Nullable Summary summary = results.summary(group);
    if (summary != null) {
      plain.put("ddp_cost", summary.ddp());
      plain.put("falls", summary.falls());
      plain.put("samples", summary.total().samples());
      plain.put("derivatives", summary.total().derivatives());
      plain.put("seconds", summary.total().seconds());
      for (PolicyKind kind : PolicyKind.values()) {
        Summary.Policies policies = summary.of(kind);
        rows.add(row(group, kind, "ratio", policies.ratio(), runs));
        rows.add(row(group, kind, "success", interval(policies.success()), runs));
        UntilSuccess until = policies.until();
        rows.add(row(group, kind, "iterations_until_success", until.iterations(), runs));
        rows.add(row(group, kind, "samples_until_success", until.samples(), runs));
        rows.add(row(group, kind, "derivatives_until_success", until.derivatives(), runs));
        rows.add(row(group, kind, "seconds_until_success", until.seconds(), runs));
      }
    }
    plain.forEach(
        (name, value) -> {
          if (value != null) {
            rows.add(row(group, null, name, value, runs));
          }
        });
  }

  private void addOverall(List<Row> rows, Method method, PolicyKind kind) {
    Overall all = overall(method, kind);
    Function<List<Object>, Row> row = rest -> new Row(method, null, rest);
    rows.add(row.apply(cells(kind, "ratio", "", "", all.ratio(), all.runs())));
    rows.add(row.apply(cells(kind, "success", "", "", interval(all.success()), all.runs())));
    for (int i = 0; i < THRESHOLDS.size(); i++) {
      double at = THRESHOLDS.get(i);
      rows.add(row.apply(cells(kind, "profile", "", at, all.profile().get(i), all.runs())));
    }
    for (Method other : methods()) {
      @Nullable Intervals improvement =
          other.equals(method) ? null : improvement(method, other, kind);
      if (improvement != null) {
        int runs =
            common(method, other).stream()
                .mapToInt(task -> results.runs(new Group(method, task)).size())
                .sum();
        rows.add(row.apply(cells(kind, "improvement", other.title(), "", improvement, runs)));
      }
    }
  }

  private static Row row(
      Group group, PolicyKind kind, String statistic, Intervals value, int runs) {
    return new Row(group.method(), group.task(), cells(kind, statistic, "", "", value, runs));
  }

  private static Row row(
      Group group, @Nullable PolicyKind kind, String statistic, double value, int runs) {
    return new Row(
        group.method(),
        group.task(),
        List.of(kind == null ? "" : kind.toString(), statistic, "", "", value, "", "", runs));
  }

  private static List<Object> cells(
      PolicyKind kind, String statistic, Object versus, Object at, Intervals value, int runs) {
    return List.of(
        kind.toString(),
        statistic,
        versus,
        at,
        value.estimate(),
        value.lower(),
        value.upper(),
        runs);
  }

  private static Intervals interval(Proportion proportion) {
    return new Intervals(proportion.rate(), proportion.lower(), proportion.upper());
  }
}
