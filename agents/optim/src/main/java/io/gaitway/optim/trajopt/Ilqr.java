package io.gaitway.optim.trajopt;

import io.gaitway.client.simulation.Controller;
import io.gaitway.client.simulation.Expansion;
import io.gaitway.client.simulation.Rollout;
import io.gaitway.client.simulation.RolloutRequest;
import io.gaitway.client.simulation.Simulator;
import io.gaitway.client.simulation.Simulator.CostHessian;
import io.gaitway.client.simulation.Trajectory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The iterative linear-quadratic regulator: minimises a trajectory's cost by linearising along it,
 * sweeping backwards, and rolling the improved controller out (Tassa et al. 2012, section II).
 *
 * <p>The cost is {@code weight · c + extra}: the environment's cost c, whose expansion comes from
 * the simulator, and an optional {@link CostTerm}. Costs never increase from one iteration to the
 * next; a rollout that diverges, ends early or has a cost that is not a number counts as infinitely
 * costly.
 *
 * <p>Arrays are allocated once. A solution shares the solver's sweep and expansion, which the next
 * call overwrites. Instances are not thread-safe.
 */
public final class Ilqr {
  /** After so many negligible reductions in a row the solver stops even though λ is not 0. */
  private static final int PATIENCE = 3;

  private final Simulator simulator;
  private final Options options;
  private final Expansion expansion;
  private final RiccatiSweep sweep;
  private final @Nullable ActionBox box;
  private final @Nullable NewtonExpansion newton;

  /**
   * What a solver does.
   *
   * @param maxIterations most line searches, at least 0
   * @param tolerance reductions below {@code tolerance · max(1, |cost|)} are negligible
   * @param regularization schedule of λ
   * @param lineSearch step sizes and acceptance
   * @param hessian second derivatives to ask of the simulator
   * @param bounded whether the sweep knows the bounds of the actions (box-DDP: Tassa, Mansard and
   *     Todorov, Control-limited differential dynamic programming, ICRA 2014). Otherwise only the
   *     simulator does, which clips the actions of every rollout either way
   * @param secondOrder whether sweeps have the second derivatives of the dynamics, see {@link
   *     NewtonExpansion}, and the exact ones of the cost: differential dynamic programming
   *     (Jacobson and Mayne 1970), which converges quadratically. Where they make a Quu that is not
   *     positive definite, far from a minimum, the sweep is iLQR's, with the same λ. The simulator
   *     must have them
   */
  public record Options(
      int maxIterations,
      double tolerance,
      Regularization.Options regularization,
      LineSearch lineSearch,
      CostHessian hessian,
      boolean bounded,
      boolean secondOrder) {
    /** Checks the values. */
    public Options {
      if (maxIterations < 0) {
        throw new IllegalArgumentException(
            "maxIterations must be at least 0, but is " + maxIterations);
      }
      if (!(tolerance >= 0)) {
        throw new IllegalArgumentException("tolerance must be at least 0, but is " + tolerance);
      }
    }

    /**
     * 200 iterations, tolerance 1e-7, Gauss–Newton Hessians, default schedule and line search, no
     * bounds, first derivatives of the dynamics.
     */
    public static Options defaults() {
      return new Options(
          200,
          1e-7,
          Regularization.Options.defaults(),
          LineSearch.defaults(),
          CostHessian.GAUSS_NEWTON,
          false,
          false);
    }

    /** These options with another limit of iterations. */
    public Options withMaxIterations(int value) {
      return new Options(
          value, tolerance, regularization, lineSearch, hessian, bounded, secondOrder);
    }

    /** These options with another tolerance. */
    public Options withTolerance(double value) {
      return new Options(
          maxIterations, value, regularization, lineSearch, hessian, bounded, secondOrder);
    }

    /** These options with another schedule of λ. */
    public Options withRegularization(Regularization.Options value) {
      return new Options(
          maxIterations, tolerance, value, lineSearch, hessian, bounded, secondOrder);
    }

    /** These options with another line search. */
    public Options withLineSearch(LineSearch value) {
      return new Options(
          maxIterations, tolerance, regularization, value, hessian, bounded, secondOrder);
    }

    /** These options with other second derivatives of the cost. */
    public Options withHessian(CostHessian value) {
      return new Options(
          maxIterations, tolerance, regularization, lineSearch, value, bounded, secondOrder);
    }

    /** These options with a sweep that knows the bounds of the actions, or does not. */
    public Options withBounded(boolean value) {
      return new Options(
          maxIterations, tolerance, regularization, lineSearch, hessian, value, secondOrder);
    }

    /** These options with sweeps that have the second derivatives of the dynamics, or have not. */
    public Options withSecondOrder(boolean value) {
      return new Options(
          maxIterations, tolerance, regularization, lineSearch, hessian, bounded, value);
    }
  }

