package io.gaitway.optim.trajopt;

import io.gaitway.client.simulation.Controller;
import io.gaitway.client.simulation.EnvironmentInfo;
import io.gaitway.client.simulation.Expansion;
import io.gaitway.client.simulation.Jacobians;
import io.gaitway.client.simulation.Rollout;
import io.gaitway.client.simulation.RolloutRequest;
import io.gaitway.client.simulation.Simulator;
import io.gaitway.client.simulation.Trajectory;
import io.gaitway.client.simulation.Transitions;
import io.gaitway.client.simulation.Usage;
import io.gaitway.optim.policy.Network;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleSupplier;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.apache.commons.rng.simple.RandomSource;

/**
 * A simulator in the test's own process. A state beyond the limit counts as diverged; episodes
 * begin at the origin.
 */
public abstract class FakeSimulator implements Simulator {
  final int nx;
  final int nu;
  double limit = 1e6;
  double bound = 1;

  /** Whether actions beyond the bound are clipped in rollouts, as a server does. */
  boolean clips;

  int rolloutCalls;
  int divergingKnots;

  /** States and actions of the last call for derivatives of the dynamics alone. */
  double[] linearizedXs = {};

  double[] linearizedUs = {};

  FakeSimulator(int nx, int nu) {
    this.nx = nx;
    this.nu = nu;
  }

  /** Writes the next state of knot t to {@code trajectory.xs} and the cost of knot t. */
  abstract void step(Trajectory trajectory, int t);

  abstract double terminalCost(Trajectory trajectory);

  @Override
  public void linearizeDynamics(double[] xs, double[] us, Jacobians out) {
    linearizedXs = xs.clone();
    linearizedUs = us.clone();
    Trajectory knots = new Trajectory(out.n, nx, nu);
    System.arraycopy(xs, 0, knots.xs, 0, out.n * nx);
    System.arraycopy(us, 0, knots.us, 0, out.n * nu);
    Expansion expansion = new Expansion(out.n, nx, nu);
    linearize(knots, CostHessian.EXACT, expansion);
    System.arraycopy(expansion.fx, 0, out.fx, 0, out.fx.length);
    System.arraycopy(expansion.fu, 0, out.fu, 0, out.fu.length);
    markDiverged(out);
  }

  /** The knots are equally many of each knot of the model, in order, if there are any. */
  @Override
  public void evaluate(double[] xs, double[] us, Transitions out) {
    Trajectory knot = new Trajectory(knots(), nx, nu);
    for (int n = 0; n < out.n; n++) {
      int t = (int) ((long) n * knot.T / out.n);
      System.arraycopy(xs, n * nx, knot.xs, t * nx, nx);
      System.arraycopy(us, n * nu, knot.us, t * nu, nu);
      step(knot, t);
      System.arraycopy(knot.xs, (t + 1) * nx, out.next, n * nx, nx);
      out.costs[n] = knot.costs[t];
      out.diverged[n] = n < divergingKnots;
    }
  }

  /** How many knots the model has of its own; 1 if all are alike. */
  int knots() {
    return 1;
  }

  /** Marks the first knots as many as the test wants. */
  final void markDiverged(Jacobians out) {
    for (int n = 0; n < divergingKnots; n++) {
      out.diverged[n] = true;
      Arrays.fill(out.fx, n * nx * nx, (n + 1) * nx * nx, Double.NaN);
      Arrays.fill(out.fu, n * nx * nu, (n + 1) * nx * nu, Double.NaN);
    }
  }

  @Override
  public EnvironmentInfo environment() {
    return new EnvironmentInfo(
        "fake",
        "1",
        "",
        "A test's environment.",
        IntStream.range(0, nx)
            .mapToObj(i -> new EnvironmentInfo.StateEntry("x" + i, "1", false, -1, 1))
            .toList(),
        IntStream.range(0, nu)
            .mapToObj(i -> new EnvironmentInfo.ActionEntry("u" + i, "1", -bound, bound))
            .toList(),
        IntStream.range(0, nx).boxed().toList(),
        0.05,
        1,
        "none",
        1,
        List.of(),
        List.of(),
        List.of(),
        new EnvironmentInfo.InitialState(
            Collections.nCopies(nx, 0.0), Collections.nCopies(nx, 0.0)),
        "",
        2,
        false,
        parameters(),
        List.of(),
        List.of(),
        0,
        null,
        null);
  }

