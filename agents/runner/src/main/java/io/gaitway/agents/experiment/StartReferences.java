package io.gaitway.agents.experiment;

import io.gaitway.agents.api.Json;
import io.gaitway.agents.api.JsonFiles;
import io.gaitway.agents.api.Start;
import io.gaitway.agents.run.DurableFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The starts that an experiment measures policies from, with what they are compared with there.
 * They take a while to find, so they are kept in a file of the experiment's directory.
 *
 * @param environmentVersion version of the environment
 * @param modelDigest digest of the environment with the task's own parameters
 * @param starts one entry for each start
 */
public record StartReferences(String environmentVersion, String modelDigest, List<Entry> starts) {
  /** Enough of a model's digest to tell it from the experiment's others. */
  private static final int DIGITS = 12;

  /** Copies the list. */
  public StartReferences {
    starts = List.copyOf(starts);
  }

  /**
   * One start.
   *
   * @param parameters as {@link Start#parameters}
   * @param step as {@link Start#step}
   * @param state the state there, shape (nx)
   * @param ddpCost cost of the initial solution from there over the environment's horizon
   */
  public record Entry(
      Map<String, Double> parameters, @Nullable Integer step, List<Double> state, double ddpCost) {
    /** The start. */
    public Start start() {
      return new Start(parameters, step);
    }
  }

  /** Writes them to an experiment's directory. */
  public void write(Path directory) throws IOException {
    DurableFiles.write(file(directory, modelDigest), Json.pretty(this));
  }

  private static Path file(Path directory, String modelDigest) {
    String digits = modelDigest.substring(0, Math.min(DIGITS, modelDigest.length()));
    return directory.resolve("starts-" + digits.replaceAll("[^0-9A-Za-z]", "") + ".json");
  }

  /**
   * What an experiment's directory holds, or null if that is nothing, or of other starts or another
   * environment.
   */
  public static @Nullable StartReferences find(
      Path directory, String environmentVersion, String modelDigest, List<Start> starts)
      throws IOException {
    Path file = file(directory, modelDigest);
    if (!Files.exists(file)) {
      return null;
    }
    StartReferences found = JsonFiles.read(file, StartReferences.class);
    boolean same =
        found.environmentVersion().equals(environmentVersion)
            && found.modelDigest().equals(modelDigest)
            && found.starts().stream().map(Entry::start).toList().equals(starts);
    return same ? found : null;
  }
}
