package io.gaitway.agents.algorithms;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gaitway.agents.policy.GaussianMlp;
import io.gaitway.agents.policy.PolicyFit;
import io.gaitway.agents.policy.PolicySamples;
import io.gaitway.agents.policy.PolicyTerm;
import io.gaitway.agents.run.ExactDoubles;
import io.gaitway.agents.run.IterationReport;
import io.gaitway.agents.run.Learner;
import io.gaitway.agents.run.Reference;
import io.gaitway.agents.run.Task;
import io.gaitway.agents.trajopt.GaussianTrajectory;
import io.gaitway.agents.trajopt.Ilqr;
import io.gaitway.agents.trajopt.LineSearch;
import io.gaitway.agents.trajopt.NormalSampler;
import io.gaitway.client.Controller;
import io.gaitway.client.EnvironmentInfo;
import io.gaitway.client.Simulator;
import io.gaitway.client.Trajectory;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.rng.simple.RandomSource;
import org.jspecify.annotations.Nullable;

/** One run of {@link Vgps}: the trajectory distribution q and the policy π, improved in turn. */
final class VgpsLearner implements Learner {
  /** Warm E steps: relative reductions below this are not worth another iteration. */
  private static final double TOLERANCE = 1e-5;

  private static final LineSearch LINE_SEARCH =
      LineSearch.defaults().withStepSizes(List.of(1.0, 0.6, 0.3, 0.1, 0.01)).withPerCall(3);

  private final Task<VgpsSettings> task;
  private final VgpsSettings settings;
  private final Simulator simulator;
  private final EnvironmentInfo environment;
  private final int paddedHorizon;
  private final Ilqr eStep;
  private @Nullable Trajectory nominal;
  private @Nullable GaussianTrajectory q;
  private @Nullable GaussianMlp policy;

  VgpsLearner(Task<VgpsSettings> task) {
    this.task = task;
    settings = task.settings();
    simulator = task.simulator();
    environment = simulator.environment();
    paddedHorizon = task.horizon() + settings.padding();
    Ilqr.Options options =
        Ilqr.Options.defaults()
            .withMaxIterations(settings.innerIterations())
            .withTolerance(TOLERANCE)
            .withLineSearch(LINE_SEARCH);
    eStep = new Ilqr(simulator, paddedHorizon, options);
  }

  @Override
  public Reference start() {
    InitialSolution initial = new InitialSolution(simulator);
    Trajectory reference = initial.solve(task.horizon());
    Trajectory padded =
        settings.padding() == 0 ? reference : initial.extend(reference, paddedHorizon);
    adopt(eStep.solve(padded, settings.kappa(), null), 0);
    return new Reference(reference, reference.totalCost());
  }

  @Override
  public IterationReport iterate(int iteration) {
    NormalSampler normal =
        new NormalSampler(RandomSource.PHILOX_4X64.create(new long[] {task.seed(), iteration}));
    PolicyFit.Result fit = maximize(iteration, started(q), normal);
    policy = fit.policy();
    double beta = settings.beta(iteration);
    Ilqr.Solution solution =
        minimizeDivergence(started(q), fit.policy(), settings.kappa() * beta, normal);
    adopt(solution, iteration);
    Map<String, Double> scalars = new LinkedHashMap<>();
    scalars.put(IterationReport.BETA, beta);
    scalars.put(IterationReport.FIT_OBJECTIVE, fit.objective());
    scalars.put(IterationReport.MEAN_COST, solution.nominal().cost(task.horizon()));
    return new IterationReport(scalars);
  }

  /**
   * The M step: fits the policy to q at states drawn from its marginals, and at states that q's own
   * controller visits.
   */
  private PolicyFit.Result maximize(int iteration, GaussianTrajectory from, NormalSampler normal) {
    int T = task.horizon();
    PolicySamples samples =
        new PolicySamples(
            environment.nx(),
            task.observation(),
            environment.nu(),
            T * (settings.samples() + settings.rollouts()));
    double[] x = new double[environment.nx()];
    for (int t = 0; t < T; t++) {
      for (int s = 0; s < settings.samples(); s++) {
        from.sampleState(t, normal, x, 0);
        samples.addLabelled(from, t, x, 0, 1);
      }
    }
    if (settings.rollouts() > 0) {
      List<Long> seeds =
          RandomSource.PHILOX_4X64
              .create(new long[] {task.seed(), -iteration})
              .longs(settings.rollouts())
              .boxed()
              .toList();
      new TubeRollouts(simulator, from).add(samples, T, seeds);
    }
    if (policy == null) {
      return fresh(samples, normal);
    }
    PolicyFit.Result warm = fit(settings.fitIterations()).fit(samples, policy);
    if (settings.refitEvery() == 0 || iteration % settings.refitEvery() != 0) {
      return warm;
    }
    PolicyFit.Result fresh = fresh(samples, normal);
    return fresh.objective() < warm.objective() ? fresh : warm;
  }

