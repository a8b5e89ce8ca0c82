package io.gaitway.agents.guidance;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gaitway.agents.api.ExactDoubles;
import io.gaitway.agents.api.Reference;
import io.gaitway.agents.api.Start;
import io.gaitway.agents.api.Task;
import io.gaitway.client.simulation.Controller;
import io.gaitway.client.simulation.EnvironmentInfo;
import io.gaitway.client.simulation.Expansion;
import io.gaitway.client.simulation.Rollout;
import io.gaitway.client.simulation.RolloutRequest;
import io.gaitway.client.simulation.Simulator;
import io.gaitway.client.simulation.Trajectory;
import io.gaitway.optim.policy.GaussianMlp;
import io.gaitway.optim.policy.PolicyTerm;
import io.gaitway.optim.trajopt.GaussianTrajectory;
import io.gaitway.optim.trajopt.Ilqr;
import io.gaitway.optim.trajopt.LineSearch;
import io.gaitway.optim.trajopt.NormalSampler;
import io.gaitway.optim.trajopt.RiccatiSweep;
import io.gaitway.optim.trajopt.SampledFeedback;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.apache.commons.rng.simple.RandomSource;
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
      LineSearch.defaults().withStepSizes(List.of(1.0, 0.6, 0.3, 0.1, 0.01)).withPerCall(2);

  private final Simulator simulator;
  private final EnvironmentInfo environment;
  private final GuideSettings settings;
  private final int horizon;
  private final int paddedHorizon;
  private final Ilqr ilqr;
  private final @Nullable SampledFeedback feedback;
  private final long seed;
  private final double[] parameters;
  private final Supplier<InitialSolution> initialSolution;
  private @Nullable Trajectory nominal;
  private @Nullable GaussianTrajectory q;
  private double cost;

  /** A guide from the task's own start, that has not started. */
  public Guide(Task<?> task, GuideSettings settings) {
    this(task, settings, settings.derivatives().of(task.simulator()));
  }

  private Guide(Task<?> task, GuideSettings settings, Simulator simulator) {
    this(
        task,
        settings,
        simulator,
        () -> new InitialSolution(simulator, settings.derivatives().secondOrder()));
  }

  private Guide(
      Task<?> task,
      GuideSettings settings,
      Simulator simulator,
      Supplier<InitialSolution> initialSolution) {
    this.settings = settings;
    this.simulator = simulator;
    this.initialSolution = initialSolution;
    seed = task.seed();
    environment = simulator.environment();
    Map<String, Double> values = environment.parameterValues();
    parameters =
        task.parameters().stream()
            .mapToDouble(name -> Objects.requireNonNull(values.get(name), name))
            .toArray();
    horizon = task.horizon();
    paddedHorizon = horizon + settings.padding();
    Ilqr.Options options =
        Ilqr.Options.defaults()
            .withMaxIterations(settings.innerIterations())
            .withTolerance(TOLERANCE)
            .withLineSearch(LINE_SEARCH)
            .withSecondOrder(settings.derivatives().secondOrder());
    ilqr = new Ilqr(simulator, paddedHorizon, options);
    SweepSettings sweep = settings.sweep();
    feedback =
        sweep.sampled()
            ? new SampledFeedback(
                simulator,
                paddedHorizon,
                new SampledFeedback.Options(
                    sweep.sweepStd(), sweep.sweepSamples(), sweep.sweepAngle()))
            : null;
  }

  /** Guides from all of the task's starts, in order, that have not started. */
  static List<Guide> all(Task<?> task, GuideSettings settings) {
    StartSolutions solutions =
        new StartSolutions(
            settings.derivatives().of(task.simulator()),
            task.starts(),
            task.horizon() + settings.padding(),
            settings.derivatives().secondOrder());
    List<Guide> guides = new ArrayList<>();
    for (Start start : task.starts()) {
      Simulator at = settings.derivatives().of(start.simulator(task.simulator()));
      guides.add(new Guide(task, settings, at, () -> solutions.of(start, at)));
    }
    return List.copyOf(guides);
  }

  /** The environment, with the start's parameters. */
  Simulator simulator() {
    return simulator;
  }

  /** Values of the parameters that the policy sees, in the task's order. */
  double[] parameters() {
    return parameters;
  }

  /** Finds the initial DDP solution, which is the same for every agent, and q around it. */
  public Reference start() {
    InitialSolution initial = initialSolution.get();
    Trajectory reference = initial.solve(horizon);
    Trajectory padded =
        settings.padding() == 0 ? reference : initial.extend(reference, paddedHorizon);
    Ilqr.Solution solution = ilqr.solve(padded, settings.kappa(), null);
    NormalSampler normal = new NormalSampler(RandomSource.PHILOX_4X64.create(new long[] {seed, 0}));
    RiccatiSweep sweep = solution.sweep();
    for (int round = 0; round < settings.sweep().sweepRounds(); round++) {
      sweep = sweep(solution, sweep.K, normal);
    }
    adopt(solution, sweep, 1, settings.inflation());
    return new Reference(reference, reference.totalCost());
  }

  /**
   * Minimises κ β c(x, u) − log π(u | x) from the last solution on; the result becomes q.
   *
   * @param policy π, of the state alone: that at this start's parameters
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
    RiccatiSweep sweep = sweep(solution, q().K, normal);
    double covarianceFactor = adaptation.covarianceFactor(iteration);
    adopt(solution, sweep, covarianceFactor, adaptation.inflation(settings.inflation(), progress));
    return new Adaptation(solution, sweep, term, covarianceFactor);
  }

  /** The sweep that q's feedback comes from: over samples around gains K if the settings say so. */
  private RiccatiSweep sweep(Ilqr.Solution solution, double[] K, NormalSampler normal) {
    return feedback == null
        ? solution.sweep()
        : feedback.around(solution.nominal(), solution.expansion(), K, initialStd(), normal);
  }

  /**
   * What an adaptation found; valid until the next one.
   *
   * @param solution of the optimiser, which shares its arrays
   * @param sweep that q's feedback comes from
   * @param term the policy's part of the solution's cost
   * @param covarianceFactor factor on Quu⁻¹ in q's action covariance
   */
  public record Adaptation(
      Ilqr.Solution solution, RiccatiSweep sweep, PolicyTerm term, double covarianceFactor) {}

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
        around(adaptation.solution(), adaptation.sweep(), adaptation.covarianceFactor(), 0);
    return new LowerBound(undisturbed, policy).value(cost);
  }

  /** Sets {@code part} to total − part. */
  private static void subtract(double[] total, double[] part) {
    for (int i = 0; i < part.length; i++) {
      part[i] = total[i] - part[i];
    }
  }

  private void adopt(
      Ilqr.Solution solution, RiccatiSweep sweep, double covarianceFactor, double inflation) {
    nominal = solution.nominal();
    cost = costOf(nominal);
    q = around(solution, sweep, covarianceFactor, inflation);
  }

  private GaussianTrajectory around(
      Ilqr.Solution solution, RiccatiSweep sweep, double covarianceFactor, double inflation) {
    double[] disturbance = new double[environment.nu()];
    Arrays.fill(disturbance, inflation);
    return new GaussianTrajectory(
        solution.nominal().xs,
        solution.nominal().us,
        sweep,
        solution.expansion(),
        new GaussianTrajectory.Width(initialStd(), covarianceFactor, disturbance));
  }

  private double[] initialStd() {
    double[] std = new double[environment.nx()];
    Arrays.fill(std, settings.initialStd());
    return std;
  }

  /** The distribution, over the padded horizon. */
  public GaussianTrajectory q() {
    return started(q);
  }

  /**
   * Total cost of q's mean over the task's horizon, like that of a policy's rollout: with the
   * terminal cost of the state in which the horizon ends, however long the padding is.
   */
  public double cost() {
    started(nominal);
    return cost;
  }

  /**
   * Runs a controller from the start over the task's horizon, with noise. The actions are as drawn,
   * not as clipped: these have the controller's density.
   *
   * @param seeds of the noise, one for each rollout
   */
  public List<Rollout> rollouts(Controller controller, List<Long> seeds) {
    return rollouts(controller, seeds, horizon);
  }

  /** The same over the first {@code steps} of the horizon. */
  List<Rollout> rollouts(Controller controller, List<Long> seeds, int steps) {
    return rollouts(initialState(), controller, seeds, steps);
  }

  /**
   * The same, each rollout from a state of its own: the start's with normal noise in every entry.
   *
   * @param std standard deviation of the noise
   * @param normal where it comes from
   */
  public List<Rollout> rollouts(
      Controller controller, List<Long> seeds, double std, NormalSampler normal) {
    return seeds.stream()
        .flatMap(seed -> rollouts(near(std, normal), controller, List.of(seed), horizon).stream())
        .toList();
  }

  private List<Rollout> rollouts(
      double[] state, Controller controller, List<Long> seeds, int steps) {
    return simulator.rollout(
        new RolloutRequest(steps, List.of(state), List.of(controller), seeds, List.of())
            .withDrawnActions());
  }

  private double[] initialState() {
    return Arrays.copyOf(nominal().xs, environment.nx());
  }

  private double[] near(double std, NormalSampler normal) {
    double[] state = initialState();
    for (int i = 0; i < state.length; i++) {
      state[i] += std * normal.next();
    }
    return state;
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
    cost = costOf(trajectory);
    q = saved;
  }

  private double costOf(Trajectory mean) {
    if (mean.T == horizon) {
      return mean.totalCost();
    }
    double[] start = Arrays.copyOf(mean.xs, mean.nx);
    double[] actions = Arrays.copyOf(mean.us, horizon * mean.nu);
    return simulator
        .rollout(RolloutRequest.single(horizon, start, new Controller.OpenLoop(actions)))
        .get(0)
        .cost();
  }

  private static <V> V started(@Nullable V value) {
    if (value == null) {
      throw new IllegalStateException("the guide has not started yet");
    }
    return value;
  }
}
