package io.gaitway.agents.experiment;

import io.gaitway.agents.api.Start;
import io.gaitway.agents.measure.Judgement;
import io.gaitway.agents.statistics.Intervals;
import io.gaitway.agents.table.Table;
import io.gaitway.agents.table.Table.Column;
import io.gaitway.optim.policy.Architecture;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/**
 * The outcome of a study: as Markdown, a summary per preset and network, then every run; and every
 * run as comma-separated values.
 */
public final class StudyTable {
  /** Share of falls that a seed may have to count as one that hardly falls. */
  private static final double FEW_FALLS = 0.04;

  /** A preset and a network. */
  private record Section(String preset, Architecture architecture, List<Row> rows) {
    double[] values(ToDoubleFunction<Row> figure) {
      return rows.stream().mapToDouble(figure).toArray();
    }

    double mean(ToDoubleFunction<Row> figure) {
      return Intervals.interquartileMean(values(figure));
    }

    double worst(ToDoubleFunction<Row> figure) {
      double worst = 0;
      for (double value : values(figure)) {
        worst = Math.max(worst, value);
      }
      return worst;
    }

    /** How many rows there are of a kind, of how many. */
    String count(Predicate<Row> kind) {
      return rows.stream().filter(kind).count() + "/" + rows.size();
    }
  }

  /**
   * A policy, measured from one of several starts.
   *
   * @param start the start
   * @param ddp cost of the initial solution from there
   * @param deterministic cost without noise
   * @param stochastic mean cost with noise
   * @param upright whether the policy without noise completes the horizon
   * @param deterministicSuccess whether it is a success, see {@link Judgement}
   * @param falls share of the noisy rollouts that do not complete the horizon, 0 to 1
   * @param success share of the noisy rollouts that are successes, 0 to 1
   */
  public record StartOutcome(
      Start start,
      double ddp,
      double deterministic,
      double stochastic,
      boolean upright,
      boolean deterministicSuccess,
      double falls,
      double success) {}

  private record Entry(Section section, Row row) {}

  /** A preset and network, and a start by its index. */
  private record StartEntry(Section section, int index) {
    Start start() {
      return section.rows().get(0).starts().get(index).start();
    }

    private Stream<StartOutcome> outcomes() {
      return section.rows().stream().map(row -> row.starts().get(index));
    }

    double mean(ToDoubleFunction<StartOutcome> value) {
      return Intervals.interquartileMean(outcomes().mapToDouble(value).toArray());
    }

    String succeeding() {
      return outcomes().filter(StartOutcome::deterministicSuccess).count()
          + "/"
          + section.rows().size();
    }
  }

  /** A run's outcome from one start. */
  private record Outcome(Section section, Row row, StartOutcome start) {}

  /**
   * One run.
   *
   * @param seed the run's seed
   * @param ddp cost of the initial DDP solution
   * @param deterministic cost of the final policy without noise
   * @param stochastic mean cost with noise
   * @param upright whether the policy without noise completes the horizon
   * @param falls share of the noisy rollouts that do not, 0 to 1
   * @param success share of the noisy rollouts that are successes, see {@link Judgement}
   * @param perturbations from perturbed initial states, one for each deviation of the study
   * @param endurance share of the noisy rollouts that stay upright for the study's endurance, 0 to
   *     1; 0 if it has none
   * @param changes share of the noisy rollouts that stay upright with each of the study's changes
   * @param starts from each start, where the study has several; costs and shares are then means
   *     over these, and upright means from every one
   * @param seconds wall-clock time of the training, s
   */
  public record Row(
      long seed,
      double ddp,
      double deterministic,
      double stochastic,
      boolean upright,
      double falls,
      double success,
      List<Perturbation> perturbations,
      double endurance,
      List<Double> changes,
      List<StartOutcome> starts,
      double seconds) {
    /** A run that was measured from several starts. */
    static Row of(long seed, List<StartOutcome> starts, double seconds) {
      return new Row(
          seed,
          mean(starts, StartOutcome::ddp),
          mean(starts, StartOutcome::deterministic),
          mean(starts, StartOutcome::stochastic),
          starts.stream().allMatch(StartOutcome::upright),
          mean(starts, StartOutcome::falls),
          mean(starts, StartOutcome::success),
          List.of(),
          0,
          List.of(),
          starts,
          seconds);
    }

    private static double mean(List<StartOutcome> starts, ToDoubleFunction<StartOutcome> value) {
      return starts.stream().mapToDouble(value).sum() / starts.size();
    }

    /** Number of starts from which the policy without noise is a success. */
    long succeeding() {
      return starts.stream().filter(StartOutcome::deterministicSuccess).count();
    }

    double leastSuccess() {
      return starts.stream().mapToDouble(StartOutcome::success).min().orElse(0);
    }

    double deterministicRatio() {
      return deterministic / ddp;
    }

    double stochasticRatio() {
      return stochastic / ddp;
    }
  }

