package io.gaitway.client;

/**
 * The result of one rollout.
 *
 * @param trajectory states, actions as applied and costs; entries after {@code steps} are
 *     unspecified
 * @param steps control steps completed; less than the horizon only if the simulation diverged or
 *     the environment terminated
 * @param diverged whether the simulation left the finite numbers or its integrator failed
 * @param terminated whether the environment's failure condition (a fall, say) was met
 * @param clipped number of steps in which an action was clipped to its bounds
 * @param digest SHA-256 (hex) over the bits of states, actions and costs: equal digests mean equal
 *     bits
 */
public record Rollout(
    Trajectory trajectory,
    int steps,
    boolean diverged,
    boolean terminated,
    int clipped,
    String digest) {

  /** Total cost, or +∞ if the simulation diverged. */
  public double cost() {
    return diverged ? Double.POSITIVE_INFINITY : trajectory.totalCost();
  }
}
