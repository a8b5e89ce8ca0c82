package io.gaitway.agents.reproduction;

import io.gaitway.agents.statistics.Intervals;
import io.gaitway.agents.statistics.Proportion;
import io.gaitway.agents.table.Table;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A comparison as tables in Markdown: the claims, then every task, for each preset. */
public final class ComparisonTables {
  private static final String EXPLANATION =
      """
      Costs are those of the last policies relative to the initial DDP solution: interquartile mean over
      seeds [95 % bootstrap interval], with noise and without. Success: last policies that succeed, of all
      seeds [95 % Wilson interval]. Until success, with noise: median over seeds of the iterations, of what was asked of the
      simulator by then, and of the time; never if at least half of the seeds do not get there. A whole run:
      means over seeds. Samples are control steps simulated, derivatives control steps linearised, in millions.
      """;

  private static final List<String> HEAD =
      List.of(
          "agent",
          "settings",
          "seeds",
          "with noise",
          "without",
          "success with noise",
          "without",
          "until success: iterations",
          "samples, 10⁶",
          "derivatives, 10⁶",
          "seconds",
          "whole run: samples, 10⁶",
          "derivatives, 10⁶",
          "seconds");

  private ComparisonTables() {}

  /** All tables. */
  public static String markdown(
      Results results, Map<String, List<Claims.Claim>> claims, Scale scale) {
    StringBuilder text = new StringBuilder(EXPLANATION);
    text.append("Scale ").append(scale.words()).append(".\n");
    for (String preset : results.presets()) {
      text.append("\n## Preset ").append(preset).append("\n\n");
      text.append(claims(claims.getOrDefault(preset, List.of())));
      for (ComparedTask task : Figure.order(results.tasks())) {
        text.append("\n### ").append(task.title()).append(", ").append(preset).append("\n\n");
        text.append(task(results, preset, task));
      }
    }
    return text.toString();
  }

  private static String claims(List<Claims.Claim> claims) {
    Table table = new Table("", "the paper", "verdict", "measured");
    for (Claims.Claim claim : claims) {
      table.row(claim.number(), claim.text(), claim.verdict().words(), claim.measured());
    }
    return table.markdown();
  }

  private static String task(Results results, String preset, ComparedTask task) {
    Table table = new Table(HEAD);
    results.summaries(preset, task).forEach(summary -> table.row(row(summary)));
    return table.markdown();
  }

  private static List<Object> row(Summary summary) {
    Summary.Policies noisy = summary.of(PolicyKind.STOCHASTIC);
    Summary.Policies noiseless = summary.of(PolicyKind.DETERMINISTIC);
    UntilSuccess until = noisy.until();
    return List.of(
        summary.group().agent(),
        String.join(", ", summary.settings()),
        summary.seeds(),
        interval(noisy.last()),
        interval(noiseless.last()),
        proportion(noisy.success()),
        proportion(noiseless.success()),
        orNever(0, until.iterations()),
        orNever(2, 1e-6 * until.samples()),
        orNever(3, 1e-6 * until.derivatives()),
        orNever(0, until.seconds()),
        fixed(2, 1e-6 * summary.total().samples()),
        fixed(3, 1e-6 * summary.total().derivatives()),
        fixed(0, summary.total().seconds()));
  }

  private static String interval(Intervals intervals) {
    return "%s [%s, %s]"
        .formatted(
            fixed(2, intervals.estimate()),
            fixed(2, intervals.lower()),
            fixed(2, intervals.upper()));
  }

  private static String proportion(Proportion success) {
    return "%d/%d [%s, %s %%]"
        .formatted(
            success.successes(),
            success.trials(),
            fixed(0, 100 * success.lower()),
            fixed(0, 100 * success.upper()));
  }

  private static String orNever(int digits, double value) {
    return Double.isFinite(value) ? fixed(digits, value) : "never";
  }

  private static String fixed(int digits, double value) {
    return Double.isFinite(value) ? String.format(Locale.ROOT, "%." + digits + "f", value) : "∞";
  }
}