  /**
   * What the table shows.
   *
   * @param deterministicMarks ratios of the cost without noise to count seeds below
   * @param stochasticMarks ratios of the cost with noise to count seeds below
   * @param falls whether episodes can end early; if not, nothing is said of that
   * @param perturbations deviations of the initial states, as in every row; only with {@code falls}
   * @param endurance control steps that rollouts are to stay upright for, to be shown as well; 0
   *     for none; only with {@code falls}
   * @param changes of parameters, with each of which rollouts were measured as well; only with
   *     {@code falls}
   * @param rollouts rollouts that measured each policy
   * @param success when a noisy rollout is a success, in words; only with {@code falls}
   */
  public record Layout(
      List<Double> deterministicMarks,
      List<Double> stochasticMarks,
      boolean falls,
      List<Double> perturbations,
      int endurance,
      List<Change> changes,
      int rollouts,
      String success) {}

  private final Layout layout;
  private final List<Section> sections = new ArrayList<>();

  /** A table without runs. */
  public StudyTable(Layout layout) {
    this.layout = layout;
  }

  /** Adds the runs of a preset and a network, below those that are there. */
  public void add(String preset, Architecture architecture, List<Row> rows) {
    sections.add(new Section(preset, architecture, List.copyOf(rows)));
  }

  /**
   * Summary and runs as Markdown.
   *
   * @param title heading of the section
   */
  public String markdown(String title) {
    return "## "
        + title
        + "\n\n"
        + explanation()
        + "\n"
        + Table.of(summaryColumns(), sections).markdown()
        + "\n"
        + Table.of(runColumns(), entries()).markdown()
        + starts();
  }

  /** What there is to say of several starts; nothing where there is one. */
  private String starts() {
    List<StartEntry> each = new ArrayList<>();
    for (Section section : sections) {
      for (int i = 0; i < section.rows().get(0).starts().size(); i++) {
        each.add(new StartEntry(section, i));
      }
    }
    if (each.isEmpty()) {
      return "";
    }
    List<Column<StartEntry>> columns = new ArrayList<>();
    columns.add(new Column<>("preset", entry -> entry.section().preset()));
    columns.add(new Column<>("hidden", entry -> entry.section().architecture().shortName()));
    columns.add(new Column<>("start", entry -> entry.start().inWords()));
    columns.add(new Column<>("DDP cost", entry -> fixed(2, entry.mean(StartOutcome::ddp))));
    columns.add(
        new Column<>(
            "deterministic / DDP",
            entry -> fixed(3, entry.mean(outcome -> outcome.deterministic() / outcome.ddp()))));
    columns.add(new Column<>("success without noise", StartEntry::succeeding));
    columns.add(new Column<>("success %", entry -> percent(entry.mean(StartOutcome::success))));
    return "\nFrom each start, over the seeds:\n\n" + Table.of(columns, each).markdown();
  }

  /** Every run from every start; empty where there is one start. */
  public String startsCsv() {
    List<Outcome> outcomes =
        entries().stream()
            .flatMap(
                entry ->
                    entry.row().starts().stream()
                        .map(start -> new Outcome(entry.section(), entry.row(), start)))
            .toList();
    if (outcomes.isEmpty()) {
      return "";
    }
    List<Column<Outcome>> columns = new ArrayList<>();
    columns.add(new Column<>("preset", outcome -> outcome.section().preset()));
    columns.add(new Column<>("hidden", outcome -> outcome.section().architecture().shortName()));
    columns.add(new Column<>("seed", outcome -> outcome.row().seed()));
    columns.add(new Column<>("start", outcome -> outcome.start().start().inWords()));
    columns.add(new Column<>("ddp_cost", outcome -> outcome.start().ddp()));
    columns.add(new Column<>("deterministic_cost", outcome -> outcome.start().deterministic()));
    columns.add(new Column<>("stochastic_cost", outcome -> outcome.start().stochastic()));
    columns.add(
        new Column<>("deterministic_upright", outcome -> outcome.start().upright() ? 1 : 0));
    columns.add(
        new Column<>(
            "deterministic_success", outcome -> outcome.start().deterministicSuccess() ? 1 : 0));
    columns.add(new Column<>("falls", outcome -> outcome.start().falls()));
    columns.add(new Column<>("success", outcome -> outcome.start().success()));
    return Table.of(columns, outcomes).csv();
  }