  List<EnvironmentInfo.Parameter> parameters() {
    return List.of();
  }

  @Override
  public List<Rollout> rollout(RolloutRequest request) {
    rolloutCalls++;
    List<Rollout> rollouts = new ArrayList<>();
    List<Double> alphas = request.stepSizes().isEmpty() ? List.of(1.0) : request.stepSizes();
    for (double[] x1 : request.initialStates()) {
      for (Controller controller : request.controllers()) {
        if (request.seeds().isEmpty()) {
          for (double alpha : alphas) {
            rollouts.add(rollout(request.horizon(), x1, controller, alpha, () -> 0));
          }
        }
        for (long seed : request.seeds()) {
          NormalSampler noise = new NormalSampler(RandomSource.PHILOX_4X64.create(seed));
          rollouts.add(rollout(request.horizon(), x1, controller, 1, noise::next));
        }
      }
    }
    return rollouts;
  }

  private Rollout rollout(
      int T, double[] x1, Controller controller, double alpha, DoubleSupplier noise) {
    Trajectory trajectory = new Trajectory(T, nx, nu);
    System.arraycopy(x1, 0, trajectory.xs, 0, nx);
    for (int t = 0; t < T; t++) {
      act(trajectory, t, controller, alpha, noise);
      for (int i = t * nu; clips && i < (t + 1) * nu; i++) {
        trajectory.us[i] = Math.max(-bound, Math.min(bound, trajectory.us[i]));
      }
      step(trajectory, t);
      for (int i = 0; i < nx; i++) {
        if (!(Math.abs(trajectory.xs[(t + 1) * nx + i]) < limit)) {
          return new Rollout(trajectory, t, true, false, 0);
        }
      }
    }
    trajectory.costs[T] = terminalCost(trajectory);
    return new Rollout(trajectory, T, false, false, 0);
  }

  private void act(
      Trajectory trajectory, int t, Controller controller, double alpha, DoubleSupplier noise) {
    double[] epsilon = DoubleStream.generate(noise).limit(nu).toArray();
    for (int i = 0; i < nu; i++) {
      int at = t * nu + i;
      if (controller instanceof Controller.OpenLoop openLoop) {
        trajectory.us[at] = openLoop.us()[at];
      } else if (controller instanceof Controller.LinearGaussian lg) {
        double u = lg.us()[at] + alpha * lg.k()[at];
        for (int j = 0; j < nx; j++) {
          u += lg.K()[at * nx + j] * (trajectory.xs[t * nx + j] - lg.xs()[t * nx + j]);
        }
        for (int j = 0; j <= i && lg.L().length > 0; j++) {
          u += lg.L()[at * nu + j] * epsilon[j];
        }
        trajectory.us[at] = u;
      } else {
        Controller.Mlp mlp = (Controller.Mlp) controller;
        double[] mu = new double[nu];
        new Network(nx, mlp.at(environment().parameterValues())).mean(trajectory.xs, t * nx, mu, 0);
        trajectory.us[at] = mu[i] + (mlp.std().length == 0 ? 0 : mlp.std()[i] * epsilon[i]);
      }
    }
  }

  @Override
  public double[] contactForces(Trajectory trajectory, int steps) {
    throw new UnsupportedOperationException();
  }

  @Override
  public List<double[]> initialStates(long seed, int count) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Simulator account(String name) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Usage usage() {
    return Usage.ZERO;
  }

  /** A pendulum (angle from hanging, rate) that is to stand upright and still. */
  public static FakeSimulator pendulum() {
    return new Pendulum();
  }

  /** A linear-quadratic problem; its nominal is the origin. */
  public static FakeSimulator linearQuadratic(Expansion e) {
    return new LinearQuadratic(e);
  }

  /**
   * A linear-quadratic problem with a parameter: the cost's linear terms are those of {@code e}
   * times its value.
   */
  public static FakeSimulator linearQuadratic(Expansion e, String parameter, double value) {
    return new Pulled(e, parameter, value);
  }

  private static final class Pulled extends LinearQuadratic {
    private final Expansion unit;
    private final String parameter;
    private final double value;

