package io.gaitway.server;

import io.gaitway.sim.random.CounterGaussian;
import io.gaitway.sim.task.CostHessian;
import io.gaitway.sim.task.Environment;
import io.gaitway.sim.task.EnvironmentProvider;
import io.gaitway.sim.task.EnvironmentSpec;
import io.gaitway.sim.task.Linearization;
import io.gaitway.sim.task.ParameterException;
import io.gaitway.sim.task.Penalty;
import io.gaitway.sim.task.Workspace;
import java.util.List;
import java.util.Map;

/**
 * A cart on a spring, for tests of the server: linear, every derivative is a constant or a product.
 * Two forces push it. It falls off the track beyond 5 m, and its simulation "diverges" beyond 1000
 * m/s.
 */
public final class CartProvider implements EnvironmentProvider {
  public static final double H = 0.1;
  static final double[] PUSH = {1, 2};
  static final double[] BOUND = {2, 1};

  @Override
  public String id() {
    return "cart";
  }

  @Override
  public Environment create(Map<String, Double> overrides) {
    double stiffness = 1;
    for (Map.Entry<String, Double> override : overrides.entrySet()) {
      double value = override.getValue();
      if (!override.getKey().equals("stiffness")) {
        throw new ParameterException(override.getKey(), "" + value, "stiffness");
      }
      if (value < 0 || value > 10) {
        throw new ParameterException("stiffness", "" + value, "0 to 10 N/m");
      }
      stiffness = value;
    }
    return new Cart(stiffness);
  }

  private static final class Cart implements Environment {
    private final double stiffness;
    private final EnvironmentSpec spec;

    Cart(double stiffness) {
      this.stiffness = stiffness;
      double inf = Double.POSITIVE_INFINITY;
      spec =
          new EnvironmentSpec(
              "cart",
              "1",
              "digest-" + stiffness,
              "A cart on a spring.",
              List.of(
                  new EnvironmentSpec.StateEntry("position", "m", false, -5, 5),
                  new EnvironmentSpec.StateEntry("velocity", "m/s", false, -inf, inf)),
              List.of(
                  new EnvironmentSpec.ActionEntry("near", "N", -BOUND[0], BOUND[0]),
                  new EnvironmentSpec.ActionEntry("far", "N", -BOUND[1], BOUND[1])),
              List.of(0, 1),
              H,
              1,
              "semi-implicit Euler",
              50,
              List.of(
                  new EnvironmentSpec.CostTerm("position", "position, m", 1, 0, Penalty.QUADRATIC)),
              List.of(
                  new EnvironmentSpec.CostTerm(
                      "position", "position, m", 10, 0, Penalty.QUADRATIC)),
              List.of(),
              new EnvironmentSpec.InitialState(List.of(0.5, 0.0), List.of(0.1, 0.1)),
              "position beyond 5 m",
              0,
              false,
              List.of(
                  new EnvironmentSpec.Parameter(
                      "stiffness", stiffness, 1, 0, 10, false, "N/m", "The spring.")),
              List.of(),
              List.of(
                  new EnvironmentSpec.ContactPoint(0, -0.2, 0, 0.1),
                  new EnvironmentSpec.ContactPoint(0, 0.2, 0, 0.1)),
              0,
              null,
              null);
    }

    @Override
    public EnvironmentSpec spec() {
      return spec;
    }

    @Override
    public Workspace newWorkspace() {
      return new Workspace() {};
    }

    @Override
    public boolean step(
        Workspace w, double[] x, int xAt, double[] u, int uAt, double[] xNext, int xNextAt) {
      double force = PUSH[0] * u[uAt] + PUSH[1] * u[uAt + 1] - stiffness * x[xAt];
      double velocity = x[xAt + 1] + H * force;
      double position = x[xAt] + H * velocity;
      xNext[xNextAt] = position;
      xNext[xNextAt + 1] = velocity;
      return Math.abs(velocity) <= 1000;
    }

    /** Invented: each wheel carries a number of its own, the second feels what pushes the cart. */
    @Override
    public boolean contactForces(
        Workspace w, double[] x, int xAt, double[] u, int uAt, double[] out, int outAt) {
      double push = PUSH[0] * u[uAt] + PUSH[1] * u[uAt + 1];
      double[] forces = {0, 10 + x[xAt], push, 20 - x[xAt]};
      System.arraycopy(forces, 0, out, outAt, forces.length);
      return true;
    }

    @Override
    public double cost(Workspace w, double[] x, int xAt, double[] u, int uAt) {
      double p = x[xAt];
      return p * p + 0.01 * (u[uAt] * u[uAt] + u[uAt + 1] * u[uAt + 1]) + 0.02 * p * u[uAt];
    }

    @Override
    public double terminalCost(Workspace w, double[] x, int xAt) {
      return 10 * x[xAt] * x[xAt];
    }

    @Override
    public boolean terminated(double[] x, int xAt) {
      return Math.abs(x[xAt]) > 5;
    }

    @Override
    public boolean linearize(
        Workspace w,
        double[] x,
        int xAt,
        double[] u,
        int uAt,
        CostHessian hessian,
        Linearization out) {
      double p = x[xAt];
      if (!step(w, x, xAt, u, uAt, out.xNext, 0)) {
        return false;
      }
      set(out.fx, 1 - H * H * stiffness, H, -H * stiffness, 1);
      set(out.fu, H * H * PUSH[0], H * H * PUSH[1], H * PUSH[0], H * PUSH[1]);
      out.l = cost(w, x, xAt, u, uAt);
      set(out.lx, 2 * p + 0.02 * u[uAt], 0);
      set(out.lu, 0.02 * u[uAt] + 0.02 * p, 0.02 * u[uAt + 1]);
      set(out.lxx, 2, 0, 0, 0);
      set(out.lux, hessian == CostHessian.EXACT ? 0.02 : 0, 0, 0, 0);
      set(out.luu, 0.02, 0, 0, 0.02);
      return true;
    }

    @Override
    public void linearizeTerminal(
        Workspace w, double[] x, int xAt, CostHessian hessian, Linearization out) {
      out.l = terminalCost(w, x, xAt);
      set(out.lx, 20 * x[xAt], 0);
      set(out.lxx, 20, 0, 0, 0);
    }

    @Override
    public void sampleInitialState(long seed, long episode, double[] x, int xAt) {
      CounterGaussian noise = new CounterGaussian();
      noise.start(seed, episode, CounterGaussian.INITIAL_STATE_STEP);
      x[xAt] = 0.5 + 0.1 * noise.next();
      x[xAt + 1] = 0.1 * noise.next();
    }

    private static void set(double[] out, double... values) {
      System.arraycopy(values, 0, out, 0, values.length);
    }
  }
}
