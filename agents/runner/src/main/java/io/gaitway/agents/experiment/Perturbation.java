package io.gaitway.agents.experiment;

import io.gaitway.agents.measure.Judgement;
import io.gaitway.agents.measure.PolicyMeasurement;
import io.gaitway.client.simulation.Controller;
import io.gaitway.client.simulation.EnvironmentInfo;
import io.gaitway.client.simulation.Rollout;
import io.gaitway.client.simulation.RolloutRequest;
import io.gaitway.client.simulation.Simulator;
import io.gaitway.optim.trajopt.NormalSampler;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.commons.rng.simple.RandomSource;

/**
 * How a policy copes with another start: what share of its rollouts completes the horizon from
 * initial states that are off the mean one by normal noise in every entry but the root's position.
 * The states depend on the run's seed and the deviation only, and those of two deviations differ by
 * a factor.
 *
 * @param std standard deviation of the noise, in each entry's unit
 * @param deterministic share of upright rollouts without the policy's noise, 0 to 1
 * @param stochastic share of upright rollouts with it
 */
public record Perturbation(double std, double deterministic, double stochastic) {

  /** Sets the stream of initial states apart from all others. */
  private static final long STREAM = 0x70657274757262L;

  /** Takes the place of the iteration in the noise's seeds; iterations begin at 1. */
  private static final int ITERATION = 0;

  /** Measures {@code policy} from {@code count} states, without and with its noise. */
  static Perturbation of(
      Simulator simulator, Controller.Mlp policy, int horizon, int count, long seed, double std) {
    List<double[]> starts = starts(simulator.environment(), count, seed, std);
    List<Rollout> quiet =
        simulator.rollout(
            new RolloutRequest(
                horizon, starts, List.of(policy.withoutNoise()), List.of(), List.of()));
    List<Rollout> noisy = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      // In one call every state would meet every noise, or all of them the same.
      noisy.addAll(
          simulator.rollout(
              new RolloutRequest(
                  horizon,
                  List.of(starts.get(i)),
                  List.of(policy),
                  List.of(PolicyMeasurement.noiseSeed(seed, ITERATION, i)),
                  List.of())));
    }
    return new Perturbation(std, upright(quiet), upright(noisy));
  }

  /** The initial states, each of shape (nx). */
  public static List<double[]> starts(
      EnvironmentInfo environment, int count, long seed, double std) {
    NormalSampler normal =
        new NormalSampler(RandomSource.PHILOX_4X64.create(new long[] {seed, STREAM}));
    Set<Integer> place = new HashSet<>();
    for (EnvironmentInfo.LinkGeometry link : environment.geometry()) {
      place.add(link.xIndex());
      place.add(link.yIndex());
    }
    List<double[]> starts = new ArrayList<>();
    for (int n = 0; n < count; n++) {
      double[] x = new double[environment.nx()];
      for (int i = 0; i < x.length; i++) {
        double off = place.contains(i) ? 0 : std * normal.next();
        x[i] = environment.initialState().mean().get(i) + off;
      }
      starts.add(x);
    }
    return starts;
  }

  private static double upright(List<Rollout> rollouts) {
    return (double) rollouts.stream().filter(Judgement::upright).count() / rollouts.size();
  }
}