  /** Why a solver stopped. */
  public enum Reason {
    /** The reduction, expected or achieved, became negligible. */
    CONVERGED,
    /** The limit of iterations was reached. */
    MAX_ITERATIONS,
    /** No step size was accepted, or no sweep succeeded, up to the greatest λ. */
    REGULARIZATION_LIMIT
  }

  /**
   * Where a solver stopped.
   *
   * @param nominal the best trajectory, with the environment's costs
   * @param expansion of the modified cost along {@code nominal}; shared with the solver
   * @param sweeping makes {@link #sweep}
   * @param costs modified cost at the start and after every accepted step; decreasing
   * @param iterations line searches made
   * @param lambda regularisation in force at the end, for a warm start
   * @param reason why it stopped
   */
  public record Solution(
      Trajectory nominal,
      Expansion expansion,
      Supplier<RiccatiSweep> sweeping,
      double[] costs,
      int iterations,
      double lambda,
      Reason reason) {

    /**
     * A sweep along {@code nominal}, made anew, with the least λ that the schedule finds to succeed
     * (0 unless a Quu is not positive definite); shared with the solver, and only before its next
     * call.
     *
     * @throws ArithmeticException if no λ of the schedule makes it succeed
     */
    public RiccatiSweep sweep() {
      return sweeping.get();
    }

    /** The modified cost of the nominal trajectory. */
    public double cost() {
      return costs[costs.length - 1];
    }
  }

  /**
   * Allocates a solver for trajectories of T control steps.
   *
   * @param simulator dynamics and cost; called, never closed
   * @param T number of control steps, at least 1
   */
  public Ilqr(Simulator simulator, int T, Options options) {
    this.simulator = simulator;
    this.options = options;
    int nx = simulator.environment().nx();
    int nu = simulator.environment().nu();
    expansion = new Expansion(T, nx, nu);
    sweep = new RiccatiSweep(T, nx, nu);
    box = options.bounded() ? new ActionBox(simulator.environment(), T) : null;
    newton = options.secondOrder() ? new NewtonExpansion(T, nx, nu) : null;
  }

  /**
   * Rolls actions out from a state, as a start for {@link #solve}.
   *
   * @param x1 initial state, shape (nx)
   * @param us actions, shape (T, nu)
   */
  public Rollout rollout(double[] x1, double[] us) {
    return simulator
        .rollout(RolloutRequest.single(sweep.T, x1, new Controller.OpenLoop(us)))
        .get(0);
  }

  /** Minimises the environment's cost alone. */
  public Solution solve(Trajectory start) {
    return solve(start, 1, null);
  }

  /**
   * Minimises {@code weight · c + extra}.
   *
   * @param start a rollout's trajectory; its initial state stays fixed. Not modified
   * @param weight multiplier of the environment's cost, positive
   * @param extra further cost, or null
   * @throws IllegalArgumentException if the shape is wrong, the start's cost is not finite, or one
   *     of its actions is outside of bounds that the sweep knows
   */
  public Solution solve(Trajectory start, double weight, @Nullable CostTerm extra) {
    check(start, weight);
    Trajectory nominal = start;
    double cost = cost(nominal, weight, extra);
    if (!Double.isFinite(cost)) {
      throw new IllegalArgumentException("the start's cost must be finite, but is " + cost);
    }
    List<Double> costs = new ArrayList<>();
    costs.add(cost);
    Regularization regularization = new Regularization(options.regularization());
    Reason reason = Reason.MAX_ITERATIONS;
    int negligible = 0;
    int iterations = 0;
    expand(nominal, weight, extra);
    while (iterations < options.maxIterations()) {
      if (!sweepAbove(regularization)) {
        reason = Reason.REGULARIZATION_LIMIT;
        break;
      }
      double small = options.tolerance() * Math.max(1, Math.abs(cost));
      if (sweep.expectedReduction(1) <= small && regularization.lambda() == 0) {
        reason = Reason.CONVERGED;
        break;
      }
      iterations++;
      Candidate best = search(nominal, cost, weight, extra);
      if (best == null) {
        if (!regularization.increase()) {
          reason = Reason.REGULARIZATION_LIMIT;
          break;
        }
        continue;
      }
      negligible = cost - best.cost() <= small ? negligible + 1 : 0;
      nominal = best.trajectory();
      cost = best.cost();
      costs.add(cost);
      if (best.alpha() >= options.lineSearch().raiseBelow()) {
        regularization.decrease();
      } else {
        regularization.increase();
      }
      expand(nominal, weight, extra);
      if (negligible > 0 && (regularization.lambda() == 0 || negligible >= PATIENCE)) {
        reason = Reason.CONVERGED;
        break;
      }
    }
    double lambda = regularization.lambda();
    double[] history = costs.stream().mapToDouble(Double::doubleValue).toArray();
    return new Solution(nominal, expansion, this::lastSweep, history, iterations, lambda, reason);
  }

