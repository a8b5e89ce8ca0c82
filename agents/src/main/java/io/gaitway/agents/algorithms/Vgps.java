package io.gaitway.agents.algorithms;

import io.gaitway.agents.run.Agent;
import io.gaitway.agents.run.Learner;
import io.gaitway.agents.run.Task;

/**
 * Variational guided policy search (Levine and Koltun, Variational Policy Search via Trajectory
 * Optimization, 2013, Algorithm 1): expectation maximisation of log p(O | θ) with a Gaussian
 * trajectory distribution q, found by iLQR on the cost β_k c(x, u) − log π_θ(u | x), and a policy
 * fitted to q.
 *
 * <p>Deviations from the paper, all of them settings: a factor κ on the cost, a padded horizon, a
 * fit that starts from the last one's weights with profiled variances, and offsets of the averaged
 * policy derivatives that stay frozen within an E step.
 */
public final class Vgps implements Agent<VgpsSettings> {

  @Override
  public String name() {
    return "vgps";
  }

  @Override
  public String summary() {
    return "Variational guided policy search (Levine and Koltun 2013): iLQR and supervised learning"
        + " in turn";
  }

  @Override
  public Class<VgpsSettings> settingsType() {
    return VgpsSettings.class;
  }

  @Override
  public VgpsSettings preset(String preset, String environment) {
    return switch (preset) {
      case PAPER_PRESET ->
          new VgpsSettings(
              1, 1, 0.1, 50, 0, 10, 0, 10, 10, 0.01, 0, 0, 1, 1, 0, 1, 200, 4, 500, 0, 1e-6);
      case DEFAULT_PRESET ->
          environment.equals("walker")
              ? new VgpsSettings(
                  1, 1, 10, 30, 60, 10, 20, 10, 10, 0.01, 25, 12, 60, 1, 0, 0.2, 100, 3, 300, 0,
                  1e-6)
              : new VgpsSettings(
                  1.5, 1, 16, 75, 60, 8, 0, 8, 10, 0.01, 15, 6, 100, 1, 0, 0.2, 60, 3, 200, 25,
                  1e-6);
      default -> throw new IllegalArgumentException("vgps has no preset '" + preset + "'");
    };
  }

  @Override
  public Learner learner(Task<VgpsSettings> task) {
    return new VgpsLearner(task);
  }
}
