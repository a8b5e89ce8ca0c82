package io.gaitway.agents.experiment;

import io.gaitway.agents.api.Json;
import io.gaitway.agents.api.JsonFiles;
import io.gaitway.agents.api.Start;
import io.gaitway.agents.measure.Judgement;
import io.gaitway.agents.measure.PolicyMeasurement;
import io.gaitway.agents.run.DurableFiles;
import io.gaitway.agents.run.RunDirectory;
import io.gaitway.agents.run.RunTrajectories;
import io.gaitway.client.simulation.Controller;
import io.gaitway.client.simulation.Simulator;
import io.gaitway.optim.policy.PolicyFile;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A final policy, measured with noise that training has not seen. It is kept beside the policy, so
 * that nobody measures the same again.
 *
 * @param what was measured
 * @param own from the environment's own start; null where there are several starts
 * @param perturbations from perturbed initial states, in order of {@code what}
 * @param endurance share of the noisy rollouts that stay upright for so long; null if not measured
 * @param changes share of the noisy rollouts that stay upright with each change
 * @param starts from each of several starts; empty where there is one
 */
public record FinalMeasurement(
    What what,
    @Nullable Outcome own,
    List<Perturbation> perturbations,
    @Nullable Double endurance,
    List<Double> changes,
    List<Outcome> starts) {
  private static final String FILE = "measurement.json";

  /**
   * What is measured.
   *
   * @param rollouts noisy rollouts, 0 for no measurement at all
   * @param perturbations deviations of the initial states
   * @param endurance control steps that rollouts are to stay upright for; 0 for none
   * @param changes of parameters
   * @param starts to measure from; empty for the environment's own
   */
  public record What(
      int rollouts,
      List<Double> perturbations,
      int endurance,
      List<Change> changes,
      List<StartReferences.Entry> starts) {
    /** Nothing. */
    public static final What NOTHING = new What(0, List.of(), 0, List.of(), List.of());

    /** Copies the lists. */
    public What {
      perturbations = List.copyOf(perturbations);
      changes = List.copyOf(changes);
      starts = List.copyOf(starts);
    }

    /** How many things it is. */
    int size() {
      return perturbations.size() + (endurance > 0 ? 1 : 0) + changes.size() + starts.size();
    }
  }

  /**
   * A policy from one start.
   *
   * @param start the start
   * @param ddpCost cost of the initial solution from there
   * @param stochasticCost mean cost with noise; null if a rollout diverged
   * @param deterministicCost cost without; null if it diverged
   * @param upright whether the policy without noise completes the horizon
   * @param deterministicSuccess whether it is a success, see {@link Judgement}
   * @param falls share of the noisy rollouts that do not complete the horizon, 0 to 1
   * @param successShare share of the noisy rollouts that are successes, 0 to 1
   */
  public record Outcome(
      Start start,
      double ddpCost,
      @Nullable Double stochasticCost,
      @Nullable Double deterministicCost,
      boolean upright,
      boolean deterministicSuccess,
      double falls,
      double successShare) {
    private static Outcome of(Start start, double ddpCost, PolicyMeasurement measured) {
      int rollouts = measured.noisy().size();
      return new Outcome(
          start,
          ddpCost,
          Json.finite(measured.stochasticCost()),
          Json.finite(measured.deterministicCost()),
          Judgement.upright(measured.learned()),
          measured.deterministicSuccess(),
          (double) (rollouts - measured.upright()) / rollouts,
          (double) measured.successes() / rollouts);
    }

    /** The cost with noise; +∞ if it diverged. */
    double stochastic() {
      return stochasticCost == null ? Double.POSITIVE_INFINITY : stochasticCost;
    }

    /** The cost without; +∞ if it diverged. */
    double deterministic() {
      return deterministicCost == null ? Double.POSITIVE_INFINITY : deterministicCost;
    }
  }

  /** What is kept of a run, if it is what is asked for; else null. */
  static @Nullable FinalMeasurement find(RunDirectory run, What what) throws IOException {
    Path file = run.path().resolve(FILE);
    if (!Files.exists(file)) {
      return null;
    }
    FinalMeasurement found = JsonFiles.read(file, FinalMeasurement.class);
    return found.what().equals(what) ? found : null;
  }

  /** Measures the policy of a complete run, and keeps it. */
  static FinalMeasurement make(ExperimentRun run, What what, double ddpCost) throws IOException {
    Measuring measuring = new Measuring(run, what, ddpCost);
    FinalMeasurement made = what.starts().isEmpty() ? measuring.own() : measuring.starts();
    DurableFiles.write(run.directory().path().resolve(FILE), Json.pretty(made));
    return made;
  }

  /** The fewest digits, without an exponent. */
  static String number(double value) {
    return BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
  }

  private static final class Measuring {
    private final ExperimentRun run;
    private final What what;
    private final double ddpCost;
    private final Simulator simulator;
    private final int horizon;
    private final Controller.Mlp policy;

    Measuring(ExperimentRun run, What what, double ddpCost) throws IOException {
      this.run = run;
      this.what = what;
      this.ddpCost = ddpCost;
      simulator = run.common().simulator();
      horizon = simulator.environment().horizon();
      policy = PolicyFile.read(run.directory().policy()).policy().controller();
    }

    FinalMeasurement own() throws IOException {
      RunTrajectories kept = JsonFiles.read(run.directory().trajectories(), RunTrajectories.class);
      Judgement judgement =
          new Judgement(simulator.environment(), ddpCost, kept.ddp().trajectory());
      Outcome outcome =
          Outcome.of(Start.OWN, ddpCost, measure(simulator, mean(simulator), judgement, horizon));
      List<Perturbation> perturbations =
          what.perturbations().stream()
              .map(
                  std ->
                      Perturbation.of(simulator, policy, horizon, what.rollouts(), run.seed(), std))
              .toList();
      @Nullable Double endurance =
          what.endurance() == 0 ? null : upright(simulator, judgement, what.endurance());
      List<Double> changes = new ArrayList<>();
      for (Change change : what.changes()) {
        changes.add(upright(change.of(simulator), judgement, horizon));
      }
      return new FinalMeasurement(what, outcome, perturbations, endurance, changes, List.of());
    }

    FinalMeasurement starts() {
      List<Outcome> outcomes = new ArrayList<>();
      for (StartReferences.Entry entry : what.starts()) {
        Simulator at = entry.start().simulator(simulator);
        double[] state = entry.state().stream().mapToDouble(Double::doubleValue).toArray();
        Judgement judgement = new Judgement(at.environment(), entry.ddpCost(), null);
        outcomes.add(
            Outcome.of(
                entry.start(),
                entry.ddpCost(),
                measure(at, state, judgement, at.environment().horizon())));
      }
      return new FinalMeasurement(what, null, List.of(), null, List.of(), outcomes);
    }

    private static double[] mean(Simulator simulator) {
      return simulator.environment().initialState().meanState();
    }

    /** Share of the noisy rollouts that stay upright for so many control steps. */
    private double upright(Simulator at, Judgement judgement, int steps) {
      return (double) measure(at, mean(at), judgement, steps).upright() / what.rollouts();
    }

    private PolicyMeasurement measure(
        Simulator at, double[] state, Judgement judgement, int steps) {
      return PolicyMeasurement.of(
          at,
          state,
          judgement,
          policy,
          steps,
          what.rollouts(),
          run.seed(),
          run.common().iterations() + 1);
    }
  }
}
