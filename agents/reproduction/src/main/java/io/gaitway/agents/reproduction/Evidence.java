package io.gaitway.agents.reproduction;

import io.gaitway.agents.results.PolicyKind;
import io.gaitway.agents.results.Results;
import io.gaitway.agents.results.RunResult;
import io.gaitway.agents.results.UntilSuccess;
import io.gaitway.agents.statistics.Intervals;
import io.gaitway.agents.statistics.Proportion;
import io.gaitway.agents.table.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;

/**
 * The runs of one variant, asked for what claims are about. Rates are of seeds; an agent's cost of
 * a task is the interquartile mean over seeds of the last one. Where planned runs are missing
 * nothing is measured, but what there is is told.
 *
 * @param results the runs
 * @param variant which of them are asked
 */
record Evidence(Results results, Variant variant) {
  /** A bootstrap over fewer seeds than this says nothing. */
  static final int LEAST_SEEDS = 5;

  /** What success "at once" has to have come by, and what early iterations are. */
  static final int EARLY = 5;

  private static final double HALF = 0.5;

  /**
   * A verdict with what was measured.
   *
   * @param verdict on a claim or a part of one
   * @param measured in words
   */
  record Finding(Verdict verdict, String measured) {

    Finding not() {
      return new Finding(verdict.not(), measured);
    }

    /** All parts of a claim together. */
    static Finding all(List<Finding> parts) {
      List<String> sentences =
          parts.stream()
              .map(part -> part.measured() + " (" + part.verdict().words() + ")")
              .toList();
      return new Finding(
          Verdict.all(parts.stream().map(Finding::verdict).toList()), String.join("; ", sentences));
    }
  }

  private List<RunResult> runs(String agent, PaperTask task) {
    return results.runs(variant.group(agent, task));
  }

  /**
   * The finding, if all runs that are planned are there. Else it is not measured, and tells how
   * many there are.
   *
   * @param agents which it is about, on all of the tasks
   */
  Finding ifComplete(Finding finding, List<String> agents, List<PaperTask> tasks) {
    int planned = 0;
    int complete = 0;
    for (String agent : agents) {
      for (PaperTask task : tasks) {
        planned += results.planned(variant.group(agent, task));
        complete += runs(agent, task).size();
      }
    }
    return complete == planned
        ? finding
        : new Finding(
            Verdict.NOT_MEASURED,
            finding.measured() + ", " + complete + " of " + planned + " planned runs are there");
  }

  private static Finding missing(String agent, PaperTask task) {
    return new Finding(Verdict.NOT_MEASURED, agent + " on " + task.shortTitle() + " has no runs");
  }

  /** Whether most seeds' last policies succeed. */
  Finding mostSucceed(String agent, PaperTask task, PolicyKind kind) {
    return mostSeeds(
        agent,
        task,
        kind == PolicyKind.STOCHASTIC ? "stochastic" : "deterministic",
        run -> kind.succeeds(run.last()));
  }

  /** Whether most seeds' last policies succeed with their noise or without it. */
  Finding mostFindAny(String agent, PaperTask task) {
    return mostSeeds(
        agent,
        task,
        "either policy",
        run ->
            PolicyKind.STOCHASTIC.succeeds(run.last())
                || PolicyKind.DETERMINISTIC.succeeds(run.last()));
  }

  /** Whether most seeds' stochastic policies succeed early. */
  Finding mostSucceedEarly(String agent, PaperTask task) {
    return mostSeeds(
        agent,
        task,
        "stochastic in iteration " + EARLY,
        run ->
            PolicyKind.STOCHASTIC.succeeds(
                run.steps().get(Math.min(EARLY, run.steps().size()) - 1)));
  }

