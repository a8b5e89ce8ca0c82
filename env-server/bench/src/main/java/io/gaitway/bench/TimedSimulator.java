package io.gaitway.bench;

import io.gaitway.client.simulation.EnvironmentInfo;
import io.gaitway.client.simulation.Expansion;
import io.gaitway.client.simulation.Jacobians;
import io.gaitway.client.simulation.Rollout;
import io.gaitway.client.simulation.RolloutRequest;
import io.gaitway.client.simulation.Simulator;
import io.gaitway.client.simulation.Trajectory;
import io.gaitway.client.simulation.Transitions;
import io.gaitway.client.simulation.Usage;
import io.gaitway.sim.task.Environment;
import io.gaitway.sim.task.Linearization;
import io.gaitway.sim.task.Workspace;
import java.util.List;

/**
 * A simulator that times its calls and, right after each, the bare kernel doing the same work on
 * the calling thread. What a call takes beyond its kernel is machinery: messages, threads, checks
 * and the evaluation of controllers.
 */
final class TimedSimulator implements Simulator {
  private final Simulator calls;
  private final Environment environment;
  private final Workspace workspace;
  private final Linearization knot;
  private final double[] xNext;
  private final int nx;
  private final int nu;
  private long callNanoseconds;
  private long kernelNanoseconds;

  /** What the kernels computed last, so that no compiler may leave them out. */
  volatile double sink;

  TimedSimulator(Simulator calls, Environment environment) {
    this.calls = calls;
    this.environment = environment;
    workspace = environment.newWorkspace();
    nx = environment.spec().nx();
    nu = environment.spec().nu();
    knot = new Linearization(nx, nu);
    xNext = new double[nx];
  }

  /** Time in calls since {@link #reset}, ns. */
  long callNanoseconds() {
    return callNanoseconds;
  }

  /** Time in the kernels that were run again since {@link #reset}, ns. */
  long kernelNanoseconds() {
    return kernelNanoseconds;
  }

  /** Sets both times to zero. */
  void reset() {
    callNanoseconds = 0;
    kernelNanoseconds = 0;
  }

  @Override
  public EnvironmentInfo environment() {
    return calls.environment();
  }

  @Override
  public void linearize(Trajectory trajectory, CostHessian hessian, Expansion expansion) {
    long start = System.nanoTime();
    calls.linearize(trajectory, hessian, expansion);
    long called = System.nanoTime();
    var wanted = io.gaitway.sim.task.CostHessian.valueOf(hessian.name());
    for (int t = 0; t < trajectory.T; t++) {
      require(
          environment.linearize(
              workspace, trajectory.xs, t * nx, trajectory.us, t * nu, wanted, knot),
          t);
    }
    environment.linearizeTerminal(workspace, trajectory.xs, trajectory.T * nx, wanted, knot);
    sink = knot.l;
    count(start, called);
  }

  @Override
  public void linearizeDynamics(double[] xs, double[] us, Jacobians out) {
    long start = System.nanoTime();
    calls.linearizeDynamics(xs, us, out);
    long called = System.nanoTime();
    var wanted = io.gaitway.sim.task.CostHessian.EXACT;
    for (int i = 0; i < out.n; i++) {
      require(environment.linearize(workspace, xs, i * nx, us, i * nu, wanted, knot), i);
    }
    sink = knot.l;
    count(start, called);
  }

  @Override
  public void evaluate(double[] xs, double[] us, Transitions out) {
    long start = System.nanoTime();
    calls.evaluate(xs, us, out);
    long called = System.nanoTime();
    for (int i = 0; i < out.n; i++) {
      require(environment.step(workspace, xs, i * nx, us, i * nu, xNext, 0), i);
    }
    count(start, called);
  }

  @Override
  public List<Rollout> rollout(RolloutRequest request) {
    long start = System.nanoTime();
    List<Rollout> rollouts = calls.rollout(request);
    long called = System.nanoTime();
    double total = 0;
    for (Rollout rollout : rollouts) {
      double[] xs = rollout.trajectory().xs;
      double[] us = rollout.trajectory().us;
      for (int t = 0; t < rollout.steps(); t++) {
        total += environment.cost(workspace, xs, t * nx, us, t * nu);
        require(environment.step(workspace, xs, t * nx, us, t * nu, xNext, 0), t);
      }
      total += environment.terminalCost(workspace, xs, rollout.steps() * nx);
    }
    sink = total;
    count(start, called);
    return rollouts;
  }

  @Override
  public double[] contactForces(Trajectory trajectory, int steps) {
    long start = System.nanoTime();
    double[] forces = calls.contactForces(trajectory, steps);
    callNanoseconds += System.nanoTime() - start;
    return forces;
  }

  @Override
  public List<double[]> initialStates(long seed, int count) {
    long start = System.nanoTime();
    List<double[]> states = calls.initialStates(seed, count);
    callNanoseconds += System.nanoTime() - start;
    return states;
  }

  /** Times its own calls. */
  @Override
  public TimedSimulator account(String name) {
    return new TimedSimulator(calls.account(name), environment);
  }

  @Override
  public Usage usage() {
    return calls.usage();
  }

  private void count(long start, long called) {
    callNanoseconds += called - start;
    kernelNanoseconds += System.nanoTime() - called;
  }

  private static void require(boolean succeeded, int t) {
    if (!succeeded) {
      throw new IllegalStateException("step %d diverged in the kernel only".formatted(t));
    }
  }
}
