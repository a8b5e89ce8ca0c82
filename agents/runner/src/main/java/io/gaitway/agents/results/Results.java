package io.gaitway.agents.results;

import io.gaitway.agents.statistics.Intervals;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What the runs of an experiment came to. Not for several threads at once. */
public final class Results {
  /** Enough for the bands of curves; thousands of them have to be computed. */
  private static final int CURVE_RESAMPLES = 1000;

  private record CurveKey(List<RunResult> runs, PolicyKind kind) {}

  private final List<RunResult> all;
  private final Map<Group, List<RunResult>> groups = new LinkedHashMap<>();

  // By the runs that they are about, for whoever has the same runs later.
  private final Map<List<RunResult>, Summary> summaries;
  private final Map<CurveKey, List<Intervals>> curves;

  /**
   * The results of some runs.
   *
   * @param runs complete or not, in the order to show them in; of every group and seed one at most
   */
  public Results(List<RunResult> runs) {
    this(runs, new HashMap<>(), new HashMap<>());
  }

  private Results(
      List<RunResult> runs,
      Map<List<RunResult>, Summary> summaries,
      Map<CurveKey, List<Intervals>> curves) {
    all = List.copyOf(runs);
    for (RunResult run : all) {
      groups.computeIfAbsent(run.group(), group -> new ArrayList<>()).add(run);
    }
    groups.values().forEach(each -> each.sort(Comparator.comparingLong(RunResult::seed)));
    this.summaries = summaries;
    this.curves = curves;
  }

  /** The results of the same runs, further on; what was computed is not computed again. */
  public Results next(List<RunResult> runs) {
    return new Results(runs, summaries, curves);
  }

  /** The results of some of the groups. */
  public Results of(Predicate<Group> wanted) {
    return next(all.stream().filter(run -> wanted.test(run.group())).toList());
  }

  /** All runs, complete or not. */
  public List<RunResult> all() {
    return all;
  }

  /** The groups of runs. */
  public List<Group> groups() {
    return List.copyOf(groups.keySet());
  }

  /** The complete runs of a group, by seed; none if there is no such group. */
  public List<RunResult> runs(Group group) {
    return groups.getOrDefault(group, List.of()).stream().filter(RunResult::isComplete).toList();
  }

  /** The number of runs of a group, complete or not; 0 if there is no such group. */
  public int planned(Group group) {
    return groups.getOrDefault(group, List.of()).size();
  }

  /** The number of runs of a group that failed. */
  public int failed(Group group) {
    return (int)
        groups.getOrDefault(group, List.of()).stream()
            .filter(run -> run.state() == RunResult.State.FAILED)
            .count();
  }

  /** The statistics of a group; null as long as it has no complete runs. */
  public @Nullable Summary summary(Group group) {
    List<RunResult> present = runs(group);
    return present.isEmpty()
        ? null
        : summaries.computeIfAbsent(present, runs -> Summary.of(group, runs));
  }

  /** The statistics of the groups with complete runs of a task. */
  public List<Summary> summaries(GroupTask task) {
    List<Summary> present = new ArrayList<>();
    for (Group group : groups.keySet()) {
      @Nullable Summary summary = group.task().equals(task) ? summary(group) : null;
      if (summary != null) {
        present.add(summary);
      }
    }
    return present;
  }

  /** A group's average cost after every iteration that all its complete runs have. */
  public List<Intervals> curve(Group group, PolicyKind kind) {
    return curves.computeIfAbsent(new CurveKey(runs(group), kind), Results::curve);
  }

  private static List<Intervals> curve(CurveKey key) {
    int iterations = key.runs().stream().mapToInt(run -> run.steps().size()).min().orElse(0);
    List<Intervals> costs = new ArrayList<>();
    for (int i = 0; i < iterations; i++) {
      int at = i;
      costs.add(
          Intervals.of(
              Summary.values(key.runs(), run -> key.kind().cost(run.steps().get(at))),
              CURVE_RESAMPLES));
    }
    return costs;
  }

  /** The methods that are compared. */
  public List<Method> methods() {
    return distinct(Group::method);
  }

  /** The tasks that they are compared on. */
  public List<GroupTask> tasks() {
    return distinct(Group::task);
  }

  /** Names of the settings that some method sets. */
  public SortedSet<String> settings() {
    SortedSet<String> names = new TreeSet<>();
    methods().forEach(method -> names.addAll(method.settings().keySet()));
    return names;
  }

  /** Names of the parameters that some task sets. */
  public SortedSet<String> parameters() {
    SortedSet<String> names = new TreeSet<>();
    tasks().forEach(task -> names.addAll(task.parameters().keySet()));
    return names;
  }

  private <T> List<T> distinct(Function<Group, T> part) {
    return groups.keySet().stream().map(part).distinct().toList();
  }
}
