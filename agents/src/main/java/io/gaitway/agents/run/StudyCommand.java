package io.gaitway.agents.run;

import io.gaitway.agents.policy.PolicyFile;
import io.gaitway.client.Simulator;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The command {@code study}: one agent over presets, policy sizes and seeds. */
@Command(
    name = "study",
    mixinStandardHelpOptions = true,
    versionProvider = GaitwayVersion.class,
    sortOptions = false,
    description = {
      "Trains one agent with several presets, policy sizes and seeds, and prints a table in Markdown.",
      "",
      "Each run has its own directory below --out. The command continues where it was stopped or"
          + " killed; runs that are complete are only measured. Seeds are 0 to N-1.",
      ""
    },
    footer = {
      "",
      "Example:",
      "  gaitway study vgps swimmer --hidden 5,10 --presets default,paper --seeds 10"
    })
final class StudyCommand implements Callable<Integer> {
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final Duration CHECKPOINT_INTERVAL = Duration.ofSeconds(5);
  private static final int TRAINING_ROLLOUTS = 10;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(index = "0", paramLabel = "AGENT", description = "Learning method, such as vgps.")
  private String agent = "";

  @Parameters(
      index = "1",
      paramLabel = "ENVIRONMENT",
      description = "What to control, such as swimmer.")
  private String environment = "";

  @Option(
      names = "--hidden",
      split = ",",
      defaultValue = "5,10",
      paramLabel = "N",
      description = "Hidden units of the policies, separated by commas; default ${DEFAULT-VALUE}.")
  private List<Integer> hidden = List.of();

  @Option(
      names = "--presets",
      split = ",",
      defaultValue = "default,paper",
      paramLabel = "NAME",
      description = "Presets, separated by commas; default ${DEFAULT-VALUE}.")
  private List<String> presets = List.of();

  @Option(
      names = "--seeds",
      defaultValue = "10",
      paramLabel = "N",
      description = "Number of seeds, 0 to N-1; default ${DEFAULT-VALUE}.")
  private int seeds;

  @Option(
      names = "--iterations",
      defaultValue = "100",
      paramLabel = "N",
      description = "Iterations of each run; default ${DEFAULT-VALUE}.")
  private int iterations;

  @Option(
      names = "--evaluation-rollouts",
      defaultValue = "200",
      paramLabel = "N",
      description =
          "Noisy rollouts that measure each final policy, with noise that training has not seen;"
              + " default ${DEFAULT-VALUE}.")
  private int evaluationRollouts;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Where the runs are; default runs/study-ENVIRONMENT-AGENT.")
  private @Nullable Path out;

  @Mixin private ServerChoice server = new ServerChoice();

  StudyCommand() {}

  @Override
  public Integer call() throws IOException {
    requirePositive("--seeds", seeds);
    requirePositive("--iterations", iterations);
    requirePositive("--evaluation-rollouts", evaluationRollouts);
    hidden.forEach(units -> requirePositive("--hidden", units));
    Agent<?> chosen = Agents.load().get(agent);
    for (String preset : presets) {
      if (!chosen.presets().contains(preset)) {
        throw Gaitway.usage(
            spec,
            "--presets has '" + preset + "'; there are " + String.join(", ", chosen.presets()));
      }
    }
    PrintWriter err = spec.commandLine().getErr();
    try (ServerChoice.Connection connection = server.connect();
        StopSignal stop =
            StopSignal.install(
                PATIENCE, () -> err.println("Stopped. The same command continues."))) {
      Simulator simulator = connection.client().simulator(environment, Map.of());
      StudyTable table = new StudyTable();
      for (String preset : presets) {
        for (int units : hidden) {
          List<StudyTable.Row> rows = new ArrayList<>();
          for (long seed = 0; seed < seeds; seed++) {
            StudyTable.@Nullable Row row = run(chosen, simulator, preset, units, seed, stop);
            if (row == null) {
              return Gaitway.FAILURE;
            }
            rows.add(row);
          }
          table.add(preset, units, rows);
        }
      }
      PrintWriter output = spec.commandLine().getOut();
      output.print(table.markdown(title(simulator), evaluationRollouts));
      output.flush();
      return 0;
    }
  }

  private void requirePositive(String option, int value) {
    if (value < 1) {
      throw Gaitway.usage(spec, option + " is " + value + ", allowed is 1 or more");
    }
  }

  private String title(Simulator simulator) {
    return agent
        + " on "
        + environment
        + " (version "
        + simulator.environment().version()
        + "), "
        + iterations
        + " iterations, "
        + seeds
        + " seeds";
  }

  /** Trains, continues or only measures one run; null if it was stopped. */
  private StudyTable.@Nullable Row run(
      Agent<?> chosen, Simulator simulator, String preset, int units, long seed, StopSignal stop)
      throws IOException {
    Path parent = out != null ? out : Path.of("runs", "study-" + environment + "-" + agent);
    String name = preset + "-h" + units + "-s" + seed;
    Path path = parent.resolve(name);
    Record settings = chosen.preset(preset, environment);
    RunDirectory directory;
    RunConfig config;
    if (Files.exists(new RunDirectory(path).config())) {
      directory = new RunDirectory(path);
      config = directory.readConfig();
      config.requireDynamics(simulator.environment());
      if (!config.settings().equals(Settings.toJson(settings))
          || config.iterations() != iterations) {
        throw new IOException(
            path + " was run with other settings or iterations; remove it, or use another --out");
      }
    } else {
      directory = RunDirectory.create(path);
      config =
          RunConfig.beginning(
              agent,
              preset,
              settings,
              Map.of(),
              Observation.names(simulator.environment(), null),
              units,
              iterations,
              seed,
              TRAINING_ROLLOUTS,
              server.name(),
              simulator.environment());
      directory.writeConfig(config);
    }
    PrintWriter err = spec.commandLine().getErr();
    err.println(name);
    err.flush();
    Progress progress = new Progress(err, Progress.standardErrorIsTerminal(), "", config);
    TrainingResult result =
        new Training(
                directory,
                config,
                chosen,
                simulator,
                progress,
                CHECKPOINT_INTERVAL,
                stop::requested)
            .run();
    if (result == null) {
      return null;
    }
    Evaluation evaluation =
        Evaluation.of(
            simulator,
            new Judgement(simulator.environment(), result.ddpCost()),
            PolicyFile.read(directory.policy()).policy().controller(),
            config.horizon(),
            evaluationRollouts,
            seed,
            iterations + 1);
    return new StudyTable.Row(
        seed,
        result.ddpCost(),
        evaluation.deterministicCost(),
        evaluation.stochasticCost(),
        result.seconds());
  }
}
