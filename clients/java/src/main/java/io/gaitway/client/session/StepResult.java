package io.gaitway.client.session;

import java.util.List;

/**
 * What one control step did to the N environments of a session.
 *
 * @param step number of steps that the session has carried out, this one included
 * @param states state of every environment, shape (N, nx). Where the simulation diverged, the state
 *     before the step; where the step itself reset, the new episode's initial state
 * @param costs running costs of the step, shape (N); not multiplied by dt
 * @param rewards sums of the environment's reward terms over the step, shape (N); empty where it
 *     has none, and the reward is minus the cost
 * @param terminated whether the task's failure condition holds, shape (N)
 * @param truncated whether the episode ended for another reason (time limit, divergence), shape (N)
 * @param diverged whether the simulation diverged in this step, shape (N)
 * @param clipped whether an action entry was clipped to its bounds, shape (N)
 * @param resets the environments that autoreset put into a new episode in this step
 */
public record StepResult(
    long step,
    double[] states,
    double[] costs,
    double[] rewards,
    boolean[] terminated,
    boolean[] truncated,
    boolean[] diverged,
    boolean[] clipped,
    List<NewEpisode> resets) {

  /** Copies the list. */
  public StepResult {
    resets = List.copyOf(resets);
  }

  /**
   * An episode that autoreset started.
   *
   * @param environment index of the environment
   * @param seed seed in force
   * @param episode number of the episode
   * @param finalState last state of the episode that ended, shape (nx); empty unless the session
   *     resets in the same step
   */
  public record NewEpisode(int environment, long seed, long episode, double[] finalState) {}
}
