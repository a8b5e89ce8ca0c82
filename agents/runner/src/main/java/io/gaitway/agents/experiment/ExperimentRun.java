package io.gaitway.agents.experiment;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gaitway.agents.api.Json;
import io.gaitway.agents.api.JsonFiles;
import io.gaitway.agents.api.SettingException;
import io.gaitway.agents.api.Start;
import io.gaitway.agents.program.AgentFault;
import io.gaitway.agents.program.AgentProgram;
import io.gaitway.agents.program.ChosenAgent;
import io.gaitway.agents.run.BusyException;
import io.gaitway.agents.run.DurableFiles;
import io.gaitway.agents.run.RunConfig;
import io.gaitway.agents.run.RunDirectory;
import io.gaitway.agents.run.Training;
import io.gaitway.agents.run.TrainingListener;
import io.gaitway.agents.run.TrainingResult;
import io.gaitway.client.simulation.Simulator;
import io.gaitway.optim.policy.Architecture;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One run of an experiment: trained from the beginning or from where it was, and not again once it
 * is complete. Several processes may try the same run: one of them does it.
 *
 * @param common what all runs of one method on one environment share
 * @param preset the preset in force
 * @param architecture the network that is trained
 * @param seed the run's seed
 */
public record ExperimentRun(Common common, String preset, Architecture architecture, long seed) {
  /** File systems allow names of 255 bytes. */
  private static final int LONGEST_NAME = 200;

  private static final Duration CHECKPOINT_INTERVAL = Duration.ofSeconds(5);

  /** How and when a run failed, for processes that share it. */
  private record Fault(String cause, String at) {}

  /**
   * What all runs of one agent with its settings on one environment with its parameters share.
   *
   * @param path where the runs' directories are
   * @param agent the agent; every run trains with another of it
   * @param simulator the environment; used by all runs at once
   * @param settings the agent's settings, by the preset's name
   * @param set those that replace the presets', as text by name
   * @param scale of the task
   * @param parameters overrides of the environment's parameters, those of the scale among them
   * @param param those that are no scale's, as text by name
   * @param starts where the policies' episodes start; empty for the environment's own start
   * @param observation names of the parameters and state entries that the policies see
   * @param iterations iterations of each run
   * @param evaluationRollouts noisy rollouts that measure the policy of every iteration
   * @param what final policies are measured by
   * @param server address of the server, or {@link RunConfig#EMBEDDED}
   */
  public record Common(
      Path path,
      ChosenAgent agent,
      Simulator simulator,
      Map<String, ObjectNode> settings,
      SortedMap<String, String> set,
      Scale scale,
      Map<String, Double> parameters,
      SortedMap<String, String> param,
      List<Start> starts,
      List<String> observation,
      int iterations,
      int evaluationRollouts,
      FinalMeasurement.What what,
      String server) {

    /** The same with final policies measured in another way. */
    public Common measuredBy(FinalMeasurement.What another) {
      return new Common(
          path,
          agent,
          simulator,
          settings,
          set,
          scale,
          parameters,
          param,
          starts,
          observation,
          iterations,
          evaluationRollouts,
          another,
          server);
    }
  }

  /** Name of the run and its directory. */
  public String name() {
    StringBuilder name = new StringBuilder(preset + "-h" + architecture.shortName());
    if (common.scale() != Scale.CATALOG) {
      name.append("-").append(common.scale());
    }
    common.set().forEach((key, value) -> name.append("-set." + key + "=" + harmless(value)));
    common.param().forEach((key, value) -> name.append("-param." + key + "=" + harmless(value)));
    if (name.length() > LONGEST_NAME) {
      String digits = Integer.toHexString(name.toString().hashCode());
      name.setLength(LONGEST_NAME - digits.length());
      name.append(digits);
    }
    return name.append("-s").append(seed).toString();
  }

  /** Its directory below that of the experiment. */
  String place() {
    return common.path().getFileName() + "/" + name();
  }

  /** A text as a part of a file's name. */
  private static String harmless(String text) {
    StringBuilder name = new StringBuilder();
    for (byte each : text.getBytes(StandardCharsets.UTF_8)) {
      boolean plain = each >= '0' && each <= '9' || each >= 'A' && each <= 'Z';
      if (plain || each >= 'a' && each <= 'z' || "._+-".indexOf(each) >= 0) {
        name.append((char) each);
      } else {
        name.append(String.format(Locale.ROOT, "%%%02X", each));
      }
    }
    return name.toString();
  }

  /** Where the run is. */
  public RunDirectory directory() {
    return new RunDirectory(common.path().resolve(name()));
  }

  /**
   * Checks that the directory, if there is one, holds this very run.
   *
   * @return the run's configuration as it was begun with, or as it will be
   * @throws SettingException if it holds a run of another configuration, naming the option
   * @throws IOException if it cannot be read, or is of other dynamics
   */
  public RunConfig check() throws IOException {
    RunConfig config = config();
    RunDirectory directory = directory();
    if (!Files.exists(directory.config())) {
      return config;
    }
    RunConfig found = directory.readConfig();
    requireSame(directory, config, found);
    return found;
  }

  /** The result of the run if it is complete, else null. */
  public @Nullable TrainingResult result() throws IOException {
    Path file = directory().result();
    return Files.exists(file) ? JsonFiles.read(file, TrainingResult.class) : null;
  }

  /** Whether the run was begun. */
  public boolean isBegun() {
    return Files.exists(directory().config());
  }

  /** The final policy's measurement, if there is one and it is as wanted. */
  public @Nullable FinalMeasurement measurement() throws IOException {
    return isMeasured() ? FinalMeasurement.find(directory(), common.what()) : null;
  }

