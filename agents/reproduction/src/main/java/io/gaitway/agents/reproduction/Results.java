package io.gaitway.agents.reproduction;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The runs of a comparison that are complete so far, in an order that does not depend on when they
 * came. Not for several threads at once.
 */
public final class Results {
  private final Map<ComparedGroup, List<ComparedRun>> runs = new LinkedHashMap<>();
  private final Map<ComparedGroup, Summary> summaries = new HashMap<>();
  private final int seeds;

  /**
   * No runs yet of the groups that are to be compared.
   *
   * @param groups in the order to show them in
   * @param seeds runs that are planned of every group
   */
  public Results(List<ComparedGroup> groups, int seeds) {
    this.seeds = seeds;
    groups.forEach(group -> runs.put(group, new ArrayList<>()));
  }

  /** Adds a run of one of the groups. */
  public void add(ComparedRun run) {
    List<ComparedRun> others = runs.get(run.group());
    if (others == null) {
      throw new IllegalArgumentException("group " + run.group() + " is not part of the comparison");
    }
    others.add(run);
    others.sort(Comparator.comparingLong(ComparedRun::seed));
    summaries.remove(run.group());
  }

  /** The runs of a group, by seed; none if there is no such group. */
  public List<ComparedRun> runs(ComparedGroup group) {
    return List.copyOf(runs.getOrDefault(group, List.of()));
  }

  /**
   * The number of runs of a group that are planned, complete or not; 0 if there is no such group.
   */
  public int planned(ComparedGroup group) {
    return runs.containsKey(group) ? seeds : 0;
  }

  /** All runs, group by group. */
  public List<ComparedRun> runs() {
    return runs.values().stream().flatMap(List::stream).toList();
  }

  /** The statistics of a group; null as long as it has no runs. */
  public @Nullable Summary summary(ComparedGroup group) {
    List<ComparedRun> present = runs(group);
    return present.isEmpty()
        ? null
        : summaries.computeIfAbsent(group, missing -> Summary.of(missing, present));
  }

  /** The statistics of all groups with runs. */
  public List<Summary> summaries() {
    List<Summary> present = new ArrayList<>();
    for (ComparedGroup group : runs.keySet()) {
      @Nullable Summary summary = summary(group);
      if (summary != null) {
        present.add(summary);
      }
    }
    return present;
  }

  /** The statistics of the groups with runs of a preset and a task. */
  public List<Summary> summaries(String preset, ComparedTask task) {
    return summaries().stream()
        .filter(summary -> summary.group().preset().equals(preset))
        .filter(summary -> summary.group().task().equals(task))
        .toList();
  }

  /** The presets that are compared. */
  public List<String> presets() {
    return distinct(ComparedGroup::preset);
  }

  /** The agents that are compared. */
  public List<String> agents() {
    return distinct(ComparedGroup::agent);
  }

  /** The tasks that they are compared on. */
  public List<ComparedTask> tasks() {
    return distinct(ComparedGroup::task);
  }

  private <T> List<T> distinct(Function<ComparedGroup, T> part) {
    return runs.keySet().stream().map(part).distinct().toList();
  }
}
