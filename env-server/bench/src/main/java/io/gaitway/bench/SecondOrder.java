package io.gaitway.bench;

import io.gaitway.agents.cli.EmbeddedServer;
import io.gaitway.agents.guidance.InitialSolution;
import io.gaitway.client.GaitwayClient;
import io.gaitway.client.simulation.Simulator;
import io.gaitway.client.simulation.Trajectory;
import io.gaitway.optim.trajopt.Ilqr;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Compares differential dynamic programming with iLQR: how many iterations, and how much time, each
 * takes to the same cost. The script {@code env-server/bench/second-order} runs it and names its
 * arguments.
 */
final class SecondOrder {
  private static final int MAX_ITERATIONS = 2000;
  private static final double TOLERANCE = 1e-12;

  /** Solutions of each kind; the first warms up. */
  private static final int PASSES = 4;

  /** Excesses over the common cost, relative, that are reported. */
  private static final double[] EXCESS = {1e-2, 1e-4, 1e-6, 1e-8, 1e-10};

  /**
   * A point of a solution's course.
   *
   * @param rollouts calls of the line search so far
   * @param seconds since the start
   * @param cost of the nominal trajectory
   */
  private record Point(int rollouts, double seconds, double cost) {}

  private SecondOrder() {}

  public static void main(String[] args) {
    try (EmbeddedServer server = EmbeddedServer.start();
        GaitwayClient client = server.client()) {
      for (String argument : args) {
        String[] words = argument.split(":", 3);
        Simulator simulator = client.simulator(words[0], Map.of());
        int T = words.length > 1 ? Integer.parseInt(words[1]) : simulator.environment().horizon();
        boolean guessed = words.length < 3;
        compare(simulator, guessed ? new InitialSolution(simulator).guess(T) : wave(simulator, T));
      }
    }
  }

  /** A sinusoid of a tenth of the bounds, of one second. */
  private static double[] wave(Simulator simulator, int T) {
    int nu = simulator.environment().nu();
    double[] us = new double[T * nu];
    for (int i = 0; i < us.length; i++) {
      double bound = simulator.environment().action().get(i % nu).upper();
      us[i] = 0.1 * bound * StrictMath.sin(2 * Math.PI * (i / nu) * simulator.environment().dt());
    }
    return us;
  }

  private static void compare(Simulator simulator, double[] us) {
    int T = us.length / simulator.environment().nu();
    List<List<Point>> first = new ArrayList<>();
    List<List<Point>> second = new ArrayList<>();
    for (int pass = 0; pass < PASSES; pass++) {
      first.add(course(simulator, us, false));
      second.add(course(simulator, us, true));
    }
    double common = Math.max(last(first).cost(), last(second).cost());
    System.out.printf(
        "%s, %d steps, from cost %.6f: iLQR ends at %.10f after %d iterations, DDP at %.10f after"
            + " %d%n",
        simulator.environment().id(),
        T,
        first.get(0).get(0).cost(),
        last(first).cost(),
        last(first).rollouts(),
        last(second).cost(),
        last(second).rollouts());
    System.out.println("  above that  iterations iLQR  DDP     seconds iLQR  DDP");
    for (double excess : EXCESS) {
      double to = common + excess * Math.abs(common);
      System.out.printf(
          "  %-11.0e %-16d %-7d %-13.3f %.3f%n",
          excess,
          reached(first.get(0), to).rollouts(),
          reached(second.get(0), to).rollouts(),
          seconds(first, to),
          seconds(second, to));
    }
  }

  private static Point last(List<List<Point>> courses) {
    List<Point> course = courses.get(0);
    return course.get(course.size() - 1);
  }

  private static Point reached(List<Point> course, double cost) {
    return course.stream().filter(point -> point.cost() <= cost).findFirst().orElseThrow();
  }

  /** The median over the passes after the first. */
  private static double seconds(List<List<Point>> courses, double cost) {
    double[] times =
        courses.stream().skip(1).mapToDouble(course -> reached(course, cost).seconds()).toArray();
    Arrays.sort(times);
    return times[times.length / 2];
  }

  private static List<Point> course(Simulator simulator, double[] us, boolean secondOrder) {
    List<Point> course = new ArrayList<>();
    Ilqr.Options options =
        Ilqr.Options.defaults()
            .withMaxIterations(MAX_ITERATIONS)
            .withTolerance(TOLERANCE)
            .withBounded(true)
            .withSecondOrder(secondOrder);
    Simulator watched = watched(simulator, course);
    Ilqr ilqr = new Ilqr(watched, us.length / simulator.environment().nu(), options);
    double[] x1 = simulator.environment().initialState().meanState();
    ilqr.solve(ilqr.rollout(x1, us).trajectory());
    return course;
  }

  /** Notes the trajectories that derivatives are asked for along, one by one. */
  private static Simulator watched(Simulator simulator, List<Point> course) {
    long start = System.nanoTime();
    int[] rollouts = {-1}; // the start's own does not count
    return (Simulator)
        Proxy.newProxyInstance(
            Simulator.class.getClassLoader(),
            new Class<?>[] {Simulator.class},
            (self, method, arguments) -> {
              if (method.getName().equals("rollout")) {
                rollouts[0]++;
              } else if (method.getName().equals("linearize")) {
                double cost = ((Trajectory) arguments[0]).totalCost();
                double seconds = (System.nanoTime() - start) * 1e-9;
                course.add(new Point(rollouts[0], seconds, cost));
              }
              try {
                return method.invoke(simulator, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }
}
