package io.gaitway.agents.reproduction;

import io.gaitway.agents.results.Group;
import io.gaitway.agents.results.Results;
import io.gaitway.agents.results.RunResult;
import io.gaitway.agents.results.Step;
import io.gaitway.agents.results.Success;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongFunction;

/**
 * Invented runs of ten iterations with a DDP solution of cost 100. On the walker rollouts succeed
 * at up to three times that.
 */
final class Runs {
  static final int ITERATIONS = 10;
  static final double DDP = 100;
  static final Variant PAPER = new Variant("catalog", "paper", new TreeMap<>(), new TreeMap<>());

  private final Map<Group, LongFunction<List<Step>>> steps = new LinkedHashMap<>();
  private final Map<Group, Integer> complete = new HashMap<>();
  private final int seeds;

  Runs(int seeds) {
    this.seeds = seeds;
  }

  static Group group(String agent, String environment, int hidden) {
    return PAPER.group(agent, new PaperTask(environment, hidden));
  }

  /**
   * An iteration; seconds go as its number, samples as its hundredfold.
   *
   * @param stochastic cost relative to DDP
   * @param deterministic the same without noise
   */
  private static Step step(int iteration, double stochastic, double deterministic) {
    return new Step(
        iteration,
        stochastic * DDP,
        deterministic * DDP,
        stochastic <= 3 ? 0.0 : 1.0,
        stochastic <= 3 ? 1 : 0,
        stochastic <= 3,
        deterministic <= 3,
        100L * iteration,
        10L * iteration,
        iteration);
  }

  /** Where episodes cannot end early, cost decides as well. */
  private static Step judged(Group group, Step step) {
    if (group.task().environment().equals("walker")) {
      return step;
    }
    return new Step(
        step.iteration(),
        step.stochastic(),
        step.deterministic(),
        null,
        step.successShare(),
        Success.of(step.successShare(), step.stochastic() / DDP, false),
        Success.of(step.deterministicSuccess() ? 1 : 0, step.deterministic() / DDP, false),
        step.samples(),
        step.derivatives(),
        step.seconds());
  }

  /** Costs that are high before an iteration, and from then on as given; a little more by seed. */
  Runs put(
      String agent,
      String environment,
      int hidden,
      int from,
      double stochastic,
      double deterministic) {
    return put(
        agent,
        environment,
        hidden,
        seed -> {
          List<Step> made = new ArrayList<>();
          for (int i = 1; i <= ITERATIONS; i++) {
            double more = 0.001 * seed;
            made.add(
                i < from
                    ? step(i, 9 + more, 9 + more)
                    : step(i, stochastic + more, deterministic + more));
          }
          return made;
        });
  }

  /** The same on several tasks. */
  Runs put(String agent, String environment, int from, double stochastic, double deterministic) {
    for (int hidden : List.of(10, 5)) {
      put(agent, environment, hidden, from, stochastic, deterministic);
    }
    return this;
  }

  Runs put(String agent, String environment, int hidden, LongFunction<List<Step>> made) {
    steps.put(group(agent, environment, hidden), made);
    return this;
  }

  /** Half of the seeds are like one, half like another. */
  Runs mix(String agent, String environment, int hidden, double one, double other) {
    return put(
        agent,
        environment,
        hidden,
        seed -> {
          List<Step> made = new ArrayList<>();
          double cost = seed % 2 == 0 ? one : other;
          for (int i = 1; i <= ITERATIONS; i++) {
            made.add(step(i, cost, cost));
          }
          return made;
        });
  }

  Runs remove(String agent, String environment, int hidden) {
    steps.remove(group(agent, environment, hidden));
    return this;
  }

  /** Of the planned runs only the first so many are complete. */
  Runs leave(int complete, String agent, String environment, int hidden) {
    this.complete.put(group(agent, environment, hidden), complete);
    return this;
  }

  Results results() {
    List<RunResult> runs = new ArrayList<>();
    steps.forEach(
        (group, made) -> {
          // In disorder, as jobs end.
          for (long seed = seeds - 1; seed >= 0; seed--) {
            runs.add(
                seed >= complete.getOrDefault(group, seeds)
                    ? RunResult.missing(group, "paper", seed)
                    : RunResult.complete(
                        group,
                        "paper",
                        seed,
                        DDP,
                        made.apply(seed).stream().map(each -> judged(group, each)).toList()));
          }
        });
    return new Results(runs);
  }

  /** Runs for which all that the paper says holds. */
  static Runs asInThePaper(int seeds) {
    return new Runs(seeds)
        .put("vgps", "swimmer", 7, 1.1, 1.05)
        .put("vgps", "walker", 7, 1.1, 1.05)
        .put("gps", "swimmer", 1, 1.1, 1.1)
        .put("gps", "walker", 10, 2, 5, 1.2)
        .put("gps", "walker", 5, 1, 8, 8)
        .put("adapted-gps", "swimmer", 8, 1.05, 1.05)
        .put("adapted-gps", "walker", 10, 8, 2, 1.2)
        .put("adapted-gps", "walker", 5, 1, 6, 6)
        .put("cost-weighted", "swimmer", 9, 1.25, 1.2)
        .put("cost-weighted", "walker", 1, 8, 8)
        .put("cost-weighted-1000", "swimmer", 9, 1.2, 1.2)
        .put("cost-weighted-1000", "walker", 1, 7, 7)
        .put("dagger", "swimmer", 1, 5, 5)
        .put("dagger", "walker", 1, 6, 6)
        .put("weighted-dagger", "swimmer", 8, 1.2, 1.1)
        .put("weighted-dagger", "walker", 10, 8, 6, 1.2)
        .put("weighted-dagger", "walker", 5, 8, 7, 7)
        .put("adapted-dagger", "swimmer", 1, 4, 4)
        .put("adapted-dagger", "walker", 1, 7, 7);
  }
}
