package io.gaitway.agents.guidance;

import io.gaitway.client.simulation.Rollout;
import io.gaitway.optim.trajopt.GaussianTrajectory;
import java.util.List;

/**
 * Where a trajectory distribution's actions mean something: near its nominal, as its marginals
 * measure it.
 */
public final class Tube {
  /** A state further from the nominal than so many standard deviations is no longer in the tube. */
  private static final double FAR = 6;

  /** Deviations of the marginals below this count as this, rad, m, rad/s or m/s. */
  private static final double LEAST_STD = 0.01;

  private final GaussianTrajectory q;

  /** The tube of a distribution. */
  public Tube(GaussianTrajectory q) {
    this.q = q;
  }

  /** Adds the states of rollouts, each but for the last one and up to where it leaves the tube. */
  public void add(Visits visits, List<Rollout> rollouts) {
    for (Rollout rollout : rollouts) {
      int inside = stepsInside(rollout);
      for (int t = 0; t < inside; t++) {
        visits.add(t, rollout.trajectory().xs, t * q.nx);
      }
    }
  }

  /** How many control steps a rollout begins in the tube before it leaves it, or ends. */
  int stepsInside(Rollout rollout) {
    int t = 0;
    while (t < rollout.steps() && holds(rollout.trajectory().xs, t)) {
      t++;
    }
    return t;
  }

  private boolean holds(double[] xs, int t) {
    for (int i = 0; i < q.nx; i++) {
      double std = Math.sqrt(q.Sigma[(t * q.nx + i) * q.nx + i]);
      if (Math.abs(xs[t * q.nx + i] - q.xs[t * q.nx + i]) > FAR * Math.max(std, LEAST_STD)) {
        return false;
      }
    }
    return true;
  }
}
