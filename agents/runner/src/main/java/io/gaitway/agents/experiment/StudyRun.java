package io.gaitway.agents.experiment;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gaitway.agents.api.Json;
import io.gaitway.agents.api.JsonFiles;
import io.gaitway.agents.api.Start;
import io.gaitway.agents.measure.Judgement;
import io.gaitway.agents.measure.PolicyMeasurement;
import io.gaitway.agents.program.AgentFault;
import io.gaitway.agents.program.ChosenAgent;
import io.gaitway.agents.run.DurableFiles;
import io.gaitway.agents.run.RunConfig;
import io.gaitway.agents.run.RunDirectory;
import io.gaitway.agents.run.RunTrajectories;
import io.gaitway.agents.run.Training;
import io.gaitway.agents.run.TrainingListener;
import io.gaitway.agents.run.TrainingResult;
import io.gaitway.client.simulation.Controller;
import io.gaitway.client.simulation.Simulator;
import io.gaitway.optim.policy.Architecture;
import io.gaitway.optim.policy.PolicyFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One run of a study or a comparison: trained from the beginning or from where it was, and not
 * again once it is complete.
 *
 * @param common what all runs of one agent on one environment share
 * @param preset preset of the agent's settings
 * @param architecture the network that is trained
 * @param seed the run's seed
 */
public record StudyRun(Common common, String preset, Architecture architecture, long seed) {
  private static final Duration CHECKPOINT_INTERVAL = Duration.ofSeconds(5);

  /**
   * What all runs of one agent on one environment share.
   *
   * @param path where the runs' directories are
   * @param agent the agent; every run trains with another of it
   * @param simulator the environment; used by all runs at once
   * @param settings the agent's settings, by the preset's name
   * @param parameters overrides of the environment's parameters
   * @param starts where the policies' episodes start; empty for the environment's own start
   * @param observation names of the parameters and state entries that the policies see
   * @param iterations iterations of each run
   * @param evaluationRollouts noisy rollouts that measure the policy of every iteration
   * @param server address of the server, or {@link RunConfig#EMBEDDED}
   */
  public record Common(
      Path path,
      ChosenAgent agent,
      Simulator simulator,
      Map<String, ObjectNode> settings,
      Map<String, Double> parameters,
      List<Start> starts,
      List<String> observation,
      int iterations,
      int evaluationRollouts,
      String server) {}

  /** Name of the run and its directory. */
  public String name() {
    return preset + "-h" + architecture.shortName() + "-s" + seed;
  }

  /** Where the run is. */
  public RunDirectory directory() {
    return new RunDirectory(common.path().resolve(name()));
  }

  /**
   * Checks that the directory, if there is one, holds this very run.
   *
   * @return the run's configuration as it was begun with, or as it will be
   * @throws IOException if it holds a run of another configuration, or cannot be read
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

  /**
   * Trains what is left to train.
   *
   * @param listener makes what hears of the progress
   * @param stop asked between iterations; true ends the run early
   * @return null if it was stopped
   * @throws IOException if the directory holds a run of another configuration, or files cannot be
   *     read or written
   */
  public @Nullable TrainingResult train(
      Function<RunConfig, TrainingListener> listener, BooleanSupplier stop) throws IOException {
    RunConfig config = check();
    RunDirectory directory = directory();
    @Nullable TrainingResult result = result();
    if (result != null) {
      return result;
    }
    if (!Files.exists(directory.config())) {
      RunDirectory.create(directory.path()).writeConfig(config);
    }
    result = train(directory, config, listener.apply(config), stop);
    if (result != null) {
      DurableFiles.write(directory.result(), Json.pretty(result));
    }
    return result;
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
          .run();
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
    requireSame(directory, "agent", agent(wanted), agent(found));
    requireSame(directory, "environment", wanted.environment(), found.environment());
    requireSame(directory, "settings", wanted.settings(), found.settings());
    requireSame(directory, "parameters", wanted.parameters(), found.parameters());
    requireSame(directory, "starts", wanted.starts(), found.starts());
    requireSame(directory, "observation", wanted.observation(), found.observation());
    requireSame(directory, "iterations", wanted.iterations(), found.iterations());
    requireSame(
        directory, "evaluation rollouts", wanted.evaluationRollouts(), found.evaluationRollouts());
    found.requireDynamics(wanted.spec());
  }

