package io.gaitway.agents.algorithms;

import io.gaitway.agents.run.Agent;
import io.gaitway.agents.run.Learner;
import io.gaitway.agents.run.Settings;
import io.gaitway.agents.run.Task;
import java.net.URL;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Variational guided policy search (Levine and Koltun, Variational Policy Search via Trajectory
 * Optimization, 2013, Algorithm 1): expectation maximisation of log p(O | θ) with a Gaussian
 * trajectory distribution q, found by iLQR on the cost β_k c(x, u) − log π_θ(u | x), and a policy
 * fitted to q.
 *
 * <p>Every deviation from the paper can be set ({@link VgpsSettings}), and the preset {@code paper}
 * has none of them:
 *
 * <ul>
 *   <li>a factor κ on the cost, and a β that rises: {@code kappa}, {@code beta_start}, {@code
 *       beta_end}, {@code beta_iterations};
 *   <li>a horizon longer than the task's: {@code padding};
 *   <li>states for the M step from noisy rollouts of q, besides those from its marginals: {@code
 *       rollouts};
 *   <li>marginals that a disturbance of the torques widens, on a linear schedule: {@code
 *       inflation}, {@code inflation_end}, {@code inflation_iterations};
 *   <li>q's action covariance scaled down by a constant factor per iteration: {@code
 *       covariance_decay}, {@code covariance_from};
 *   <li>policy noise without all of the fit's residual, and not below a level: {@code
 *       residual_share}, {@code minimum_std};
 *   <li>fresh fits from time to time: {@code refit_every}.
 * </ul>
 *
 * <p>What the paper leaves open is the same in every preset: a fit starts from the last one's
 * hidden weights and projects output weights and variances out, and the offsets of the averaged
 * policy derivatives stay frozen within an E step.
 */
public final class Vgps implements Agent<VgpsSettings> {
  /**
   * For policies with too few hidden units to copy q: q yields to the policy, in 300 to 400
   * iterations. Chosen on the walker; elsewhere its torques (inflation, least noise) need to be
   * set.
   */
  static final String SMALL_PRESET = "small";

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
  public List<String> presets() {
    return List.of(DEFAULT_PRESET, PAPER_PRESET, SMALL_PRESET);
  }

  /** Reads {@code PRESET-ENVIRONMENT.json} where there is one, else {@code PRESET.json}. */
  @Override
  public VgpsSettings preset(String preset, String environment) {
    @Nullable URL own = file(preset + "-" + environment);
    @Nullable URL file = own != null ? own : file(preset);
    if (file == null) {
      throw new IllegalArgumentException("vgps has no preset '" + preset + "'");
    }
    return Settings.read(VgpsSettings.class, file);
  }

  private static @Nullable URL file(String name) {
    return Vgps.class.getResource("vgps/" + name + ".json");
  }

  @Override
  public Learner learner(Task<VgpsSettings> task) {
    return new VgpsLearner(task);
  }
}
