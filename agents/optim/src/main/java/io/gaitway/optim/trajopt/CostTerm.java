package io.gaitway.optim.trajopt;

import io.gaitway.client.simulation.Expansion;
import io.gaitway.client.simulation.Trajectory;

/**
 * A cost of trajectories that is known to the optimiser but not to the simulator, such as −log π of
 * the policy that a trajectory is to agree with.
 *
 * <p>It must be the sum of functions of one knot's (x_t, u_t), and must not change while an
 * optimiser works with it: the line search compares its values.
 */
public interface CostTerm {

  /** The term's sum along the trajectory (its {@code xs}, {@code us}). */
  double value(Trajectory trajectory);

  /**
   * Adds the term's values to {@code l}, its gradients to {@code lx}, {@code lu} and its Hessians,
   * or positive semi-definite substitutes, to {@code lxx}, {@code lux}, {@code luu}.
   */
  void addExpansion(Trajectory trajectory, Expansion expansion);
}
