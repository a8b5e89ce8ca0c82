package io.gaitway.client;

import java.util.List;

/**
 * Rollouts to run in one call: every initial state × controller × noise seed × step size, in that
 * nesting order (step size fastest).
 *
 * @param horizon number of control steps
 * @param initialStates each of shape (nx)
 * @param controllers at least one
 * @param seeds noise seeds; empty for one rollout without noise
 * @param stepSizes factors α on the feed-forward terms of linear-Gaussian controllers; empty for 1
 */
public record RolloutRequest(
    int horizon,
    List<double[]> initialStates,
    List<Controller> controllers,
    List<Long> seeds,
    List<Double> stepSizes) {
  /** Copies the lists. */
  public RolloutRequest {
    initialStates = List.copyOf(initialStates);
    controllers = List.copyOf(controllers);
    seeds = List.copyOf(seeds);
    stepSizes = List.copyOf(stepSizes);
  }

  /** One rollout of one controller from one state, without noise. */
  public static RolloutRequest single(int horizon, double[] initialState, Controller controller) {
    return new RolloutRequest(
        horizon, List.of(initialState), List.of(controller), List.of(), List.of());
  }
}
