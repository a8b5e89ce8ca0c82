package io.gaitway.client.simulation;

import io.gaitway.client.GaitwayClient;
import io.gaitway.client.error.DivergedException;
import io.gaitway.client.error.GaitwayException;
import io.gaitway.client.error.InvalidArgumentException;
import io.gaitway.client.error.UnimplementedException;
import java.util.List;
import java.util.Map;

/**
 * One environment's dynamics on whole trajectories, free of sessions: what optimisers and policy
 * search need. Instances may be shared between threads.
 */
public interface Simulator {

  /** What the environment is, with the parameters in force. */
  EnvironmentInfo environment();

  /**
   * Fills {@code expansion} with the derivatives along {@code trajectory} (its {@code xs}, {@code
   * us}).
   *
   * <p>Where an action is outside its bounds, the derivatives are those of the clipped action with
   * respect to the action as given: the entry's column of {@code fu}, for one, is zero. When the
   * call fails, what {@code expansion} holds is unspecified.
   *
   * @param expansion filled; of the trajectory's sizes
   * @throws DivergedException if a knot's control step diverges
   * @throws GaitwayException if the request is refused or cannot be carried out
   * @throws IllegalArgumentException if the sizes do not fit the environment or each other
   */
  void linearize(Trajectory trajectory, CostHessian hessian, Expansion expansion);

  /**
   * Fills {@code out} with the derivatives of the dynamics alone, at knots that need not follow
   * from each other. Where an action is outside its bounds, the entry's column of {@code fu} is
   * zero; a knot that diverges is marked. When the call fails, what {@code out} holds is
   * unspecified.
   *
   * @param xs states, shape (n, nx), n the number of knots of {@code out}
   * @param us actions, shape (n, nu)
   * @throws GaitwayException if the request is refused or cannot be carried out
   * @throws IllegalArgumentException if {@code out} does not fit the environment, or an array is
   *     too short
   */
  void linearizeDynamics(double[] xs, double[] us, Jacobians out);

  /**
   * Second derivatives of the control step, weighted: Σ_k λ_k ∂²f_k/∂(x, u)², exact, at knots that
   * need not follow from each other. With λ the gradient of the cost-to-go at the next state they
   * are what Newton's method adds to the second derivatives of the cost. Where an action is outside
   * its bounds, the entry's row and column are zero; at a knot that diverges all is NaN. When the
   * call fails, what {@code out} holds is unspecified.
   *
   * @param xs states, shape (n, nx), n the number of knots that {@code out} has room for
   * @param us actions, shape (n, nu)
   * @param lambda λ, shape (n, nx)
   * @param out rows and columns are those of x, then those of u; shape (n, nx + nu, nx + nu),
   *     symmetric. Modified
   * @throws GaitwayException if the request is refused or cannot be carried out
   * @throws IllegalArgumentException if {@code out} does not fit the environment, or an array is
   *     too short
   * @throws UnsupportedOperationException if the simulator has no second derivatives
   */
  default void curvature(double[] xs, double[] us, double[] lambda, double[] out) {
    throw new UnsupportedOperationException("this simulator has no second derivatives");
  }

  /**
   * Derivatives of the control step by parameters of the environment, at their values in force, at
   * knots that need not follow from each other; the action as applied is held. Zero for a parameter
   * of the cost alone; at a knot that diverges all is NaN. The first call for a parameter takes the
   * server a second or so. When the call fails, what {@code out} holds is unspecified.
   *
   * @param parameters names, at least one, distinct, none of a whole number
   * @param xs states, shape (n, nx), n the number of knots that {@code out} has room for
   * @param us actions, shape (n, nu)
   * @param out shape (n, nx, parameters), in the state's units per the parameter's. Modified
   * @throws GaitwayException if the request is refused or cannot be carried out
   * @throws IllegalArgumentException if {@code out} does not fit the environment and the
   *     parameters, or an array is too short
   * @throws UnsupportedOperationException if the simulator has no such derivatives
   */
  default void differentiateBy(List<String> parameters, double[] xs, double[] us, double[] out) {
    throw new UnsupportedOperationException("this simulator has no derivatives by parameters");
  }

