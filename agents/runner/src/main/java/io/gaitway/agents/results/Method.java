package io.gaitway.agents.results;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A way to learn.
 *
 * @param agent name of the agent
 * @param preset preset as it was asked for
 * @param settings those that replace the preset's, as text by name
 */
public record Method(String agent, String preset, SortedMap<String, String> settings) {

  /** Copies the map. */
  public Method {
    settings = Collections.unmodifiableSortedMap(new TreeMap<>(settings));
  }

  /** All of it, such as {@code vgps, paper, kappa 1.5}. */
  public String title() {
    return title(true);
  }

  /**
   * The method in words.
   *
   * @param withPreset whether the preset is worth a word
   */
  public String title(boolean withPreset) {
    List<String> parts = new ArrayList<>(List.of(agent));
    if (withPreset) {
      parts.add(preset);
    }
    settings.forEach((name, value) -> parts.add(name + " " + value));
    return String.join(", ", parts);
  }
}
