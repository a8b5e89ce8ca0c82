package io.gaitway.agents.results;

import io.gaitway.agents.statistics.Intervals;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * What it takes until a policy has learned to succeed: medians over seeds, where a seed that never
 * does counts as infinite.
 *
 * @param iterations its iteration
 * @param seconds wall-clock time, s
 * @param samples control steps simulated
 * @param derivatives control steps linearised
 * @param never seeds whose last policy does not succeed
 */
public record UntilSuccess(
    double iterations, double seconds, double samples, double derivatives, int never) {

  static UntilSuccess of(List<RunResult> runs, PolicyKind kind) {
    List<Step> reached = new ArrayList<>();
    for (RunResult run : runs) {
      int from = run.successFrom(kind);
      if (from < run.steps().size()) {
        reached.add(run.steps().get(from));
      }
    }
    int never = runs.size() - reached.size();
    return new UntilSuccess(
        median(reached, never, Step::iteration),
        median(reached, never, Step::seconds),
        median(reached, never, Step::samples),
        median(reached, never, Step::derivatives),
        never);
  }

  /** The iteration of one run; +∞ if it never succeeds. */
  public static double iterations(RunResult run, PolicyKind kind) {
    int from = run.successFrom(kind);
    return from < run.steps().size() ? run.steps().get(from).iteration() : Double.POSITIVE_INFINITY;
  }

  private static double median(List<Step> reached, int never, ToDoubleFunction<Step> figure) {
    double[] values = new double[reached.size() + never];
    for (int i = 0; i < values.length; i++) {
      values[i] =
          i < reached.size() ? figure.applyAsDouble(reached.get(i)) : Double.POSITIVE_INFINITY;
    }
    return Intervals.median(values);
  }
}
