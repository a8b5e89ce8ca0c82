package io.gaitway.agents.algorithms;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gaitway.agents.api.IterationReport;
import io.gaitway.agents.api.Learner;
import io.gaitway.agents.api.Setting;
import io.gaitway.agents.api.Task;
import io.gaitway.agents.guidance.AdaptationSettings;
import io.gaitway.agents.guidance.Guide;
import io.gaitway.agents.guidance.GuideSettings;
import io.gaitway.agents.guidance.GuidedAgent;
import io.gaitway.agents.guidance.GuidedLearner;
import io.gaitway.agents.guidance.ImitationSettings;
import io.gaitway.agents.guidance.SelectionSettings;
import io.gaitway.agents.guidance.Tube;
import io.gaitway.agents.guidance.Visits;
import io.gaitway.client.simulation.Rollout;
import io.gaitway.optim.policy.GaussianMlp;
import io.gaitway.optim.trajopt.NormalSampler;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.rng.UniformRandomProvider;
import org.apache.commons.rng.simple.RandomSource;
import org.jspecify.annotations.Nullable;

/**
 * Variational guided policy search (Levine and Koltun, Variational Policy Search via Trajectory
 * Optimization, 2013, Algorithm 1): expectation maximisation of log p(O | θ) with a Gaussian
 * trajectory distribution q, found by iLQR on the cost β_k c(x, u) − log π_θ(u | x), and a policy
 * fitted to q.
 *
 * <p>Every deviation from the paper can be set ({@link Options}), and the preset {@code paper} has
 * none of them:
 *
 * <ul>
 *   <li>a factor κ on the cost, and a β that rises: {@code kappa}, {@code beta_start}, {@code
 *       beta_end}, {@code beta_iterations};
 *   <li>a horizon longer than the task's: {@code padding};
 *   <li>states for the M step from noisy rollouts of q, besides those from its marginals: {@code
 *       rollouts};
 *   <li>and from those of the last policy, which finds where q's states do not teach it enough:
 *       {@code policy_rollouts}, {@code policy_start_std};
 *   <li>marginals that a disturbance of the torques widens, on a linear schedule: {@code
 *       inflation}, {@code inflation_end}, {@code inflation_iterations};
 *   <li>q's action covariance scaled down by a constant factor per iteration: {@code
 *       covariance_decay}, {@code covariance_from};
 *   <li>policy noise without all of the fit's residual, and not below a level: {@code
 *       residual_share}, {@code minimum_std};
 *   <li>schedules that wait for a policy that falls behind q: {@code patience}, {@code
 *       patience_from};
 *   <li>rollouts of the policy, to know whether it does, and to keep the best: {@code validation};
 *   <li>fresh fits from time to time: {@code refit_every}.
 * </ul>
 *
 * <p>What the paper leaves open is the same in every preset: a fit starts from the last one's
 * hidden weights and projects output weights and variances out, and the offsets of the averaged
 * policy derivatives stay frozen within an E step.
 */
public final class Vgps implements GuidedAgent<Vgps.Options> {
  /**
   * For policies with too few hidden units to copy q: q yields to the policy, in hundreds of
   * iterations. Chosen on the walker; elsewhere its torques (inflation, least noise) need to be
   * set.
   */
  static final String SMALL_PRESET = "small";

  /**
   * Settings; see {@code docs/vgps.md} for what they were measured to do.
   *
   * @param guide cost factor, horizon and width of q
   * @param imitation the M step
   * @param adaptation the E step, and the schedules of β and of q's width
   * @param selection of the result
   * @param policyRollouts of the policy, for states that the M step learns from
   * @param policyStartStd how far off the start they begin
   * @param patience when the schedules of β and of the disturbance step back
   * @param patienceFrom how far they go before
   */
  public record Options(
      GuideSettings guide,
      ImitationSettings imitation,
      AdaptationSettings adaptation,
      SelectionSettings selection,
      @Setting(
              value =
                  "Noisy rollouts of the last policy whose states, as far as they stay in the tube, are"
                      + " added to those of q; those that judged it come first",
              min = 0,
              max = 1000)
          int policyRollouts,
      @Setting(
              value =
                  "Standard deviation, in every entry, of the states that the policy's rollouts begin"
                      + " from",
              min = 0)
          double policyStartStd,
      @Setting(
              value =
                  "While a policy's rollouts cost more than this many times q, beta and the"
                      + " disturbance step back instead of on; 0 never",
              min = 0)
          double patience,
      @Setting(
              value =
                  "With patience: how many iterations of their schedules beta and the disturbance first"
                      + " go through, two at a time, whatever the policy costs",
              min = 0)
          int patienceFrom) {}

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
  public Class<Options> settingsType() {
    return Options.class;
  }

