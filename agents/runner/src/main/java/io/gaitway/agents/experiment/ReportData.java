package io.gaitway.agents.experiment;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gaitway.agents.api.Json;
import io.gaitway.agents.api.JsonFiles;
import io.gaitway.agents.measure.Judgement;
import io.gaitway.agents.results.CostAxis;
import io.gaitway.agents.results.Group;
import io.gaitway.agents.results.GroupTask;
import io.gaitway.agents.results.Method;
import io.gaitway.agents.results.PolicyKind;
import io.gaitway.agents.results.Results;
import io.gaitway.agents.results.RunResult;
import io.gaitway.agents.results.Statistics;
import io.gaitway.agents.results.Success;
import io.gaitway.agents.results.Summary;
import io.gaitway.agents.run.GaitwayVersion;
import io.gaitway.agents.run.RunTrajectories;
import io.gaitway.agents.statistics.Intervals;
import io.gaitway.agents.statistics.Proportion;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What the report of an experiment shows, as JSON that {@code experiment.js} reads.
 *
 * @param plan of the experiment
 * @param statistics of what there is
 * @param runs finds where a run is
 */
record ReportData(Plan plan, Statistics statistics, Function<RunResult, ExperimentRun> runs) {
  ObjectNode json() {
    Results results = statistics.results();
    List<Method> methods = statistics.methods();
    ObjectNode data = JsonNodeFactory.instance.objectNode();
    data.put("version", GaitwayVersion.program());
    data.put("runs", results.all().size());
    data.put("done", results.all().stream().filter(RunResult::isComplete).count());
    data.put("iterations", plan.entries().get(0).run().common().iterations());
    data.set(
        "scales",
        Json.MAPPER.valueToTree(
            plan.entries().stream()
                .map(entry -> entry.run().common().scale())
                .distinct()
                .filter(scale -> scale != Scale.CATALOG)
                .map(Scale::words)
                .toList()));
    data.set("success", Json.MAPPER.valueToTree(Success.rules(judgement())));
    ArrayNode failures = data.putArray("failures");
    for (RunResult run : results.all()) {
      if (run.state() == RunResult.State.FAILED) {
        ObjectNode failure = failures.addObject();
        failure.put(
            "run",
            run.group().method().title()
                + " on "
                + run.group().task().shortTitle()
                + ", seed "
                + run.seed());
        failure.put("cause", run.fault());
      }
    }
    boolean presets = methods.stream().map(Method::preset).distinct().count() > 1;
    ArrayNode names = data.putArray("methods");
    methods.forEach(method -> names.add(method.title(presets)));
    ArrayNode tasks = data.putArray("tasks");
    for (GroupTask task : results.tasks()) {
      tasks.add(task(task));
    }
    data.set("overall", overall());
    ArrayNode moving = data.putArray("motions");
    for (RunResult run : shown()) {
      @Nullable ObjectNode motion = motion(run);
      if (motion != null) {
        moving.add(motion);
      }
    }
    return data;
  }

  /** When a rollout is a success, in the first environment. */
  private String judgement() {
    return Judgement.inWords(plan.entries().get(0).run().common().simulator().environment().goal());
  }

  private ObjectNode task(GroupTask task) {
    Results results = statistics.results();
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("title", task.title());
    ArrayNode methods = node.putArray("methods");
    List<List<Intervals>> curves = new ArrayList<>();
    List<Summary> summaries = results.summaries(task);
    for (Summary summary : summaries) {
      ObjectNode method = methods.addObject();
      method.put("method", statistics.methods().indexOf(summary.group().method()));
      method.put("settings", String.join(", ", summary.settings()));
      method.put("seeds", summary.seeds());
      put(method, "falls", summary.falls());
      for (PolicyKind kind : PolicyKind.values()) {
        List<Intervals> curve = results.curve(summary.group(), kind);
        curves.add(curve);
        method.set(kind.toString(), policies(summary.of(kind), curve));
      }
    }
    if (!summaries.isEmpty()) {
      CostAxis axis = CostAxis.of(summaries.get(0), curves);
      node.put("ddp", summaries.get(0).ddp());
      node.put("low", axis.low());
      node.put("high", axis.high());
    }
    return node;
  }

