package io.gaitway.agents.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gaitway.optim.policy.Architecture;
import java.util.List;
import java.util.function.Consumer;

/**
 * An agent in Java, as a plug-in: a way to learn policies. Implementations are found by {@link
 * java.util.ServiceLoader}: they have a public constructor without arguments and are named in
 * {@code META-INF/services/io.gaitway.agents.api.Agent}.
 *
 * @param <S> the agent's settings: a record whose components all carry {@link Setting}
 */
public interface Agent<S extends Record> extends AnyAgent {

  /** Preset with the best measured settings; every agent has it. */
  String DEFAULT_PRESET = "default";

  /** Preset that follows the agent's source to the letter; every agent has it. */
  String PAPER_PRESET = "paper";

  /** The settings' type. */
  Class<S> settingsType();

  @Override
  default SettingsSchema schema() {
    return Settings.schema(settingsType());
  }

  @Override
  default List<String> presets() {
    return List.of(DEFAULT_PRESET, PAPER_PRESET);
  }

  @Override
  default String bestPreset(String environment, Architecture architecture) {
    return Presets.best(this, environment, architecture);
  }

  /**
   * Settings of a preset for an environment; from a file unless an agent says otherwise, see {@link
   * Presets}.
   *
   * @param preset one of {@link #presets()}
   * @param environment catalog name; environments that the agent does not know get general settings
   */
  default S preset(String preset, String environment) {
    return Presets.read(this, preset, environment);
  }

  @Override
  default ObjectNode presetSettings(String preset, String environment) {
    return Settings.toJson(preset(preset, environment));
  }

  /** Makes a learner that has done nothing yet; cheap, the work begins in {@link Learner#start}. */
  Learner learner(Task<S> task);

  @Override
  default Learner learner(Task<ObjectNode> task, Consumer<String> notes) {
    return learner(task.withSettings(Settings.fromJson(settingsType(), task.settings())));
  }
}
