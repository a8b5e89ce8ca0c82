package io.gaitway.agents.guidance;

import io.gaitway.client.simulation.Controller;
import io.gaitway.client.simulation.Rollout;
import io.gaitway.client.simulation.RolloutRequest;
import io.gaitway.client.simulation.Simulator;
import io.gaitway.optim.trajopt.GaussianTrajectory;
import io.gaitway.optim.trajopt.NormalSampler;
import java.util.Arrays;
import java.util.List;

/**
 * States that a trajectory distribution's own controller visits in the simulator, with its noise
 * and its disturbance. Where contacts come and go, linear marginals are fiction, and these are not.
 */
final class TubeRollouts {
  /** A state further from the nominal than so many standard deviations is no longer in the tube. */
  private static final double FAR = 6;

  /** Deviations of the marginals below this count as this, rad, m, rad/s or m/s. */
  private static final double LEAST_STD = 0.01;

  private final Simulator simulator;
  private final GaussianTrajectory q;
  private final Controller.LinearGaussian controller;
  private final Visits visits;

  /**
   * Prepares.
   *
   * @param visits receives the states
   */
  TubeRollouts(Simulator simulator, GaussianTrajectory q, Visits visits) {
    this.simulator = simulator;
    this.q = q;
    controller = q.disturbedController();
    this.visits = visits;
  }

  /**
   * Adds the states of the first {@code T} control steps; a rollout is cut where it leaves the
   * tube.
   *
   * @param seeds of the noise, one for each rollout
   */
  void addWhole(int T, List<Long> seeds) {
    add(0, Arrays.copyOf(q.xs, q.nx), T, seeds);
  }

  /**
   * Adds the states of short rollouts that begin evenly spread over the first {@code T} control
   * steps, each in a state drawn from the marginals. Whole ones leave the tube early in the horizon
   * where q's noise is large, and show nothing of its rest.
   *
   * @param steps length of a rollout, as far as the horizon lets it
   * @param seeds of the noise, one for each rollout
   */
  void addShort(int T, int steps, List<Long> seeds, NormalSampler normal) {
    double[] x = new double[q.nx];
    for (int r = 0; r < seeds.size(); r++) {
      int from = r * T / seeds.size();
      q.sampleState(from, normal, x, 0);
      add(from, x, Math.min(steps, T - from), seeds.subList(r, r + 1));
    }
  }

  private void add(int from, double[] x, int steps, List<Long> seeds) {
    List<Rollout> rollouts =
        simulator.rollout(
            new RolloutRequest(steps, List.of(x), List.of(part(from, steps)), seeds, List.of()));
    for (Rollout rollout : rollouts) {
      double[] xs = rollout.trajectory().xs;
      for (int t = 0; t < rollout.steps() && inTube(xs, t, from + t); t++) {
        visits.add(from + t, xs, t * q.nx);
      }
    }
  }

  /** The controller from a control step on. */
  private Controller.LinearGaussian part(int from, int steps) {
    int to = from + steps;
    return new Controller.LinearGaussian(
        steps,
        Arrays.copyOfRange(controller.xs(), from * q.nx, to * q.nx),
        Arrays.copyOfRange(controller.us(), from * q.nu, to * q.nu),
        Arrays.copyOfRange(controller.k(), from * q.nu, to * q.nu),
        Arrays.copyOfRange(controller.K(), from * q.nu * q.nx, to * q.nu * q.nx),
        Arrays.copyOfRange(controller.L(), from * q.nu * q.nu, to * q.nu * q.nu));
  }

  private boolean inTube(double[] xs, int at, int t) {
    for (int i = 0; i < q.nx; i++) {
      double std = Math.sqrt(q.Sigma[(t * q.nx + i) * q.nx + i]);
      if (Math.abs(xs[at * q.nx + i] - q.xs[t * q.nx + i]) > FAR * Math.max(std, LEAST_STD)) {
        return false;
      }
    }
    return true;
  }
}
