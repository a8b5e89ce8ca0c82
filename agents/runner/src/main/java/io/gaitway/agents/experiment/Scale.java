package io.gaitway.agents.experiment;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * How large the tasks' costs are against the price of noise, to which methods are not indifferent:
 * at κ = 1 the maximum-entropy noise of m torques costs m/2 per control step, whatever the task.
 */
public enum Scale {
  /** Target speeds and horizons of the catalog, chosen for natural motions. */
  CATALOG(Map.of()),

  /**
   * Those at which the initial DDP solutions cost per step what the axes of Figure 1 of Levine and
   * Koltun (2013) suggest, compared with m/2. Chosen by these costs, not by what learns there.
   */
  FIGURE(
      Map.of(
          "swimmer",
          Map.of("target_speed", 1.0, "horizon", 200.0),
          "walker",
          Map.of("target_speed", 2.1)));

  private final Map<String, Map<String, Double>> parameters;

  Scale(Map<String, Map<String, Double>> parameters) {
    this.parameters = parameters;
  }

  /**
   * The scale of a name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Scale of(String name) {
    return valueOf(name.toUpperCase(Locale.ROOT));
  }

  /** Overrides of an environment's parameters; empty where the catalog's are as they should be. */
  public Map<String, Double> parameters(String environment) {
    return parameters.getOrDefault(environment, Map.of());
  }

  /** The name and what it overrides, for people. */
  public String words() {
    List<String> tasks = new ArrayList<>();
    new TreeMap<>(parameters)
        .forEach(
            (environment, overrides) -> {
              List<String> values = new ArrayList<>();
              new TreeMap<>(overrides).forEach((name, value) -> values.add(name + " " + value));
              tasks.add(environment + " with " + String.join(" and ", values));
            });
    return tasks.isEmpty() ? this + ": as in the catalog" : this + ": " + String.join("; ", tasks);
  }

  /** The name in lower case. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
