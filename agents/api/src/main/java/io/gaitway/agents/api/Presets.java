package io.gaitway.agents.api;

import java.net.URL;
import org.jspecify.annotations.Nullable;

/**
 * Presets in files: beside an agent's class, in a folder of the agent's name, {@code
 * PRESET-ENVIRONMENT.json} where there is one, else {@code PRESET.json}.
 */
public final class Presets {
  private Presets() {}

  /**
   * Reads a preset.
   *
   * @throws IllegalArgumentException if there is no such preset, or its file is faulty
   */
  public static <S extends Record> S read(Agent<S> agent, String preset, String environment) {
    @Nullable URL own = file(agent, preset + "-" + environment);
    @Nullable URL file = own != null ? own : file(agent, preset);
    if (file == null) {
      throw new IllegalArgumentException(agent.name() + " has no preset '" + preset + "'");
    }
    return Settings.read(agent.settingsType(), file);
  }

  private static @Nullable URL file(Agent<?> agent, String name) {
    return agent.getClass().getResource(agent.name() + "/" + name + ".json");
  }
}
