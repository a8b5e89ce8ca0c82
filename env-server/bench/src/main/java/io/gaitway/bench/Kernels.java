package io.gaitway.bench;

import io.gaitway.client.simulation.Trajectory;
import io.gaitway.sim.dynamics.ControlStep;
import io.gaitway.sim.dynamics.ForceModel;
import io.gaitway.sim.dynamics.ForwardDynamics;
import io.gaitway.sim.dynamics.ImplicitStep;
import io.gaitway.sim.dynamics.TimeStep;
import io.gaitway.sim.task.CostHessian;
import io.gaitway.sim.task.Environment;
import io.gaitway.sim.task.Linearization;
import io.gaitway.sim.task.Workspace;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * Our kernels as samplers. Like the peers', they visit a robot's states in turn, and a run of steps
 * starts anew every {@value #RUN} steps. Times are the calling thread's CPU time: other programs'
 * turns on the core do not count.
 */
final class Kernels {
  private static final int RUN = 20;

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private Kernels() {}

  private static long cpuNanoseconds() {
    return THREADS.getCurrentThreadCpuTime();
  }

  /** Integrator steps of length {@code h}, s. */
  static Sampler step(Robot robot, List<ForceModel> forces, double h) {
    ImplicitStep.Data data =
        new ImplicitStep(robot.model(), forces, robot.motors(), TimeStep.euler(h)).newData();
    Turns turns = new Turns(robot);
    return calls -> {
      long start = cpuNanoseconds();
      for (int done = 0; done < calls; ) {
        int state = turns.next();
        data.set(turns.x[state], 0, turns.u[state], 0);
        int run = Math.min(RUN, calls - done);
        for (int i = 0; i < run; i++) {
          if (!data.advance()) {
            throw new IllegalStateException("a step of the " + robot.name() + " diverged");
          }
        }
        done += run;
      }
      return (double) (cpuNanoseconds() - start) / calls;
    };
  }

  /** Step of length {@code h}, s, with f_x and f_u written out row-major. */
  static Sampler stepDerivatives(Robot robot, List<ForceModel> forces, double h) {
    ImplicitStep step = new ImplicitStep(robot.model(), forces, robot.motors(), TimeStep.euler(h));
    ControlStep.Data data = new ControlStep(step, 1).newData();
    int nx = 2 * step.nv();
    double[] xNext = new double[nx];
    double[] fx = new double[nx * nx];
    double[] fu = new double[nx * step.nu()];
    Turns turns = new Turns(robot);
    return calls -> {
      long start = cpuNanoseconds();
      for (int i = 0; i < calls; i++) {
        int state = turns.next();
        if (!data.differentiate(turns.x[state], 0, turns.u[state], 0, xNext, fx, fu)) {
          throw new IllegalStateException("a step of the " + robot.name() + " diverged");
        }
      }
      return (double) (cpuNanoseconds() - start) / calls;
    };
  }

  /** Control steps of an environment, from the states of a run in turn. */
  static Sampler controlStep(Environment environment, Trajectory run) {
    Workspace workspace = environment.newWorkspace();
    double[] xNext = new double[run.nx];
    return everyKnot(
        run, t -> environment.step(workspace, run.xs, t * run.nx, run.us, t * run.nu, xNext, 0));
  }

  /** Control steps and costs of an environment with all their derivatives. */
  static Sampler linearization(Environment environment, Trajectory run) {
    Workspace workspace = environment.newWorkspace();
    Linearization knot = new Linearization(run.nx, run.nu);
    return everyKnot(
        run,
        t ->
            environment.linearize(
                workspace, run.xs, t * run.nx, run.us, t * run.nu, CostHessian.GAUSS_NEWTON, knot));
  }

  private static Sampler everyKnot(Trajectory run, IntPredicate call) {
    int[] at = new int[1];
    return calls -> {
      long start = cpuNanoseconds();
      for (int i = 0; i < calls; i++) {
        at[0] = at[0] + 1 < run.T ? at[0] + 1 : 0;
        if (!call.test(at[0])) {
          throw new IllegalStateException("the step from state " + at[0] + " diverged");
        }
      }
      return (double) (cpuNanoseconds() - start) / calls;
    };
  }

  /** Accelerations. */
  static Sampler acceleration(Robot robot) {
    ForwardDynamics dynamics = new ForwardDynamics(robot.model(), List.of(), robot.motors());
    ForwardDynamics.Data data = dynamics.newData();
    Turns turns = new Turns(robot);
    return calls -> {
      long start = cpuNanoseconds();
      for (int i = 0; i < calls; i++) {
        int state = turns.next();
        dynamics.evaluate(data, turns.q[state], turns.v[state], turns.u[state]);
      }
      return (double) (cpuNanoseconds() - start) / calls;
    };
  }

  /** Accelerations and their partial derivatives by coordinates, rates and torques. */
  static Sampler accelerationDerivatives(Robot robot) {
    ForwardDynamics dynamics = new ForwardDynamics(robot.model(), List.of(), robot.motors());
    ForwardDynamics.Data data = dynamics.newData();
    Turns turns = new Turns(robot);
    return calls -> {
      long start = cpuNanoseconds();
      for (int i = 0; i < calls; i++) {
        int state = turns.next();
        dynamics.differentiate(data, turns.q[state], turns.v[state], turns.u[state]);
      }
      return (double) (cpuNanoseconds() - start) / calls;
    };
  }

  /** A robot's states as arrays, taken in turn. */
  private static final class Turns {
    final double[][] q;
    final double[][] v;
    final double[][] x;
    final double[][] u;
    private int at;

    Turns(Robot robot) {
      q = robot.states().stream().map(Robot.State::q).toArray(double[][]::new);
      v = robot.states().stream().map(Robot.State::v).toArray(double[][]::new);
      x = robot.states().stream().map(Robot.State::x).toArray(double[][]::new);
      u = robot.states().stream().map(Robot.State::tau).toArray(double[][]::new);
    }

    int next() {
      at = at + 1 < u.length ? at + 1 : 0;
      return at;
    }
  }
}
