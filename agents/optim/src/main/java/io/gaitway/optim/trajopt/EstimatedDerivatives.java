package io.gaitway.optim.trajopt;

import io.gaitway.client.error.DivergedException;
import io.gaitway.client.simulation.EnvironmentInfo;
import io.gaitway.client.simulation.Expansion;
import io.gaitway.client.simulation.Jacobians;
import io.gaitway.client.simulation.Rollout;
import io.gaitway.client.simulation.RolloutRequest;
import io.gaitway.client.simulation.Simulator;
import io.gaitway.client.simulation.Trajectory;
import io.gaitway.client.simulation.Transitions;
import io.gaitway.client.simulation.Usage;
import java.util.List;
import org.apache.commons.rng.simple.RandomSource;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;

/**
 * A simulator whose derivatives of the dynamics are estimated from control steps: around every knot
 * (x, u) pairs of them are taken from (x, u) ± δ_k, and F = [fx fu] is the least-squares solution
 * of F δ_k = ½ (f((x, u) + δ_k) − f((x, u) − δ_k)). What is even in δ cancels, so the error is of
 * third order. The offsets are normal, and the same at every knot and in every call: equal
 * questions have equal answers.
 *
 * <p>The cost is expanded by its formula, as whoever writes a cost knows it. Everything else is the
 * simulator's own. Steps are counted as {@link Usage#evaluatedKnots}.
 */
public final class EstimatedDerivatives implements Simulator {
  private static final long SEED = 0x7061697273L;

  /** Steps of one call, a few megabytes. */
  private static final int STEPS_AT_ONCE = 16_384;

  private final Simulator simulator;
  private final Options options;
  private final int nx;
  private final int nu;

  /** Offsets δ, shape (pairs, nx + nu). */
  private final DMatrixRMaj offsets;

  /** What makes F of half differences: their transpose times this; shape (pairs, nx + nu). */
  private final DMatrixRMaj solver;

  /**
   * How derivatives are estimated.
   *
   * @param pairs of control steps around a knot, at least nx + nu
   * @param stateStd deviation of every state entry, in its unit, positive
   * @param actionStd deviation of every action entry, in its unit, positive
   */
  public record Options(int pairs, double stateStd, double actionStd) {
    /** Checks the values. */
    public Options {
      requirePositive("stateStd", stateStd);
      requirePositive("actionStd", actionStd);
    }

    private static void requirePositive(String name, double value) {
      if (!(value > 0 && value < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException(name + " must be positive and finite, but is " + value);
      }
    }
  }

  /**
   * Estimates the derivatives of a simulator.
   *
   * @throws IllegalArgumentException if the pairs are too few for the environment
   */
  public EstimatedDerivatives(Simulator simulator, Options options) {
    this.simulator = simulator;
    this.options = options;
    nx = simulator.environment().nx();
    nu = simulator.environment().nu();
    if (options.pairs() < nx + nu) {
      throw new IllegalArgumentException(
          "pairs must be at least %d, as many as state and action have entries, but is %d"
              .formatted(nx + nu, options.pairs()));
    }
    NormalSampler normal = new NormalSampler(RandomSource.PHILOX_4X64.create(SEED));
    offsets = new DMatrixRMaj(options.pairs(), nx + nu);
    for (int k = 0; k < options.pairs(); k++) {
      for (int i = 0; i < nx + nu; i++) {
        double std = i < nx ? options.stateStd() : options.actionStd();
        offsets.set(k, i, std * normal.next());
      }
    }
    DMatrixRMaj inverse = new DMatrixRMaj(nx + nu, options.pairs());
    CommonOps_DDRM.pinv(offsets, inverse);
    solver = CommonOps_DDRM.transpose(inverse, null);
  }

  @Override
  public EnvironmentInfo environment() {
    return simulator.environment();
  }

  @Override
  public void linearize(Trajectory trajectory, CostHessian hessian, Expansion expansion) {
    simulator.linearize(trajectory, hessian, expansion);
    Jacobians estimated = new Jacobians(trajectory.T, nx, nu);
    linearizeDynamics(trajectory.xs, trajectory.us, estimated);
    for (int t = 0; t < trajectory.T; t++) {
      if (estimated.diverged[t]) {
        throw new DivergedException(
            t, "a control step beside knot %d diverges, so it has no derivative".formatted(t));
      }
    }
    System.arraycopy(estimated.fx, 0, expansion.fx, 0, estimated.fx.length);
    System.arraycopy(estimated.fu, 0, expansion.fu, 0, estimated.fu.length);
  }

  @Override
  public void linearizeDynamics(double[] xs, double[] us, Jacobians out) {
    int each = 2 * options.pairs();
    int knots = Math.max(1, STEPS_AT_ONCE / each);
    for (int from = 0; from < out.n; from += knots) {
      estimate(xs, us, from, Math.min(out.n, from + knots), out);
    }
  }

  private void estimate(double[] xs, double[] us, int from, int to, Jacobians out) {
    int pairs = options.pairs();
    int n = (to - from) * pairs * 2;
    double[] x = new double[n * nx];
    double[] u = new double[n * nu];
    for (int s = 0; s < n; s++) {
      int t = from + s / (2 * pairs);
      int k = s / 2 % pairs;
      double sign = s % 2 == 0 ? 1 : -1;
      for (int i = 0; i < nx; i++) {
        x[s * nx + i] = xs[t * nx + i] + sign * offsets.get(k, i);
      }
      for (int i = 0; i < nu; i++) {
        u[s * nu + i] = us[t * nu + i] + sign * offsets.get(k, nx + i);
      }
    }
    Transitions steps = new Transitions(n, nx);
    simulator.evaluate(x, u, steps);
    DMatrixRMaj differences = new DMatrixRMaj(pairs, nx);
    DMatrixRMaj F = new DMatrixRMaj(nx, nx + nu);
    for (int t = from; t < to; t++) {
      int first = (t - from) * pairs * 2;
      out.diverged[t] = false;
      for (int k = 0; k < pairs; k++) {
        int plus = first + 2 * k;
        out.diverged[t] |= steps.diverged[plus] || steps.diverged[plus + 1];
        for (int i = 0; i < nx; i++) {
          differences.set(
              k, i, 0.5 * (steps.next[plus * nx + i] - steps.next[(plus + 1) * nx + i]));
        }
      }
      CommonOps_DDRM.multTransA(differences, solver, F);
      for (int i = 0; i < nx; i++) {
        System.arraycopy(F.data, i * (nx + nu), out.fx, (t * nx + i) * nx, nx);
        System.arraycopy(F.data, i * (nx + nu) + nx, out.fu, (t * nx + i) * nu, nu);
      }
    }
  }

  @Override
  public void evaluate(double[] xs, double[] us, Transitions out) {
    simulator.evaluate(xs, us, out);
  }

  @Override
  public List<Rollout> rollout(RolloutRequest request) {
    return simulator.rollout(request);
  }

  @Override
  public double[] contactForces(Trajectory trajectory, int steps) {
    return simulator.contactForces(trajectory, steps);
  }

  @Override
  public List<double[]> initialStates(long seed, int count) {
    return simulator.initialStates(seed, count);
  }

  @Override
  public Simulator account(String name) {
    return new EstimatedDerivatives(simulator.account(name), options);
  }

  @Override
  public Usage usage() {
    return simulator.usage();
  }
}
