package io.gaitway.agents.run;

import io.gaitway.client.Controller;
import io.gaitway.client.Rollout;
import io.gaitway.client.RolloutRequest;
import io.gaitway.client.Simulator;
import java.util.ArrayList;
import java.util.List;

/**
 * A policy, measured: the cost without its noise, and the mean cost with it, both from the mean
 * initial state. The noise depends on the run's seed and the iteration only, so that agents are
 * compared under equal noise, and it has nothing in common with the noise that agents learn from.
 *
 * @param learned the rollout without noise
 * @param stochasticCosts cost of each noisy rollout; +∞ where it diverged
 * @param terminated noisy rollouts that the environment ended early
 */
record Evaluation(Rollout learned, double[] stochasticCosts, int terminated) {

  /** Sets the stream of evaluation noise apart from all others. */
  private static final long STREAM = 0x6576616c75617465L;

  /** Measures {@code policy} over {@code horizon} steps. */
  static Evaluation of(
      Simulator simulator,
      Controller.Mlp policy,
      int horizon,
      int rollouts,
      long seed,
      int iteration) {
    double[] start =
        simulator.environment().initialState().mean().stream()
            .mapToDouble(Double::doubleValue)
            .toArray();
    Controller.Mlp quiet =
        new Controller.Mlp(
            policy.inputs(), policy.layers(), policy.activation(), new double[policy.std().length]);
    List<Long> seeds = new ArrayList<>();
    for (int i = 0; i < rollouts; i++) {
      seeds.add(noiseSeed(seed, iteration, i));
    }
    // Two calls: one would run the policy without noise once for every seed.
    List<Rollout> noisy =
        simulator.rollout(
            new RolloutRequest(horizon, List.of(start), List.of(policy), seeds, List.of()));
    Rollout learned = simulator.rollout(RolloutRequest.single(horizon, start, quiet)).get(0);
    double[] costs = new double[rollouts];
    int terminated = 0;
    for (int i = 0; i < rollouts; i++) {
      costs[i] = noisy.get(i).cost();
      terminated += noisy.get(i).terminated() ? 1 : 0;
    }
    return new Evaluation(learned, costs, terminated);
  }

  double deterministicCost() {
    return learned.cost();
  }

  double stochasticCost() {
    double sum = 0;
    for (double cost : stochasticCosts) {
      sum += cost;
    }
    return sum / stochasticCosts.length;
  }

  /** Noise seed of one rollout: the finaliser of SplitMix64 over seed, iteration and number. */
  static long noiseSeed(long seed, int iteration, int number) {
    return mix(mix(mix(seed ^ STREAM) + iteration) + number);
  }

  private static long mix(long value) {
    long z = value + 0x9e3779b97f4a7c15L;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
