package io.gaitway.agents.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gaitway.agents.api.Agent;
import io.gaitway.agents.api.Agents;
import io.gaitway.agents.api.SettingException;
import io.gaitway.agents.api.Start;
import io.gaitway.agents.console.Status;
import io.gaitway.agents.experiment.Experiment;
import io.gaitway.agents.experiment.ExperimentFiles;
import io.gaitway.agents.experiment.ExperimentProgress;
import io.gaitway.agents.experiment.ExperimentRun;
import io.gaitway.agents.experiment.Plan;
import io.gaitway.agents.experiment.Scale;
import io.gaitway.agents.experiment.StartReferences;
import io.gaitway.agents.program.AgentProgram;
import io.gaitway.agents.program.ChosenAgent;
import io.gaitway.agents.run.DirectoryWatch;
import io.gaitway.agents.run.Observation;
import io.gaitway.agents.run.RunDirectory;
import io.gaitway.client.GaitwayClient;
import io.gaitway.client.simulation.Simulator;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The command {@code experiment}: many runs, one table. */
@Command(
    name = "experiment",
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    sortOptions = false,
    description = {
      "Trains agents on environments with every combination of networks, presets, settings,"
          + " parameters and seeds that is asked for, and leaves one table, its statistics and a"
          + " report.",
      "",
      "Run it again to go on: what is complete is not repeated, and what was interrupted or failed"
          + " continues. Several processes may work in the same directory. Runs that fail do not"
          + " stop the others; the exit code is 1 then. docs/experiment-files.md describes the files.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  gaitway experiment vgps swimmer --seeds 10 --jobs 2",
      "  gaitway experiment vgps,gps swimmer,walker --hidden 5,10 --presets default,paper",
      "  gaitway experiment vgps swimmer --set kappa=1,1.5,3 --param target_speed=0.3,0.5 --seeds 5-9",
      "  gaitway experiment vgps swimmer --agent 'python my_agent.py' --dry-run",
      "  gaitway experiment vgps walker --perturb 0.01,0.03 --endurance 1500"
    })
final class ExperimentCommand implements Callable<Integer> {
  /** All agents that there are, in place of their names. */
  private static final String ALL = "all";

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(
      index = "0",
      arity = "0..1",
      split = ",",
      hideParamSyntax = true,
      paramLabel = "[AGENTS]",
      description =
          "Agents, separated by commas; 'gaitway agents' lists them, and all stands for all of"
              + " them. May be left out with --agent.")
  private List<String> first = List.of();

  @Parameters(
      index = "1",
      arity = "0..1",
      split = ",",
      hideParamSyntax = true,
      paramLabel = "ENVIRONMENTS",
      description =
          "What to control, separated by commas; 'gaitway environments' lists what there is.")
  private List<String> second = List.of();

  @Option(
      names = AgentProgram.OPTION,
      paramLabel = "COMMAND",
      description =
          "Program that is one more agent, in any language: "
              + AgentChoice.COMMAND_LINE
              + " Every run has a process to itself. May be repeated.")
  private List<String> commands = List.of();

  @Mixin private AgentProcesses processes = new AgentProcesses();

  @Mixin private VariationChoice variations = new VariationChoice();

  @Option(
      names = "--iterations",
      defaultValue = "100",
      paramLabel = "N",
      description = "Iterations of each run, 1 to 100000; default ${DEFAULT-VALUE}.")
  private int iterations;

  @Option(
      names = "--evaluation-rollouts",
      defaultValue = "20",
      paramLabel = "N",
      description =
          "Noisy rollouts that measure the policy of every iteration, 1 to 10000; default"
              + " ${DEFAULT-VALUE}.")
  private int evaluationRollouts;

  @Mixin private StartsChoice starts = new StartsChoice();

  @Option(
      names = "--observe",
      split = ",",
      paramLabel = "NAME",
      description = "State entries that the policies see, as with 'gaitway train'.")
  private @Nullable List<String> observe;

  @Mixin private FinalChoice judging = new FinalChoice();

  @Option(
      names = "--jobs",
      defaultValue = "1",
      paramLabel = "N",
      description = "Runs to do at the same time, 1 to 256; default ${DEFAULT-VALUE}.")
  private int jobs;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Where the runs and the tables are; default runs/experiment.")
  private @Nullable Path out;

