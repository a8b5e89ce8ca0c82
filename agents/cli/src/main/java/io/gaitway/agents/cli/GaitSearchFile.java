package io.gaitway.agents.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.gaitway.agents.api.Json;
import io.gaitway.agents.api.JsonFiles;
import io.gaitway.agents.gait.GaitSearch;
import io.gaitway.agents.run.DurableFiles;
import io.gaitway.client.simulation.EnvironmentInfo;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A search for a gait between two generations, with all that is needed to continue it; the content
 * of {@code search.json}.
 *
 * @param format version of the layout, {@link #FORMAT}
 * @param environment catalog name
 * @param version version of the environment
 * @param modelDigest digest of every number that its dynamics depend on
 * @param parameters overrides of the environment's parameters, sorted by name
 * @param seed the search's seed
 * @param schedule its stages
 * @param elapsedSeconds what it took so far, s
 * @param state where it is
 */
record GaitSearchFile(
    int format,
    String environment,
    String version,
    String modelDigest,
    Map<String, Double> parameters,
    long seed,
    List<GaitSearch.Stage> schedule,
    double elapsedSeconds,
    GaitSearch.State state) {

  /** The layout that this program writes and the only one it reads. */
  static final int FORMAT = 2;

  private static final String NAME = "search.json";

  /** Sorts the parameters. */
  GaitSearchFile {
    parameters = new TreeMap<>(parameters);
    schedule = List.copyOf(schedule);
  }

  /** A search that begins. */
  static GaitSearchFile beginning(
      EnvironmentInfo environment,
      Map<String, Double> parameters,
      long seed,
      List<GaitSearch.Stage> schedule,
      GaitSearch.State first) {
    return new GaitSearchFile(
        FORMAT,
        environment.id(),
        environment.version(),
        environment.modelDigest(),
        parameters,
        seed,
        schedule,
        0,
        first);
  }

  /** The same search, later. */
  GaitSearchFile after(double seconds, GaitSearch.State now) {
    return new GaitSearchFile(
        format,
        environment,
        version,
        modelDigest,
        parameters,
        seed,
        schedule,
        elapsedSeconds + seconds,
        now);
  }

  /** Number of generations of all stages. */
  int generations() {
    return schedule.stream().mapToInt(GaitSearch.Stage::generations).sum();
  }

  /**
   * Reads the file of a directory.
   *
   * @throws IOException if there is no search here, or one of another layout
   */
  static GaitSearchFile read(Path directory) throws IOException {
    Path file = directory.resolve(NAME);
    JsonNode json;
    try {
      json = JsonFiles.tree(file);
    } catch (NoSuchFileException e) {
      throw new IOException("there is no search in " + directory + ": " + NAME + " is missing", e);
    }
    JsonNode format = json.path("format");
    if (format.isNumber() && format.doubleValue() != FORMAT) {
      throw new IOException(
          file + " has format " + format + ", but this program reads format " + FORMAT);
    }
    return JsonFiles.convert(file.toString(), json, GaitSearchFile.class);
  }

  /** Writes the file; a reader sees the old one or the whole new one. */
  void write(Path directory) throws IOException {
    DurableFiles.write(directory.resolve(NAME), Json.pretty(this));
  }

  /**
   * Checks that the environment is the one that the search began in.
   *
   * @throws IOException if its version or its model differs
   */
  void requireDynamics(EnvironmentInfo now) throws IOException {
    if (!version.equals(now.version()) || !modelDigest.equals(now.modelDigest())) {
      throw new IOException(
          "the search began on %s version %s, model %s, but the server has version %s, model %s; a search continues on the same dynamics only"
              .formatted(environment, version, modelDigest, now.version(), now.modelDigest()));
    }
  }
}
