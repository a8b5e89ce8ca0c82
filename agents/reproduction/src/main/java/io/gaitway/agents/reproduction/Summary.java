package io.gaitway.agents.reproduction;

import io.gaitway.agents.statistics.Intervals;
import io.gaitway.agents.statistics.Proportion;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * The statistics of a group's runs.
 *
 * @param group agent and task
 * @param settings names of the presets in force
 * @param seeds number of runs
 * @param canFall whether the environment can end an episode early
 * @param ddp interquartile mean of the initial DDP solutions' costs
 * @param falls interquartile mean of the last policies' share of falls, 0 to 1
 * @param total of a whole run
 * @param policies the stochastic and the deterministic policies
 */
public record Summary(
    ComparedGroup group,
    List<String> settings,
    int seeds,
    boolean canFall,
    double ddp,
    double falls,
    Total total,
    Map<PolicyKind, Policies> policies) {
  /** Enough for bands in a figure; twelve thousand of them have to be computed. */
  private static final int CURVE_RESAMPLES = 1000;

  /**
   * What a whole run takes: means over seeds.
   *
   * @param samples control steps simulated
   * @param derivatives control steps linearised
   * @param seconds wall-clock time, s
   */
  public record Total(double samples, double derivatives, double seconds) {
    private static Total of(List<ComparedRun> runs) {
      return new Total(
          Intervals.mean(values(runs, run -> run.last().effort().samples())),
          Intervals.mean(values(runs, run -> run.last().effort().derivatives())),
          Intervals.mean(values(runs, run -> run.last().seconds())));
    }
  }

  /**
   * The policies with noise, or those without.
   *
   * @param costs average cost over seeds after every iteration
   * @param last average cost of the last policies, relative to DDP
   * @param success the last policies that succeed, of all seeds
   * @param until what it takes until then
   */
  public record Policies(
      List<Intervals> costs, Intervals last, Proportion success, UntilSuccess until) {

    static Policies of(List<ComparedRun> runs, PolicyKind kind) {
      int iterations = runs.stream().mapToInt(run -> run.steps().size()).min().orElseThrow();
      List<Intervals> costs = new ArrayList<>();
      for (int i = 0; i < iterations; i++) {
        int at = i;
        costs.add(
            Intervals.of(values(runs, run -> kind.cost(run.steps().get(at))), CURVE_RESAMPLES));
      }
      int successes = (int) runs.stream().filter(run -> kind.succeeds(run, run.last())).count();
      return new Policies(
          costs,
          Intervals.of(values(runs, run -> kind.cost(run.last()) / run.ddp())),
          new Proportion(successes, runs.size()),
          UntilSuccess.of(runs, kind));
    }
  }

  /** The statistics of at least one run. */
  static Summary of(ComparedGroup group, List<ComparedRun> runs) {
    Map<PolicyKind, Policies> policies = new EnumMap<>(PolicyKind.class);
    for (PolicyKind kind : PolicyKind.values()) {
      policies.put(kind, Policies.of(runs, kind));
    }
    return new Summary(
        group,
        runs.stream().map(ComparedRun::settings).distinct().sorted().toList(),
        runs.size(),
        runs.get(0).canFall(),
        Intervals.interquartileMean(values(runs, ComparedRun::ddp)),
        Intervals.interquartileMean(
            values(runs, run -> (double) run.last().falls() / run.last().rollouts())),
        Total.of(runs),
        policies);
  }

  /** The stochastic or the deterministic policies. */
  public Policies of(PolicyKind kind) {
    Policies policies = this.policies.get(kind);
    if (policies == null) {
      throw new IllegalStateException("the summary lacks the policies " + kind);
    }
    return policies;
  }

  private static double[] values(List<ComparedRun> runs, ToDoubleFunction<ComparedRun> figure) {
    return runs.stream().mapToDouble(figure).toArray();
  }
}
