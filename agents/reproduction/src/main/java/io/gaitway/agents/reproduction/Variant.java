package io.gaitway.agents.reproduction;

import io.gaitway.agents.results.Group;
import io.gaitway.agents.results.GroupTask;
import io.gaitway.agents.results.Method;
import io.gaitway.agents.results.Results;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;

/**
 * What the claims are judged for, each by itself: all agents on all tasks with the same preset at
 * the same scale.
 *
 * @param scale of the tasks
 * @param preset of the settings
 * @param settings those that replace the preset's
 * @param parameters those that replace the environments'
 */
public record Variant(
    String scale,
    String preset,
    SortedMap<String, String> settings,
    SortedMap<String, String> parameters) {

  /** The variants that there are, in the results' order. */
  public static List<Variant> of(Results results) {
    return results.groups().stream().map(Variant::of).distinct().toList();
  }

  private static Variant of(Group group) {
    return new Variant(
        group.task().scale(),
        group.method().preset(),
        group.method().settings(),
        group.task().parameters());
  }

  /** Whether a group of runs is part of it. */
  public boolean has(Group group) {
    return equals(of(group));
  }

  Group group(String agent, PaperTask task) {
    return new Group(
        new Method(agent, preset, settings),
        new GroupTask(task.environment(), scale, task.architecture(), parameters));
  }

  /** In words, such as {@code preset paper, scale figure}. */
  public String title() {
    List<String> parts = new ArrayList<>(List.of("preset " + preset, "scale " + scale));
    settings.forEach((name, value) -> parts.add(name + " " + value));
    parameters.forEach((name, value) -> parts.add(name + " " + value));
    return String.join(", ", parts);
  }
}
