package io.gaitway.agents.experiment;

import io.gaitway.agents.experiment.FinalMeasurement.Outcome;
import io.gaitway.agents.experiment.FinalMeasurement.What;
import io.gaitway.agents.results.Results;
import io.gaitway.agents.results.ResultsCsv;
import io.gaitway.agents.results.RunResult;
import io.gaitway.agents.table.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Final measurements as cells of a table.
 *
 * @param what is measured where it can be
 * @param measured finds a run's measurement; null if there is none
 */
record FinalColumns(What what, Function<RunResult, @Nullable FinalMeasurement> measured)
    implements ResultsCsv.Rest {
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
