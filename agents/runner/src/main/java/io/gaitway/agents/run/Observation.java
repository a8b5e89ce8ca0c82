package io.gaitway.agents.run;

import io.gaitway.agents.api.SettingException;
import io.gaitway.client.simulation.EnvironmentInfo;
import io.gaitway.client.simulation.EnvironmentInfo.LinkGeometry;
import io.gaitway.client.simulation.EnvironmentInfo.StateEntry;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What a policy sees: state entries chosen by name or by the name of a group, always in the state's
 * order, so that the same choice gives the same policy however it is written.
 */
public final class Observation {
  private static final String ALL = "all";

  private Observation() {}

  /**
   * Names of the entries that a choice makes visible, in the state's order.
   *
   * @param chosen names of entries and groups; null for the environment's own observation
   * @throws SettingException if a name is unknown, or an entry is named twice
   */
  public static List<String> names(EnvironmentInfo environment, @Nullable List<String> chosen) {
    Map<String, List<Integer>> groups = groups(environment);
    TreeSet<Integer> visible = new TreeSet<>();
    for (String name : chosen == null ? List.of(ALL) : chosen) {
      for (int i : entries(environment, groups, name)) {
        if (!visible.add(i)) {
          throw new SettingException(
              "--observe names '" + environment.state().get(i).name() + "' twice");
        }
      }
    }
    return visible.stream().map(i -> environment.state().get(i).name()).toList();
  }

  /**
   * State indices of entries.
   *
   * @throws SettingException if a name is unknown
   */
  static List<Integer> indices(EnvironmentInfo environment, List<String> names) {
    return names.stream().flatMap(name -> entries(environment, Map.of(), name).stream()).toList();
  }

  private static List<Integer> entries(
      EnvironmentInfo environment, Map<String, List<Integer>> groups, String name) {
    List<Integer> group = groups.get(name);
    if (group != null) {
      return group;
    }
    int index = environment.stateIndex(name);
    if (index < 0) {
      throw new SettingException(
          "--observe has '"
              + name
              + "'; "
              + environment.id()
              + " has "
              + String.join(", ", environment.state().stream().map(StateEntry::name).toList())
              + (groups.isEmpty() ? "" : "; groups are " + String.join(", ", groups.keySet())));
    }
    return List.of(index);
  }

  /** The groups that have entries in an environment. */
  private static Map<String, List<Integer>> groups(EnvironmentInfo environment) {
    List<StateEntry> state = environment.state();
    Set<Integer> root = new HashSet<>();
    for (LinkGeometry link : environment.geometry()) {
      if (link.parent() < 0) {
        root.add(link.angleIndex());
      }
    }
    Map<String, List<Integer>> groups = new LinkedHashMap<>();
    groups.put(ALL, environment.observation());
    groups.put("angles", where(environment, i -> state.get(i).angle()));
    groups.put("joint-angles", where(environment, i -> state.get(i).angle() && !root.contains(i)));
    groups.put(
        "positions",
        where(environment, i -> i < environment.nx() / 2 && environment.observation().contains(i)));
    groups.values().removeIf(List::isEmpty);
    return groups;
  }

  private static List<Integer> where(EnvironmentInfo environment, IntPredicate wanted) {
    return IntStream.range(0, environment.nx()).filter(wanted).boxed().toList();
  }
}
