package io.gaitway.client.evaluation;

import io.gaitway.client.simulation.Rollout;

/**
 * A finished episode of an evaluation.
 *
 * @param episode its number, from 0
 * @param outcome how it ended
 * @param fault what the controller did wrong
 * @param faultDetail the fault in words; empty if there is none
 * @param steps control steps completed
 * @param controlledSteps steps that took the controller's actions
 * @param clipped steps in which an action entry was clipped to its bounds
 * @param cost total cost, what a rollout of the same actions costs; +∞ if the simulation diverged
 * @param digest SHA-256 (hex) over states, actions as applied and costs, that of a {@link Rollout}
 * @param beginnings how many times it was begun: more than once if the server ended in between
 */
public record EpisodeResult(
    int episode,
    Outcome outcome,
    Fault fault,
    String faultDetail,
    int steps,
    int controlledSteps,
    int clipped,
    double cost,
    String digest,
    int beginnings) {

  /** How an episode ends. */
  public enum Outcome {
    /** It ran for the whole horizon. */
    COMPLETED,
    /** The task's failure condition was met. */
    TERMINATED,
    /** The simulation diverged: a fault of the environment. */
    DIVERGED
  }

  /** What a controller can do wrong. */
  public enum Fault {
    /** Nothing. */
    NONE,
    /** It did not answer within the deadline. */
    DEADLINE_MISSED,
    /** An entry of its action was NaN or infinite. */
    NON_FINITE_ACTION,
    /** Its actions had the wrong shape or type. */
    MALFORMED_ACTIONS,
    /** It answered a round that it was not asked for. */
    OUT_OF_TURN
  }

  /** Whether it survived: the whole horizon, without a fault of the controller. */
  public boolean survived() {
    return outcome == Outcome.COMPLETED && fault == Fault.NONE;
  }
}
