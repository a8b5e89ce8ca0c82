package io.gaitway.agents.guidance;

import io.gaitway.client.simulation.Rollout;
import io.gaitway.client.simulation.RolloutRequest;
import io.gaitway.client.simulation.Simulator;
import io.gaitway.optim.trajopt.GaussianTrajectory;
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

  TubeRollouts(Simulator simulator, GaussianTrajectory q) {
    this.simulator = simulator;
    this.q = q;
  }

  /**
   * Adds the states of the first {@code T} control steps to {@code visits}; a rollout is cut where
   * it leaves the tube.
   *
   * @param seeds of the noise, one for each rollout
   */
  void add(Visits visits, int T, List<Long> seeds) {
    List<Rollout> results =
        simulator.rollout(
            new RolloutRequest(
                T,
                List.of(Arrays.copyOf(q.xs, q.nx)),
                List.of(q.disturbedController()),
                seeds,
                List.of()));
    for (Rollout rollout : results) {
      double[] xs = rollout.trajectory().xs;
      for (int t = 0; t < rollout.steps() && inTube(xs, t); t++) {
        visits.add(t, xs, t * q.nx);
      }
    }
  }

  private boolean inTube(double[] xs, int t) {
    for (int i = 0; i < q.nx; i++) {
      double std = Math.sqrt(q.Sigma[(t * q.nx + i) * q.nx + i]);
      if (Math.abs(xs[t * q.nx + i] - q.xs[t * q.nx + i]) > FAR * Math.max(std, LEAST_STD)) {
        return false;
      }
    }
    return true;
  }
}
