package io.gaitway.agents.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gaitway.agents.api.Agent;
import io.gaitway.agents.api.AnyAgent;
import io.gaitway.agents.api.Json;
import io.gaitway.agents.api.Start;
import io.gaitway.agents.console.Quantities;
import io.gaitway.agents.console.Status;
import io.gaitway.agents.program.AgentFault;
import io.gaitway.agents.program.AgentProgram;
import io.gaitway.agents.program.ChosenAgent;
import io.gaitway.agents.run.Observation;
import io.gaitway.agents.run.RunConfig;
import io.gaitway.agents.run.RunDirectory;
import io.gaitway.agents.run.Training;
import io.gaitway.agents.run.TrainingResult;
import io.gaitway.client.simulation.RobotFiles;
import io.gaitway.client.simulation.Simulator;
import io.gaitway.client.simulation.Usage;
import io.gaitway.optim.policy.Architecture;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The command {@code train}. */
@Command(
    name = "train",
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    sortOptions = false,
    usageHelpWidth = 100,
    description = {
      "Trains a policy and keeps everything about it in a run directory.",
      "",
      "Progress goes to standard error, the result to standard output. A run that was interrupted or"
          + " killed continues with --resume, to the same bits as if nothing had happened.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  gaitway train vgps swimmer",
      "  gaitway train vgps swimmer --hidden 5 --seed 3 --preset paper",
      "  gaitway train vgps swimmer --observe angles",
      "  gaitway train vgps walker --starts starts.json --observe all,target_speed",
      "  gaitway train vgps swimmer --param target_speed=1.5 --server 127.0.0.1:7447",
      "  gaitway train --agent 'python my_agent.py' swimmer",
      "  gaitway train vgps --robot hopper.xml --task hop.yaml",
      "  gaitway train --resume runs/swimmer-vgps-h10-s0",
      "'gaitway agents NAME' lists an agent's settings, 'gaitway environments NAME' the parameters."
    })
final class TrainCommand implements Callable<Integer> {
  private static final Architecture DEFAULT_ARCHITECTURE = Architecture.of(10);
  private static final int DEFAULT_ITERATIONS = 100;
  private static final int DEFAULT_EVALUATION_ROLLOUTS = 10;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private TaskChoice task = new TaskChoice();

  @Option(
      names = "--hidden",
      paramLabel = "SIZES",
      description =
          "Units of the policy's hidden layers, such as 10 or 64,64, and their activation if it is"
              + " not softplus, as in 64,64-tanh; default 10. Many agents train one softplus layer"
              + " only.")
  private @Nullable String hidden;

  @Option(
      names = "--iterations",
      paramLabel = "N",
      description = "Iterations to run, 1 to 100000; default 100.")
  private @Nullable Integer iterations;

  @Mixin private SeedChoice seed = new SeedChoice();

  @Option(
      names = "--preset",
      paramLabel = "NAME",
      description =
          "Preset of the agent's settings: default (the best that was measured for the environment and the network's size), paper (to the letter), or another that 'gaitway agents NAME' lists.")
  private @Nullable String preset;

  @Option(
      names = "--set",
      paramLabel = "NAME=VALUE",
      description = "Overrides one of the agent's settings; may be repeated.")
  private @Nullable Map<String, String> settings;

  @Mixin private ParameterChoice parameters = new ParameterChoice();

  @Mixin private StartsChoice starts = new StartsChoice();

  @Option(
      names = "--observe",
      split = ",",
      paramLabel = "NAME",
      description =
          "State entries that the policy sees, separated by commas: names as 'gaitway environments"
              + " NAME' lists them, or the groups all, angles, joint-angles (without the root's)"
              + " and positions (of which policies see something), and parameters in which the"
              + " --starts differ; default all, which is what it lists as seen.")
  private @Nullable List<String> observe;

  @Option(
      names = "--evaluation-rollouts",
      paramLabel = "N",
      description = "Noisy rollouts whose mean is the stochastic cost, 1 to 10000; default 10.")
  private @Nullable Integer evaluationRollouts;

