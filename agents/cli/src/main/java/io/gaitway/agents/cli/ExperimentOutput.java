package io.gaitway.agents.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gaitway.agents.api.Json;
import io.gaitway.agents.experiment.Experiment;
import io.gaitway.agents.experiment.ExperimentFiles;
import io.gaitway.agents.experiment.ExperimentRun;
import io.gaitway.agents.experiment.Plan;
import io.gaitway.agents.results.Group;
import io.gaitway.agents.results.Method;
import io.gaitway.agents.results.PolicyKind;
import io.gaitway.agents.results.RunResult;
import io.gaitway.agents.results.Summary;
import io.gaitway.agents.statistics.Intervals;
import io.gaitway.agents.table.Table;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the command {@code experiment} prints. */
final class ExperimentOutput {
  private static final String BEGUN = "begun";
  private static final String NEW = "new";

  private ExperimentOutput() {}

  /** How far every run of a plan is. */
  static Map<Plan.Entry, String> states(Plan plan) throws IOException {
    Map<Plan.Entry, String> states = new LinkedHashMap<>();
    for (Plan.Entry entry : plan.entries()) {
      ExperimentRun run = entry.run();
      // What is measured from several starts is known only once these are solved.
      boolean complete = run.common().starts().isEmpty() ? run.isDone() : run.result() != null;
      states.put(
          entry, complete ? RunResult.State.COMPLETE.toString() : run.isBegun() ? BEGUN : NEW);
    }
    return states;
  }

  static void print(ExperimentFiles files, PrintWriter output) {
    output.print(files.markdown());
    output.println();
    output.println("Report: " + files.report());
  }

  static ObjectNode json(
      Path directory, Plan plan, ExperimentFiles files, List<Experiment.Fault> faults) {
    ObjectNode line = JsonNodeFactory.instance.objectNode();
    line.put("directory", directory.toString());
    line.put("runs", plan.entries().size());
    ArrayNode failed = line.putArray("failed");
    for (Experiment.Fault fault : faults) {
      failed.addObject().put("run", fault.entry().name()).put("cause", fault.why());
    }
    ArrayNode groups = line.putArray("groups");
    for (Group group : plan.groups()) {
      ObjectNode node = describe(groups.addObject(), group);
      @Nullable Summary summary = files.statistics().results().summary(group);
      node.put("seeds", summary == null ? 0 : summary.seeds());
      for (PolicyKind kind : PolicyKind.values()) {
        if (summary != null) {
          Intervals ratio = summary.of(kind).ratio();
          ObjectNode policies = node.putObject(kind.toString());
          policies.put("ratio", Json.finite(ratio.estimate()));
          policies.put("lower", Json.finite(ratio.lower()));
          policies.put("upper", Json.finite(ratio.upper()));
          policies.put("successes", summary.of(kind).success().successes());
        }
      }
    }
    return line;
  }

  private static ObjectNode describe(ObjectNode node, Group group) {
    Method method = group.method();
    node.put("agent", method.agent());
    node.put("environment", group.task().environment());
    node.put("scale", group.task().scale());
    node.put("hidden", group.task().architecture().shortName());
    node.put("preset", method.preset());
    ObjectNode values = node.putObject("set");
    method.settings().forEach(values::put);
    ObjectNode overrides = node.putObject("param");
    group.task().parameters().forEach(overrides::put);
    return node;
  }

  static ObjectNode plan(Path directory, Map<Plan.Entry, String> states) {
    ObjectNode line = JsonNodeFactory.instance.objectNode();
    line.put("directory", directory.toString());
    line.put("runs", states.size());
    ArrayNode runs = line.putArray("plan");
    states.forEach(
        (entry, state) -> {
          ObjectNode node = describe(runs.addObject(), entry.groups().get(0));
          node.put("settings", entry.run().preset());
          node.put("seed", entry.run().seed());
          node.put("run", entry.name());
          node.put("state", state);
        });
    return line;
  }

  static void printPlan(Map<Plan.Entry, String> states, PrintWriter output) {
    Table table = Table.headless(2);
    states.forEach((entry, state) -> table.row(state, entry.name()));
    table.print(output, "  ");
    List<String> counts = new ArrayList<>();
    for (String state : List.of(RunResult.State.COMPLETE.toString(), BEGUN, NEW)) {
      long count = states.values().stream().filter(state::equals).count();
      if (count > 0) {
        counts.add(count + " " + state);
      }
    }
    output.println(states.size() + " runs: " + String.join(", ", counts));
  }
}