  /**
   * Takes one control step from each of many knots that need not follow from each other. Actions
   * outside their bounds are clipped; a knot that diverges is marked. When the call fails, what
   * {@code out} holds is unspecified.
   *
   * @param xs states, shape (n, nx), n the number of knots of {@code out}
   * @param us actions, shape (n, nu)
   * @throws GaitwayException if the request is refused or cannot be carried out
   * @throws IllegalArgumentException if {@code out} does not fit the environment, or an array is
   *     too short
   */
  void evaluate(double[] xs, double[] us, Transitions out);

  /**
   * Runs rollouts in one call; results in the order that {@link RolloutRequest} states. A rollout
   * that diverges is a result, not an error.
   *
   * @throws GaitwayException if the request is refused or cannot be carried out
   * @throws IllegalArgumentException if an array is too short or a list empty
   */
  List<Rollout> rollout(RolloutRequest request);

  /**
   * The ground's forces at {@link EnvironmentInfo#contactPoints} along the first {@code steps}
   * steps of a trajectory, each in its control step's last integrator step, as the dynamics applied
   * them.
   *
   * @param trajectory its {@code xs} and {@code us}; each step is taken from its own state
   * @param steps from 0 to {@code trajectory.T}
   * @return force along x, then along y, N; shape (steps, contact points, 2)
   * @throws DivergedException if a step diverges
   * @throws GaitwayException if the request is refused or cannot be carried out
   * @throws IllegalArgumentException if the sizes do not fit the environment
   */
  double[] contactForces(Trajectory trajectory, int steps);

  /**
   * Draws initial states from the environment's distribution.
   *
   * @return the initial states of the seed's episodes 0 to {@code count − 1}, each of shape (nx)
   * @throws GaitwayException if the request is refused or cannot be carried out
   */
  List<double[]> initialStates(long seed, int count);

  /**
   * The same environment with other parameters, reached in the same way and counted under the same
   * name.
   *
   * @param parameters values of parameters by name; the others keep those in force here
   * @throws InvalidArgumentException if a parameter does not exist or is out of its range
   * @throws UnsupportedOperationException if the parameters are what they are
   */
  default Simulator with(Map<String, Double> parameters) {
    throw new UnsupportedOperationException("this simulator's parameters are what they are");
  }

  /**
   * The same environment, whose calls the server counts under a name. Everybody who uses that name
   * on the same server is counted together; {@link #usage} tells the counts.
   *
   * @param name 1 to 64 characters of {@code A-Z a-z 0-9 . _ -}; a server forgets the least used of
   *     more than 10000 names
   * @throws IllegalArgumentException if the name has another form
   */
  Simulator account(String name);

  /**
   * What the server has counted so far under this simulator's name, since it was started: all of
   * what the calls that have returned had it do. Zero without a name.
   *
   * @throws UnimplementedException if the server is too old to count
   * @throws GaitwayException if the request cannot be carried out
   */
  Usage usage();

  /**
   * How another process reaches the same simulator.
   *
   * @throws UnsupportedOperationException if none can, because the server is within this process
   */
  default Access access() {
    throw new UnsupportedOperationException("the simulator is within this process");
  }

  /**
   * A way to a simulator.
   *
   * @param server address of the server, see {@link GaitwayClient.Builder#target}
   * @param account name under which calls are counted, see {@link #account}; empty for none
   */
  record Access(String server, String account) {}

  /** Which second derivative of the cost is wanted. */
  enum CostHessian {
    /** The Hessian itself; may be indefinite. */
    EXACT,
    /** The Gauss–Newton part; positive semi-definite. */
    GAUSS_NEWTON
  }
}
