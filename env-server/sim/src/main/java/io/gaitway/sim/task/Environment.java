package io.gaitway.sim.task;

import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * A controlled system with a running and a terminal cost, and exact derivatives of both.
 *
 * <p>An environment is immutable and may be shared between threads; everything that changes during
 * a call lives in a {@link Workspace}, one per thread. Arrays are row-major, states have {@code nx}
 * entries laid out as {@link EnvironmentSpec#state()}, actions {@code nu}. The {@code …At}
 * arguments are offsets, so that batches need no copies. No method allocates unless it says so.
 *
 * <p>Actions are taken as applied: saturation at {@link EnvironmentSpec#action()}'s bounds is the
 * caller's business.
 */
public interface Environment {
  /** What an environment is taken to need that does not say. */
  double UNKNOWN_OPERATIONS = 10_000;

  /** What this environment is: sizes, names, units, bounds, costs, parameters in force. */
  EnvironmentSpec spec();

  /** What its dynamics are made of; null where that is no planar robot. */
  default @Nullable Mechanics mechanics() {
    return null;
  }

  /**
   * Scratch memory for one thread; allocates. A workspace belongs to the environment that made it.
   */
  Workspace newWorkspace();

  /**
   * Advances one control step, {@code xNext = f(x, u)}.
   *
   * @return whether the step succeeded; false when it diverged, and {@code xNext} is then
   *     unspecified
   */
  boolean step(
      Workspace workspace, double[] x, int xAt, double[] u, int uAt, double[] xNext, int xNextAt);

  /**
   * The running cost c(x, u) of one control step (not multiplied by dt). NaN where it depends on
   * the step and the step diverges.
   */
  double cost(Workspace workspace, double[] x, int xAt, double[] u, int uAt);

  /**
   * The terms of the cost that {@link #cost} computed last in this workspace, in the order of
   * {@link EnvironmentSpec#costTerms()}; their sum is that cost but for rounding. NaN where an
   * environment does not tell.
   *
   * @param out shape (terms), from {@code outAt} on. Modified.
   */
  default void costTerms(Workspace workspace, double[] out, int outAt) {
    Arrays.fill(out, outAt, outAt + spec().costTerms().size(), Double.NaN);
  }

  /**
   * The reward of a control step that has been taken; zero where the task has none of its own, and
   * the reward is minus the cost.
   *
   * @param xNext the state after it, shape (nx) from {@code xNextAt} on
   */
  default double reward(
      Workspace workspace, double[] x, int xAt, double[] u, int uAt, double[] xNext, int xNextAt) {
    return 0;
  }

  /**
   * The terms of the reward that {@link #reward} computed last in this workspace, in the order of
   * {@link EnvironmentSpec#rewardTerms()}; their sum is that reward but for rounding.
   *
   * @param out shape (terms), from {@code outAt} on. Modified.
   */
  default void rewardTerms(Workspace workspace, double[] out, int outAt) {
    Arrays.fill(out, outAt, outAt + spec().rewardTerms().size(), Double.NaN);
  }

  /** The terminal cost of a state; zero where the environment has none. */
  double terminalCost(Workspace workspace, double[] x, int xAt);

  /** Whether the task's own failure condition (a fall, say) holds in this state. */
  boolean terminated(double[] x, int xAt);

  /**
   * One knot in full: the next state, the cost and all their derivatives at (x, u).
   *
   * @return whether the step succeeded; false when it diverged, and {@code out} is then unspecified
   */
  boolean linearize(
      Workspace workspace,
      double[] x,
      int xAt,
      double[] u,
      int uAt,
      CostHessian hessian,
      Linearization out);

  /**
   * Writes value, gradient and Hessian of the terminal cost to {@code l}, {@code lx}, {@code lxx}.
   */
  void linearizeTerminal(
      Workspace workspace, double[] x, int xAt, CostHessian hessian, Linearization out);

  /**
   * Second derivatives of the control step, weighted: Σ_k λ_k ∂²f_k/∂(x, u)², exact, through
   * integrator and substeps. What an optimisation of second order (DDP, Jacobson and Mayne 1970)
   * adds to Qxx, Qux and Quu with λ the gradient of the value at the next state. The first call
   * compiles, and the first in a workspace allocates.
   *
   * @param lambda λ, shape (nx), from {@code lambdaAt} on. Not modified.
   * @param out rows and columns are those of x, then those of u; shape (nx + nu, nx + nu),
   *     symmetric. Modified.
   * @return whether the step succeeded and all entries are finite; {@code out} is unspecified
   *     otherwise
   * @throws UnsupportedOperationException if it {@linkplain #hasCurvature has none}
   */
  default boolean curvature(
      Workspace workspace,
      double[] x,
      int xAt,
      double[] u,
      int uAt,
      double[] lambda,
      int lambdaAt,
      double[] out) {
    throw new UnsupportedOperationException(
        "the environment '" + spec().id() + "' has no second derivatives of its dynamics");
  }

  /** Whether there is a {@link #curvature}. */
  default boolean hasCurvature() {
    return false;
  }

  /**
   * Prepares derivatives of the control step by a parameter; compiles.
   *
   * @param parameter a real one of {@link EnvironmentSpec#parameters()}
   * @param with makes this environment with another value of the parameter
   * @throws IllegalArgumentException if there is no such parameter, or it is whole
   * @throws UnsupportedOperationException if this environment has no such derivatives
   */
  default Slope slope(String parameter, DoubleFunction<Environment> with) {
    throw new UnsupportedOperationException(
        "the environment '" + spec().id() + "' has no derivatives by parameters");
  }

  /** The derivative by a parameter, prepared; immutable, and of the environment that made it. */
  interface Slope {}

  /**
   * Derivatives of the control step by parameters, the action as applied held; exact but for what
   * the numbers of the model owe to the parameter, which is interpolated to about 12 digits.
   * Allocates.
   *
   * @param by made by {@link #slope}
   * @param out shape (nx, parameters). Modified.
   * @return whether the step succeeded and all entries are finite; {@code out} is unspecified
   *     otherwise
   */
  default boolean differentiateBy(
      Workspace workspace, List<Slope> by, double[] x, int xAt, double[] u, int uAt, double[] out) {
    throw new IllegalArgumentException("the slopes belong to another environment");
  }

  /** How long {@link #differentiateBy} takes, as {@link #stepOperations}. */
  default double slopeOperations(List<Slope> by) {
    return (1 + by.size()) * linearizeOperations();
  }

  /**
   * The forces at {@link EnvironmentSpec#contactPoints()} in the last integrator step of the
   * control step from (x, u), as the dynamics applied them.
   *
   * @param out force along x, then along y, on every contact point, N; shape (contact points, 2),
   *     from {@code outAt} on. Modified.
   * @return whether the step succeeded; false when it diverged, and {@code out} is then unspecified
   */
  boolean contactForces(
      Workspace workspace, double[] x, int xAt, double[] u, int uAt, double[] out, int outAt);

  /**
   * How long {@link #step} and {@link #cost} together take: additions and multiplications, about.
   * What a request costs is reckoned with it before anything is computed.
   */
  default double stepOperations() {
    return UNKNOWN_OPERATIONS;
  }

  /** The same of {@link #linearize}. */
  default double linearizeOperations() {
    return (1 + spec().nx() + spec().nu()) * stepOperations();
  }

  /** The same of {@link #curvature}; compiles as that does. */
  default double curvatureOperations() {
    return (1 + spec().nx() + spec().nu()) * linearizeOperations();
  }

  /**
   * Draws an initial state from the distribution in the spec; allocates. The same (seed, episode)
   * gives the same bits on every machine.
   */
  void sampleInitialState(long seed, long episode, double[] x, int xAt);
}
