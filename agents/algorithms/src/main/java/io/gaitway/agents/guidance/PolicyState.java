package io.gaitway.agents.guidance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gaitway.agents.api.ExactDoubles;
import io.gaitway.optim.policy.GaussianMlp;
import java.util.List;

/** A policy's arrays in a learner's state. */
public final class PolicyState {
  private PolicyState() {}

  /** Writes a policy. */
  public static void put(ObjectNode state, GaussianMlp policy) {
    ExactDoubles.put(state, "W1", policy.W1);
    ExactDoubles.put(state, "b1", policy.b1);
    ExactDoubles.put(state, "W2", policy.W2);
    ExactDoubles.put(state, "b2", policy.b2);
    ExactDoubles.put(state, "std", policy.std);
  }

  /**
   * Reads what {@link #put} wrote.
   *
   * @param nx number of state entries
   * @param observation state indices that the policy reads
   */
  public static GaussianMlp get(JsonNode state, int nx, List<Integer> observation) {
    return new GaussianMlp(
        nx,
        observation,
        ExactDoubles.get(state, "W1"),
        ExactDoubles.get(state, "b1"),
        ExactDoubles.get(state, "W2"),
        ExactDoubles.get(state, "b2"),
        ExactDoubles.get(state, "std"));
  }
}