  /** Every run, figures in full; shares are 0 to 1. */
  public String csv() {
    return Table.of(csvColumns(), entries()).csv();
  }

  private String explanation() {
    String costs =
        "Costs are relative to the initial DDP solution: interquartile mean over seeds, [95 %\n"
            + "bootstrap interval], worst seed, and how many seeds stay below a mark. Stochastic\n"
            + "costs are means of "
            + layout.rollouts()
            + " rollouts with noise that training has not seen.\n";
    if (!layout.falls()) {
      return costs;
    }
    String falls =
        "\nUpright: the policy without noise completes the horizon. Falls: noisy rollouts that do\n"
            + "not, worst seed, and how many seeds have few of them. A noisy rollout is a success if\n"
            + "it "
            + layout.success()
            + ".\nPercentages are interquartile means over seeds.\n";
    return layout.perturbations().isEmpty()
        ? costs + falls
        : costs
            + falls
            + "\nUpright at a deviation: % of rollouts, without / with noise, that complete the\n"
            + "horizon from initial states with normal noise of that deviation in every entry but\n"
            + "the root's position.\n";
  }

  private List<Column<Section>> summaryColumns() {
    List<Column<Section>> columns = new ArrayList<>();
    columns.add(new Column<>("preset", Section::preset));
    columns.add(new Column<>("hidden", section -> section.architecture().shortName()));
    columns.add(new Column<>("DDP cost", section -> fixed(2, section.mean(Row::ddp))));
    addRatio(columns, "deterministic", Row::deterministicRatio, layout.deterministicMarks());
    if (layout.falls()) {
      columns.add(new Column<>("upright", section -> section.count(Row::upright)));
    }
    addRatio(columns, "stochastic", Row::stochasticRatio, layout.stochasticMarks());
    if (layout.falls()) {
      columns.add(new Column<>("falls %", section -> percent(section.mean(Row::falls))));
      columns.add(new Column<>("worst", section -> percent(section.worst(Row::falls))));
      columns.add(
          new Column<>(
              "≤ " + number(100 * FEW_FALLS) + " %",
              section -> section.count(row -> row.falls() <= FEW_FALLS)));
      columns.add(new Column<>("success %", section -> percent(section.mean(Row::success))));
      if (severalStarts()) {
        columns.add(
            new Column<>(
                "success from every start without noise",
                section -> section.count(row -> row.succeeding() == row.starts().size())));
      }
      for (int i = 0; i < layout.perturbations().size(); i++) {
        int at = i;
        columns.add(
            new Column<>(
                uprightAt(i),
                section ->
                    percent(section.mean(row -> row.perturbations().get(at).deterministic()))
                        + " / "
                        + percent(section.mean(row -> row.perturbations().get(at).stochastic()))));
      }
      if (layout.endurance() > 0) {
        columns.add(new Column<>(uprightFor(), section -> percent(section.mean(Row::endurance))));
      }
      for (int i = 0; i < layout.changes().size(); i++) {
        int at = i;
        columns.add(
            new Column<>(
                uprightWith(i), section -> percent(section.mean(row -> row.changes().get(at)))));
      }
    }
    columns.add(new Column<>("seconds", section -> fixed(0, section.mean(Row::seconds))));
    return columns;
  }

  private static void addRatio(
      List<Column<Section>> columns, String head, ToDoubleFunction<Row> ratio, List<Double> marks) {
    columns.add(
        new Column<>(
            head,
            section -> {
              Intervals intervals = Intervals.of(section.values(ratio));
              return fixed(3, intervals.estimate())
                  + " ["
                  + fixed(3, intervals.lower())
                  + ", "
                  + fixed(3, intervals.upper())
                  + "]";
            }));
    columns.add(new Column<>("worst", section -> fixed(3, section.worst(ratio))));
    for (double mark : marks) {
      columns.add(
          new Column<>(
              "≤ " + number(mark),
              section -> section.count(row -> ratio.applyAsDouble(row) <= mark)));
    }
  }

