package io.gaitway.agents.run;

import io.gaitway.agents.policy.PolicyFile;
import io.gaitway.client.Controller;
import io.gaitway.client.Simulator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One run of a study: trained from the beginning or from where it was, or, if it is complete, only
 * measured.
 *
 * @param common what all runs of the study share
 * @param preset preset of the agent's settings
 * @param hidden hidden units of the policy
 * @param seed the run's seed
 */
record StudyRun(Common common, String preset, int hidden, long seed) {
  private static final Duration CHECKPOINT_INTERVAL = Duration.ofSeconds(5);
  private static final int TRAINING_ROLLOUTS = 10;

  /**
   * What all runs of a study share.
   *
   * @param path where the runs' directories are
   * @param agent the learning method
   * @param simulator the environment; used by all runs at once
   * @param settings overrides of the agent's settings, in every preset
   * @param parameters overrides of the environment's parameters
   * @param observation names of the state entries that the policies see
   * @param iterations iterations of each run
   * @param evaluationRollouts rollouts of each kind that measure a final policy
   * @param perturbations deviations of initial states to measure it with
   * @param server address of the server, or {@link RunConfig#EMBEDDED}
   */
  record Common(
      Path path,
      Agent<?> agent,
      Simulator simulator,
      Map<String, String> settings,
      Map<String, Double> parameters,
      List<String> observation,
      int iterations,
      int evaluationRollouts,
      List<Double> perturbations,
      String server) {}

  /** Name of the run and its directory. */
  String name() {
    return preset + "-h" + hidden + "-s" + seed;
  }

  /**
   * Does what is left to do.
   *
   * @param listener makes what hears of the progress
   * @param stop asked between iterations; true ends the run early
   * @return null if it was stopped
   * @throws IOException if the directory holds a run of another configuration, or files cannot be
   *     read or written
   */
  StudyTable.@Nullable Row run(Function<RunConfig, TrainingListener> listener, BooleanSupplier stop)
      throws IOException {
    RunDirectory directory = new RunDirectory(common.path().resolve(name()));
    RunConfig config = config();
    if (Files.exists(directory.config())) {
      RunConfig found = directory.readConfig();
      requireSame(directory, config, found);
      config = found;
    } else {
      RunDirectory.create(directory.path()).writeConfig(config);
    }
    @Nullable TrainingResult result =
        new Training(
                directory,
                config,
                common.agent(),
                common.simulator(),
                listener.apply(config),
                CHECKPOINT_INTERVAL,
                stop)
            .run();
    return result == null
        ? null
        : measure(PolicyFile.read(directory.policy()).policy().controller(), result);
  }

  private RunConfig config() {
    Simulator simulator = common.simulator();
    return RunConfig.beginning(
        common.agent().name(),
        preset,
        Settings.merge(
            common.agent().preset(preset, simulator.environment().id()), common.settings()),
        common.parameters(),
        common.observation(),
        hidden,
        common.iterations(),
        seed,
        TRAINING_ROLLOUTS,
        common.server(),
        simulator.environment());
  }

  private static void requireSame(RunDirectory directory, RunConfig wanted, RunConfig found)
      throws IOException {
    requireSame(directory, "agent", wanted.agent(), found.agent());
    requireSame(directory, "environment", wanted.environment(), found.environment());
    requireSame(directory, "settings", wanted.settings(), found.settings());
    requireSame(directory, "parameters", wanted.parameters(), found.parameters());
    requireSame(directory, "observation", wanted.observation(), found.observation());
    requireSame(directory, "iterations", wanted.iterations(), found.iterations());
    found.requireDynamics(wanted.spec());
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

  private StudyTable.Row measure(Controller.Mlp policy, TrainingResult result) {
    Simulator simulator = common.simulator();
    int horizon = simulator.environment().horizon();
    int rollouts = common.evaluationRollouts();
    Evaluation evaluation =
        Evaluation.of(
            simulator,
            new Judgement(simulator.environment(), result.ddpCost()),
            policy,
            horizon,
            rollouts,
            seed,
            common.iterations() + 1);
    return new StudyTable.Row(
        seed,
        result.ddpCost(),
        evaluation.deterministicCost(),
        evaluation.stochasticCost(),
        Judgement.upright(evaluation.learned()),
        (double) (rollouts - evaluation.upright()) / rollouts,
        (double) evaluation.successes() / rollouts,
        common.perturbations().stream()
            .map(std -> Perturbation.of(simulator, policy, horizon, rollouts, seed, std))
            .toList(),
        result.seconds());
  }
}