  @Option(names = "--dry-run", description = "Say what would be run, and do nothing.")
  private boolean dryRun;

  @Mixin private ServerChoice server = new ServerChoice();

  @Mixin private ResultFormat format = new ResultFormat();

  // What shows the last words when the process is told to stop.
  private volatile @Nullable ExperimentProgress progress;

  ExperimentCommand() {}

  @Override
  public Integer call() throws IOException {
    checkOptions();
    Path directory = out != null ? out : RunDirectory.RUNS.resolve("experiment");
    try (StopSignal stop = StopSignal.install(this::stopped);
        ServerChoice.Connection connection = server.connect(!commands.isEmpty())) {
      List<ExperimentRun.Common> commons = commons(directory, connection.client());
      Plan plan = plan(commons);
      for (Plan.Entry entry : plan.entries()) {
        entry.run().check();
      }
      if (dryRun) {
        Map<Plan.Entry, String> states = ExperimentOutput.states(plan);
        format.print(
            () -> ExperimentOutput.plan(directory, states),
            output -> ExperimentOutput.printPlan(states, output));
        return 0;
      }
      RunDirectory.make(directory);
      try (DirectoryWatch watch = DirectoryWatch.of(directory)) {
        return experiment(directory, plan(withStarts(directory, commons)), watch, stop);
      }
    }
  }

  /** Last words of a process that was told to stop. */
  private void stopped() {
    processes.endAll();
    @Nullable ExperimentProgress shown = progress;
    if (shown != null) {
      shown.say("Stopped. The same command continues.");
    }
  }

  private void checkOptions() {
    Gaitway.requireRange(spec, "--iterations", iterations, 1, 100_000);
    Gaitway.requireRange(spec, "--evaluation-rollouts", evaluationRollouts, 1, 10_000);
    Gaitway.requireRange(spec, "--jobs", jobs, 1, 256);
    variations.check(spec);
    judging.check(spec, starts.given());
    processes.check(spec);
    boolean agentsMissing = commands.isEmpty() && first.isEmpty();
    if (agentsMissing || environments().isEmpty()) {
      throw Gaitway.usage(
          spec, (agentsMissing ? "AGENTS and ENVIRONMENTS are" : "ENVIRONMENTS is") + " missing");
    }
    if (agents().size() > 1 && agents().contains(ALL)) {
      throw Gaitway.usage(spec, "AGENTS has all, and others; all stands for every one of them");
    }
    Gaitway.requireDifferent(spec, "AGENTS", agents());
    Gaitway.requireDifferent(spec, "ENVIRONMENTS", environments());
  }

  /** With --agent a single list names environments. */
  private List<String> environments() {
    return second.isEmpty() && !commands.isEmpty() ? first : second;
  }

  private List<String> agents() {
    return second.isEmpty() && !commands.isEmpty() ? List.of() : first;
  }

  private Plan plan(List<ExperimentRun.Common> commons) {
    return Plan.of(commons, variations.architectures(), variations.presets(), variations.seeds());
  }

  /** All methods on all environments. Agents in processes of their own only tell what they are. */
  private List<ExperimentRun.Common> commons(Path directory, GaitwayClient client)
      throws IOException {
    Map<String, ChosenAgent> chosen = new LinkedHashMap<>();
    try {
      choose(chosen);
      List<Simulator> simulators = new ArrayList<>();
      List<ExperimentRun.Common> commons = new ArrayList<>();
      for (String environment : environments()) {
        for (Scale scale : variations.scales()) {
          for (SortedMap<String, String> values : variations.parameters()) {
            Map<String, Double> overrides = new TreeMap<>(scale.parameters(environment));
            values.forEach((name, value) -> overrides.put(name, Double.valueOf(value)));
            Simulator simulator = client.simulator(environment, overrides);
            simulators.add(simulator);
            for (ChosenAgent agent : chosen.values()) {
              for (SortedMap<String, String> overridden : variations.settings()) {
                commons.add(
                    common(directory, agent, simulator, scale, overrides, values, overridden));
              }
            }
          }
        }
      }
      judging.requireMeasurable(spec, simulators);
      return commons;
    } finally {
      chosen.values().forEach(ChosenAgent::close);
    }
  }

