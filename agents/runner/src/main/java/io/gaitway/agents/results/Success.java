package io.gaitway.agents.results;

import java.util.List;

/** When a policy succeeds at its task: every threshold, and the rule in words. */
public final class Success {
  /** Where no episode ends early: most cost of a success, relative to the initial DDP solution. */
  private static final double MOST_OF_THE_COST = 1.3;

  /** Least share of a stochastic policy's rollouts that succeed. */
  private static final double LEAST_SHARE = 0.5;

  private Success() {}

  /**
   * Whether a policy succeeds.
   *
   * @param share of its rollouts that do what is asked, 0 to 1
   * @param ratio mean cost relative to DDP
   * @param canFall whether episodes can end early
   */
  public static boolean of(double share, double ratio, boolean canFall) {
    return share >= LEAST_SHARE && (canFall || ratio <= MOST_OF_THE_COST);
  }

  /**
   * The rules, one sentence each.
   *
   * @param rollout when a single rollout is a success, as {@link
   *     io.gaitway.agents.measure.Judgement} has it
   */
  public static List<String> rules(String rollout) {
    return List.of(
        "A rollout is a success if it "
            + rollout
            + "; the deterministic policy succeeds if its rollout does, the stochastic one if at"
            + " least "
            + Math.round(100 * LEAST_SHARE)
            + " % of an iteration's rollouts do.",
        "Where no episode can end early (the swimmer), a policy's average cost must also be at most "
            + MOST_OF_THE_COST
            + " × DDP.",
        "It has learned to succeed in the first iteration from which on it succeeds to the end.");
  }
}
