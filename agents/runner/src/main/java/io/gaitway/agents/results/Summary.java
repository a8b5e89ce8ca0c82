package io.gaitway.agents.results;

import io.gaitway.agents.statistics.Intervals;
import io.gaitway.agents.statistics.Proportion;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * The statistics of a group's complete runs.
 *
 * @param group method and task
 * @param settings names of the presets in force
 * @param seeds number of runs
 * @param ddp interquartile mean of the initial DDP solutions' costs
 * @param falls interquartile mean of the last policies' share of falls, 0 to 1; null where episodes
 *     cannot end early
 * @param total of a whole run
 * @param policies the stochastic and the deterministic policies
 */
public record Summary(
    Group group,
    List<String> settings,
    int seeds,
    double ddp,
    @Nullable Double falls,
    Total total,
    Map<PolicyKind, Policies> policies) {

  /**
   * What a whole run takes: means over seeds.
   *
   * @param samples control steps simulated
   * @param derivatives control steps linearised
   * @param seconds wall-clock time, s
   */
  public record Total(double samples, double derivatives, double seconds) {
    private static Total of(List<RunResult> runs) {
      return new Total(
          Intervals.mean(values(runs, run -> run.last().samples())),
          Intervals.mean(values(runs, run -> run.last().derivatives())),
          Intervals.mean(values(runs, run -> run.last().seconds())));
    }
  }

  /**
   * The policies with noise, or those without.
   *
   * @param ratio average cost of the last policies, relative to DDP
   * @param success the last policies that succeed, of all seeds
   * @param until what it takes until then
   */
  public record Policies(Intervals ratio, Proportion success, UntilSuccess until) {

    static Policies of(List<RunResult> runs, PolicyKind kind) {
      return new Policies(
          Intervals.of(ratios(runs, kind)), successes(runs, kind), UntilSuccess.of(runs, kind));
    }
  }

  /** The statistics of at least one run. */
  static Summary of(Group group, List<RunResult> runs) {
    Map<PolicyKind, Policies> policies = new EnumMap<>(PolicyKind.class);
    for (PolicyKind kind : PolicyKind.values()) {
      policies.put(kind, Policies.of(runs, kind));
    }
    return new Summary(
        group,
        runs.stream().map(RunResult::settings).distinct().sorted().toList(),
        runs.size(),
        Intervals.interquartileMean(values(runs, RunResult::ddp)),
        falls(runs),
        Total.of(runs),
        policies);
  }

  private static @Nullable Double falls(List<RunResult> runs) {
    double[] falls =
        runs.stream()
            .map(run -> run.last().falls())
            .filter(each -> each != null)
            .mapToDouble(Double::doubleValue)
            .toArray();
    return falls.length == 0 ? null : Intervals.interquartileMean(falls);
  }

  /** The stochastic or the deterministic policies. */
  public Policies of(PolicyKind kind) {
    Policies policies = this.policies.get(kind);
    if (policies == null) {
      throw new IllegalStateException("the summary lacks the policies " + kind);
    }
    return policies;
  }

  /** The last policies' costs relative to DDP. */
  static double[] ratios(List<RunResult> runs, PolicyKind kind) {
    return values(runs, run -> kind.cost(run.last()) / run.ddp());
  }

  /** The last policies that succeed. */
  static Proportion successes(List<RunResult> runs, PolicyKind kind) {
    return new Proportion(
        (int) runs.stream().filter(run -> kind.succeeds(run.last())).count(), runs.size());
  }

  static double[] values(List<RunResult> runs, ToDoubleFunction<RunResult> figure) {
    return runs.stream().mapToDouble(figure).toArray();
  }
}
