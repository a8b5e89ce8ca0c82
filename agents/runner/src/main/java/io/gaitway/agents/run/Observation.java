package io.gaitway.agents.run;

import io.gaitway.agents.api.SettingException;
import io.gaitway.agents.api.Start;
import io.gaitway.client.simulation.EnvironmentInfo;
import io.gaitway.client.simulation.EnvironmentInfo.LinkGeometry;
import io.gaitway.client.simulation.EnvironmentInfo.Parameter;
import io.gaitway.client.simulation.EnvironmentInfo.StateEntry;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a policy sees: parameters of the environment, and state entries chosen by name or by the
 * name of a group; parameters first, and both always in the environment's order, so that the same
 * choice gives the same policy however it is written.
 */
public final class Observation {
  private static final String ALL = "all";

  private Observation() {}

  /**
   * Names of the parameters and entries that a choice makes visible, in order.
   *
   * @param chosen names of entries, groups and parameters; null for the environment's own
   *     observation
   * @throws SettingException if a name is unknown, or an entry is named twice
   */
  public static List<String> names(EnvironmentInfo environment, @Nullable List<String> chosen) {
    Map<String, List<Integer>> groups = groups(environment);
    TreeSet<Integer> visible = new TreeSet<>();
    Set<String> parameters = new HashSet<>();
    for (String name : chosen == null ? List.of(ALL) : chosen) {
      if (isParameter(environment, groups, name)) {
        if (!parameters.add(name)) {
          throw new SettingException("--observe names '" + name + "' twice");
        }
        continue;
      }
      for (int i : entries(environment, groups, name)) {
        if (!visible.add(i)) {
          throw new SettingException(
              "--observe names '" + environment.state().get(i).name() + "' twice");
        }
      }
    }
    if (visible.isEmpty()) {
      throw new SettingException(
          "--observe has parameters alone; a policy sees something of the state, too, such as "
              + ALL);
    }
    return Stream.concat(
            environment.parameters().stream().map(Parameter::name).filter(parameters::contains),
            visible.stream().map(i -> environment.state().get(i).name()))
        .toList();
  }

  private static boolean isParameter(
      EnvironmentInfo environment, Map<String, List<Integer>> groups, String name) {
    return !groups.containsKey(name)
        && environment.stateIndex(name) < 0
        && environment.parameterValues().containsKey(name);
  }

  /** Those of the names that are parameters, not state entries. */
  public static List<String> parameters(EnvironmentInfo environment, List<String> names) {
    return names.stream().filter(name -> isParameter(environment, Map.of(), name)).toList();
  }

  /**
   * Checks that a policy which sees parameters has something to learn from them.
   *
   * @param observation as {@link #names} gives it
   * @throws SettingException if a parameter is the same in all starts, or there is one that the
   *     environment does not have
   */
  public static void requireVaried(
      EnvironmentInfo environment, List<String> observation, List<Start> starts) {
    Map<String, Double> own = environment.parameterValues();
    for (Start start : starts) {
      for (String name : start.parameters().keySet()) {
        if (!own.containsKey(name)) {
          throw new SettingException(
              "a start has the parameter '%s', which %s does not have; it has %s"
                  .formatted(name, environment.id(), String.join(", ", own.keySet())));
        }
      }
    }
    for (String name : parameters(environment, observation)) {
      long values =
          starts.stream()
              .map(start -> start.parameters().getOrDefault(name, own.get(name)))
              .distinct()
              .count();
      if (values < 2) {
        throw new SettingException(
            "--observe has the parameter '%s', which is the same in all starts; give it several values with --starts"
                .formatted(name));
      }
    }
  }

  /**
   * State indices of those of the names that are entries.
   *
   * @throws SettingException if a name is unknown
   */
  static List<Integer> indices(EnvironmentInfo environment, List<String> names) {
    return names.stream()
        .filter(name -> !isParameter(environment, Map.of(), name))
        .flatMap(name -> entries(environment, Map.of(), name).stream())
        .toList();
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
              + (groups.isEmpty() ? "" : "; groups are " + String.join(", ", groups.keySet()))
              + (environment.parameters().isEmpty()
                  ? ""
                  : "; parameters are "
                      + String.join(", ", environment.parameterValues().keySet())));
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