  private List<Column<Entry>> runColumns() {
    List<Column<Entry>> columns = runNames();
    columns.add(column("deterministic / DDP", row -> fixed(3, row.deterministicRatio())));
    if (layout.falls()) {
      columns.add(column("upright", row -> row.upright() ? "yes" : "no"));
    }
    columns.add(column("stochastic / DDP", row -> fixed(3, row.stochasticRatio())));
    if (layout.falls()) {
      columns.add(column("falls %", row -> percent(row.falls())));
      columns.add(column("success %", row -> percent(row.success())));
      if (severalStarts()) {
        columns.add(
            column(
                "starts with success without noise",
                row -> row.succeeding() + "/" + row.starts().size()));
        columns.add(column("success % at the worst start", row -> percent(row.leastSuccess())));
      }
      for (int i = 0; i < layout.perturbations().size(); i++) {
        int at = i;
        columns.add(
            column(
                uprightAt(i),
                row ->
                    percent(row.perturbations().get(at).deterministic())
                        + " / "
                        + percent(row.perturbations().get(at).stochastic())));
      }
      if (layout.endurance() > 0) {
        columns.add(column(uprightFor(), row -> percent(row.endurance())));
      }
      for (int i = 0; i < layout.changes().size(); i++) {
        int at = i;
        columns.add(column(uprightWith(i), row -> percent(row.changes().get(at))));
      }
    }
    columns.add(column("seconds", row -> fixed(0, row.seconds())));
    return columns;
  }

  private boolean severalStarts() {
    return entries().stream().anyMatch(entry -> !entry.row().starts().isEmpty());
  }

  private List<Column<Entry>> csvColumns() {
    List<Column<Entry>> columns = runNames();
    columns.add(column("ddp_cost", Row::ddp));
    columns.add(column("deterministic_cost", Row::deterministic));
    columns.add(column("stochastic_cost", Row::stochastic));
    if (layout.falls()) {
      columns.add(column("deterministic_upright", row -> row.upright() ? 1 : 0));
      columns.add(column("falls", Row::falls));
      columns.add(column("success", Row::success));
      for (int i = 0; i < layout.perturbations().size(); i++) {
        int at = i;
        String std = number(layout.perturbations().get(i));
        columns.add(
            column(
                "deterministic_upright_at_" + std,
                row -> row.perturbations().get(at).deterministic()));
        columns.add(
            column(
                "stochastic_upright_at_" + std, row -> row.perturbations().get(at).stochastic()));
      }
      if (layout.endurance() > 0) {
        columns.add(column("upright_for_" + layout.endurance() + "_steps", Row::endurance));
      }
      for (int i = 0; i < layout.changes().size(); i++) {
        int at = i;
        columns.add(
            column(
                "upright_with_" + layout.changes().get(i).inWords().replace(' ', '_'),
                row -> row.changes().get(at)));
      }
    }
    columns.add(column("seconds", Row::seconds));
    return columns;
  }

  private static List<Column<Entry>> runNames() {
    List<Column<Entry>> columns = new ArrayList<>();
    columns.add(new Column<>("preset", entry -> entry.section().preset()));
    columns.add(new Column<>("hidden", entry -> entry.section().architecture().shortName()));
    columns.add(column("seed", Row::seed));
    return columns;
  }

  private static Column<Entry> column(String head, Function<Row, ?> cell) {
    return new Column<>(head, entry -> cell.apply(entry.row()));
  }

  private String uprightAt(int perturbation) {
    return "upright at " + number(layout.perturbations().get(perturbation)) + ", %";
  }

  private String uprightFor() {
    return "upright for " + layout.endurance() + " steps, %";
  }

  private String uprightWith(int change) {
    return "upright with " + layout.changes().get(change).inWords() + ", %";
  }

  private List<Entry> entries() {
    return sections.stream()
        .flatMap(section -> section.rows().stream().map(row -> new Entry(section, row)))
        .toList();
  }

  private static String fixed(int digits, double value) {
    return String.format(Locale.ROOT, "%." + digits + "f", value);
  }

  private static String percent(double share) {
    return fixed(1, 100 * share);
  }

  /** The fewest digits, without an exponent. */
  static String number(double value) {
    return BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
  }
}
