package io.gaitway.bench;

import io.gaitway.client.simulation.Trajectory;
import io.gaitway.sim.task.CostHessian;
import io.gaitway.sim.task.Environment;
import io.gaitway.sim.task.Linearization;
import io.gaitway.sim.task.Workspace;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** One control step of the swimmer, with all its substeps, at the states of a run in turn. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class StepBenchmark {
  private static final int T = 400;

  private final Environment swimmer = SwimmerRun.swimmer();
  private final Workspace workspace = swimmer.newWorkspace();
  private final Trajectory run = SwimmerRun.trajectory(swimmer, T);
  private final double[] xNext = new double[run.nx];
  private final Linearization knot = new Linearization(run.nx, run.nu);
  private final double[] lambda = new double[run.nx];
  private final double[] curvature = new double[(run.nx + run.nu) * (run.nx + run.nu)];
  private int t;

  /** The next state. */
  @Benchmark
  public double[] step() {
    t = t + 1 < T ? t + 1 : 0;
    if (!swimmer.step(workspace, run.xs, t * run.nx, run.us, t * run.nu, xNext, 0)) {
      throw new IllegalStateException("step %d diverged".formatted(t));
    }
    return xNext;
  }

  /** The next state, the cost and all their derivatives. */
  @Benchmark
  public Linearization stepWithDerivatives() {
    t = t + 1 < T ? t + 1 : 0;
    if (!swimmer.linearize(
        workspace, run.xs, t * run.nx, run.us, t * run.nu, CostHessian.GAUSS_NEWTON, knot)) {
      throw new IllegalStateException("step %d diverged".formatted(t));
    }
    return knot;
  }

  /** Second derivatives of the next state, weighted by one and the same λ. */
  @Benchmark
  public double[] curvature() {
    t = t + 1 < T ? t + 1 : 0;
    Arrays.fill(lambda, 1);
    if (!swimmer.curvature(
        workspace, run.xs, t * run.nx, run.us, t * run.nu, lambda, 0, curvature)) {
      throw new IllegalStateException("step %d diverged".formatted(t));
    }
    return curvature;
  }
}
