package io.gaitway.agents.experiment;

import io.gaitway.agents.experiment.FinalMeasurement.Outcome;
import io.gaitway.agents.experiment.FinalMeasurement.What;
import io.gaitway.agents.results.Group;
import io.gaitway.agents.results.Results;
import io.gaitway.agents.results.ResultsCsv;
import io.gaitway.agents.results.RunResult;
import io.gaitway.agents.statistics.Intervals;
import io.gaitway.agents.table.Table;
import io.gaitway.agents.table.Table.Column;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Final measurements as cells of a table.
 *
 * @param what is measured where it can be
 * @param measured finds a run's measurement; null if there is none
 */
record FinalColumns(What what, Function<RunResult, @Nullable FinalMeasurement> measured)
    implements ResultsCsv.Columns {
  private static final List<String> OUTCOME =
      List.of(
          "final_stochastic_cost",
          "final_deterministic_cost",
          "final_stochastic_ratio",
          "final_deterministic_ratio",
          "final_falls",
          "final_success_share",
          "final_deterministic_success",
          "final_deterministic_upright");

  @Override
  public List<String> head() {
    List<String> head = new ArrayList<>();
    if (what.rollouts() == 0 || !what.starts().isEmpty()) {
      return head;
    }
    head.addAll(OUTCOME);
    for (double std : what.perturbations()) {
      String number = FinalMeasurement.number(std);
      head.add("stochastic_upright_at_" + number);
      head.add("deterministic_upright_at_" + number);
    }
    if (what.endurance() > 0) {
      head.add("upright_for_" + what.endurance() + "_steps");
    }
    what.changes().forEach(change -> head.add("upright_with_" + change));
    return head;
  }

  @Override
  public List<Object> cells(RunResult run) {
    int columns = head().size();
    @Nullable FinalMeasurement found = columns == 0 ? null : measured.apply(run);
    @Nullable Outcome own = found == null ? null : found.own();
    if (found == null || own == null) {
      return ResultsCsv.empty(columns);
    }
    List<Object> cells = new ArrayList<>(outcome(own, run.last().falls() != null));
    if (run.last().falls() == null) {
      cells.addAll(ResultsCsv.empty(columns - cells.size()));
      return cells;
    }
    for (Perturbation perturbation : found.perturbations()) {
      cells.add(perturbation.stochastic());
      cells.add(perturbation.deterministic());
    }
    if (found.endurance() != null) {
      cells.add(found.endurance());
    }
    cells.addAll(found.changes());
    return cells;
  }

  private static List<Object> outcome(Outcome outcome, boolean canFall) {
    return List.of(
        outcome.stochastic(),
        outcome.deterministic(),
        outcome.stochastic() / outcome.ddpCost(),
        outcome.deterministic() / outcome.ddpCost(),
        canFall ? outcome.falls() : "",
        outcome.successShare(),
        outcome.deterministicSuccess() ? 1 : 0,
        outcome.upright() ? 1 : 0);
  }

  /** What there is of a group's runs: interquartile means by the column's name. */
  SortedMap<String, Double> averages(Results results, Group group) {
    List<String> head = head();
    SortedMap<String, Double> averages = new TreeMap<>();
    List<List<Object>> rows = results.runs(group).stream().map(this::cells).toList();
    for (int i = 0; i < head.size(); i++) {
      int column = i;
      double[] values =
          rows.stream()
              .map(row -> row.get(column))
              .filter(Number.class::isInstance)
              .mapToDouble(cell -> ((Number) cell).doubleValue())
              .toArray();
      if (values.length > 0) {
        averages.put(head.get(i), Intervals.interquartileMean(values));
      }
    }
    return averages;
  }

  /** The averages of all groups, and what there is of several starts, as Markdown. */
  String markdown(Results results) {
    if (what.rollouts() == 0) {
      return "";
    }
    List<Group> groups =
        results.groups().stream().filter(group -> !results.runs(group).isEmpty()).toList();
    List<Column<Group>> columns = new ArrayList<>();
    columns.add(new Column<>("method", group -> group.method().title()));
    columns.add(new Column<>("task", group -> group.task().shortTitle()));
    if (what.starts().isEmpty()) {
      for (String column : head()) {
        columns.add(
            new Column<>(
                column.replace('_', ' '), group -> fixed(averages(results, group).get(column))));
      }
      return title("interquartile means over seeds") + Table.of(columns, groups).markdown();
    }
    Table table =
        new Table(
            "method",
            "task",
            "start",
            "DDP cost",
            "deterministic / DDP",
            "stochastic / DDP",
            "success without noise",
            "share of successes");
    for (Group group : groups) {
      List<FinalMeasurement> found =
          results.runs(group).stream().map(measured).flatMap(Stream::ofNullable).toList();
      for (int i = 0; i < what.starts().size() && !found.isEmpty(); i++) {
        int start = i;
        List<Outcome> outcomes = found.stream().map(each -> each.starts().get(start)).toList();
        table.row(
            group.method().title(),
            group.task().shortTitle(),
            outcomes.get(0).start().inWords(),
            fixed(average(outcomes, Outcome::ddpCost)),
            fixed(average(outcomes, each -> each.deterministic() / each.ddpCost())),
            fixed(average(outcomes, each -> each.stochastic() / each.ddpCost())),
            outcomes.stream().filter(Outcome::deterministicSuccess).count() + "/" + outcomes.size(),
            fixed(average(outcomes, Outcome::successShare)));
      }
    }
    return title("from each start, interquartile means over seeds") + table.markdown();
  }

  private String title(String how) {
    return "\n## Final policies, %d rollouts with noise that training has not seen, %s\n\n"
        .formatted(what.rollouts(), how);
  }

  private static double average(List<Outcome> outcomes, ToDoubleFunction<Outcome> figure) {
    return Intervals.interquartileMean(outcomes.stream().mapToDouble(figure).toArray());
  }

  private static String fixed(@Nullable Double value) {
    return value == null ? "" : Table.fixed(3, value);
  }

  /** Every run from every start. */
  String starts(Results results) {
    List<String> head = ResultsCsv.runHead(results);
    head.addAll(List.of("start", "ddp_cost"));
    head.addAll(OUTCOME);
    Table table = new Table(head);
    for (RunResult run : results.all()) {
      @Nullable FinalMeasurement found = run.isComplete() ? measured.apply(run) : null;
      for (Outcome outcome : found == null ? List.<Outcome>of() : found.starts()) {
        List<Object> cells = ResultsCsv.runCells(results, run);
        cells.addAll(List.of(outcome.start().inWords(), outcome.ddpCost()));
        cells.addAll(outcome(outcome, run.last().falls() != null));
        table.row(cells);
      }
    }
    return table.csv();
  }
}
