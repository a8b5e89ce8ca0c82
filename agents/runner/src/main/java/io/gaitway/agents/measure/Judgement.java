package io.gaitway.agents.measure;

import io.gaitway.client.simulation.EnvironmentInfo;
import io.gaitway.client.simulation.EnvironmentInfo.Goal;
import io.gaitway.client.simulation.Rollout;
import org.jspecify.annotations.Nullable;

/**
 * What counts as success where an episode can end early: to stay upright over the whole horizon,
 * and what the environment's goal asks beside, for not to fall may mean to stand still: to travel a
 * part of the way that the target speed makes, and to cost at most a multiple of the reference.
 */
public final class Judgement {
  private final @Nullable Goal goal;
  private final double dt;
  private final double referenceCost;

  /**
   * The judgement of rollouts in one environment.
   *
   * @param referenceCost cost of the reference over the same horizon
   */
  public Judgement(EnvironmentInfo environment, double referenceCost) {
    goal = environment.goal();
    dt = environment.dt();
    this.referenceCost = referenceCost;
  }

  /** What a rollout has to do to be a success, in words. */
  public static String inWords(@Nullable Goal goal) {
    String upright = "stays upright over the whole horizon";
    if (goal == null) {
      return upright;
    }
    String cost = "costs at most " + number(goal.mostCostRatio()) + " × DDP";
    return goal.progressIndex() < 0
        ? upright + ", and " + cost
        : upright
            + ", travels at least "
            + number(goal.leastShare())
            + " × target speed × time, and "
            + cost;
  }

  private static String number(double value) {
    return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
  }

  /** Whether a rollout completed its horizon, neither ended early nor diverged. */
  public static boolean upright(Rollout rollout) {
    return rollout.steps() == rollout.trajectory().T
        && !rollout.terminated()
        && !rollout.diverged();
  }

  /** Whether a rollout is a success. */
  boolean success(Rollout rollout) {
    return upright(rollout)
        && (goal == null
            || rollout.cost() <= goal.mostCostRatio() * referenceCost && arrived(goal, rollout));
  }

  private boolean arrived(Goal goal, Rollout rollout) {
    int index = goal.progressIndex();
    if (index < 0) {
      return true;
    }
    int T = rollout.trajectory().T;
    int nx = rollout.trajectory().nx;
    double[] xs = rollout.trajectory().xs;
    double way = xs[T * nx + index] - xs[index];
    double target = goal.targetSpeed() * T * dt;
    return way * Math.signum(target) >= goal.leastShare() * Math.abs(target);
  }
}
