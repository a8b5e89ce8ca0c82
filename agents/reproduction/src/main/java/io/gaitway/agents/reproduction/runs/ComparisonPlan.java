package io.gaitway.agents.reproduction.runs;

import io.gaitway.agents.api.Agent;
import io.gaitway.agents.experiment.StudyRun;
import io.gaitway.agents.reproduction.ComparedGroup;
import io.gaitway.agents.reproduction.ComparedTask;
import io.gaitway.agents.reproduction.Scale;
import io.gaitway.optim.policy.Architecture;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The runs of a comparison, seed by seed, so that one that is cut short has a little of everything.
 *
 * @param scale of the tasks
 * @param groups what the runs belong to, in the order to show it in
 * @param seeds runs of every group
 * @param entries the runs; every one once, also where two presets are the same
 */
public record ComparisonPlan(
    Scale scale, List<ComparedGroup> groups, int seeds, List<Entry> entries) {

  /**
   * One run.
   *
   * @param run what to do
   * @param groups what it belongs to, at least one
   */
  public record Entry(StudyRun run, List<ComparedGroup> groups) {

    /** Its directory below that of the comparison. */
    public String name() {
      return run.common().path().getFileName() + "/" + run.name();
    }
  }

  /**
   * Plans all combinations.
   *
   * @param scale of the tasks, which the agents' environments have
   * @param commons agents on environments
   * @param architectures the networks that are trained
   * @param presets names of presets; {@link Agent#DEFAULT_PRESET} is the best that the agent has
   *     for an environment and a network
   */
  public static ComparisonPlan of(
      Scale scale,
      List<StudyRun.Common> commons,
      List<Architecture> architectures,
      List<String> presets,
      int seeds) {
    List<ComparedGroup> groups = new ArrayList<>();
    Map<StudyRun, List<ComparedGroup>> runs = new LinkedHashMap<>();
    for (long seed = 0; seed < seeds; seed++) {
      for (String preset : presets) {
        for (Architecture architecture : architectures) {
          for (StudyRun.Common common : commons) {
            String environment = common.simulator().environment().id();
            ComparedGroup group =
                new ComparedGroup(
                    preset, common.agent().name(), new ComparedTask(environment, architecture));
            if (seed == 0) {
              groups.add(group);
            }
            String settings =
                preset.equals(Agent.DEFAULT_PRESET)
                    ? common.agent().agent().bestPreset(environment, architecture)
                    : preset;
            runs.computeIfAbsent(
                    new StudyRun(common, settings, architecture, seed), run -> new ArrayList<>())
                .add(group);
          }
        }
      }
    }
    return new ComparisonPlan(
        scale,
        groups,
        seeds,
        runs.entrySet().stream()
            .map(run -> new Entry(run.getKey(), List.copyOf(run.getValue())))
            .toList());
  }
}
