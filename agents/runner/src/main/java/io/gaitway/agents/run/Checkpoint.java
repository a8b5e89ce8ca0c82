package io.gaitway.agents.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gaitway.agents.api.ExactDoubles;
import io.gaitway.agents.api.Json;
import io.gaitway.agents.api.JsonFiles;
import io.gaitway.agents.api.Learner;
import io.gaitway.agents.api.Reference;
import io.gaitway.client.simulation.Trajectory;
import io.gaitway.client.simulation.Usage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

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
    put(node.putObject("reference"), reference);
    if (!reference.others().isEmpty()) {
      ArrayNode others = node.putArray("other_references");
      reference.others().forEach(other -> put(others.addObject(), other));
    }
    node.set("learner", learner);
    return node;
  }

  private static void put(ObjectNode solution, Reference reference) {
    Trajectory trajectory = reference.trajectory();
    ExactDoubles.put(solution, "cost", reference.cost());
    solution.put("steps", trajectory.T).put("nx", trajectory.nx).put("nu", trajectory.nu);
    ExactDoubles.put(solution, "xs", trajectory.xs);
    ExactDoubles.put(solution, "us", trajectory.us);
    ExactDoubles.put(solution, "costs", trajectory.costs);
  }

  /** The layout of a checkpoint's file. */
  private record Stored(
      int format,
      int iteration,
      long metricsBytes,
      double elapsedSeconds,
      Usage usage,
      ObjectNode reference,
      List<ObjectNode> otherReferences,
      ObjectNode learner) {}

  /**
   * Reads a file with what {@link #toJson} gave.
   *
   * @throws IOException naming the file, and the field if one is wrong
   */
  static Checkpoint read(Path file) throws IOException {
    JsonNode json = JsonFiles.tree(file);
    RunConfig.requireFormat(file, json);
    if (json instanceof ObjectNode checkpoint) {
      checkpoint.putIfAbsent("other_references", checkpoint.arrayNode());
    }
    Stored stored = JsonFiles.convert(file.toString(), json, Stored.class);
    try {
      return new Checkpoint(
          stored.iteration(),
          stored.metricsBytes(),
          stored.elapsedSeconds(),
          stored.usage(),
          references(stored),
          stored.learner());
    } catch (IllegalArgumentException e) {
      throw new IOException(file + ", in 'reference': " + e.getMessage(), e);
    }
  }

  private static Reference references(Stored stored) {
    Reference first = reference(stored.reference());
    return new Reference(
        first.trajectory(),
        first.cost(),
        stored.otherReferences().stream().map(Checkpoint::reference).toList());
  }

  private static Reference reference(ObjectNode json) {
    double[] us = ExactDoubles.get(json, "us");
    double[] xs = ExactDoubles.get(json, "xs");
    double[] costs = ExactDoubles.get(json, "costs");
    int steps = size(json, "steps");
    int nx = size(json, "nx");
    int nu = size(json, "nu");
    if (xs.length != (steps + 1L) * nx
        || us.length != (long) steps * nu
        || costs.length != steps + 1L) {
      throw new IllegalArgumentException(
          "%d steps, %d state and %d action entries do not fit %d numbers in 'xs', %d in 'us', %d in 'costs'"
              .formatted(steps, nx, nu, xs.length, us.length, costs.length));
    }
    Trajectory trajectory = new Trajectory(steps, nx, nu);
    System.arraycopy(xs, 0, trajectory.xs, 0, xs.length);
    System.arraycopy(us, 0, trajectory.us, 0, us.length);
    System.arraycopy(costs, 0, trajectory.costs, 0, costs.length);
    return new Reference(trajectory, ExactDoubles.getScalar(json, "cost"));
  }

  private static int size(ObjectNode json, String name) {
    JsonNode value = json.path(name);
    if (!value.isInt() || value.intValue() < 1) {
      throw new IllegalArgumentException(
          "field '" + name + "' must be a whole number of at least 1");
    }
    return value.intValue();
  }
}
