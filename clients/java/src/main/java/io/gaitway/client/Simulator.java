package io.gaitway.client;

import java.util.List;

/**
 * One environment's dynamics on whole trajectories, free of sessions: what optimisers and policy
 * search need. Instances may be shared between threads.
 */
public interface Simulator {

  /** What the environment is, with the parameters in force. */
  EnvironmentInfo environment();

  /**
   * Fills {@code expansion} with the derivatives along {@code trajectory} (its {@code xs}, {@code
   * us}).
   *
   * @throws GaitwayException if the request is refused, or a knot's step diverges
   */
  void linearize(Trajectory trajectory, CostHessian hessian, Expansion expansion);

  /** Runs rollouts in one call; results in the order that {@link RolloutRequest} states. */
  List<Rollout> rollout(RolloutRequest request);

  /** Draws initial states from the environment's distribution, one per episode number. */
  List<double[]> initialStates(long seed, int count);

  /** Which second derivative of the cost is wanted. */
  enum CostHessian {
    /** The Hessian itself; may be indefinite. */
    EXACT,
    /** The Gauss–Newton part; positive semi-definite. */
    GAUSS_NEWTON
  }
}