  private boolean isMeasured() {
    return common.what().rollouts() > 0;
  }

  /** Whether there is nothing left to do. */
  public boolean isDone() throws IOException {
    return result() != null && (!isMeasured() || measurement() != null);
  }

  /**
   * Trains what is left to train, and measures the final policy if it is to be measured.
   *
   * @param listener makes what hears of the progress
   * @param stop asked between iterations; true ends the run early
   * @param sentence says on one line why the run ended with an error, for other processes
   * @return null if it was stopped
   * @throws BusyException if another process is at it
   * @throws IOException if the directory holds a run of another configuration, or files cannot be
   *     read or written
   */
  public @Nullable TrainingResult train(
      Function<RunConfig, TrainingListener> listener,
      BooleanSupplier stop,
      Function<Exception, String> sentence)
      throws IOException {
    RunDirectory directory = directory();
    RunDirectory.make(directory.path());
    try (FileChannel lock = directory.lock()) {
      try {
        return train(directory, listener, stop);
      } catch (IOException | RuntimeException e) {
        try {
          writeFault(sentence.apply(e));
        } catch (IOException unwritten) {
          e.addSuppressed(unwritten); // Such as on a full disk. What failed first is what counts.
        }
        throw e;
      }
    }
  }

  private @Nullable TrainingResult train(
      RunDirectory directory, Function<RunConfig, TrainingListener> listener, BooleanSupplier stop)
      throws IOException {
    RunConfig config = check();
    @Nullable TrainingResult result = result();
    if (result == null) {
      if (!isBegun()) {
        directory.writeConfig(config);
      }
      result = train(directory, config, listener.apply(config), stop);
      if (result == null) {
        return null;
      }
      DurableFiles.write(directory.result(), Json.pretty(result));
    }
    if (isMeasured() && measurement() == null) {
      FinalMeasurement.make(this, common.what(), result.ddpCost());
    }
    Files.deleteIfExists(fault());
    return result;
  }

  private Path fault() {
    return directory().path().resolve("fault.json");
  }

  private void writeFault(String cause) throws IOException {
    if (Files.isDirectory(directory().path())) {
      DurableFiles.write(fault(), Json.pretty(new Fault(cause, Instant.now().toString())));
    }
  }

  /** Why the run failed in another process since a time; null if it did not. */
  @Nullable String faultSince(Instant time) throws IOException {
    Fault found;
    try {
      found = JsonFiles.read(fault(), Fault.class);
    } catch (NoSuchFileException e) {
      return null;
    }
    try {
      return Instant.parse(found.at()).isBefore(time) ? null : found.cause();
    } catch (DateTimeParseException e) {
      throw new IOException(fault() + ": field 'at' must be a time, but is " + found.at(), e);
    }
  }

  private @Nullable TrainingResult train(
      RunDirectory directory, RunConfig config, TrainingListener listener, BooleanSupplier stop)
      throws IOException {
    try (ChosenAgent agent = common.agent().another()) {
      agent.take(directory, config);
      return new Training(
              directory,
              config,
              agent.agent(),
              common.simulator(),
              listener,
              CHECKPOINT_INTERVAL,
              stop)
          .runLocked();
    } catch (AgentFault e) {
      if (stop.getAsBoolean()) {
        return null; // The agent was told to stop as well, and did so at once.
      }
      throw e;
    }
  }

  private RunConfig config() {
    Simulator simulator = common.simulator();
    return RunConfig.beginning(
        common.agent().name(),
        common.agent().command(),
        preset,
        settings(),
        common.parameters(),
        common.starts(),
        common.observation(),
        architecture,
        common.iterations(),
        seed,
        common.evaluationRollouts(),
        common.server(),
        simulator.environment());
  }

  private ObjectNode settings() {
    @Nullable ObjectNode settings = common.settings().get(preset);
    if (settings == null) {
      throw new IllegalArgumentException(common.agent().name() + " has no preset " + preset);
    }
    return settings;
  }

  private static void requireSame(RunDirectory directory, RunConfig wanted, RunConfig found)
      throws IOException {
    requireSame(directory, AgentProgram.OPTION, agent(wanted), agent(found));
    requireSameSettings(directory, wanted, found);
    requireSame(directory, "--param", wanted.parameters(), found.parameters());
    requireSame(directory, "--starts", wanted.starts(), found.starts());
    requireSame(directory, "--observe", wanted.observation(), found.observation());
    requireSame(directory, "--iterations", wanted.iterations(), found.iterations());
    requireSame(
        directory,
        "--evaluation-rollouts",
        wanted.evaluationRollouts(),
        found.evaluationRollouts());
    found.requireDynamics(wanted.spec());
  }

  /** Settings are many: only what differs is told. */
  private static void requireSameSettings(
      RunDirectory directory, RunConfig wanted, RunConfig found) {
    Iterator<String> names = wanted.settings().fieldNames();
    while (names.hasNext()) {
      String name = names.next();
      requireSame(
          directory, "--set " + name, wanted.settings().get(name), found.settings().path(name));
    }
  }

  /** The agent's name, and what starts it if it is a program of its own. */
  private static String agent(RunConfig config) {
    return config.agentCommand() == null ? config.agent() : "'%s'".formatted(config.agentCommand());
  }

  private static void requireSame(
      RunDirectory directory, String option, Object wanted, Object found) {
    if (!wanted.equals(found)) {
      throw new SettingException(
          "%s is %s, but the run in %s was begun with %s; name another --out, or remove that run"
              .formatted(option, wanted, directory.path(), found));
    }
  }
}
