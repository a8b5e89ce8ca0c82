package io.gaitway.agents.experiment;

import io.gaitway.agents.api.Agent;
import io.gaitway.agents.results.Group;
import io.gaitway.agents.results.GroupTask;
import io.gaitway.agents.results.Method;
import io.gaitway.optim.policy.Architecture;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The runs of an experiment, seed by seed, so that one that is cut short has a little of
 * everything.
 *
 * @param groups what the runs belong to, in the order to show it in
 * @param entries the runs; every one once, also where two presets are the same
 */
public record Plan(List<Group> groups, List<Entry> entries) {

  /**
   * One run.
   *
   * @param run what to do
   * @param groups what it belongs to, at least one
   */
  public record Entry(ExperimentRun run, List<Group> groups) {

    /** Its directory below that of the experiment. */
    public String name() {
      return run.place();
    }
  }

  /**
   * Plans all combinations.
   *
   * @param commons agents on environments
   * @param architectures the networks that are trained
   * @param presets names of presets; {@link Agent#DEFAULT_PRESET} is the best that the agent has
   *     for an environment and a network
   */
  public static Plan of(
      List<ExperimentRun.Common> commons,
      List<Architecture> architectures,
      List<String> presets,
      List<Long> seeds) {
    Set<Group> groups = new LinkedHashSet<>();
    Map<ExperimentRun, List<Group>> runs = new LinkedHashMap<>();
    for (long seed : seeds) {
      for (String preset : presets) {
        for (Architecture architecture : architectures) {
          for (ExperimentRun.Common common : commons) {
            String environment = common.simulator().environment().id();
            Group group =
                new Group(
                    new Method(common.agent().name(), preset, common.set()),
                    new GroupTask(
                        environment, common.scale().toString(), architecture, common.param()));
            groups.add(group);
            String inForce =
                preset.equals(Agent.DEFAULT_PRESET)
                    ? common.agent().agent().bestPreset(environment, architecture)
                    : preset;
            runs.computeIfAbsent(
                    new ExperimentRun(common, inForce, architecture, seed),
                    run -> new ArrayList<>())
                .add(group);
          }
        }
      }
    }
    return new Plan(
        List.copyOf(groups),
        runs.entrySet().stream()
            .map(run -> new Entry(run.getKey(), List.copyOf(run.getValue())))
            .toList());
  }
}
