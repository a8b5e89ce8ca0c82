package io.gaitway.agents.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gaitway.agents.api.Json;
import io.gaitway.agents.console.Quantities;
import io.gaitway.agents.console.Status;
import io.gaitway.agents.gait.Gait;
import io.gaitway.agents.gait.GaitSearch;
import io.gaitway.agents.gait.GaitTrials;
import io.gaitway.agents.gait.Gaits;
import io.gaitway.agents.gait.Simbicon;
import io.gaitway.agents.run.DirectoryWatch;
import io.gaitway.agents.run.DurableFiles;
import io.gaitway.agents.run.RunDirectory;
import io.gaitway.client.simulation.EnvironmentInfo;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The command {@code tune-gait}. */
@Command(
    name = "tune-gait",
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    sortOptions = false,
    usageHelpWidth = 100,
    description = {
      "Finds the parameters of a walking controller by evolution strategy.",
      "",
      "A gait should reach the speed and withstand disturbances, so the search walks with speed_weight=4, initial_std=0.02 and start=0 (from standing), where the environment has such parameters and --param does not set them. Progress goes to standard error, the"
          + " result to standard output. After every generation gait.json and search.json are"
          + " replaced; a search that was interrupted or killed continues with --resume, to the same"
          + " bits as if nothing had happened.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  gaitway tune-gait walker",
      "  gaitway tune-gait walker --seed 1 --param target_speed=1.5 --out fast",
      "  gaitway tune-gait walker --resume --out fast",
      "  gaitway record walker --gait fast/gait.json --param target_speed=1.5"
    })
final class TuneGaitCommand implements Callable<Integer> {

