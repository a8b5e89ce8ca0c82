package io.gaitway.agents.measure;

import io.gaitway.client.simulation.EnvironmentInfo;
import io.gaitway.client.simulation.Rollout;

/**
 * What counts as success where an episode can end early. Not to fall is not enough, for it may mean
 * to stand still: a success stays upright, travels at least half as far as the target speed would,
 * and costs at most three times as much as the reference.
 */
public final class Judgement {
  private static final double LEAST_OF_THE_WAY = 0.5;
  private static final double MOST_OF_THE_COST = 3;

  /** What a rollout has to do to be a success, in words. */
  public static final String IN_WORDS =
      "stays upright over the whole horizon, travels at least "
          + LEAST_OF_THE_WAY
          + " × target_speed × time, and costs at most "
          + Math.round(MOST_OF_THE_COST)
          + " × DDP";

  private final double targetSpeed;
  private final int rootX;
  private final double dt;
  private final double mostCost;

  /**
   * The judgement of rollouts in one environment. Without a parameter {@code target_speed} or a
   * state entry {@code root_x} there is no way to go.
   *
   * @param referenceCost cost of the reference over the same horizon
   */
  public Judgement(EnvironmentInfo environment, double referenceCost) {
    targetSpeed =
        environment.parameters().stream()
            .filter(parameter -> parameter.name().equals("target_speed"))
            .mapToDouble(EnvironmentInfo.Parameter::value)
            .findFirst()
            .orElse(0);
    rootX = environment.stateIndex("root_x");
    dt = environment.dt();
    mostCost = MOST_OF_THE_COST * referenceCost;
  }

  /** Whether a rollout completed its horizon, neither ended early nor diverged. */
  public static boolean upright(Rollout rollout) {
    return rollout.steps() == rollout.trajectory().T
        && !rollout.terminated()
        && !rollout.diverged();
  }

  /** Whether a rollout is a success. */
  boolean success(Rollout rollout) {
    return upright(rollout) && rollout.cost() <= mostCost && arrived(rollout);
  }

  private boolean arrived(Rollout rollout) {
    if (rootX < 0) {
      return true;
    }
    int T = rollout.trajectory().T;
    int nx = rollout.trajectory().nx;
    double[] xs = rollout.trajectory().xs;
    double way = xs[T * nx + rootX] - xs[rootX];
    double target = targetSpeed * T * dt;
    return way * Math.signum(target) >= LEAST_OF_THE_WAY * Math.abs(target);
  }
}