    Pulled(Expansion unit, String parameter, double value) {
      super(pulled(unit, value));
      this.unit = unit;
      this.parameter = parameter;
      this.value = value;
    }

    private static Expansion pulled(Expansion unit, double value) {
      Expansion e = new Expansion(unit.T, unit.nx, unit.nu);
      System.arraycopy(unit.fx, 0, e.fx, 0, e.fx.length);
      System.arraycopy(unit.fu, 0, e.fu, 0, e.fu.length);
      System.arraycopy(unit.l, 0, e.l, 0, e.l.length);
      System.arraycopy(unit.lxx, 0, e.lxx, 0, e.lxx.length);
      System.arraycopy(unit.lux, 0, e.lux, 0, e.lux.length);
      System.arraycopy(unit.luu, 0, e.luu, 0, e.luu.length);
      for (int i = 0; i < e.lx.length; i++) {
        e.lx[i] = value * unit.lx[i];
      }
      for (int i = 0; i < e.lu.length; i++) {
        e.lu[i] = value * unit.lu[i];
      }
      return e;
    }

    @Override
    List<EnvironmentInfo.Parameter> parameters() {
      return List.of(
          new EnvironmentInfo.Parameter(parameter, value, 1, -10, 10, false, "", "The pull."));
    }

    @Override
    public Simulator with(Map<String, Double> parameters) {
      return new Pulled(unit, parameter, parameters.getOrDefault(parameter, value));
    }
  }

  /** See {@link #pendulum}. */
  static class Pendulum extends FakeSimulator {
    private static final double DT = 0.05;

    Pendulum() {
      super(2, 1);
    }

    @Override
    void step(Trajectory s, int t) {
      double q = s.xs[2 * t];
      double qd = s.xs[2 * t + 1];
      double u = s.us[t];
      double next = qd + DT * (u - 9.81 * StrictMath.sin(q) - 0.1 * qd);
      s.xs[2 * t + 2] = q + DT * next;
      s.xs[2 * t + 3] = next;
      s.costs[t] = 0.01 * u * u + 0.1 * (q - Math.PI) * (q - Math.PI);
    }

    @Override
    public void curvature(double[] xs, double[] us, double[] lambda, double[] out) {
      Arrays.fill(out, 0);
      for (int t = 0; t < out.length / 9; t++) {
        double bend = 9.81 * DT * StrictMath.sin(xs[2 * t]);
        out[9 * t] = (DT * lambda[2 * t] + lambda[2 * t + 1]) * bend;
      }
    }

    @Override
    double terminalCost(Trajectory s) {
      double q = s.xs[2 * s.T] - Math.PI;
      double qd = s.xs[2 * s.T + 1];
      return 100 * q * q + 10 * qd * qd;
    }

    @Override
    public void linearize(Trajectory s, CostHessian hessian, Expansion e) {
      for (int t = 0; t < s.T; t++) {
        double slope = -9.81 * DT * StrictMath.cos(s.xs[2 * t]);
        double damping = 1 - 0.1 * DT;
        e.fx[4 * t] = 1 + DT * slope;
        e.fx[4 * t + 1] = DT * damping;
        e.fx[4 * t + 2] = slope;
        e.fx[4 * t + 3] = damping;
        e.fu[2 * t] = DT * DT;
        e.fu[2 * t + 1] = DT;
        e.l[t] = s.costs[t];
        e.lx[2 * t] = 0.2 * (s.xs[2 * t] - Math.PI);
        e.lx[2 * t + 1] = 0;
        e.lu[t] = 0.02 * s.us[t];
        e.lxx[4 * t] = 0.2;
        e.lxx[4 * t + 1] = 0;
        e.lxx[4 * t + 2] = 0;
        e.lxx[4 * t + 3] = 0;
        e.lux[2 * t] = 0;
        e.lux[2 * t + 1] = 0;
        e.luu[t] = 0.02;
      }
      e.l[s.T] = s.costs[s.T];
      e.lx[2 * s.T] = 200 * (s.xs[2 * s.T] - Math.PI);
      e.lx[2 * s.T + 1] = 20 * s.xs[2 * s.T + 1];
      e.lxx[4 * s.T] = 200;
      e.lxx[4 * s.T + 1] = 0;
      e.lxx[4 * s.T + 2] = 0;
      e.lxx[4 * s.T + 3] = 20;
    }
  }