  private void choose(Map<String, ChosenAgent> chosen) throws IOException {
    Agents known = Agents.load();
    if (agents().equals(List.of(ALL))) {
      for (Agent<?> agent : known.all()) {
        add(chosen, ChosenAgent.of(agent));
      }
    } else {
      for (String name : agents()) {
        add(chosen, ChosenAgent.of(known.get(name)));
      }
    }
    for (String command : commands) {
      add(chosen, processes.open("", command));
    }
  }

  private void add(Map<String, ChosenAgent> chosen, ChosenAgent agent) {
    @Nullable ChosenAgent twin = chosen.putIfAbsent(agent.name(), agent);
    if (twin != null) {
      agent.close();
      String other = twin.isProgram() ? "'" + twin.command() + "'" : "the built-in one";
      throw Gaitway.usage(
          spec,
          "--agent '%s' is called %s, as is %s".formatted(agent.command(), agent.name(), other));
    }
    variations.requirePossible(spec, agent.agent());
  }

  private ExperimentRun.Common common(
      Path directory,
      ChosenAgent agent,
      Simulator simulator,
      Scale scale,
      Map<String, Double> overrides,
      SortedMap<String, String> values,
      SortedMap<String, String> overridden)
      throws IOException {
    String environment = simulator.environment().id();
    List<String> observation = Observation.names(simulator.environment(), observe);
    List<Start> chosenStarts = starts.starts();
    StartsChoice.require(agent.agent(), simulator.environment(), observation, chosenStarts);
    return new ExperimentRun.Common(
        directory.resolve(RunDirectory.named(environment + "-" + agent.name())),
        agent,
        simulator,
        settings(agent, environment, overridden),
        overridden,
        scale,
        overrides,
        values,
        chosenStarts,
        observation,
        iterations,
        evaluationRollouts,
        judging.what(simulator.environment(), List.of()),
        server.name());
  }

  private static Map<String, ObjectNode> settings(
      ChosenAgent agent, String environment, SortedMap<String, String> overridden) {
    try {
      return agent.settings(environment, overridden);
    } catch (SettingException e) {
      throw new SettingException("--set, for " + agent.name() + ": " + e.getMessage());
    }
  }

  /**
   * The same with the starts that policies are measured from, which may have to be solved first.
   */
  private List<ExperimentRun.Common> withStarts(Path directory, List<ExperimentRun.Common> commons)
      throws IOException {
    if (!starts.given() || !judging.isMeasured()) {
      return commons;
    }
    List<Start> measured = judging.starts(starts);
    Status status = Status.onStandardError(spec.commandLine().getErr());
    Map<Simulator, List<StartReferences.Entry>> references = new LinkedHashMap<>();
    List<ExperimentRun.Common> all = new ArrayList<>();
    for (ExperimentRun.Common common : commons) {
      Simulator simulator = common.simulator();
      if (!references.containsKey(simulator)) {
        references.put(simulator, StartSolver.references(directory, simulator, measured, status));
      }
      all.add(
          common.measuredBy(
              judging.what(
                  simulator.environment(), references.getOrDefault(simulator, List.of()))));
    }
    status.end();
    return all;
  }

  private int experiment(Path directory, Plan plan, DirectoryWatch watch, StopSignal stop)
      throws IOException {
    ExperimentFiles files = new ExperimentFiles(directory, plan);
    Status status = Status.onStandardError(spec.commandLine().getErr());
    ExperimentProgress shown = new ExperimentProgress(status, plan, jobs);
    progress = shown;
    Experiment experiment = new Experiment(plan, files, shown, watch, Gaitway::sentence);
    try {
      if (!experiment.run(jobs, stop::requested)) {
        return Gaitway.FAILURE;
      }
    } finally {
      status.end();
    }
    List<Experiment.Fault> faults = experiment.faults();
    format.print(
        () -> ExperimentOutput.json(directory, plan, files, faults),
        output -> ExperimentOutput.print(files, output));
    for (Experiment.Fault fault : faults) {
      Gaitway.say(
          spec.commandLine(), fault.entry().name() + " failed: " + fault.why(), fault.cause());
    }
    return faults.isEmpty() ? 0 : Gaitway.FAILURE;
  }
}
