package io.gaitway.server;

import io.gaitway.sim.task.CostHessian;
import io.gaitway.sim.task.Environment;
import io.gaitway.sim.task.EnvironmentProvider;
import io.gaitway.sim.task.EnvironmentSpec;
import io.gaitway.sim.task.Linearization;
import io.gaitway.sim.task.Workspace;
import java.util.Map;

/** A cart with a defect, for tests: whatever it is asked for, it throws. */
public final class BrokenProvider implements EnvironmentProvider {
  static final String SECRET = "the secret of the defect";

  @Override
  public String id() {
    return "broken";
  }

  @Override
  public Environment create(Map<String, Double> overrides) {
    return new Broken(new CartProvider().create(overrides));
  }

  private record Broken(Environment cart) implements Environment {
    @Override
    public EnvironmentSpec spec() {
      return cart.spec();
    }

    @Override
    public Workspace newWorkspace() {
      return cart.newWorkspace();
    }

    @Override
    public boolean step(
        Workspace w, double[] x, int xAt, double[] u, int uAt, double[] xNext, int xNextAt) {
      throw new IllegalStateException(SECRET);
    }

    @Override
    public boolean contactForces(
        Workspace w, double[] x, int xAt, double[] u, int uAt, double[] out, int outAt) {
      throw new IllegalStateException(SECRET);
    }

    @Override
    public double cost(Workspace w, double[] x, int xAt, double[] u, int uAt) {
      return 0;
    }

    @Override
    public double terminalCost(Workspace w, double[] x, int xAt) {
      return 0;
    }

    @Override
    public boolean terminated(double[] x, int xAt) {
      return false;
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
      throw new IllegalStateException(SECRET);
    }

    @Override
    public void linearizeTerminal(
        Workspace w, double[] x, int xAt, CostHessian hessian, Linearization out) {
      throw new IllegalStateException(SECRET);
    }

    @Override
    public void sampleInitialState(long seed, long episode, double[] x, int xAt) {
      cart.sampleInitialState(seed, episode, x, xAt);
    }
  }
}
