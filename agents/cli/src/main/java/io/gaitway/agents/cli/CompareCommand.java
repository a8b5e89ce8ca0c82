package io.gaitway.agents.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gaitway.agents.api.Agent;
import io.gaitway.agents.api.Agents;
import io.gaitway.agents.console.Status;
import io.gaitway.agents.experiment.StudyRun;
import io.gaitway.agents.program.AgentProgram;
import io.gaitway.agents.program.ChosenAgent;
import io.gaitway.agents.reproduction.Claims;
import io.gaitway.agents.reproduction.Claims.Claim;
import io.gaitway.agents.reproduction.Scale;
import io.gaitway.agents.reproduction.runs.Comparison;
import io.gaitway.agents.reproduction.runs.ComparisonBoard;
import io.gaitway.agents.reproduction.runs.ComparisonFiles;
import io.gaitway.agents.reproduction.runs.ComparisonPlan;
import io.gaitway.agents.reproduction.runs.ComparisonProgress;
import io.gaitway.agents.run.DirectoryWatch;
import io.gaitway.agents.run.Observation;
import io.gaitway.agents.run.RunDirectory;
import io.gaitway.agents.table.Table;
import io.gaitway.client.GaitwayClient;
import io.gaitway.client.simulation.Simulator;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The command {@code compare}: many agents, as in the paper's Figure 1. */
@Command(
    name = "compare",
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    sortOptions = false,
    description = {
      "Compares agents over environments, policy sizes, presets and seeds, as the paper's Figure 1"
          + " does, and judges what the paper claims.",
      "",
      "Each run has its own directory below --out. Whenever runs complete, iterations.csv,"
          + " summary.csv, claims.csv, tables.md, figure-PRESET.svg and report.html are rewritten there."
          + " With --resume a comparison continues where it was stopped or killed; complete runs are not repeated. Seeds are 0 to N-1.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  gaitway compare --jobs 2",
      "  gaitway compare --agents vgps,gps --environments swimmer --hidden 10 --seeds 3",
      "  gaitway compare --agents vgps --agent 'python my_agent.py' --presets default",
      "  gaitway compare --jobs 2 --resume"
    })
