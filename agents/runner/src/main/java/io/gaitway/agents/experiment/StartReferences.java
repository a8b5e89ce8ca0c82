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
 * The starts that a study measures policies from, with what they are compared with there. They take
 * a while to find, so they are kept in a file of the study's directory.
 *
 * @param environmentVersion version of the environment
 * @param modelDigest digest of the environment with the study's own parameters
 * @param starts one entry for each start
 */
public record StartReferences(String environmentVersion, String modelDigest, List<Entry> starts) {
  private static final String FILE = "starts.json";

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

  /** Writes them to a study's directory. */
  public void write(Path directory) throws IOException {
    DurableFiles.write(directory.resolve(FILE), Json.pretty(this));
  }

  /**
   * What a study's directory holds, or null if that is nothing, or of other starts or another
   * environment.
   */
  public static @Nullable StartReferences find(
      Path directory, String environmentVersion, String modelDigest, List<Start> starts)
      throws IOException {
    Path file = directory.resolve(FILE);
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