  private PolicyFit.Result fresh(PolicySamples samples, NormalSampler normal) {
    return fit(settings.firstFitIterations())
        .fit(samples, task.hidden(), settings.fitRestarts(), normal);
  }

  private PolicyFit fit(int iterations) {
    PolicyFit.Options defaults = PolicyFit.Options.defaults().withMaxIterations(iterations);
    return new PolicyFit(
        new PolicyFit.Options(
            defaults.optimizer(),
            settings.weightDecay(),
            settings.minimumStd(),
            settings.residualShare()));
  }

  /** The E step: minimises weight · c − log π from the last nominal. */
  private Ilqr.Solution minimizeDivergence(
      GaussianTrajectory from, GaussianMlp towards, double weight, NormalSampler normal) {
    PolicyTerm term =
        settings.policySamples() == 0
            ? PolicyTerm.local(towards, paddedHorizon)
            : PolicyTerm.averaged(towards, from, paddedHorizon, settings.policySamples(), normal);
    return eStep.solve(started(nominal), weight, term);
  }

  /** Makes an optimiser's solution the nominal and the distribution q. */
  private void adopt(Ilqr.Solution solution, int iteration) {
    nominal = solution.nominal();
    double[] initialStd = new double[environment.nx()];
    Arrays.fill(initialStd, settings.initialStd());
    double[] disturbance = new double[environment.nu()];
    Arrays.fill(disturbance, settings.inflation(iteration));
    q =
        GaussianTrajectory.of(
            solution,
            new GaussianTrajectory.Width(
                initialStd, settings.covarianceFactor(iteration), disturbance));
  }

  @Override
  public Controller.Mlp policy() {
    return started(policy).controller();
  }

  @Override
  public ObjectNode save() {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    GaussianTrajectory from = started(q);
    ExactDoubles.put(node, "xs", from.xs);
    ExactDoubles.put(node, "us", from.us);
    ExactDoubles.put(node, "costs", started(nominal).costs);
    ExactDoubles.put(node, "K", from.K);
    ExactDoubles.put(node, "C", from.C);
    ExactDoubles.put(node, "Sigma", from.Sigma);
    ExactDoubles.put(node, "disturbance", from.disturbance);
    if (policy != null) {
      ExactDoubles.put(node, "W1", policy.W1);
      ExactDoubles.put(node, "b1", policy.b1);
      ExactDoubles.put(node, "W2", policy.W2);
      ExactDoubles.put(node, "b2", policy.b2);
      ExactDoubles.put(node, "std", policy.std);
    }
    return node;
  }

  @Override
  public void restore(ObjectNode state) {
    Trajectory saved = new Trajectory(paddedHorizon, environment.nx(), environment.nu());
    ExactDoubles.get(state, "xs", saved.xs);
    ExactDoubles.get(state, "us", saved.us);
    ExactDoubles.get(state, "costs", saved.costs);
    nominal = saved;
    q =
        GaussianTrajectory.withMarginals(
            saved.T,
            saved.nx,
            saved.nu,
            saved.xs,
            saved.us,
            ExactDoubles.get(state, "K"),
            ExactDoubles.get(state, "C"),
            ExactDoubles.get(state, "Sigma"),
            ExactDoubles.get(state, "disturbance"));
    if (state.has("W1")) {
      policy =
          new GaussianMlp(
              environment.nx(),
              task.observation(),
              ExactDoubles.get(state, "W1"),
              ExactDoubles.get(state, "b1"),
              ExactDoubles.get(state, "W2"),
              ExactDoubles.get(state, "b2"),
              ExactDoubles.get(state, "std"));
    }
  }

  private static <V> V started(@Nullable V value) {
    if (value == null) {
      throw new IllegalStateException("the learner has not started or has not iterated yet");
    }
    return value;
  }
}
