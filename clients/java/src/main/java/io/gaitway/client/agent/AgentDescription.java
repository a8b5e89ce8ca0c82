package io.gaitway.client.agent;

import io.gaitway.client.simulation.Controller;
import java.util.List;
import java.util.Map;

/**
 * What an agent says of itself.
 *
 * @param name such as {@code cma-es}: lower-case letters, digits and dashes, at most 40
 * @param summary one sentence for people
 * @param version version of the agent's program
 * @param settings its settings, in the order in which they are to be shown
 * @param presets names of its presets, of which {@code default} is one
 * @param maxHiddenLayers most hidden layers of a network that it can train; 0 for any number
 * @param activations activations of hidden layers that it can train; empty for all
 */
public record AgentDescription(
    String name,
    String summary,
    String version,
    List<Setting> settings,
    List<String> presets,
    int maxHiddenLayers,
    List<Controller.Activation> activations) {

  /** Copies the lists. */
  public AgentDescription {
    settings = List.copyOf(settings);
    presets = List.copyOf(presets);
    activations = List.copyOf(activations);
  }

  /** The type of a setting's values. */
  public enum Type {
    /** A finite number. */
    NUMBER,
    /** A whole number. */
    INTEGER,
    /** {@code true} or {@code false}. */
    BOOLEAN,
    /** Any text, or one of the alternatives. */
    TEXT
  }

  /**
   * A setting of the agent.
   *
   * @param name lower-case letters, digits and underscores
   * @param description what it does, one sentence
   * @param type type of its values
   * @param values its values by the preset's name; numbers as in JSON
   * @param min least value allowed; −∞ for none
   * @param above values must be greater than this; −∞ for none
   * @param max greatest value allowed; +∞ for none
   * @param unit SI unit; empty for counts and ratios
   * @param alternatives the values allowed of a text; empty, all
   */
  public record Setting(
      String name,
      String description,
      Type type,
      Map<String, String> values,
      double min,
      double above,
      double max,
      String unit,
      List<String> alternatives) {

    /** Copies the collections. */
    public Setting {
      values = Map.copyOf(values);
      alternatives = List.copyOf(alternatives);
    }
  }
}
