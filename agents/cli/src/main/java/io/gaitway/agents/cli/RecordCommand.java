package io.gaitway.agents.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gaitway.agents.api.Json;
import io.gaitway.agents.console.Quantities;
import io.gaitway.agents.experiment.Perturbation;
import io.gaitway.agents.gait.Demonstration;
import io.gaitway.agents.gait.Gait;
import io.gaitway.agents.gait.GaitTrials;
import io.gaitway.agents.gait.Gaits;
import io.gaitway.agents.run.DurableFiles;
import io.gaitway.agents.run.RunDirectory;
import io.gaitway.client.GaitwayClient;
import io.gaitway.client.session.Reset;
import io.gaitway.client.simulation.EnvironmentInfo;
import io.gaitway.client.simulation.Simulator;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The command {@code record}. */
@Command(
    name = "record",
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    sortOptions = false,
    usageHelpWidth = 100,
    description = {
      "Walks a gait and writes down every step, as JSON; docs/gait.md describes the file.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  gaitway record walker",
      "  gaitway record walker --steps 2000 --from standing --out walk.json",
      "  gaitway record walker --steps 2000 --trials 50 --perturb 0.02"
    })
final class RecordCommand implements Callable<Integer> {
  private static final String MEAN = "mean";
  private static final String STANDING = "standing";

  /** The parameter that says where episodes start, and its value for standing at rest. */
  private static final String START = "start";

  private static final double AT_REST = 0;

