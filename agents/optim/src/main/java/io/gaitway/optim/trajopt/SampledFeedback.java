package io.gaitway.optim.trajopt;

import io.gaitway.client.simulation.EnvironmentInfo;
import io.gaitway.client.simulation.Expansion;
import io.gaitway.client.simulation.Jacobians;
import io.gaitway.client.simulation.Simulator;
import io.gaitway.client.simulation.Trajectory;

/**
 * Feedback along a trajectory that holds over a neighbourhood instead of at one point: the gains of
 * a {@link RiccatiSweep} whose second-order term Fᵀ Vxx' F, F = [fx fu], is the mean (1/S) Σ_s F_sᵀ
 * Vxx' F_s over samples of the state and the action around each knot. First-order terms stay those
 * of the knot, so the trajectory stays optimal.
 *
 * <p>For dynamics whose matrices are random it is the linear-quadratic solution: the optimal gains
 * when the linearisation itself is uncertain (De Koning, Infinite horizon optimal control of linear
 * discrete time systems with stochastic parameters, Automatica 18, 1982). It is the second moment
 * that counts: the gains of the mean of F are worse than those of F at the knot.
 *
 * <p>The samples are x̂ + δ and û + K δ + ε, clipped to the bounds, with ε ~ N(0, s² I) and δ from
 * the marginals that this noise and gains K give: those of a sweep before this one. They come in
 * pairs of opposite (δ, ε), so that what is odd in them, and is zero in the mean, is zero among so
 * few samples too.
 *
 * <p>Arrays are allocated once. Instances are not thread-safe.
 */
public final class SampledFeedback {
  private final Simulator simulator;
  private final Options options;
  private final Regularization.Options regularization;
  private final int nx;
  private final int nu;
  private final int S;
  private final RiccatiSweep sweep;
  private final Jacobians jacobians;
  private final double[] xs;
  private final double[] us;

  /**
   * Where the samples are.
   *
   * @param std standard deviation s of the disturbance of the actions, positive
   * @param samples S, states per knot, at least 1
   * @param mostAngle deviations of angles above this are scaled down to it, with the whole state's,
   *     rad
   */
  public record Options(double std, int samples, double mostAngle) {
    /** Checks the values. */
    public Options {
      if (!(std > 0 && std < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException("std must be positive and finite, but is " + std);
      }
      if (samples < 1) {
        throw new IllegalArgumentException("samples must be at least 1, but is " + samples);
      }
      if (!(mostAngle > 0)) {
        throw new IllegalArgumentException("mostAngle must be positive, but is " + mostAngle);
      }
    }
  }

  /**
   * Allocates for trajectories of T control steps.
   *
   * @param simulator dynamics; called, never closed
   */
  public SampledFeedback(Simulator simulator, int T, Options options) {
    this.simulator = simulator;
    this.options = options;
    regularization = Regularization.Options.defaults();
    nx = simulator.environment().nx();
    nu = simulator.environment().nu();
    S = options.samples();
    sweep = new RiccatiSweep(T, nx, nu, S);
    jacobians = new Jacobians(T * S, nx, nu);
    xs = new double[T * S * nx];
    us = new double[T * S * nu];
  }

  /**
   * The sweep along a nominal trajectory with sampled second-order terms.
   *
   * @param nominal states and actions
   * @param e expansion along it, of whatever cost; its dynamics are those of the knots
   * @param K gains that the samples follow, shape (T, nu, nx); may be the last call's
   * @param initialStd standard deviations of the initial state, shape (nx)
   * @return the sweep, which the next call overwrites
   * @throws ArithmeticException if no regularisation makes a sweep succeed
   */
  public RiccatiSweep around(
      Trajectory nominal, Expansion e, double[] K, double[] initialStd, NormalSampler normal) {
    sample(GaussianTrajectory.disturbed(nominal, e, K, initialStd, options.std()), normal);
    simulator.linearizeDynamics(xs, us, jacobians);
    replaceDiverged(e);
    sweep(e);
    return sweep;
  }

  private void sample(GaussianTrajectory tube, NormalSampler normal) {
    double[] dx = new double[nx];
    double[] du = new double[nu];
    for (int t = 0; t < tube.T; t++) {
      double scale = scale(tube, t);
      for (int s = 0; s < S; s++) {
        if (s % 2 == 0) {
          draw(tube, t, scale, normal, dx, du);
        } else {
          negate(dx);
          negate(du);
        }
        int x = (t * S + s) * nx;
        int u = (t * S + s) * nu;
        for (int i = 0; i < nx; i++) {
          xs[x + i] = tube.xs[t * nx + i] + dx[i];
        }
        tube.action(t, xs, x, us, u);
        for (int i = 0; i < nu; i++) {
          EnvironmentInfo.ActionEntry entry = simulator.environment().action().get(i);
          us[u + i] = Math.max(entry.lower(), Math.min(entry.upper(), us[u + i] + du[i]));
        }
      }
    }
  }

  private void draw(
      GaussianTrajectory tube,
      int t,
      double scale,
      NormalSampler normal,
      double[] dx,
      double[] du) {
    tube.sampleOffset(t, normal, dx, 0);
    for (int i = 0; i < nx; i++) {
      dx[i] *= scale;
    }
    for (int i = 0; i < nu; i++) {
      du[i] = options.std() * normal.next();
    }
  }

  private static void negate(double[] values) {
    for (int i = 0; i < values.length; i++) {
      values[i] = -values[i];
    }
  }

  /** What makes no angle's deviation larger than the most. */
  private double scale(GaussianTrajectory tube, int t) {
    double largest = 0;
    for (int i = 0; i < nx; i++) {
      if (simulator.environment().state().get(i).angle()) {
        largest = Math.max(largest, tube.Sigma[(t * nx + i) * nx + i]);
      }
    }
    return Math.min(1, options.mostAngle() / Math.sqrt(largest));
  }

  /** Puts the nominal's derivatives where a sample has none. */
  private void replaceDiverged(Expansion e) {
    for (int n = 0; n < jacobians.n; n++) {
      if (jacobians.diverged[n]) {
        int t = n / S;
        System.arraycopy(e.fx, t * nx * nx, jacobians.fx, n * nx * nx, nx * nx);
        System.arraycopy(e.fu, t * nx * nu, jacobians.fu, n * nx * nu, nx * nu);
      }
    }
  }

  private void sweep(Expansion e) {
    Regularization schedule = new Regularization(regularization);
    while (!sweep.sweep(e, jacobians, schedule.lambda(), schedule.form())) {
      if (!schedule.increase()) {
        throw new ArithmeticException(
            "no regularisation up to %s makes Quu of knot %d positive definite"
                .formatted(regularization.maximum(), sweep.failedKnot()));
      }
    }
  }
}
