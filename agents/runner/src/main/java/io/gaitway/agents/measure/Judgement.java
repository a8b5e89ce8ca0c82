package io.gaitway.agents.measure;

import io.gaitway.client.simulation.EnvironmentInfo;
import io.gaitway.client.simulation.EnvironmentInfo.Goal;
import io.gaitway.client.simulation.Rollout;
import io.gaitway.client.simulation.Trajectory;
import org.jspecify.annotations.Nullable;

/**
 * What counts as success where an episode can end early: to stay upright over the whole horizon,
 * and what the environment's goal asks beside, for not to fall may mean to stand still: to cost at
 * most a multiple of the reference, and to travel a part of the way that the target speed makes, or
 * of the reference's way where the best that is known falls short of that itself.
 */
public final class Judgement {
  private final @Nullable Goal goal;
  private final double dt;
  private final double referenceCost;

  /** Least mean speed in the direction that is asked for, in the position's unit per s. */
  private final double leastSpeed;

  /**
   * The judgement of rollouts in one environment.
   *
   * @param referenceCost cost of the reference, over the horizon that is judged
   * @param reference the initial solution; null if it is not at hand, and taken to get far enough
   */
  public Judgement(
      EnvironmentInfo environment, double referenceCost, @Nullable Trajectory reference) {
    goal = environment.goal();
    dt = environment.dt();
    this.referenceCost = referenceCost;
    leastSpeed = goal == null || goal.progressIndex() < 0 ? 0 : leastSpeed(goal, reference);
  }

  private double leastSpeed(Goal goal, @Nullable Trajectory reference) {
    double asked = Math.abs(goal.targetSpeed());
    double known = reference == null ? asked : speed(goal, reference);
    double least = goal.leastShare() * asked;
    return known >= least ? least : goal.leastShare() * known;
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
            + " × target speed × time, or that part of DDP's way if DDP does not, and "
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
    return goal.progressIndex() < 0 || speed(goal, rollout.trajectory()) >= leastSpeed;
  }

  /** The mean speed in the direction that is asked for. */
  private double speed(Goal goal, Trajectory trajectory) {
    int index = goal.progressIndex();
    double way = trajectory.xs[trajectory.T * trajectory.nx + index] - trajectory.xs[index];
    return way * Math.signum(goal.targetSpeed()) / (trajectory.T * dt);
  }
}
