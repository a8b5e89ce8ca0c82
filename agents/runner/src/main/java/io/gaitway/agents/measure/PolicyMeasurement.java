package io.gaitway.agents.measure;

import io.gaitway.client.simulation.Controller;
import io.gaitway.client.simulation.Rollout;
import io.gaitway.client.simulation.RolloutRequest;
import io.gaitway.client.simulation.Simulator;
import java.util.ArrayList;
import java.util.List;

/**
 * A policy, measured from one state: without its noise, and several times with it. The noise
 * depends on the run's seed and the iteration only, so that agents are compared under equal noise,
 * and it has nothing in common with the noise that agents learn from.
 *
 * @param learned the rollout without noise
 * @param deterministicSuccess whether it is a success, see {@link Judgement}
 * @param noisy what became of each noisy rollout
 */
public record PolicyMeasurement(
    Rollout learned, boolean deterministicSuccess, List<Outcome> noisy) {

  /**
   * A noisy rollout and its judgement.
   *
   * @param rollout what happened
   * @param success whether it did what was asked, see {@link Judgement}
   */
  public record Outcome(Rollout rollout, boolean success) {
    /** Total cost; +∞ if it diverged. */
    double cost() {
      return rollout.cost();
    }

    /** Control steps completed. */
    int steps() {
      return rollout.steps();
    }

    /** Whether the environment ended it early, by a fall, say. */
    boolean terminated() {
      return rollout.terminated();
    }

    /** Whether it completed its horizon. */
    boolean upright() {
      return Judgement.upright(rollout);
    }
  }

  /** Sets the stream of measurement noise apart from all others. */
  private static final long STREAM = 0x6576616c75617465L;

  /**
   * Measures {@code policy} over {@code horizon} steps.
   *
   * @param start the state to start from, shape (nx)
   */
  public static PolicyMeasurement of(
      Simulator simulator,
      double[] start,
      Judgement judgement,
      Controller.Mlp policy,
      int horizon,
      int rollouts,
      long seed,
      int iteration) {
    List<Long> seeds = new ArrayList<>();
    for (int i = 0; i < rollouts; i++) {
      seeds.add(noiseSeed(seed, iteration, i));
    }
    // Two calls: one would run the policy without noise once for every seed.
    List<Rollout> noisy =
        simulator.rollout(
            new RolloutRequest(horizon, List.of(start), List.of(policy), seeds, List.of()));
    Rollout learned =
        simulator.rollout(RolloutRequest.single(horizon, start, policy.withoutNoise())).get(0);
    return new PolicyMeasurement(
        learned,
        judgement.success(learned),
        noisy.stream().map(rollout -> new Outcome(rollout, judgement.success(rollout))).toList());
  }

  /** Cost of the policy without its noise; +∞ if it diverged. */
  public double deterministicCost() {
    return learned.cost();
  }

  /** Mean cost of the noisy rollouts; +∞ if one of them diverged. */
  public double stochasticCost() {
    double sum = 0;
    for (Outcome outcome : noisy) {
      sum += outcome.cost();
    }
    return sum / noisy.size();
  }

  /** Number of noisy rollouts that the environment ended early. */
  int terminated() {
    return (int) noisy.stream().filter(Outcome::terminated).count();
  }

  /** Number of noisy rollouts that completed their horizon. */
  public int upright() {
    return (int) noisy.stream().filter(Outcome::upright).count();
  }

  /** Number of noisy rollouts that are successes. */
  public int successes() {
    return (int) noisy.stream().filter(Outcome::success).count();
  }

  /** Noise seed of one rollout: the finaliser of SplitMix64 over seed, iteration and number. */
  public static long noiseSeed(long seed, int iteration, int number) {
    return mix(mix(mix(seed ^ STREAM) + iteration) + number);
  }

  private static long mix(long value) {
    long z = value + 0x9e3779b97f4a7c15L;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
