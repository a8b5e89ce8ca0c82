package io.gaitway.agents.guidance;

import io.gaitway.client.simulation.Rollout;
import io.gaitway.client.simulation.Simulator;
import io.gaitway.client.simulation.Trajectory;
import io.gaitway.optim.trajopt.Ilqr;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.Stream;

/**
 * A first guess of the actions where nobody knows one, over as many steps as are asked for: model
 * predictive control. Open-loop actions neither balance a pole nor keep a leg from falling for
 * long, however they are chosen; a plan over a few seconds that is made anew before they are over
 * does. The first plan is what an {@link ActionSearch} finds.
 *
 * <p>Every plan is optimised by iLQR within the actions' bounds; its first part is taken, and the
 * next plan begins with the rest, followed by what is cheapest of: the middle of the bounds, the
 * last action held, and the last part again.
 */
final class RecedingHorizon {
  /** Lengths of a plan, s; that which leads to the least cost is chosen. */
  private static final double[] PLANS = {3, 1};

  private static final int FEWEST_STEPS = 40;

  /** A plan has so many parts, of which one is taken. */
  private static final int PARTS = 4;

  private static final int ITERATIONS = 30;

  /** How often a plan that fails is searched for anew, if the first one did not fail. */
  private static final int MOST_SEARCHES = 40;

  private final Simulator simulator;
  private final int nx;
  private final int nu;
  private final ActionSearch search;

  RecedingHorizon(Simulator simulator) {
    this.simulator = simulator;
    nx = simulator.environment().nx();
    nu = simulator.environment().nu();
    search = new ActionSearch(simulator);
  }

  /**
   * Plans.
   *
   * @param x1 initial state, shape (nx)
   * @param T control steps
   * @return actions, shape (T, nu)
   */
  double[] guess(double[] x1, int T) {
    Ilqr whole = new Ilqr(simulator, T, InitialSolution.bounded(0));
    double[] best = {};
    double least = Double.POSITIVE_INFINITY;
    for (int length : lengths(T)) {
      double[] first = search.search(x1, length);
      double[] us = length == T ? first : goOn(x1, first, T);
      double cost = whole.rollout(x1, us).cost();
      if (cost < least || best.length == 0) {
        best = us;
        least = cost;
      }
    }
    return best;
  }

  /** Lengths of a plan for T steps, each once. */
  private int[] lengths(int T) {
    double dt = simulator.environment().dt();
    return Arrays.stream(PLANS)
        .mapToInt(seconds -> (int) Math.rint(seconds / dt))
        .map(length -> Math.min(T, Math.max(FEWEST_STEPS, length)))
        .distinct()
        .toArray();
  }

  /**
   * Goes on after a first plan, to T steps, or to where no plan lasts longer than its first part.
   */
  private double[] goOn(double[] x1, double[] first, int T) {
    int length = first.length / nu;
    Ilqr ilqr = new Ilqr(simulator, length, InitialSolution.bounded(ITERATIONS));
    int part = length / PARTS;
    double[] us = new double[T * nu];
    Rollout plan = ilqr.rollout(x1, first);
    int searches = plan.steps() == length ? MOST_SEARCHES : 0;
    for (int t = 0; ; t += part) {
      boolean lasts = plan.steps() == length && Double.isFinite(plan.cost());
      Trajectory planned = lasts ? ilqr.solve(plan.trajectory()).nominal() : plan.trajectory();
      boolean last = t + length >= T;
      int taken = last ? T - t : part;
      System.arraycopy(planned.us, 0, us, t * nu, taken * nu);
      if (last || plan.steps() <= part) {
        return us;
      }
      double[] x = Arrays.copyOfRange(planned.xs, part * nx, (part + 1) * nx);
      plan = goingOn(ilqr, x, planned.us, part);
      if (plan.steps() < length && searches-- > 0) {
        Rollout afresh = ilqr.rollout(x, search.searchCoarsely(x, length));
        plan = afresh.cost() < plan.cost() ? afresh : plan;
      }
    }
  }

  /** The cheapest of the plans that go on after a plan's first part. */
  private Rollout goingOn(Ilqr ilqr, double[] x, double[] plan, int part) {
    return Stream.of(0, 1, part)
        .map(back -> ilqr.rollout(x, goingOn(plan, part, back)))
        .min(Comparator.comparingDouble(Rollout::cost))
        .orElseThrow();
  }

  /**
   * A plan without its first part, and with a new last one.
   *
   * @param back steps between what is repeated in it; 0 for the middle of the bounds
   */
  private double[] goingOn(double[] plan, int part, int back) {
    double[] next = Arrays.copyOfRange(plan, part * nu, plan.length + part * nu);
    for (int i = plan.length - part * nu; i < plan.length; i++) {
      next[i] = back == 0 ? search.middle(i % nu) : next[i - back * nu];
    }
    return next;
  }
}
