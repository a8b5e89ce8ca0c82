package io.gaitway.agents.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gaitway.agents.api.ExactDoubles;
import io.gaitway.agents.api.Json;
import io.gaitway.agents.api.Learner;
import io.gaitway.agents.api.Reference;
import io.gaitway.client.simulation.Trajectory;
import io.gaitway.client.simulation.Usage;

/**
 * A run's state after an iteration.
 *
 * @param iteration iterations completed; 0 after the reference has been found
 * @param metricsBytes length of {@code metrics.jsonl} at that time
 * @param elapsedSeconds wall-clock time of the run so far, s
 * @param usage what the learner has had the simulator do so far
 * @param reference the solution that learning started from
 * @param learner what {@link Learner#save} gave
 */
record Checkpoint(
    int iteration,
    long metricsBytes,
    double elapsedSeconds,
    Usage usage,
    Reference reference,
    ObjectNode learner) {

  ObjectNode toJson() {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("format", RunConfig.FORMAT);
    node.put("iteration", iteration);
    node.put("metrics_bytes", metricsBytes);
    node.put("elapsed_seconds", elapsedSeconds);
    node.set("usage", Json.MAPPER.valueToTree(usage));
    Trajectory trajectory = reference.trajectory();
    ObjectNode solution = node.putObject("reference");
    ExactDoubles.put(solution, "cost", reference.cost());
    solution.put("steps", trajectory.T).put("nx", trajectory.nx).put("nu", trajectory.nu);
    ExactDoubles.put(solution, "xs", trajectory.xs);
    ExactDoubles.put(solution, "us", trajectory.us);
    ExactDoubles.put(solution, "costs", trajectory.costs);
    node.set("learner", learner);
    return node;
  }

  /**
   * Reads what {@link #toJson} gave.
   *
   * @throws IllegalArgumentException if something is missing
   */
  static Checkpoint fromJson(JsonNode node) {
    int format = node.path("format").asInt();
    if (format != RunConfig.FORMAT) {
      throw new IllegalArgumentException(
          "its format is " + format + ", readable is " + RunConfig.FORMAT);
    }
    if (!(node.get("learner") instanceof ObjectNode learner)) {
      throw new IllegalArgumentException("'learner' is missing");
    }
    if (!(node.get("usage") instanceof ObjectNode usage)) {
      throw new IllegalArgumentException("'usage' is missing");
    }
    JsonNode solution = node.path("reference");
    Trajectory trajectory =
        new Trajectory(
            solution.path("steps").asInt(),
            solution.path("nx").asInt(),
            solution.path("nu").asInt());
    ExactDoubles.get(solution, "xs", trajectory.xs);
    ExactDoubles.get(solution, "us", trajectory.us);
    ExactDoubles.get(solution, "costs", trajectory.costs);
    return new Checkpoint(
        node.path("iteration").asInt(),
        node.path("metrics_bytes").asLong(),
        node.path("elapsed_seconds").asDouble(),
        Json.MAPPER.convertValue(usage, Usage.class),
        new Reference(trajectory, ExactDoubles.getScalar(solution, "cost")),
        learner);
  }
}
