package io.gaitway.agents.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gaitway.optim.policy.Architecture;
import java.util.List;
import java.util.function.Consumer;

/**
 * An agent as the commands see it, whatever it is written in: an {@link Agent} on the class path,
 * or a program of its own. Its settings are JSON objects that its {@link #schema} describes.
 */
public interface AnyAgent {

  /** Name, such as {@code vgps}: lower-case letters, digits and dashes. */
  String name();

  /** One sentence for people. */
  String summary();

  /** Which settings there are. */
  SettingsSchema schema();

  /** Names of the presets; {@link Agent#DEFAULT_PRESET} is one of them. */
  List<String> presets();

  /**
   * Settings of a preset for an environment.
   *
   * @param preset one of {@link #presets()}
   * @param environment catalog name
   */
  ObjectNode presetSettings(String preset, String environment);

  /**
   * Name of the preset with the best measured settings for networks of one shape, where that is
   * another than {@link Agent#DEFAULT_PRESET}: few hidden units may need settings of their own.
   *
   * @param environment catalog name
   * @param architecture the network
   */
  default String bestPreset(String environment, Architecture architecture) {
    return Agent.DEFAULT_PRESET;
  }

  /** The networks that it can train: all, unless the agent says otherwise. */
  default TrainableNetworks trainable() {
    return TrainableNetworks.ALL;
  }

  /**
   * Whether it trains one policy from several starts, see {@link Task#starts}, which may also see
   * parameters of the environment.
   */
  default boolean manyStarts() {
    return false;
  }

  /**
   * Checks that it can train a network, before anything starts.
   *
   * @throws SettingException if it cannot
   */
  default void requireTrainable(Architecture architecture) {
    trainable().require(name(), architecture);
  }

  /**
   * Makes a learner that has done nothing yet.
   *
   * @param task what it is to do; its settings fit the {@link #schema}
   * @param notes takes what the learner has to say while it works, one line at a time; called on
   *     any thread, and as often as the learner likes
   * @throws SettingException if the settings do not fit
   */
  Learner learner(Task<ObjectNode> task, Consumer<String> notes);
}
