package io.gaitway.agents.run;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** The outcome of a study as Markdown: a summary per preset and policy size, then every run. */
final class StudyTable {
  private static final double[] DETERMINISTIC_MARKS = {1.05, 1.3};
  private static final double[] STOCHASTIC_MARKS = {1.2, 1.5};

  private record Group(String preset, int hidden, List<Row> rows) {}

  /**
   * One run.
   *
   * @param seed the run's seed
   * @param ddp cost of the initial DDP solution
   * @param deterministic cost of the final policy without noise
   * @param stochastic mean cost with noise
   * @param seconds wall-clock time of the training, s
   */
  record Row(long seed, double ddp, double deterministic, double stochastic, double seconds) {
    double deterministicRatio() {
      return deterministic / ddp;
    }

    double stochasticRatio() {
      return stochastic / ddp;
    }
  }

  private final List<Group> groups = new ArrayList<>();

  void add(String preset, int hidden, List<Row> rows) {
    groups.add(new Group(preset, hidden, List.copyOf(rows)));
  }

  String markdown(String title, int rollouts) {
    StringBuilder text = new StringBuilder();
    text.append("## ").append(title).append("\n\n");
    text.append(
        "Costs are relative to the initial DDP solution: interquartile mean over seeds, [95 %\n"
            + "bootstrap interval], worst seed, and how many seeds stay below a mark. Stochastic\n"
            + "costs are means of "
            + rollouts
            + " rollouts with noise that training has not seen.\n\n");
    text.append(
        "| preset | hidden | DDP cost | deterministic | worst | ≤ 1.05 | ≤ 1.3 | stochastic | worst"
            + " | ≤ 1.2 | ≤ 1.5 | seconds |\n|---|---|---|---|---|---|---|---|---|---|---|---|\n");
    for (Group group : groups) {
      text.append(
          line(
              "| %s | %d | %.2f | %s | %s | %.0f |%n",
              group.preset(),
              group.hidden(),
              Intervals.interquartileMean(values(group, Row::ddp)),
              summary(values(group, Row::deterministicRatio), DETERMINISTIC_MARKS),
              summary(values(group, Row::stochasticRatio), STOCHASTIC_MARKS),
              Intervals.interquartileMean(values(group, Row::seconds))));
    }
    text.append(
        "\n| preset | hidden | seed | deterministic / DDP | stochastic / DDP | seconds |\n");
    text.append("|---|---|---|---|---|---|\n");
    for (Group group : groups) {
      for (Row row : group.rows()) {
        text.append(
            line(
                "| %s | %d | %d | %.3f | %.3f | %.0f |%n",
                group.preset(),
                group.hidden(),
                row.seed(),
                row.deterministicRatio(),
                row.stochasticRatio(),
                row.seconds()));
      }
    }
    return text.toString();
  }

  private static double[] values(Group group, ToDoubleFunction<Row> figure) {
    return group.rows().stream().mapToDouble(figure).toArray();
  }

  private static String summary(double[] ratios, double[] marks) {
    Intervals intervals = Intervals.of(ratios);
    StringBuilder text = new StringBuilder();
    double worst = 0;
    for (double ratio : ratios) {
      worst = Math.max(worst, ratio);
    }
    text.append(
        line(
            "%.3f [%.3f, %.3f] | %.3f",
            intervals.mean(), intervals.lower(), intervals.upper(), worst));
    for (double mark : marks) {
      int below = 0;
      for (double ratio : ratios) {
        below += ratio <= mark ? 1 : 0;
      }
      text.append(line(" | %d/%d", below, ratios.length));
    }
    return text.toString();
  }

  private static String line(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