  /** What the perturbed starts are drawn with. */
  private static final long SEED = 0;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "ENVIRONMENT", description = "A biped, such as walker.")
  private String environment = "";

  @Option(
      names = "--gait",
      paramLabel = "FILE",
      description = "Gait to walk; default the one that comes with the program.")
  private @Nullable Path gaitFile;

  @Option(
      names = "--steps",
      paramLabel = "N",
      description = "Control steps, 1 to 100000; default the environment's horizon.")
  private @Nullable Integer steps;

  @Option(
      names = "--from",
      paramLabel = "START",
      defaultValue = MEAN,
      description =
          "Where to start: mean, the environment's mean initial state, or standing, which sets the"
              + " parameter start=0 and also reports the state in mid-gait, at the third change of"
              + " the stance leg; default ${DEFAULT-VALUE}.")
  private String from = MEAN;

  @Mixin private ParameterChoice parameters = new ParameterChoice();

  @Option(
      names = "--trials",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "Also walks from N perturbed starts, 0 to 10000, and reports how many stay upright;"
              + " default ${DEFAULT-VALUE}.")
  private int trials;

  @Option(
      names = "--perturb",
      paramLabel = "STD",
      defaultValue = "0.02",
      description =
          "Standard deviation of these starts' angles (rad) and of all velocities (m/s, rad/s), 0 to"
              + " 1. The starts are the same in every call. Default ${DEFAULT-VALUE}.")
  private double perturb;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description =
          "File to write the walk to; an existing one is replaced. Default: ENVIRONMENT-demonstration.json.")
  private @Nullable Path out;

  @Mixin private ServerChoice server = new ServerChoice();

  @Mixin private ResultFormat result = new ResultFormat();

  RecordCommand() {}

  @Override
  public Integer call() throws IOException {
    Gaitway.requireRange(spec, "--steps", steps, 1, 100_000);
    Gaitway.requireRange(spec, "--trials", trials, 0, 10_000);
    Gaitway.requireRange(spec, "--perturb", perturb, 0, 1);
    Gaitway.requireOneOf(spec, "--from", from, List.of(MEAN, STANDING));
    @Nullable Gait given = gaitFile == null ? null : Gaits.read(gaitFile);
    try (ServerChoice.Connection connection = server.connect()) {
      GaitwayClient client = connection.client();
      Map<String, Double> overrides = overrides(client);
      Simulator simulator = client.simulator(environment, overrides);
      TuneGaitCommand.requireBiped(spec, simulator.environment());
      Gait gait = given != null ? given : shipped(simulator.environment());
      DemonstrationFile walk = walk(simulator, gait, overrides);
      Path file =
          out != null ? out : Path.of(RunDirectory.named(environment + "-demonstration.json"));
      DurableFiles.writeWithFolder(file, Json.line(walk).getBytes(StandardCharsets.UTF_8));
      @Nullable Trials outcome = trials == 0 ? null : trials(client, simulator.environment(), walk);
      result.print(() -> line(walk, file, outcome), output -> print(walk, file, outcome, output));
    }
    return 0;
  }

  private Map<String, Double> overrides(GaitwayClient client) {
    Map<String, Double> overrides = new TreeMap<>(parameters.values());
    if (from.equals(MEAN)) {
      return overrides;
    }
    boolean known =
        client.environment(environment, overrides).parameters().stream()
            .anyMatch(parameter -> parameter.name().equals(START));
    if (!known) {
      throw Gaitway.usage(
          spec, "--from is standing, but " + environment + " has no parameter " + START);
    }
    Double start = overrides.put(START, AT_REST);
    if (start != null && start != AT_REST) {
      throw Gaitway.usage(spec, "--from is standing, but --param " + START + " is " + start);
    }
    return overrides;
  }

  private Gait shipped(EnvironmentInfo info) {
    Gait gait = Gaits.of(info);
    if (gait == null) {
      throw Gaitway.usage(spec, "no gait comes with " + environment + "; name one with --gait");
    }
    return gait;
  }

  private DemonstrationFile walk(Simulator simulator, Gait gait, Map<String, Double> overrides) {
    EnvironmentInfo info = simulator.environment();
    int T = Objects.requireNonNullElse(steps, info.horizon());
    Demonstration demonstration = new Demonstration(simulator, gait);
    return DemonstrationFile.of(
        info,
        overrides,
        gait,
        demonstration.rollout(info.initialState().meanState(), T),
        from.equals(STANDING) ? demonstration.midGait(info.initialState().meanState(), T) : null);
  }

  /**
   * How the walks from perturbed starts went.
   *
   * @param upright walks without a fall
   * @param speed distance of all walks per time of all walks, m/s; 0 if all fell at once
   * @param distance mean distance of a walk, m
   */
  private record Trials(int upright, double speed, double distance) {}

  private Trials trials(GaitwayClient client, EnvironmentInfo info, DemonstrationFile walk) {
    int T = Objects.requireNonNullElse(steps, info.horizon());
    try (GaitTrials walks = new GaitTrials(client, environment, walk.parameters(), trials, T)) {
      GaitTrials.Outcome outcome =
          walks.run(
              Collections.nCopies(trials, walk.gait()), Reset.all().withStates(perturbed(info)));
      double distance = Arrays.stream(outcome.advance()).sum();
      double time = Arrays.stream(outcome.survived()).sum() * info.dt();
      return new Trials(outcome.upright(T), time == 0 ? 0 : distance / time, distance / trials);
    }
  }

  /** The trials' initial states, shape (trials, nx): the same in every call. */
  private double[] perturbed(EnvironmentInfo info) {
    return Perturbation.starts(info, trials, SEED, perturb).stream()
        .flatMapToDouble(Arrays::stream)
        .toArray();
  }

  private void print(
      DemonstrationFile walk, Path file, @Nullable Trials outcome, PrintWriter output) {
    output.printf(
        Locale.ROOT,
        "%s: %s %d steps (%.2f s), %.2f m, %.2f m/s, cost %s%n",
        environment,
        walk.fell() ? "fell after" : "walked",
        walk.steps(),
        walk.steps() * walk.dt(),
        walk.distance(),
        walk.speed(),
        Quantities.cost(walk.totalCost()));
    if (from.equals(STANDING)) {
      output.println("In mid-gait: " + midGait(walk.midGait()));
    }
    if (outcome != null) {
      output.printf(
          Locale.ROOT,
          "From perturbed starts (%s): %d of %d upright, mean %.2f m/s, %.2f m%n",
          perturb,
          outcome.upright(),
          trials,
          outcome.speed(),
          outcome.distance());
    }
    output.println("Demonstration: " + file);
  }

  private static String midGait(double @Nullable [] x) {
    return x == null
        ? "not reached"
        : Arrays.stream(x)
            .mapToObj(value -> String.format(Locale.ROOT, "%.3f", value))
            .collect(Collectors.joining(", "));
  }

  private ObjectNode line(DemonstrationFile walk, Path file, @Nullable Trials outcome) {
    ObjectNode line = JsonNodeFactory.instance.objectNode();
    line.put("environment", environment);
    line.put("steps", walk.steps());
    line.put("fell", walk.fell());
    line.put("distance", walk.distance());
    line.put("speed", walk.speed());
    line.put("cost", walk.totalCost());
    if (from.equals(STANDING)) {
      line.set("mid_gait", Json.MAPPER.valueToTree(walk.midGait()));
    }
    if (outcome != null) {
      ObjectNode perturbed = line.putObject("trials");
      perturbed.put("number", trials);
      perturbed.put("perturb", perturb);
      perturbed.put("upright", outcome.upright());
      perturbed.put("speed", outcome.speed());
      perturbed.put("distance", outcome.distance());
    }
    line.put("file", file.toString());
    return line;
  }
}
