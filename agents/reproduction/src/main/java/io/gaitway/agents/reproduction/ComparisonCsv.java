package io.gaitway.agents.reproduction;

import io.gaitway.agents.statistics.Intervals;
import io.gaitway.agents.statistics.Proportion;
import io.gaitway.agents.table.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A comparison as comma-separated values. Figures are written in full, shares are 0 to 1, {@code
 * Infinity} is what diverged or never happened, and a cell is empty where there is nothing to
 * measure.
 */
public final class ComparisonCsv {
  private ComparisonCsv() {}

  /** Every iteration of every run. */
  public static String iterations(Results results, Scale scale) {
    Table table =
        new Table(
            "scale",
            "preset",
            "settings",
            "agent",
            "environment",
            "hidden",
            "seed",
            "iteration",
            "ddp_cost",
            "stochastic_cost",
            "deterministic_cost",
            "falls",
            "successes",
            "deterministic_success",
            "samples",
            "derivatives",
            "elapsed_seconds");
    for (ComparedRun run : results.runs()) {
      for (Step step : run.steps()) {
        table.row(
            scale.toString(),
            run.group().preset(),
            run.settings(),
            run.group().agent(),
            run.group().task().environment(),
            run.group().task().architecture().shortName(),
            run.seed(),
            step.iteration(),
            run.ddp(),
            step.stochastic(),
            step.deterministic(),
            run.canFall() ? (double) step.falls() / step.rollouts() : "",
            run.canFall() ? (double) step.successes() / step.rollouts() : "",
            PolicyKind.DETERMINISTIC.succeeds(run, step) ? 1 : 0,
            step.effort().samples(),
            step.effort().derivatives(),
            step.seconds());
      }
    }
    return table.csv();
  }

  /** Every group with its statistics after the last iteration. */
  public static String summary(Results results, Scale scale) {
    List<String> head =
        new ArrayList<>(
            List.of(
                "scale",
                "preset",
                "settings",
                "agent",
                "environment",
                "hidden",
                "seeds",
                "ddp_cost",
                "samples",
                "derivatives",
                "seconds",
                "falls"));
    for (PolicyKind kind : PolicyKind.values()) {
      for (String column :
          List.of(
              "cost",
              "cost_lower",
              "cost_upper",
              "cost_per_ddp",
              "cost_per_ddp_lower",
              "cost_per_ddp_upper",
              "success",
              "success_lower",
              "success_upper",
              "never",
              "iterations_until_success",
              "samples_until_success",
              "derivatives_until_success",
              "seconds_until_success")) {
        head.add(prefix(kind) + column);
      }
    }
    Table table = new Table(head);
    for (Summary summary : results.summaries()) {
      ComparedGroup group = summary.group();
      List<Object> cells =
          new ArrayList<>(
              List.of(
                  scale.toString(),
                  group.preset(),
                  String.join(" ", summary.settings()),
                  group.agent(),
                  group.task().environment(),
                  group.task().architecture().shortName(),
                  summary.seeds(),
                  summary.ddp(),
                  summary.total().samples(),
                  summary.total().derivatives(),
                  summary.total().seconds(),
                  summary.canFall() ? summary.falls() : ""));
      for (PolicyKind kind : PolicyKind.values()) {
        Summary.Policies policies = summary.of(kind);
        add(cells, policies.costs().get(policies.costs().size() - 1));
        add(cells, policies.last());
        Proportion success = policies.success();
        UntilSuccess until = policies.until();
        cells.addAll(
            List.of(
                success.rate(),
                success.lower(),
                success.upper(),
                until.never(),
                until.iterations(),
                until.samples(),
                until.derivatives(),
                until.seconds()));
      }
      table.row(cells);
    }
    return table.csv();
  }

  /** The paper's claims, judged for every preset. */
  public static String claims(Map<String, List<Claims.Claim>> claims, Scale scale) {
    Table table = new Table("scale", "preset", "claim", "verdict", "text", "rule", "measured");
    for (Map.Entry<String, List<Claims.Claim>> each : claims.entrySet()) {
      for (Claims.Claim claim : each.getValue()) {
        table.row(
            scale.toString(),
            each.getKey(),
            claim.number(),
            claim.verdict().words(),
            claim.text(),
            claim.rule(),
            claim.measured());
      }
    }
    return table.csv();
  }

  /** What the names of columns about a kind of policy begin with. */
  private static String prefix(PolicyKind kind) {
    return switch (kind) {
      case STOCHASTIC -> "stochastic_";
      case DETERMINISTIC -> "deterministic_";
    };
  }

  private static void add(List<Object> cells, Intervals intervals) {
    cells.addAll(List.of(intervals.estimate(), intervals.lower(), intervals.upper()));
  }
}