  /** The agent's name, and what starts it if it is a program of its own. */
  private static String agent(RunConfig config) {
    return config.agentCommand() == null
        ? config.agent()
        : "%s, '%s'".formatted(config.agent(), config.agentCommand());
  }

  private static void requireSame(RunDirectory directory, String what, Object wanted, Object found)
      throws IOException {
    if (!wanted.equals(found)) {
      throw new IOException(
          "the run in "
              + directory.path()
              + " has "
              + what
              + " "
              + found
              + ", not "
              + wanted
              + "; remove it, or use another --out");
    }
  }

  /**
   * Measures the final policy with noise that training has not seen.
   *
   * @param result how the training ended
   * @param layout what the study shows, and so what there is to measure
   */
  public StudyTable.Row measure(TrainingResult result, StudyTable.Layout layout)
      throws IOException {
    Controller.Mlp policy = PolicyFile.read(directory().policy()).policy().controller();
    Simulator simulator = common.simulator();
    int horizon = simulator.environment().horizon();
    int rollouts = layout.rollouts();
    RunTrajectories kept = JsonFiles.read(directory().trajectories(), RunTrajectories.class);
    Judgement judgement =
        new Judgement(simulator.environment(), result.ddpCost(), kept.ddp().trajectory());
    PolicyMeasurement measurement = measure(simulator, policy, judgement, horizon, rollouts);
    List<Double> changes = new ArrayList<>();
    for (Change change : layout.changes()) {
      changes.add(upright(change.of(simulator), policy, judgement, horizon, rollouts));
    }
    return new StudyTable.Row(
        seed,
        result.ddpCost(),
        measurement.deterministicCost(),
        measurement.stochasticCost(),
        Judgement.upright(measurement.learned()),
        (double) (rollouts - measurement.upright()) / rollouts,
        (double) measurement.successes() / rollouts,
        layout.perturbations().stream()
            .map(std -> Perturbation.of(simulator, policy, horizon, rollouts, seed, std))
            .toList(),
        layout.endurance() == 0
            ? 0
            : upright(simulator, policy, judgement, layout.endurance(), rollouts),
        changes,
        List.of(),
        result.seconds());
  }

  /**
   * Measures the final policy from several starts, with noise that training has not seen.
   *
   * @param result how the training ended
   * @param references the starts
   * @param rollouts noisy rollouts from each
   */
  public StudyTable.Row measure(TrainingResult result, StartReferences references, int rollouts)
      throws IOException {
    Controller.Mlp policy = PolicyFile.read(directory().policy()).policy().controller();
    List<StudyTable.StartOutcome> outcomes = new ArrayList<>();
    for (StartReferences.Entry entry : references.starts()) {
      Simulator at = entry.start().simulator(common.simulator());
      PolicyMeasurement measurement =
          PolicyMeasurement.of(
              at,
              entry.state().stream().mapToDouble(Double::doubleValue).toArray(),
              new Judgement(at.environment(), entry.ddpCost(), null),
              policy,
              at.environment().horizon(),
              rollouts,
              seed,
              common.iterations() + 1);
      outcomes.add(
          new StudyTable.StartOutcome(
              entry.start(),
              entry.ddpCost(),
              measurement.deterministicCost(),
              measurement.stochasticCost(),
              Judgement.upright(measurement.learned()),
              measurement.deterministicSuccess(),
              (double) (rollouts - measurement.upright()) / rollouts,
              (double) measurement.successes() / rollouts));
    }
    return StudyTable.Row.of(seed, outcomes, result.seconds());
  }

  /** Share of the noisy rollouts that stay upright for so many control steps. */
  private double upright(
      Simulator simulator, Controller.Mlp policy, Judgement judgement, int steps, int rollouts) {
    return (double) measure(simulator, policy, judgement, steps, rollouts).upright() / rollouts;
  }

  private PolicyMeasurement measure(
      Simulator simulator, Controller.Mlp policy, Judgement judgement, int steps, int rollouts) {
    return PolicyMeasurement.of(
        simulator,
        simulator.environment().initialState().meanState(),
        judgement,
        policy,
        steps,
        rollouts,
        seed,
        common.iterations() + 1);
  }
}