  private RiccatiSweep lastSweep() {
    if (!sweepAbove(new Regularization(options.regularization().withInitial(0)))) {
      throw new ArithmeticException(
          "no regularisation up to %s makes Quu of knot %d positive definite"
              .formatted(options.regularization().maximum(), sweep.failedKnot()));
    }
    return sweep;
  }

  private record Candidate(Trajectory trajectory, double cost, double alpha) {}

  private void check(Trajectory start, double weight) {
    if (start.T != sweep.T || start.nx != sweep.nx || start.nu != sweep.nu) {
      throw new IllegalArgumentException(
          "start has (T, nx, nu) = (%d, %d, %d), the solver (%d, %d, %d)"
              .formatted(start.T, start.nx, start.nu, sweep.T, sweep.nx, sweep.nu));
    }
    if (!(weight > 0 && weight < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("weight must be positive and finite, but is " + weight);
    }
  }

  private static double cost(Trajectory trajectory, double weight, @Nullable CostTerm extra) {
    double cost = weight * trajectory.totalCost();
    return extra == null ? cost : cost + extra.value(trajectory);
  }

  /** Fills the expansions with those of the modified cost. */
  private void expand(Trajectory nominal, double weight, @Nullable CostTerm extra) {
    if (box != null) {
      box.around(nominal.us);
    }
    expand(nominal, options.hessian(), weight, extra, expansion);
    if (newton != null) {
      expand(nominal, CostHessian.EXACT, weight, extra, newton.expansion);
      newton.addCurvature(simulator, nominal);
    }
  }

  private void expand(
      Trajectory nominal,
      CostHessian hessian,
      double weight,
      @Nullable CostTerm extra,
      Expansion out) {
    simulator.linearize(nominal, hessian, out);
    if (weight != 1) {
      scale(out.l, weight);
      scale(out.lx, weight);
      scale(out.lu, weight);
      scale(out.lxx, weight);
      scale(out.lux, weight);
      scale(out.luu, weight);
    }
    if (extra != null) {
      extra.addExpansion(nominal, out);
    }
  }

  private static void scale(double[] values, double factor) {
    for (int i = 0; i < values.length; i++) {
      values[i] *= factor;
    }
  }

  /** Sweeps with the schedule's λ, raising it until the sweep succeeds. */
  private boolean sweepAbove(Regularization regularization) {
    while (!sweepAt(regularization.lambda(), regularization.form())) {
      if (!regularization.increase()) {
        return false;
      }
    }
    return true;
  }

  /** Sweeps with second derivatives if there are any and they let it, and else without them. */
  private boolean sweepAt(double lambda, RiccatiSweep.Form form) {
    return newton != null && sweep.sweep(newton.expansion, box, lambda, form)
        || sweep.sweep(expansion, box, lambda, form);
  }

  /** The first acceptable step, or null. */
  private @Nullable Candidate search(
      Trajectory nominal, double cost, double weight, @Nullable CostTerm extra) {
    LineSearch lineSearch = options.lineSearch();
    List<Double> stepSizes = lineSearch.stepSizes();
    double[] x1 = Arrays.copyOf(nominal.xs, nominal.nx);
    Controller controller =
        new Controller.LinearGaussian(
            nominal.T, nominal.xs, nominal.us, sweep.k, sweep.K, new double[0]);
    for (int from = 0; from < stepSizes.size(); from += lineSearch.perCall()) {
      List<Double> alphas =
          stepSizes.subList(from, Math.min(from + lineSearch.perCall(), stepSizes.size()));
      List<Rollout> rollouts =
          simulator.rollout(
              new RolloutRequest(nominal.T, List.of(x1), List.of(controller), List.of(), alphas));
      for (int i = 0; i < alphas.size(); i++) {
        Rollout rollout = rollouts.get(i);
        if (rollout.diverged() || rollout.steps() < nominal.T) {
          continue;
        }
        double tried = cost(rollout.trajectory(), weight, extra);
        if (lineSearch.accepts(cost - tried, sweep.expectedReduction(alphas.get(i)))) {
          return new Candidate(rollout.trajectory(), tried, alphas.get(i));
        }
      }
    }
    return null;
  }
}