final class CompareCommand implements Callable<Integer> {
  private static final String OUT = "compare";

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--agents",
      split = ",",
      paramLabel = "NAME",
      description =
          "Agents, separated by commas; default all that 'gaitway agents' lists, also"
              + " with --agent.")
  private @Nullable List<String> agents;

  @Option(
      names = AgentProgram.OPTION,
      paramLabel = "COMMAND",
      description =
          "Program that is one more agent, in any language: "
              + AgentChoice.COMMAND_LINE
              + " Every run has a process to itself. May be repeated.")
  private List<String> commands = List.of();

  @Mixin private AgentProcesses processes = new AgentProcesses();

  @Option(
      names = "--environments",
      split = ",",
      defaultValue = "swimmer,walker",
      paramLabel = "NAME",
      description = "What to control, separated by commas; default ${DEFAULT-VALUE}.")
  private List<String> environments = List.of();

  @Mixin private RunsChoice runs = new RunsChoice();

  @Option(
      names = "--presets",
      split = ",",
      defaultValue = "default,paper",
      paramLabel = "NAME",
      description =
          "Presets, separated by commas, a figure for each; default is the best that an agent has"
              + " for the environment and the policy's size. Default ${DEFAULT-VALUE}.")
  private List<String> presets = List.of();

  @Option(
      names = "--evaluation-rollouts",
      defaultValue = "20",
      paramLabel = "N",
      description =
          "Noisy rollouts that measure the policy of every iteration, 1 to 10000; default"
              + " ${DEFAULT-VALUE}.")
  private int evaluationRollouts;

  @Option(
      names = "--scale",
      defaultValue = "catalog",
      paramLabel = "NAME",
      description =
          "Scale of the tasks' costs: catalog, as they are; figure, as the axes of the paper's figure"
              + " suggest (swimmer: target_speed 1, horizon 200; walker: target_speed 2.1). Default"
              + " ${DEFAULT-VALUE}.")
  private String scaleName = "";

  private Scale scale = Scale.CATALOG;

  @Mixin private ParameterChoice parameters = new ParameterChoice();

  @Mixin private ServerChoice server = new ServerChoice();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description =
          "Directory of the runs and the results; must be empty or absent, except with --resume. Default runs/compare.")
  private @Nullable Path out;

  @Option(
      names = "--resume",
      description =
          "Continue the comparison in --out, with the same options, or more agents, environments,"
              + " sizes, presets and seeds; options that contradict a run there are errors.")
  private boolean resume;

  @Mixin private ResultFormat format = new ResultFormat();

  // What shows the last words when the process is told to stop.
  private volatile @Nullable ComparisonProgress progress;

  CompareCommand() {}

  @Override
  public Integer call() throws IOException {
    checkOptions();
    Path directory = out != null ? out : RunDirectory.RUNS.resolve(OUT);
    try (StopSignal stop = StopSignal.install(this::stopped);
        ServerChoice.Connection connection = server.connect(!commands.isEmpty())) {
      ComparisonPlan plan = plan(directory, connection.client());
      open(directory);
      try (FileChannel lock = new RunDirectory(directory).lock();
          DirectoryWatch watch = DirectoryWatch.of(directory)) {
        for (ComparisonPlan.Entry entry : plan.entries()) {
          entry.run().check();
        }
        return compare(directory, plan, watch, stop);
      }
    }
  }

  /** Last words of a process that was told to stop. */
  private void stopped() {
    processes.endAll();
    @Nullable ComparisonProgress shown = progress;
    if (shown != null) {
      shown.say("Stopped. The same command continues, with --resume.");
    }
  }

  private void checkOptions() {
    runs.check(spec);
    scale =
        Arrays.stream(Scale.values())
            .filter(each -> each.toString().equals(scaleName))
            .findAny()
            .orElseThrow(
                () ->
                    Gaitway.usage(
                        spec,
                        "--scale must be catalog or figure, but is '%s'".formatted(scaleName)));
    Gaitway.requireRange(spec, "--evaluation-rollouts", evaluationRollouts, 1, 10_000);
    processes.check(spec);
    Gaitway.requireDifferent(spec, "--environments", environments);
    Gaitway.requireDifferent(spec, "--presets", presets);
  }

  /** All runs. Agents in processes of their own only tell what they are. */
  private ComparisonPlan plan(Path directory, GaitwayClient client) throws IOException {
    Map<String, ChosenAgent> chosen = new LinkedHashMap<>();
    try {
      choose(chosen);
      List<StudyRun.Common> commons = new ArrayList<>();
      for (String environment : environments) {
        Map<String, Double> overrides = new TreeMap<>(scale.parameters(environment));
        overrides.putAll(parameters.values());
        Simulator simulator = client.simulator(environment, overrides);
        for (ChosenAgent agent : chosen.values()) {
          commons.add(common(directory, agent, simulator, overrides));
        }
      }
      return ComparisonPlan.of(scale, commons, runs.architectures(), presets, runs.seeds());
    } finally {
      chosen.values().forEach(ChosenAgent::close);
    }
  }

  /** The agents of the program, as named or all, and then those in processes of their own. */
  private void choose(Map<String, ChosenAgent> chosen) throws IOException {
    for (Agent<?> agent : builtIn()) {
      add(chosen, ChosenAgent.of(agent));
    }
    for (String command : commands) {
      add(chosen, processes.open("", command));
    }
  }

  /** As named, or all: the paper's as in its legend, then the others. */
  private List<Agent<?>> builtIn() {
    Agents all = Agents.load();
    if (agents == null) {
      return all.all().stream()
          .sorted(Comparator.comparingInt(agent -> place(agent.name())))
          .toList();
    }
    Gaitway.requireDifferent(spec, "--agents", agents);
    List<Agent<?>> named = new ArrayList<>();
    agents.forEach(name -> named.add(all.get(name)));
    return named;
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
    runs.requireTrainable(agent.agent());
    List<String> known = agent.agent().presets();
    for (String preset : presets) {
      if (!known.contains(preset)) {
        throw Gaitway.usage(
            spec,
            "--presets has '%s', but %s has %s"
                .formatted(preset, agent.name(), String.join(", ", known)));
      }
    }
  }

  private static int place(String agent) {
    int place = Claims.METHODS.indexOf(agent);
    return place < 0 ? Claims.METHODS.size() : place;
  }

  private StudyRun.Common common(
      Path directory, ChosenAgent agent, Simulator simulator, Map<String, Double> overrides) {
    return new StudyRun.Common(
        directory.resolve(simulator.environment().id() + "-" + agent.name()),
        agent,
        simulator,
        agent.settings(simulator.environment().id(), Map.of()),
        overrides,
        List.of(),
        Observation.names(simulator.environment(), null),
        runs.iterations(),
        evaluationRollouts,
        server.name());
  }

  private void open(Path directory) throws IOException {
    boolean used = false;
    if (Files.isDirectory(directory)) {
      try (Stream<Path> content = Files.list(directory)) {
        used = content.findAny().isPresent();
      }
    }
    if (used && !resume) {
      throw new IOException(
          directory
              + " is not empty; continue the comparison there with --resume, or name another --out");
    }
    if (!used && resume) {
      throw new IOException("there is nothing to resume in " + directory);
    }
    try {
      Files.createDirectories(directory);
    } catch (FileAlreadyExistsException e) {
      throw new IOException(directory + " is a file; name another directory with --out", e);
    }
  }

  private int compare(Path directory, ComparisonPlan plan, DirectoryWatch watch, StopSignal stop)
      throws IOException {
    ComparisonFiles files = new ComparisonFiles(directory, plan);
    Status status = Status.onStandardError(spec.commandLine().getErr());
    ComparisonProgress shown =
        new ComparisonProgress(status, new ComparisonBoard(plan, runs.jobs()));
    progress = shown;
    Comparison comparison = new Comparison(plan, files, shown, watch, Gaitway::sentence);
    try {
      if (!comparison.run(runs.jobs(), stop::requested)) {
        return Gaitway.FAILURE;
      }
    } finally {
      status.end();
    }
    List<Comparison.Fault> faults = comparison.faults();
    format.print(() -> json(directory, plan, files, faults), output -> print(files, output));
    for (Comparison.Fault fault : faults) {
      Gaitway.say(
          spec.commandLine(),
          fault.entry().name() + " failed: " + Gaitway.sentence(fault.cause()),
          fault.cause());
    }
    return faults.isEmpty() ? 0 : Gaitway.FAILURE;
  }

  private ObjectNode json(
      Path directory, ComparisonPlan plan, ComparisonFiles files, List<Comparison.Fault> faults) {
    ObjectNode line = JsonNodeFactory.instance.objectNode();
    line.put("directory", directory.toString());
    line.put("runs", plan.entries().size());
    ArrayNode failed = line.putArray("failed");
    faults.forEach(fault -> failed.add(fault.entry().name()));
    ObjectNode claims = line.putObject("claims");
    files
        .claims()
        .forEach(
            (preset, judged) -> {
              ArrayNode array = claims.putArray(preset);
              judged.forEach(claim -> array.add(ComparisonFiles.claim(claim)));
            });
    return line;
  }

  private static void print(ComparisonFiles files, PrintWriter output) {
    files
        .claims()
        .forEach(
            (preset, judged) -> {
              output.println("What the paper says, with the preset " + preset + ":");
              Table table = Table.headless(3);
              for (Claim claim : judged) {
                table.row(claim.number(), claim.verdict().words(), claim.text());
              }
              table.print(output, "  ");
            });
    output.println("Report: " + files.report());
  }
}