  /** What the search asks of an environment that has such parameters. */
  private static final Map<String, Double> DEFAULTS =
      Map.of("speed_weight", 4.0, "initial_std", 0.02, "start", 0.0);

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "ENVIRONMENT", description = "A biped, such as walker.")
  private String environment = "";

  @Mixin private SeedChoice seed = new SeedChoice();

  @Mixin private ParameterChoice parameters = new ParameterChoice();

  @Option(
      names = "--generations",
      paramLabel = "N",
      description =
          "Generations of each of the three stages (walks of 200, 600 and 2000 steps), 1 to 100000;"
              + " default 100, 200 and 100.")
  private @Nullable Integer generations;

  @Option(
      names = "--from",
      paramLabel = "FILE",
      description = "Gait to begin with; default a rough guess of a walk.")
  private @Nullable Path from;

  @Mixin private ServerChoice server = new ServerChoice();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description =
          "Directory of the search; must be empty or absent. Default: runs/ENVIRONMENT-gait-sSEED,"
              + " with -2, -3, ... if taken.")
  private @Nullable Path out;

  @Option(
      names = "--resume",
      description =
          "Continue the search in --out, or else the latest one under the default name. Options that"
              + " contradict it are errors.")
  private boolean resume;

  @Mixin private ResultFormat result = new ResultFormat();

  TuneGaitCommand() {}

  @Override
  public Integer call() throws IOException {
    Gaitway.requireRange(spec, "--generations", generations, 1, 100_000);
    return resume ? resume() : begin();
  }

  private int begin() throws IOException {
    Gait start = from == null ? GaitSearch.FIRST_GUESS : Gaits.read(from);
    try (ServerChoice.Connection connection = server.connect()) {
      EnvironmentInfo plain = connection.client().environment(environment, parameters.values());
      requireBiped(spec, plain);
      Map<String, Double> search = searchParameters(plain);
      List<GaitSearch.Stage> schedule = schedule();
      GaitSearchFile file =
          GaitSearchFile.beginning(
              connection.client().environment(environment, search),
              search,
              seed.value(),
              schedule,
              GaitSearch.State.first(schedule, start));
      RunDirectory directory =
          out != null
              ? RunDirectory.create(out)
              : RunDirectory.createUnder(RunDirectory.RUNS, defaultName());
      file.write(directory.path());
      return search(connection, directory, file);
    }
  }

  private Map<String, Double> searchParameters(EnvironmentInfo info) {
    Map<String, Double> search = new TreeMap<>(parameters.values());
    for (EnvironmentInfo.Parameter parameter : info.parameters()) {
      Double value = DEFAULTS.get(parameter.name());
      if (value != null) {
        search.putIfAbsent(parameter.name(), value);
      }
    }
    return search;
  }

  private List<GaitSearch.Stage> schedule() {
    Integer number = generations;
    return number == null
        ? GaitSearch.SCHEDULE
        : GaitSearch.SCHEDULE.stream().map(stage -> stage.withGenerations(number)).toList();
  }

  private String defaultName() {
    return RunDirectory.named(environment + "-gait-s" + seed.value());
  }

  private int resume() throws IOException {
    RunDirectory directory = directoryToResume();
    GaitSearchFile file = GaitSearchFile.read(directory.path());
    refuseContradictions(directory, file);
    try (ServerChoice.Connection connection = server.connect()) {
      file.requireDynamics(connection.client().environment(file.environment(), file.parameters()));
      return search(connection, directory, file);
    }
  }

  private RunDirectory directoryToResume() throws IOException {
    return out != null
        ? new RunDirectory(out)
        : RunDirectory.latestUnder(RunDirectory.RUNS, defaultName());
  }

  private void refuseContradictions(RunDirectory directory, GaitSearchFile file) {
    if (from != null) {
      throw Gaitway.usage(spec, "--from says where a search begins, but --resume continues one");
    }
    Contradictions search = new Contradictions(spec, "the search in " + directory.path());
    search.refuse("ENVIRONMENT", environment, file.environment());
    search.refuse("--seed", seed.given(), file.seed());
    search.refuse(
        "--generations",
        generations == null ? null : numbers(schedule()),
        numbers(file.schedule()));
    parameters
        .values()
        .forEach(
            (name, value) -> search.refuse("--param " + name, value, file.parameters().get(name)));
  }

  private static List<Integer> numbers(List<GaitSearch.Stage> schedule) {
    return schedule.stream().map(GaitSearch.Stage::generations).toList();
  }

  private int search(
      ServerChoice.Connection connection, RunDirectory directory, GaitSearchFile from)
      throws IOException {
    Status status = Status.onStandardError(spec.commandLine().getErr());
    status.say("Search directory: " + directory.path());
    SearchProgress progress = new SearchProgress(status, from.schedule());
    String farewell =
        "Stopped. Continue with: %s tune-gait %s --resume --out %s"
            .formatted(
                ThisProgram.command(), from.environment(), ThisProgram.path(directory.path()));
    GaitSearchFile file = from;
    try (FileChannel lock = directory.lock();
        DirectoryWatch watch = DirectoryWatch.of(directory.path());
        GaitSearch search =
            new GaitSearch(
                connection.client(),
                file.environment(),
                file.parameters(),
                file.schedule(),
                file.seed(),
                file.state());
        StopSignal stop = StopSignal.install(() -> status.say(farewell))) {
      while (!search.finished()) {
        if (stop.requested()) {
          return Gaitway.FAILURE;
        }
        long began = System.nanoTime();
        GaitSearch.Generation generation = search.next();
        double seconds = (System.nanoTime() - began) * 1e-9;
        file = file.after(seconds, search.state());
        watch.requireThere();
        try {
          DurableFiles.write(gaitOf(directory), Json.pretty(file.state().gait()));
          file.write(directory.path());
        } catch (IOException e) {
          throw watch.explain(e);
        }
        progress.show(generation, seconds, file.elapsedSeconds());
      }
      print(directory, file, search.check());
    } finally {
      status.end();
    }
    return 0;
  }

  private static Path gaitOf(RunDirectory directory) {
    return directory.path().resolve("gait.json");
  }

  private void print(RunDirectory directory, GaitSearchFile file, GaitTrials.Outcome check) {
    int steps = file.schedule().get(file.schedule().size() - 1).steps();
    int upright = check.upright(steps);
    double mean = Arrays.stream(check.costs()).average().orElse(Double.NaN);
    @Nullable Double cost = Double.isFinite(mean) ? mean : null;
    Path gait = gaitOf(directory);
    result.print(
        () -> line(file, upright, cost, gait),
        output -> {
          output.printf(
              Locale.ROOT,
              "%s, seed %d: %d generations in %s; %d of %d walks of %d steps stay upright, mean"
                  + " cost %s%n",
              file.environment(),
              file.seed(),
              file.generations(),
              Quantities.duration(file.elapsedSeconds()),
              upright,
              GaitSearch.CANDIDATES,
              steps,
              Quantities.cost(cost));
          output.println("Gait: " + gait);
        });
  }

  private static ObjectNode line(
      GaitSearchFile file, int upright, @Nullable Double cost, Path gait) {
    ObjectNode line = JsonNodeFactory.instance.objectNode();
    line.put("environment", file.environment());
    line.put("seed", file.seed());
    line.put("generations", file.generations());
    line.put("upright", upright);
    line.put("cost", cost);
    line.put("seconds", file.elapsedSeconds());
    line.put("gait", gait.toString());
    return line;
  }

  /**
   * Refuses an environment that no gait can walk in.
   *
   * @param spec the command whose ENVIRONMENT it is
   */
  static void requireBiped(CommandSpec spec, EnvironmentInfo environment) {
    try {
      Simbicon.requireBiped(environment);
    } catch (IllegalArgumentException e) {
      throw Gaitway.usage(spec, "ENVIRONMENT: " + e.getMessage());
    }
  }
}