  private Finding mostSeeds(
      String agent, PaperTask task, String what, Predicate<RunResult> success) {
    List<RunResult> runs = runs(agent, task);
    if (runs.isEmpty()) {
      return missing(agent, task);
    }
    Proportion rate = new Proportion((int) runs.stream().filter(success).count(), runs.size());
    Finding finding =
        new Finding(
            Verdict.above(HALF, rate.lower(), rate.upper()),
            String.format(
                Locale.ROOT,
                "%s on %s, %s: %d of %d seeds succeed [%.0f %%, %.0f %%]",
                agent,
                task.shortTitle(),
                what,
                rate.successes(),
                rate.trials(),
                100 * rate.lower(),
                100 * rate.upper()));
    return ifComplete(finding, List.of(agent), List.of(task));
  }

  /** Whether last rollouts succeed more often without noise than with it, seed by seed. */
  Finding noiseFails(String agent, PaperTask task) {
    List<RunResult> runs = runs(agent, task);
    if (runs.isEmpty()) {
      return missing(agent, task);
    }
    double[] differences =
        runs.stream()
            .mapToDouble(
                run ->
                    (PolicyKind.DETERMINISTIC.succeeds(run.last()) ? 1 : 0)
                        - run.last().successShare())
            .toArray();
    Intervals interval = Intervals.of(differences, Intervals::mean);
    Finding finding =
        compared(
            0,
            runs.size(),
            interval,
            String.format(
                Locale.ROOT,
                "%s on %s, success rate of deterministic minus stochastic rollouts: %s",
                agent,
                task.shortTitle(),
                words(interval)));
    return ifComplete(finding, List.of(agent), List.of(task));
  }

  /** Whether the first agent's stochastic policies cost more in the end; all tasks count alike. */
  Finding costsMore(String first, String second, List<PaperTask> tasks) {
    List<double[]> one = new ArrayList<>();
    List<double[]> two = new ArrayList<>();
    int seeds = Integer.MAX_VALUE;
    for (PaperTask task : tasks) {
      for (String agent : List.of(first, second)) {
        List<RunResult> runs = runs(agent, task);
        if (runs.isEmpty()) {
          return missing(agent, task);
        }
        seeds = Math.min(seeds, runs.size());
        (agent.equals(first) ? one : two).add(lastCosts(runs));
      }
    }
    Intervals interval = Intervals.factor(one, two);
    Finding finding =
        compared(
            1,
            seeds,
            interval,
            String.format(
                Locale.ROOT,
                "%s costs %s times as much as %s, geometric mean over %d tasks",
                first,
                words(interval),
                second,
                tasks.size()));
    return ifComplete(finding, List.of(first, second), tasks);
  }

  private static double[] lastCosts(List<RunResult> runs) {
    return runs.stream().mapToDouble(run -> run.last().stochastic()).toArray();
  }

  /** Whether the first agent needs fewer iterations until success, by the runs that there are. */
  Verdict faster(String first, String second, PaperTask task) {
    List<RunResult> one = runs(first, task);
    List<RunResult> two = runs(second, task);
    if (one.isEmpty() || two.isEmpty()) {
      return Verdict.NOT_MEASURED;
    }
    Intervals interval = Intervals.difference(iterations(two), iterations(one), Intervals::median);
    return compared(0, Math.min(one.size(), two.size()), interval, "").verdict();
  }

  private static double[] iterations(List<RunResult> runs) {
    return runs.stream()
        .mapToDouble(run -> UntilSuccess.iterations(run, PolicyKind.STOCHASTIC))
        .toArray();
  }

  /** The verdict on a difference or a factor that should be above a limit. */
  private static Finding compared(double limit, int seeds, Intervals interval, String measured) {
    if (seeds < LEAST_SEEDS) {
      return new Finding(
          Verdict.UNDECIDED, measured + ", from fewer than " + LEAST_SEEDS + " seeds");
    }
    return new Finding(Verdict.above(limit, interval.lower(), interval.upper()), measured);
  }

  private static String words(Intervals interval) {
    return "%s [%s, %s]"
        .formatted(
            Table.fixed(2, interval.estimate()),
            Table.fixed(2, interval.lower()),
            Table.fixed(2, interval.upper()));
  }
}
