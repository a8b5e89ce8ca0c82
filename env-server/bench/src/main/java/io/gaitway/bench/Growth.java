package io.gaitway.bench;

import io.gaitway.sim.dynamics.ControlStep;
import io.gaitway.sim.dynamics.FluidDrag;
import io.gaitway.sim.dynamics.ForceModel;
import io.gaitway.sim.dynamics.GroundContact;
import io.gaitway.sim.dynamics.ImplicitStep;
import io.gaitway.sim.dynamics.JointLimits;
import io.gaitway.sim.dynamics.Motor;
import io.gaitway.sim.dynamics.TimeStep;
import io.gaitway.sim.model.PlanarModel;
import io.gaitway.sim.model.Vec2;
import io.gaitway.sim.robots.Swimmer;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Measures what chains of more and more links take, in water and on the ground: to compile their
 * step, and to step and differentiate once HotSpot has compiled the kernels too. The script {@code
 * env-server/bench/growth} runs it and names its arguments.
 */
final class Growth {
  private static final List<Integer> LINKS = List.of(3, 6, 9, 12, 16, 20, 25, 30, 40, 50);
  private static final double H = 0.005;
  private static final int STATES = 16;

  /** Time that each of the kernels runs before it is timed, and while it is, s. */
  private static final double WARM_UP = 4;

  private static final double TIMED = 1;

  private Growth() {}

  public static void main(String[] args) {
    List<Integer> counts =
        args.length == 0 ? LINKS : Stream.of(args).map(Integer::valueOf).toList();
    measure("warm-up", new PlanarModel(List.of(Swimmer.model(2).link(0)), Vec2.ZERO), List.of());
    System.out.println(
        "robot  links  compiling, s  with curvature  step, us  f_x and f_u, us  curvature, us");
    for (int links : counts) {
      PlanarModel swimmer = Swimmer.model(links);
      List<ForceModel> water = List.of(new FluidDrag(1000, 0.1), new JointLimits(2000, 100, 0.1));
      print(measure("water", swimmer, water));
    }
    for (int links : counts) {
      PlanarModel swimmer = Swimmer.model(links);
      PlanarModel snake = new PlanarModel(swimmer.root(), swimmer.links(), new Vec2(0, -9.81));
      List<ForceModel> floor =
          List.of(
              new GroundContact(850 * snake.mass() / links, 0.004, 2, 0.8, 0.1, 0),
              new JointLimits(2000, 100, 0.1));
      print(measure("floor", snake, floor));
    }
  }

  /** One robot's times: s to compile, then ns. */
  private record Row(
      String robot,
      int links,
      double compiling,
      double curvatureCompiling,
      double step,
      double derivatives,
      double curvature) {}

  private static void print(Row row) {
    System.out.printf(
        "%-6s %-6d %-13.2f %-15.2f %-9.2f %-16.2f %.1f%n",
        row.robot,
        row.links,
        row.compiling,
        row.curvatureCompiling,
        row.step * 1e-3,
        row.derivatives * 1e-3,
        row.curvature * 1e-3);
  }

  private static Row measure(String robot, PlanarModel model, List<ForceModel> laws) {
    List<Motor> motors =
        Motor.direct(IntStream.range(1, model.size()).map(model::hinge).boxed().toList());
    long start = System.nanoTime();
    ControlStep step = new ControlStep(new ImplicitStep(model, laws, motors, TimeStep.euler(H)), 1);
    ControlStep.Data data = step.newData();
    long compiled = System.nanoTime();
    step.curvatureOperations();
    long all = System.nanoTime();
    int nx = 2 * model.nv();
    int nu = motors.size();
    double[][] x = new double[STATES][nx];
    double[] u = new double[nu];
    double[] lambda = new double[nx];
    SplittableRandom random = new SplittableRandom(nx);
    for (int i = 0; i < nx; i++) {
      lambda[i] = random.nextDouble(-1, 1);
    }
    for (double[] state : x) {
      for (int i = 1; i < nx; i++) {
        state[i] = random.nextDouble(-0.1, 0.1);
      }
      state[1] = 0.1;
    }
    double[] next = new double[nx];
    double[] fx = new double[nx * nx];
    double[] fu = new double[nx * nu];
    double[] curvature = new double[(nx + nu) * (nx + nu)];
    return new Row(
        robot,
        model.size(),
        (compiled - start) * 1e-9,
        (all - compiled) * 1e-9,
        nanoseconds(i -> data.advance(x[i], 0, u, 0, next, 0)),
        nanoseconds(i -> data.differentiate(x[i], 0, u, 0, next, fx, fu)),
        nanoseconds(i -> data.curvature(x[i], 0, u, 0, lambda, 0, curvature)));
  }

  private interface Call {
    boolean from(int state);
  }

  /** Time of a call once it has run for a while. */
  private static double nanoseconds(Call call) {
    run(call, WARM_UP);
    return run(call, TIMED);
  }

  private static double run(Call call, double seconds) {
    long start = System.nanoTime();
    long calls = 0;
    long now = start;
    while (now - start < seconds * 1e9) {
      for (int i = 0; i < STATES; i++) {
        if (!call.from(i)) {
          throw new IllegalStateException("a step diverged");
        }
      }
      calls += STATES;
      now = System.nanoTime();
    }
    return (double) (now - start) / calls;
  }
}