  @Override
  public List<String> presets() {
    return List.of(DEFAULT_PRESET, PAPER_PRESET, SMALL_PRESET);
  }

  @Override
  public boolean manyStarts() {
    return true;
  }

  @Override
  public Learner learner(Task<Options> task) {
    return new VgpsLearner(task);
  }

  private static final class VgpsLearner extends GuidedLearner {
    /** How far the schedules step on before they heed the policy, iterations. */
    private static final int UNHEEDING = 2;

    private final Options options;

    /** How far the schedules of β and of the disturbance have come, iterations. */
    private int progress;

    /** From each start, the rollouts that judged the last policy; empty where none did. */
    private final Map<Guide, List<Rollout>> lastTrials = new HashMap<>();

    VgpsLearner(Task<Options> task) {
      super(
          task, task.settings().guide(), task.settings().imitation(), task.settings().selection());
      options = task.settings();
    }

    @Override
    protected GaussianMlp improve(
        GaussianMlp last, int iteration, NormalSampler normal, Map<String, Double> scalars) {
      return imitate(last, iteration, normal, scalars);
    }

    @Override
    protected Visits visits(
        Guide start, @Nullable GaussianMlp last, int iteration, NormalSampler normal) {
      Visits visits = super.visits(start, last, iteration, normal);
      if (last != null && options.policyRollouts() > 0) {
        List<Rollout> known = lastTrials.get(start);
        List<Rollout> rollouts = known == null ? run(start, last, iteration - 1) : known;
        new Tube(start.q()).add(visits, rollouts.subList(0, options.policyRollouts()));
      }
      return visits;
    }

    /** Those that judge a policy are also those whose states the next one learns from. */
    @Override
    protected List<Rollout> trials(Guide start, GaussianMlp policy, int iteration, int count) {
      List<Rollout> rollouts = run(start, policy, iteration);
      lastTrials.put(start, rollouts);
      return rollouts.subList(0, count);
    }

    /** The rollouts of an iteration's policy, to judge it and to learn from. */
    private List<Rollout> run(Guide start, GaussianMlp policy, int iteration) {
      int count = Math.max(options.selection().validation(), options.policyRollouts());
      if (options.policyStartStd() == 0) {
        return super.trials(start, policy, iteration, count);
      }
      UniformRandomProvider random =
          RandomSource.PHILOX_4X64.create(new long[] {task.seed(), iteration, 1});
      return start.rollouts(
          policy.controller(),
          noiseSeeds(iteration, count),
          options.policyStartStd(),
          new NormalSampler(random));
    }

    /** The E step, from every start with the policy's parameters there. */
    @Override
    protected void conclude(
        GaussianMlp found,
        double cost,
        int iteration,
        NormalSampler normal,
        Map<String, Double> scalars) {
      progress = Math.max(1, progress + stride(cost));
      double bound = 0;
      for (Guide each : guides) {
        GaussianMlp policy = at(found, each);
        Guide.Adaptation adaptation =
            each.adapt(policy, options.adaptation(), progress, iteration, normal);
        bound += each.lowerBound(adaptation, policy);
      }
      scalars.put(IterationReport.BETA, options.adaptation().beta(progress));
      scalars.put(IterationReport.LOWER_BOUND, bound);
    }

    /** How far the schedules are to move for a policy of this cost. */
    private int stride(double cost) {
      if (options.selection().validation() == 0 || options.patience() == 0) {
        return 1;
      }
      if (progress < options.patienceFrom()) {
        return UNHEEDING;
      }
      return cost > options.patience() * guideCost() ? -1 : 1;
    }

    @Override
    public ObjectNode save() {
      ObjectNode state = super.save();
      return state.put("progress", progress);
    }

    @Override
    public void restore(ObjectNode state) {
      super.restore(state);
      progress = state.required("progress").intValue();
    }
  }
}
