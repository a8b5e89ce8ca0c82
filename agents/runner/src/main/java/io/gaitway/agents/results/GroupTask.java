package io.gaitway.agents.results;

import io.gaitway.optim.policy.Architecture;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What methods are compared on.
 *
 * @param environment catalog name
 * @param scale name of the scale of the task's costs
 * @param architecture the networks that are trained
 * @param parameters those that replace the environment's, as text by name
 */
public record GroupTask(
    String environment,
    String scale,
    Architecture architecture,
    SortedMap<String, String> parameters) {
  /** The scale at which tasks are as the catalog has them. */
  public static final String CATALOG = "catalog";

  /** Copies the map. */
  public GroupTask {
    parameters = Collections.unmodifiableSortedMap(new TreeMap<>(parameters));
  }

  /** The task in a few words. */
  public String title() {
    return environment + ", " + architecture + rest(", ");
  }

  /** The task in a word or two, for tables. */
  public String shortTitle() {
    return environment + " h" + architecture.shortName() + rest(" ");
  }

  private String rest(String separator) {
    StringBuilder text = new StringBuilder();
    if (!scale.equals(CATALOG)) {
      text.append(separator).append("scale ").append(scale);
    }
    parameters.forEach((name, value) -> text.append(separator + name + " " + value));
    return text.toString();
  }
}
