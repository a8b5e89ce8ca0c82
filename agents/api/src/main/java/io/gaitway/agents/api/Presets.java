package io.gaitway.agents.api;

import com.fasterxml.jackson.databind.JsonNode;
import io.gaitway.optim.policy.Architecture;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Presets in files: beside an agent's class, in a folder of the agent's name, {@code PRESET.json};
 * what differs from it in an environment, in {@code PRESET-ENVIRONMENT.json}; and which preset is
 * best for what, in {@code best.presets.json} where another than the default is.
 */
public final class Presets {
  private Presets() {}

  /**
   * Reads a preset.
   *
   * @throws IllegalArgumentException if there is no such preset, or one of its files is faulty
   */
  public static <S extends Record> S read(Agent<S> agent, String preset, String environment) {
    List<URL> files = new ArrayList<>();
    for (String name : List.of(preset, preset + "-" + environment)) {
      @Nullable URL file = file(agent, name);
      if (file != null) {
        files.add(file);
      }
    }
    if (files.isEmpty()) {
      throw new IllegalArgumentException(agent.name() + " has no preset '" + preset + "'");
    }
    return Settings.read(agent.settingsType(), files);
  }

  /**
   * One line of {@code best.presets.json}, a list of them: where a preset is better than the
   * default.
   *
   * @param environment catalog name
   * @param mostHidden most hidden units, of all layers together, for which that holds
   * @param preset which
   */
  record Best(String environment, int mostHidden, String preset) {}

  /**
   * The preset with the best measured settings: what the first line of {@code best.presets.json}
   * says that fits, else {@link Agent#DEFAULT_PRESET}.
   *
   * @param architecture the network that is trained
   */
  static String best(Agent<?> agent, String environment, Architecture architecture) {
    @Nullable URL file = file(agent, "best.presets");
    if (file == null) {
      return Agent.DEFAULT_PRESET;
    }
    try {
      JsonNode lines;
      try (InputStream content = file.openStream()) {
        lines = JsonFiles.parse(content.readAllBytes());
      }
      if (!lines.isArray()) {
        throw new IllegalArgumentException("not a list");
      }
      for (int i = 0; i < lines.size(); i++) {
        Best best = JsonFiles.convert("entry " + i, lines.get(i), Best.class);
        if (best.environment().equals(environment) && architecture.units() <= best.mostHidden()) {
          return best.preset();
        }
      }
      return Agent.DEFAULT_PRESET;
    } catch (IOException | IllegalArgumentException e) {
      throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
    }
  }

  private static @Nullable URL file(Agent<?> agent, String name) {
    return agent.getClass().getResource(agent.name() + "/" + name + ".json");
  }
}
