package io.gaitway.agents.guidance;

import io.gaitway.client.simulation.Controller;
import io.gaitway.client.simulation.EnvironmentInfo;
import io.gaitway.client.simulation.Rollout;
import io.gaitway.client.simulation.RolloutRequest;
import io.gaitway.client.simulation.Simulator;
import io.gaitway.optim.trajopt.NormalSampler;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.commons.rng.simple.RandomSource;

/**
 * A first guess of the actions where nobody knows one: a search among smooth open-loop actions by
 * the cross-entropy method (Rubinstein 1999; de Boer et al. 2005), by rollouts alone.
 *
 * <p>Actions are piecewise linear in time between knots. A generation draws {@link #SAMPLES} sets
 * of knots from independent normal distributions and moves the distributions to the mean and
 * deviation of the {@link #ELITE} cheapest. Every stage doubles the number of knots, from the mean
 * that the stage before has found, and begins with half of its deviation. The cheapest actions of
 * all are the result; its costs never rise with further stages.
 *
 * <p>The same environment, initial state and horizon give the same actions.
 */
public final class ActionSearch {
  private static final int SAMPLES = 64;
  private static final int ELITE = 8;
  private static final int GENERATIONS = 25;

  /** Spans between knots, stage by stage. */
  private static final List<Integer> SPANS = List.of(8, 16, 32);

  /** First standard deviation, as a part of the distance from the middle to a bound. */
  private static final double FIRST_STD = 0.5;

  /** Distance from the middle to a bound where there is none, in the action's unit. */
  private static final double UNBOUNDED = 10;

  /** Least standard deviation, as a part of the same distance. */
  private static final double LEAST_STD = 0.02;

  private static final long SEED = 0x616374696f6eL;

  private final Simulator simulator;
  private final int nu;
  private final double[] middle;
  private final double[] reach;

  private double[] best = {};
  private double bestCost = Double.POSITIVE_INFINITY;

  /** A search in one environment. */
  public ActionSearch(Simulator simulator) {
    this.simulator = simulator;
    List<EnvironmentInfo.ActionEntry> action = simulator.environment().action();
    nu = action.size();
    middle = new double[nu];
    reach = new double[nu];
    for (int j = 0; j < nu; j++) {
      double width = action.get(j).upper() - action.get(j).lower();
      boolean bounded = Double.isFinite(width);
      middle[j] = bounded ? (action.get(j).upper() + action.get(j).lower()) / 2 : 0;
      reach[j] = bounded ? width / 2 : UNBOUNDED;
    }
  }

  /**
   * Searches.
   *
   * @param x1 initial state, shape (nx)
   * @param T control steps
   * @return actions, shape (T, nu); those in the middle of the bounds if every rollout diverges
   */
  public double[] search(double[] x1, int T) {
    return search(x1, T, SPANS);
  }

  /** The same with the first stage alone, in a third of the time. */
  double[] searchCoarsely(double[] x1, int T) {
    return search(x1, T, SPANS.subList(0, 1));
  }

  /** The middle of an action's bounds; 0 where there are none. */
  double middle(int j) {
    return middle[j];
  }

  private double[] search(double[] x1, int T, List<Integer> stages) {
    best = actions(new double[2 * nu], T);
    bestCost = Double.POSITIVE_INFINITY;
    NormalSampler normal = new NormalSampler(RandomSource.PHILOX_4X64.create(new long[] {SEED, T}));
    double[] mean = new double[2 * nu];
    double deviation = FIRST_STD;
    for (int spans : stages) {
      mean = resampled(mean, spans + 1);
      double[] std = new double[mean.length];
      Arrays.fill(std, deviation);
      for (int generation = 0; generation < GENERATIONS; generation++) {
        generation(x1, T, mean, std, normal);
      }
      deviation /= 2;
    }
    return best;
  }

  /** One generation. Modified: {@code mean}, {@code std}. */
  private void generation(double[] x1, int T, double[] mean, double[] std, NormalSampler normal) {
    List<double[]> knots = new ArrayList<>();
    List<Controller> controllers = new ArrayList<>();
    for (int n = 0; n < SAMPLES; n++) {
      double[] sample = mean.clone();
      for (int i = 0; i < sample.length && n > 0; i++) {
        sample[i] = Math.max(-1, Math.min(1, sample[i] + std[i] * normal.next()));
      }
      knots.add(sample);
      controllers.add(new Controller.OpenLoop(actions(sample, T)));
    }
    List<Rollout> rollouts =
        simulator.rollout(new RolloutRequest(T, List.of(x1), controllers, List.of(), List.of()));
    double[] costs =
        rollouts.stream()
            .mapToDouble(rollout -> rollout.diverged() ? Double.POSITIVE_INFINITY : rollout.cost())
            .toArray();
    List<Integer> order =
        IntStream.range(0, SAMPLES)
            .filter(n -> costs[n] < Double.POSITIVE_INFINITY)
            .boxed()
            .sorted(Comparator.comparingDouble(n -> costs[n]))
            .toList();
    if (order.size() < ELITE) {
      return;
    }
    if (costs[order.get(0)] < bestCost) {
      bestCost = costs[order.get(0)];
      best = actions(knots.get(order.get(0)), T);
    }
    for (int i = 0; i < mean.length; i++) {
      double sum = 0;
      double squares = 0;
      for (int n : order.subList(0, ELITE)) {
        sum += knots.get(n)[i];
        squares += knots.get(n)[i] * knots.get(n)[i];
      }
      mean[i] = sum / ELITE;
      std[i] = Math.max(LEAST_STD, Math.sqrt(Math.max(0, squares / ELITE - mean[i] * mean[i])));
    }
  }

  /** The actions of knots, which are shares of the reach; shape (T, nu). */
  private double[] actions(double[] knots, int T) {
    double[] us = new double[T * nu];
    int spans = knots.length / nu - 1;
    for (int t = 0; t < T; t++) {
      for (int j = 0; j < nu; j++) {
        us[t * nu + j] = middle[j] + reach[j] * value(knots, j, (double) t * spans / T);
      }
    }
    return us;
  }

  private double[] resampled(double[] knots, int count) {
    double[] result = new double[count * nu];
    int spans = knots.length / nu - 1;
    for (int k = 0; k < count; k++) {
      for (int j = 0; j < nu; j++) {
        result[k * nu + j] = value(knots, j, (double) k * spans / (count - 1));
      }
    }
    return result;
  }

  /** The knots' value at a time, in spans. */
  private double value(double[] knots, int j, double time) {
    int k = Math.min((int) time, knots.length / nu - 2);
    double part = time - k;
    return (1 - part) * knots[k * nu + j] + part * knots[(k + 1) * nu + j];
  }
}