  @Mixin private ServerChoice server = new ServerChoice();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description =
          "Run directory; must be empty or absent. Default: runs/ENVIRONMENT-AGENT-hN-sSEED, with"
              + " -2, -3, ... if taken.")
  private @Nullable Path out;

  @Option(
      names = "--resume",
      arity = "0..1",
      fallbackValue = "",
      paramLabel = "DIR",
      description =
          "Continue the run in DIR or --out, or else the latest one under the default name. Its"
              + " configuration stays as it was; options that contradict it are errors.")
  private @Nullable String resume;

  @Option(
      names = "--checkpoint-interval",
      paramLabel = "SECONDS",
      defaultValue = "1",
      description =
          "Least time between checkpoints: 0 for one after every iteration, inf for one at the end"
              + " only; default ${DEFAULT-VALUE}.")
  private String checkpointInterval = "";

  @Mixin private ResultFormat result = new ResultFormat();

  private Duration checkpointPause = Duration.ZERO;

  // What there is to say when the process is told to stop.
  private volatile @Nullable Status status;
  private volatile @Nullable Path directory;

  TrainCommand() {}

  @Override
  public Integer call() throws IOException {
    Gaitway.requireRange(spec, "--iterations", iterations, 1, 100_000);
    Gaitway.requireRange(spec, "--evaluation-rollouts", evaluationRollouts, 1, 10_000);
    checkpointPause = Seconds.pause(spec, "--checkpoint-interval", checkpointInterval);
    task.check(spec);
    architecture();
    try (StopSignal stop = StopSignal.install(this::stopped)) {
      return resume != null ? resume(resume, stop) : begin(stop);
    }
  }

  /** Last words of a process that was told to stop. */
  private void stopped() {
    task.processes().endAll();
    @Nullable Status shown = status;
    @Nullable Path began = directory;
    if (shown != null && began != null) {
      shown.say(
          "Stopped. Continue with: "
              + ThisProgram.command()
              + " train --resume "
              + ThisProgram.path(began));
    }
  }

  private int begin(StopSignal stop) throws IOException {
    @Nullable RobotFiles files = task.files(spec);
    String environment = task.requireEnvironment(spec, files);
    try (ChosenAgent chosen = task.open()) {
      AnyAgent agent = chosen.agent();
      agent.requireTrainable(architecture());
      ObjectNode chosenSettings = settings(agent, environment);
      try (ServerChoice.Connection connection = server.connect(chosen.isProgram())) {
        PrintWriter messages = spec.commandLine().getErr();
        String id = RobotChoice.id(connection.client(), environment, files, messages);
        Simulator simulator = connection.client().simulator(id, parameters.values());
        List<String> observation = Observation.names(simulator.environment(), observe);
        List<Start> chosenStarts = starts.starts();
        StartsChoice.require(agent, simulator.environment(), observation, chosenStarts);
        RunDirectory run =
            out != null
                ? RunDirectory.create(out)
                : RunDirectory.createUnder(RunDirectory.RUNS, defaultName(agent, environment));
        RunConfig config =
            RunConfig.beginning(
                agent.name(),
                chosen.command(),
                presetName(agent, environment),
                chosenSettings,
                parameters.values(),
                chosenStarts,
                observation,
                architecture(),
                Objects.requireNonNullElse(iterations, DEFAULT_ITERATIONS),
                seed.value(),
                Objects.requireNonNullElse(evaluationRollouts, DEFAULT_EVALUATION_ROLLOUTS),
                server.name(),
                simulator.environment());
        if (files != null) {
          run.writeRobot(files);
        }
        run.writeConfig(config);
        return train(run, config, chosen, simulator, stop);
      }
    }
  }

  /** The preset in force: for default the best one. */
  private String presetName(AnyAgent chosen, String environment) {
    String asked = Objects.requireNonNullElse(preset, Agent.DEFAULT_PRESET);
    Gaitway.requireOneOf(spec, "--preset", asked, chosen.presets());
    return asked.equals(Agent.DEFAULT_PRESET)
        ? chosen.bestPreset(environment, architecture())
        : asked;
  }

  private ObjectNode settings(AnyAgent chosen, String environmentName) {
    return chosen
        .schema()
        .merge(
            chosen.presetSettings(presetName(chosen, environmentName), environmentName),
            Objects.requireNonNullElse(settings, Map.of()));
  }

  private String defaultName(AnyAgent agent, String environment) {
    return RunDirectory.named(
        String.format(
            Locale.ROOT,
            "%s-%s-h%s-s%d",
            environment,
            agent.name(),
            architecture().shortName(),
            seed.value()));
  }

  private Architecture architecture() {
    return hidden == null ? DEFAULT_ARCHITECTURE : Gaitway.architecture(spec, "--hidden", hidden);
  }

  private int resume(String given, StopSignal stop) throws IOException {
    if (!given.isEmpty() && out != null && !Path.of(given).equals(out)) {
      throw Gaitway.usage(spec, "--resume is " + given + ", but --out is " + out);
    }
    @Nullable Path named = given.isEmpty() ? out : Path.of(given);
    if (named != null) {
      RunDirectory run = new RunDirectory(named);
      RunConfig config = run.readConfig();
      try (ChosenAgent chosen = task.processes().open(config.agent(), config.agentCommand())) {
        return resume(run, config, chosen, stop);
      }
    }
    @Nullable String environment = task.environment();
    if ((task.agent() == null && task.command() == null) || environment == null) {
      throw Gaitway.usage(spec, "--resume needs a directory, or AGENT and ENVIRONMENT");
    }
    try (ChosenAgent chosen = task.open()) {
      RunDirectory run =
          RunDirectory.latestUnder(RunDirectory.RUNS, defaultName(chosen.agent(), environment));
      return resume(run, run.readConfig(), chosen, stop);
    }
  }

  private int resume(RunDirectory run, RunConfig config, ChosenAgent chosen, StopSignal stop)
      throws IOException {
    refuseContradictions(run, config, chosen.agent());
    @Nullable RobotFiles files = run.readRobot();
    try (ServerChoice.Connection connection = server.connect(chosen.isProgram())) {
      if (files != null) {
        connection.client().addEnvironment(files);
      }
      Simulator simulator =
          connection.client().simulator(config.environment(), config.parameters());
      config.requireDynamics(simulator.environment());
      return train(run, config, chosen, simulator, stop);
    }
  }

  private void refuseContradictions(RunDirectory directory, RunConfig config, AnyAgent chosen)
      throws IOException {
    Contradictions run = new Contradictions(spec, "the run in " + directory.path());
    String actual = Objects.requireNonNullElse(config.agentCommand(), config.agent());
    run.refuse("AGENT", task.agent(), actual);
    run.refuse(AgentProgram.OPTION, task.command(), actual);
    run.refuse("ENVIRONMENT", task.environment(), config.environment());
    run.refuse(
        "--hidden",
        hidden == null ? null : architecture().shortName(),
        config.architecture().shortName());
    run.refuse("--iterations", iterations, config.iterations());
    run.refuse("--seed", seed.given(), config.seed());
    boolean best =
        Agent.DEFAULT_PRESET.equals(preset)
            && config
                .preset()
                .equals(chosen.bestPreset(config.environment(), config.architecture()));
    run.refuse("--preset", best ? null : preset, config.preset());
    if (!parameters.values().isEmpty()) {
      run.refuse("--param", parameters.values(), config.parameters());
    }
    if (starts.given()) {
      run.refuse("--starts", starts.starts(), config.starts());
    }
    if (observe != null) {
      run.refuse("--observe", Observation.names(config.spec(), observe), config.observation());
    }
    run.refuse("--evaluation-rollouts", evaluationRollouts, config.evaluationRollouts());
    if (settings != null) {
      run.refuse("--set", chosen.schema().merge(config.settings(), settings), config.settings());
    }
  }

  private int train(
      RunDirectory run, RunConfig config, ChosenAgent chosen, Simulator simulator, StopSignal stop)
      throws IOException {
    chosen.take(run, config);
    Status shown = Status.onStandardError(spec.commandLine().getErr());
    shown.say("Run directory: " + run.path());
    directory = run.path();
    status = shown;
    Training training =
        new Training(
            run,
            config,
            chosen.agent(),
            simulator,
            new Progress(shown, "", config),
            checkpointPause,
            stop::requested);
    @Nullable TrainingResult outcome;
    try {
      outcome = training.run();
    } catch (AgentFault e) {
      if (stop.requested()) {
        return Gaitway.FAILURE; // The agent was told to stop as well, and did so at once.
      }
      throw e;
    } finally {
      shown.end();
    }
    if (outcome == null) {
      return Gaitway.FAILURE;
    }
    result.print(() -> described(outcome, run), output -> print(outcome, run, output));
    return 0;
  }

  /** The outcome, and where everything is. */
  private static ObjectNode described(TrainingResult outcome, RunDirectory directory) {
    ObjectNode described = Json.MAPPER.valueToTree(outcome);
    return described
        .put("directory", directory.path().toAbsolutePath().toString())
        .put("policy", directory.policy().toAbsolutePath().toString())
        .put("metrics", directory.metrics().toAbsolutePath().toString())
        .put("report", directory.report().toAbsolutePath().toString());
  }

  private static void print(TrainingResult outcome, RunDirectory directory, PrintWriter output) {
    output.printf(
        Locale.ROOT,
        "%s on %s, %s, seed %d: %d iterations in %s%n",
        outcome.agent(),
        outcome.environment(),
        outcome.architecture(),
        outcome.seed(),
        outcome.iterations(),
        Quantities.duration(outcome.seconds()));
    output.println("  DDP            " + Quantities.cost(outcome.ddpCost()));
    output.println("  deterministic  " + comparison(outcome.deterministicCost(), outcome));
    output.println("  stochastic     " + comparison(outcome.stochasticCost(), outcome));
    output.println("  samples        " + samples(outcome.usage()));
    output.println("Policy: " + directory.policy());
    output.println("Report: " + directory.report());
  }

  private static String samples(Usage usage) {
    return "%s rollouts, %s steps; %s derivatives; %s of simulator time"
        .formatted(
            grouped(usage.rollouts()),
            grouped(usage.steps()),
            grouped(usage.linearizedKnots()),
            Quantities.duration(usage.workerSeconds()));
  }

  /** A count for people, such as {@code 617 000}. */
  private static String grouped(long count) {
    return String.format(Locale.ROOT, "%,d", count).replace(',', ' ');
  }

  private static String comparison(@Nullable Double cost, TrainingResult outcome) {
    return cost == null
        ? Quantities.cost(cost)
        : String.format(
            Locale.ROOT, "%s  (%.3f x DDP)", Quantities.cost(cost), cost / outcome.ddpCost());
  }
}