  private static class LinearQuadratic extends FakeSimulator {
    private final Expansion model;

    LinearQuadratic(Expansion model) {
      super(model.nx, model.nu);
      this.model = model;
    }

    @Override
    int knots() {
      return model.T;
    }

    @Override
    public void curvature(double[] xs, double[] us, double[] lambda, double[] out) {
      Arrays.fill(out, 0);
    }

    /** The knots are equally many of each knot of the model, in order. */
    @Override
    public void linearizeDynamics(double[] xs, double[] us, Jacobians out) {
      linearizedXs = xs.clone();
      linearizedUs = us.clone();
      int samples = out.n / model.T;
      for (int n = 0; n < out.n; n++) {
        System.arraycopy(model.fx, n / samples * nx * nx, out.fx, n * nx * nx, nx * nx);
        System.arraycopy(model.fu, n / samples * nx * nu, out.fu, n * nx * nu, nx * nu);
      }
      markDiverged(out);
    }

    private static double form(
        double[] A, int at, double[] a, int i, int n, double[] b, int j, int m) {
      double sum = 0;
      for (int r = 0; r < n; r++) {
        for (int c = 0; c < m; c++) {
          sum += a[i + r] * A[at + r * m + c] * b[j + c];
        }
      }
      return sum;
    }

    @Override
    void step(Trajectory s, int t) {
      int x = t * nx;
      int u = t * nu;
      double cost = model.l[t] + 0.5 * form(model.lxx, x * nx, s.xs, x, nx, s.xs, x, nx);
      cost += form(model.lux, u * nx, s.us, u, nu, s.xs, x, nx);
      cost += 0.5 * form(model.luu, u * nu, s.us, u, nu, s.us, u, nu);
      for (int i = 0; i < nx; i++) {
        cost += model.lx[x + i] * s.xs[x + i];
        double next = 0;
        for (int j = 0; j < nx; j++) {
          next += model.fx[(x + i) * nx + j] * s.xs[x + j];
        }
        for (int j = 0; j < nu; j++) {
          next += model.fu[(x + i) * nu + j] * s.us[u + j];
        }
        s.xs[x + nx + i] = next;
      }
      for (int i = 0; i < nu; i++) {
        cost += model.lu[u + i] * s.us[u + i];
      }
      s.costs[t] = cost;
    }

    @Override
    double terminalCost(Trajectory s) {
      int x = s.T * nx;
      double cost = model.l[s.T] + 0.5 * form(model.lxx, x * nx, s.xs, x, nx, s.xs, x, nx);
      for (int i = 0; i < nx; i++) {
        cost += model.lx[x + i] * s.xs[x + i];
      }
      return cost;
    }

    @Override
    public void linearize(Trajectory s, CostHessian hessian, Expansion e) {
      System.arraycopy(model.fx, 0, e.fx, 0, e.fx.length);
      System.arraycopy(model.fu, 0, e.fu, 0, e.fu.length);
      System.arraycopy(model.lxx, 0, e.lxx, 0, e.lxx.length);
      System.arraycopy(model.lux, 0, e.lux, 0, e.lux.length);
      System.arraycopy(model.luu, 0, e.luu, 0, e.luu.length);
      for (int t = 0; t <= s.T; t++) {
        e.l[t] = s.costs[t];
        for (int i = 0; i < nx; i++) {
          int x = t * nx + i;
          e.lx[x] = model.lx[x];
          for (int j = 0; j < nx; j++) {
            e.lx[x] += model.lxx[x * nx + j] * s.xs[t * nx + j];
          }
          for (int j = 0; j < nu && t < s.T; j++) {
            e.lx[x] += model.lux[(t * nu + j) * nx + i] * s.us[t * nu + j];
          }
        }
        for (int i = 0; i < nu && t < s.T; i++) {
          int u = t * nu + i;
          e.lu[u] = model.lu[u];
          for (int j = 0; j < nx; j++) {
            e.lu[u] += model.lux[u * nx + j] * s.xs[t * nx + j];
          }
          for (int j = 0; j < nu; j++) {
            e.lu[u] += model.luu[u * nu + j] * s.us[t * nu + j];
          }
        }
      }
    }
  }
}
