package io.gaitway.sim.env;

import io.gaitway.sim.dynamics.ControlStep;
import io.gaitway.sim.model.PlanarModel;
import io.gaitway.sim.random.CounterGaussian;
import java.util.Arrays;
import java.util.List;

/** An environment made of a planar robot's control step and an objective. */
final class PlanarEnvironment implements Environment {
  private final EnvironmentSpec spec;
  private final ControlStep step;
  private final Objective running;

  /**
   * Puts the parts together; allocates.
   *
   * @param model the robot, for the objective
   * @param running terms of the running cost
   */
  PlanarEnvironment(
      EnvironmentSpec spec, PlanarModel model, ControlStep step, List<Objective.Term> running) {
    this.spec = spec;
    this.step = step;
    this.running = new Objective(model, spec.nu(), running);
  }

  private final class Scratch implements Workspace {
    final ControlStep.Data data = step.newData();
    final double[] memory = running.newMemory();

    PlanarEnvironment owner() {
      return PlanarEnvironment.this;
    }
  }

  private Scratch own(Workspace workspace) {
    if (workspace instanceof Scratch scratch && scratch.owner() == this) {
      return scratch;
    }
    throw new IllegalArgumentException("the workspace belongs to another environment");
  }

  @Override
  public EnvironmentSpec spec() {
    return spec;
  }

  @Override
  public Workspace newWorkspace() {
    return new Scratch();
  }

  @Override
  public boolean step(
      Workspace workspace, double[] x, int xAt, double[] u, int uAt, double[] xNext, int xNextAt) {
    return own(workspace).data.advance(x, xAt, u, uAt, xNext, xNextAt);
  }

  @Override
  public double cost(Workspace workspace, double[] x, int xAt, double[] u, int uAt) {
    return running.value(own(workspace).memory, x, xAt, u, uAt);
  }

  @Override
  public double terminalCost(Workspace workspace, double[] x, int xAt) {
    return 0;
  }

  @Override
  public boolean terminated(double[] x, int xAt) {
    return false;
  }

  @Override
  public boolean linearize(
      Workspace workspace,
      double[] x,
      int xAt,
      double[] u,
      int uAt,
      CostHessian hessian,
      Linearization out) {
    Scratch scratch = own(workspace);
    running.differentiate(scratch.memory, x, xAt, u, uAt, hessian, out);
    return scratch.data.differentiate(x, xAt, u, uAt, out.xNext, out.fx, out.fu);
  }

  @Override
  public void linearizeTerminal(
      Workspace workspace, double[] x, int xAt, CostHessian hessian, Linearization out) {
    out.l = 0;
    Arrays.fill(out.lx, 0);
    Arrays.fill(out.lxx, 0);
  }

  @Override
  public void sampleInitialState(long seed, long episode, double[] x, int xAt) {
    CounterGaussian noise = new CounterGaussian();
    noise.start(seed, episode, CounterGaussian.INITIAL_STATE_STEP);
    EnvironmentSpec.InitialState distribution = spec.initialState();
    for (int i = 0; i < spec.nx(); i++) {
      x[xAt + i] = distribution.mean().get(i) + distribution.std().get(i) * noise.next();
    }
  }
}