  private static ObjectNode policies(Summary.Policies policies, List<Intervals> curve) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    ArrayNode mean = node.putArray("mean");
    ArrayNode lower = node.putArray("lower");
    ArrayNode upper = node.putArray("upper");
    for (Intervals costs : curve) {
      mean.add(Json.finite(costs.estimate()));
      lower.add(Json.finite(costs.lower()));
      upper.add(Json.finite(costs.upper()));
    }
    put(node, "last", policies.ratio());
    success(node, policies.success());
    ObjectNode until = node.putObject("until");
    put(until, "iterations", policies.until().iterations());
    put(until, "seconds", policies.until().seconds());
    put(until, "samples", policies.until().samples());
    put(until, "derivatives", policies.until().derivatives());
    until.put("never", policies.until().never());
    return node;
  }

  /** All tasks together: averages, profiles, and methods against each other. */
  private ObjectNode overall() {
    List<Method> methods = statistics.methods();
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.set("thresholds", Json.MAPPER.valueToTree(Statistics.THRESHOLDS));
    ArrayNode each = node.putArray("methods");
    for (Method method : methods) {
      ObjectNode entry = each.addObject();
      for (PolicyKind kind : PolicyKind.values()) {
        Statistics.Overall all = statistics.overall(method, kind);
        ObjectNode policies = entry.putObject(kind.toString());
        policies.put("runs", all.runs());
        put(policies, "last", all.ratio());
        success(policies, all.success());
        for (String bound : List.of("mean", "lower", "upper")) {
          ArrayNode profile = policies.putArray(bound);
          for (Intervals share : all.profile()) {
            profile.add(
                switch (bound) {
                  case "lower" -> share.lower();
                  case "upper" -> share.upper();
                  default -> share.estimate();
                });
          }
        }
      }
      ArrayNode improvements = entry.putArray("improvement");
      for (Method other : methods) {
        @Nullable Intervals improvement =
            method.equals(other)
                ? null
                : statistics.improvement(method, other, PolicyKind.STOCHASTIC);
        if (improvement == null) {
          improvements.addNull();
        } else {
          improvements
              .addArray()
              .add(improvement.estimate())
              .add(improvement.lower())
              .add(improvement.upper());
        }
      }
    }
    return node;
  }

  private static void put(ObjectNode node, String name, Intervals interval) {
    node.putArray(name)
        .add(Json.finite(interval.estimate()))
        .add(Json.finite(interval.lower()))
        .add(Json.finite(interval.upper()));
  }

  private static void success(ObjectNode node, Proportion proportion) {
    ObjectNode success = node.putObject("success");
    success.put("successes", proportion.successes());
    success.put("trials", proportion.trials());
    success.put("lower", proportion.lower());
    success.put("upper", proportion.upper());
  }

  /** For every environment a run of the first method's largest policy, that of the lowest seed. */
  private List<RunResult> shown() {
    Results results = statistics.results();
    List<RunResult> shown = new ArrayList<>();
    for (String environment :
        results.tasks().stream().map(GroupTask::environment).distinct().toList()) {
      List<Group> groups =
          results.groups().stream()
              .filter(group -> group.task().environment().equals(environment))
              .filter(group -> !results.runs(group).isEmpty())
              .toList();
      groups.stream()
          .filter(group -> group.method().equals(groups.get(0).method()))
          .max(Comparator.comparingInt(group -> group.task().architecture().units()))
          .ifPresent(group -> shown.add(results.runs(group).get(0)));
    }
    return shown;
  }

  /** How a learned policy moves, beside the initial DDP solution; null if nobody can read it. */
  private @Nullable ObjectNode motion(RunResult result) {
    RunTrajectories trajectories;
    try {
      trajectories =
          JsonFiles.read(runs.apply(result).directory().trajectories(), RunTrajectories.class);
    } catch (IOException e) {
      return null; // The other runs, and this one's figures, are none the worse for it.
    }
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put(
        "title",
        result.group().method().agent()
            + " on "
            + result.group().task().title()
            + ", seed "
            + result.seed());
    node.put("dt", trajectories.dt());
    node.set("geometry", Json.MAPPER.valueToTree(trajectories.geometry()));
    node.put("ground", !trajectories.contactPoints().isEmpty());
    node.put("ground_height", trajectories.groundHeight());
    node.putObject("learned").set("xs", rounded(trajectories.learned().xs()));
    node.putObject("ddp").set("xs", rounded(trajectories.ddp().xs()));
    return node;
  }

  /** Positions to a tenth of a millimetre; what is drawn needs no velocities. */
  private static ArrayNode rounded(List<double[]> states) {
    ArrayNode rows = JsonNodeFactory.instance.arrayNode();
    for (double[] state : states) {
      ArrayNode row = rows.addArray();
      for (int i = 0; i < state.length / 2; i++) {
        row.add(Math.rint(1e4 * state[i]) / 1e4);
      }
    }
    return rows;
  }

  private static void put(ObjectNode node, String name, @Nullable Double value) {
    node.put(name, value == null ? null : Json.finite(value));
  }
}
