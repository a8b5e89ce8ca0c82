package io.gaitway.agents.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gaitway.agents.api.JsonFiles;
import io.gaitway.agents.api.Start;
import io.gaitway.client.simulation.EnvironmentInfo;
import io.gaitway.optim.policy.Architecture;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Everything that is needed to repeat a run; the content of {@code config.json}.
 *
 * @param format version of the run directory's layout, {@link #FORMAT}
 * @param agent name of the agent
 * @param agentCommand command line that starts the agent; absent for those of the program
 * @param preset preset that the settings come from
 * @param settings the agent's settings in force, overrides included
 * @param environment catalog name
 * @param parameters overrides of the environment's parameters, sorted by name
 * @param starts where the episodes start that one policy is trained for, if not only where the
 *     environment's do; absent then
 * @param observation names of the parameters and of the state entries that the policy sees, the
 *     parameters first, each kind in the environment's order
 * @param architecture the network that is trained; {@code hidden} in the file
 * @param iterations number of iterations
 * @param seed the run's seed
 * @param evaluationRollouts noisy rollouts whose mean is the stochastic cost
 * @param server address of the server, or {@code embedded}
 * @param created when the run began, ISO 8601
 * @param versions of the programs: {@code gaitway}, {@code java}, {@code os}
 * @param spec the environment as the server described it, parameters in force
 */
public record RunConfig(
    int format,
    String agent,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String agentCommand,
    String preset,
    ObjectNode settings,
    String environment,
    Map<String, Double> parameters,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Start> starts,
    List<String> observation,
    @JsonProperty("hidden") Architecture architecture,
    int iterations,
    long seed,
    int evaluationRollouts,
    String server,
    String created,
    Map<String, String> versions,
    EnvironmentInfo spec) {

  /** The layout that this program writes. */
  public static final int FORMAT = 5;

  /** Value of {@link #server} for the server inside the process. */
  public static final String EMBEDDED = "embedded";

  /** Sorts the maps and copies the list. */
  public RunConfig {
    parameters = new TreeMap<>(parameters);
    starts = List.copyOf(starts);
    observation = List.copyOf(observation);
    versions = new TreeMap<>(versions);
  }

  /** The configuration of a run that begins now. */
  public static RunConfig beginning(
      String agent,
      @Nullable String agentCommand,
      String preset,
      ObjectNode settings,
      Map<String, Double> parameters,
      List<Start> starts,
      List<String> observation,
      Architecture architecture,
      int iterations,
      long seed,
      int evaluationRollouts,
      String server,
      EnvironmentInfo spec) {
    return new RunConfig(
        FORMAT,
        agent,
        agentCommand,
        preset,
        settings,
        spec.id(),
        parameters,
        starts,
        observation,
        architecture,
        iterations,
        seed,
        evaluationRollouts,
        server,
        Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
        GaitwayVersion.all(),
        spec);
  }

  /**
   * Reads a file that holds one.
   *
   * @throws IOException naming the file, and the field if one is wrong
   */
  static RunConfig read(Path file) throws IOException {
    JsonNode json = JsonFiles.tree(file);
    requireFormat(file, json);
    if (json instanceof ObjectNode config) {
      config.putIfAbsent("agent_command", config.nullNode());
      config.putIfAbsent("starts", config.arrayNode());
    }
    return JsonFiles.convert(file.toString(), json, RunConfig.class);
  }

  /**
   * Checks that a file has the layout that this program reads.
   *
   * @throws IOException if it has another one, or none
   */
  static void requireFormat(Path file, JsonNode json) throws IOException {
    JsonNode format = json.path("format");
    if (format.isNumber() && format.doubleValue() != FORMAT) {
      throw new IOException(
          file + " has format " + format + ", but this program reads format " + FORMAT);
    }
  }

  /** The starts in force: the environment's own where there are no others. */
  public List<Start> startsInForce() {
    return starts.isEmpty() ? List.of(Start.OWN) : starts;
  }

  /** Number of control steps over which policies are measured. */
  public int horizon() {
    return spec.horizon();
  }

  /**
   * Checks that the environment is the one that the run was trained on.
   *
   * @throws IOException if its version or its model differs
   */
  public void requireDynamics(EnvironmentInfo now) throws IOException {
    if (!spec.version().equals(now.version()) || !spec.modelDigest().equals(now.modelDigest())) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "the run was trained on %s version %s, model %s, but the server has version %s, model"
                  + " %s; a run continues on the same dynamics only",
              spec.id(),
              spec.version(),
              spec.modelDigest(),
              now.version(),
              now.modelDigest()));
    }
  }
}
