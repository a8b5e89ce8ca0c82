package io.gaitway.client.simulation;

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
 * @param drawnActions whether trajectories are to hold the actions as the controllers drew them
 *     instead of as applied; they differ where an action was clipped to its bounds, and only the
 *     drawn ones have the controller's density
 */
public record RolloutRequest(
    int horizon,
    List<double[]> initialStates,
    List<Controller> controllers,
    List<Long> seeds,
    List<Double> stepSizes,
    boolean drawnActions) {
  /** Copies the lists. */
  public RolloutRequest {
    initialStates = List.copyOf(initialStates);
    controllers = List.copyOf(controllers);
    seeds = List.copyOf(seeds);
    stepSizes = List.copyOf(stepSizes);
  }

  /** Rollouts whose trajectories hold the actions as applied. */
  public RolloutRequest(
      int horizon,
      List<double[]> initialStates,
      List<Controller> controllers,
      List<Long> seeds,
      List<Double> stepSizes) {
    this(horizon, initialStates, controllers, seeds, stepSizes, false);
  }

  /** The same rollouts with the actions as drawn. */
  public RolloutRequest withDrawnActions() {
    return new RolloutRequest(horizon, initialStates, controllers, seeds, stepSizes, true);
  }

  /** One rollout of one controller from one state, without noise. */
  public static RolloutRequest single(int horizon, double[] initialState, Controller controller) {
    return new RolloutRequest(
        horizon, List.of(initialState), List.of(controller), List.of(), List.of());
  }
}
