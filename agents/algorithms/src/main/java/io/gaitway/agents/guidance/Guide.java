package io.gaitway.agents.guidance;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gaitway.agents.api.ExactDoubles;
import io.gaitway.agents.api.Reference;
import io.gaitway.agents.api.Task;
import io.gaitway.client.simulation.EnvironmentInfo;
import io.gaitway.client.simulation.Expansion;
import io.gaitway.client.simulation.Simulator;
import io.gaitway.client.simulation.Trajectory;
import io.gaitway.optim.policy.GaussianMlp;
import io.gaitway.optim.policy.PolicyTerm;
import io.gaitway.optim.trajopt.GaussianTrajectory;
import io.gaitway.optim.trajopt.Ilqr;
import io.gaitway.optim.trajopt.LineSearch;
import io.gaitway.optim.trajopt.NormalSampler;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The trajectory distribution q that guides a policy: iLQR's solution with the maximum-entropy
 * noise around it, first of the task's cost alone, and, where an agent adapts it, of the cost and
 * the policy (Levine and Koltun, Variational Policy Search via Trajectory Optimization, 2013,
 * section 4).
 */
public final class Guide {
  /** Relative reductions below this are not worth another iteration. */
  private static final double TOLERANCE = 1e-5;

  private static final LineSearch LINE_SEARCH =
      LineSearch.defaults().withStepSizes(List.of(1.0, 0.6, 0.3, 0.1, 0.01)).withPerCall(3);

  private final Simulator simulator;
  private final EnvironmentInfo environment;
  private final GuideSettings settings;
  private final int horizon;
  private final int paddedHorizon;
  private final Ilqr ilqr;
  private @Nullable Trajectory nominal;
  private @Nullable GaussianTrajectory q;

  /** A guide that has not started. */
  public Guide(Task<?> task, GuideSettings settings) {
    this.settings = settings;
    simulator = task.simulator();
    environment = simulator.environment();
    horizon = task.horizon();
    paddedHorizon = horizon + settings.padding();
    Ilqr.Options options =
        Ilqr.Options.defaults()
            .withMaxIterations(settings.innerIterations())
            .withTolerance(TOLERANCE)
            .withLineSearch(LINE_SEARCH);
    ilqr = new Ilqr(simulator, paddedHorizon, options);
  }

  /** Finds the initial DDP solution, which is the same for every agent, and q around it. */
  public Reference start() {
    InitialSolution initial = new InitialSolution(simulator);
    Trajectory reference = initial.solve(horizon);
    Trajectory padded =
        settings.padding() == 0 ? reference : initial.extend(reference, paddedHorizon);
    adopt(ilqr.solve(padded, settings.kappa(), null), 1, settings.inflation());
    return new Reference(reference, reference.totalCost());
  }

  /**
   * Minimises κ β c(x, u) − log π(u | x) from the last solution on; the result becomes q.
   *
   * @param policy π
   * @param adaptation schedules, and how −log π is averaged
   * @param progress how many iterations β's and the disturbance's schedules have come
   * @param iteration the number of the iteration, for the action covariance's schedule
   * @return what the optimiser found
   */
  public Adaptation adapt(
      GaussianMlp policy,
      AdaptationSettings adaptation,
      int progress,
      int iteration,
      NormalSampler normal) {
    PolicyTerm term =
        adaptation.policySamples() == 0
            ? PolicyTerm.local(policy, paddedHorizon)
            : PolicyTerm.averaged(policy, q(), paddedHorizon, adaptation.policySamples(), normal);
    double weight = settings.kappa() * adaptation.beta(progress);
    Ilqr.Solution solution = ilqr.solve(nominal(), weight, term);
    double covarianceFactor = adaptation.covarianceFactor(iteration);
    adopt(solution, covarianceFactor, adaptation.inflation(settings.inflation(), progress));
    return new Adaptation(solution, term, covarianceFactor);
  }

  /**
   * What an adaptation found; valid until the next one.
   *
   * @param solution of the optimiser, which shares its arrays
   * @param term the policy's part of the solution's cost
   * @param covarianceFactor factor on Quu⁻¹ in q's action covariance
   */
  public record Adaptation(Ilqr.Solution solution, PolicyTerm term, double covarianceFactor) {}

  /** The variational lower bound of log p(O) over the padded horizon, see {@link LowerBound}. */
  public double lowerBound(Adaptation adaptation, GaussianMlp policy) {
    Expansion total = adaptation.solution().expansion();
    Expansion cost = new Expansion(total.T, total.nx, total.nu);
    adaptation.term().addExpansion(nominal(), cost);
    subtract(total.l, cost.l);
    subtract(total.lxx, cost.lxx);
    subtract(total.lux, cost.lux);
    subtract(total.luu, cost.luu);
    GaussianTrajectory undisturbed =
        GaussianTrajectory.of(adaptation.solution(), width(adaptation.covarianceFactor(), 0));
    return new LowerBound(undisturbed, policy).value(cost);
  }

  /** Sets {@code part} to total − part. */
  private static void subtract(double[] total, double[] part) {
    for (int i = 0; i < part.length; i++) {
      part[i] = total[i] - part[i];
    }
  }

  private void adopt(Ilqr.Solution solution, double covarianceFactor, double inflation) {
    nominal = solution.nominal();
    q = GaussianTrajectory.of(solution, width(covarianceFactor, inflation));
  }

  private GaussianTrajectory.Width width(double covarianceFactor, double inflation) {
    double[] initialStd = new double[environment.nx()];
    Arrays.fill(initialStd, settings.initialStd());
    double[] disturbance = new double[environment.nu()];
    Arrays.fill(disturbance, inflation);
    return new GaussianTrajectory.Width(initialStd, covarianceFactor, disturbance);
  }

  /** The distribution, over the padded horizon. */
  public GaussianTrajectory q() {
    return started(q);
  }

  /** Running cost of q's mean over the task's horizon. */
  public double cost() {
    return nominal().cost(horizon);
  }

  private Trajectory nominal() {
    return started(nominal);
  }

  /** Writes q to a learner's state. */
  public void save(ObjectNode state) {
    GuideState.put(state, q());
    ExactDoubles.put(state, "costs", nominal().costs);
  }

  /** Takes the place of {@link #start}: reads what {@link #save} wrote. */
  public void restore(ObjectNode state) {
    GaussianTrajectory saved =
        GuideState.get(state, paddedHorizon, environment.nx(), environment.nu());
    Trajectory trajectory = new Trajectory(saved.T, saved.nx, saved.nu);
    System.arraycopy(saved.xs, 0, trajectory.xs, 0, saved.xs.length);
    System.arraycopy(saved.us, 0, trajectory.us, 0, saved.us.length);
    ExactDoubles.get(state, "costs", trajectory.costs);
    nominal = trajectory;
    q = saved;
  }

  private static <V> V started(@Nullable V value) {
    if (value == null) {
      throw new IllegalStateException("the guide has not started yet");
    }
    return value;
  }
}
