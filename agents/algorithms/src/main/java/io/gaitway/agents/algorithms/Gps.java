package io.gaitway.agents.algorithms;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gaitway.agents.api.ExactDoubles;
import io.gaitway.agents.api.Learner;
import io.gaitway.agents.api.Setting;
import io.gaitway.agents.api.Task;
import io.gaitway.agents.guidance.GuideSettings;
import io.gaitway.agents.guidance.GuidedAgent;
import io.gaitway.agents.guidance.GuidedLearner;
import io.gaitway.agents.guidance.ImitationSettings;
import io.gaitway.agents.guidance.SampleMixture;
import io.gaitway.agents.guidance.SelectionSettings;
import io.gaitway.client.simulation.Rollout;
import io.gaitway.optim.policy.GaussianMlp;
import io.gaitway.optim.policy.ImportanceSampledReturn;
import io.gaitway.optim.trajopt.NormalSampler;
import java.util.List;
import java.util.Map;

/**
 * Guided policy search (Levine and Koltun, Guided Policy Search, ICML 2013, Algorithm 1):
 * likelihood ratio policy search whose importance-sampled estimate of the return holds trajectories
 * of the initial DDP solution beside the policy's own, see {@link ImportanceSampledReturn}.
 *
 * <p>In each iteration a policy is sought that maximises the estimate, from the best one on, and
 * trajectories of it join the set. If the estimate with them calls it better than the best, it
 * becomes the best and the regulariser w_r falls by {@code regularization_factor}; otherwise w_r
 * rises by it. The best goes on, and its trajectories stay.
 *
 * <p>Deviations: the set keeps all guiding trajectories, the best policy's, and those of the last
 * {@code memory} policies, where the source keeps those of greatest weight; the first policy is
 * fitted to states of q's marginals with q's action distributions, as for all methods here, instead
 * of to sampled trajectories; nothing is drawn again from the best policy after a failure; the
 * search is scaled by the policy's Fisher information. Beyond the source, off in the preset {@code
 * paper}: what VGPS has for the first policy.
 */
public final class Gps implements GuidedAgent<Gps.Options> {

  /**
   * Settings.
   *
   * @param guide of the guiding trajectories
   * @param imitation of the first policy
   * @param search for better policies
   * @param selection of the result
   */
  public record Options(
      GuideSettings guide,
      ImitationSettings imitation,
      SearchSettings search,
      SelectionSettings selection) {}

  /**
   * Settings of the search.
   *
   * @param guiding trajectories of q in the set
   * @param onPolicy rollouts per iteration
   * @param memory iterations whose rollouts stay in the set
   * @param regularization w_r at first
   * @param regularizationLeast lower limit of w_r
   * @param regularizationMost upper limit of w_r
   * @param regularizationFactor by which w_r changes
   * @param searchIterations of the optimiser
   */
  public record SearchSettings(
      @Setting(value = "Trajectories of the DDP solution in the sample set", min = 1, max = 10_000)
          int guiding,
      @Setting(value = "Rollouts of the policy per iteration", min = 1, max = 10_000) int onPolicy,
      @Setting(
              value =
                  "Policies, the newest ones, whose rollouts stay in the sample set beside the best one's",
              min = 1,
              max = 1000)
          int memory,
      @Setting(value = "Weight of the regulariser log Z at first", min = 0) double regularization,
      @Setting(value = "Least weight of the regulariser", min = 0) double regularizationLeast,
      @Setting(value = "Most weight of the regulariser", min = 0) double regularizationMost,
      @Setting(
              value = "Factor by which the weight falls after a success and rises after a failure",
              min = 1)
          double regularizationFactor,
      @Setting(value = "Most L-BFGS iterations of a search", min = 1) int searchIterations) {}

  @Override
  public String name() {
    return "gps";
  }

  @Override
  public String summary() {
    return "Guided policy search (Levine and Koltun 2013): importance-sampled policy search with"
        + " samples of the initial DDP solution";
  }

  @Override
  public Class<Options> settingsType() {
    return Options.class;
  }

  @Override
  public Learner learner(Task<Options> task) {
    return new GpsLearner(task, task.settings());
  }

  /** Draws, searches and judges; a variant moves the guide. */
  static class GpsLearner extends GuidedLearner {
    /** Relative change of the objective that ends a search. */
    private static final double TOLERANCE = 1e-6;

    private final double kappa;
    private final SearchSettings search;
    private final SampleMixture set;
    private double regularization;

    GpsLearner(Task<?> task, Options options) {
      super(task, options.guide(), options.imitation(), options.selection());
      kappa = options.guide().kappa();
      search = options.search();
      set = new SampleMixture(environment(), task.observation(), task.horizon());
      regularization = search.regularization();
    }

    /** Brings the guiding trajectories up to date: here they are drawn once. */
    void guide(
        GaussianMlp policy, int iteration, NormalSampler normal, Map<String, Double> scalars) {
      if (!set.hasGuides()) {
        addGuiding(seeds(iteration, 0, search.guiding()), 1, scalars);
        set.holdGuides();
      }
    }

    /**
     * Adds trajectories of q after it has moved.
     *
     * @param memory of how many distributions such trajectories are kept
     */
    final void addAdapted(int iteration, int count, int memory, Map<String, Double> scalars) {
      addGuiding(seeds(iteration, search.guiding() + search.onPolicy(), count), memory, scalars);
    }

    private void addGuiding(List<Long> seeds, int memory, Map<String, Double> scalars) {
      List<Rollout> guiding = guide.rollouts(guide.q().controller(), seeds);
      set.addGuiding(guide.q(), guiding, memory);
      scalars.put(
          "guiding_cost", guiding.stream().mapToDouble(Rollout::cost).average().orElseThrow());
    }

    @Override
    protected GaussianMlp improve(
        GaussianMlp last, int iteration, NormalSampler normal, Map<String, Double> scalars) {
      if (set.isEmpty()) {
        addOnPolicy(last, iteration - 1);
        set.holdNewestPolicy();
      }
      guide(last, iteration, normal, scalars);
      if (set.isEmpty()) {
        return last;
      }
      GaussianMlp found = objective(last).maximize(last, search.searchIterations(), TOLERANCE);
      boolean usable = addOnPolicy(found, iteration);
      ImportanceSampledReturn judge = objective(last);
      double lastReturn = judge.estimate(last);
      double foundReturn = judge.estimate(found);
      boolean better = usable && foundReturn > lastReturn;
      if (better) {
        set.holdNewestPolicy();
      }
      regularization =
          better
              ? Math.max(
                  search.regularizationLeast(), regularization / search.regularizationFactor())
              : Math.min(
                  search.regularizationMost(), regularization * search.regularizationFactor());
      scalars.put("estimated_cost", -Math.max(lastReturn, foundReturn) / kappa);
      scalars.put("regularization", regularization);
      return better ? found : last;
    }

    private ImportanceSampledReturn objective(GaussianMlp like) {
      return new ImportanceSampledReturn(set.samples(kappa), like, regularization);
    }

    /** Adds rollouts of a policy. Returns whether one of them has not diverged. */
    private boolean addOnPolicy(GaussianMlp policy, int iteration) {
      List<Long> seeds = seeds(iteration, search.guiding(), search.onPolicy());
      return set.addOnPolicy(policy, guide.rollouts(policy.controller(), seeds), search.memory());
    }

    /** Each kind of rollouts has seeds of its own. */
    private List<Long> seeds(int iteration, int from, int count) {
      return noiseSeeds(iteration, from + count).subList(from, from + count);
    }

    @Override
    public ObjectNode save() {
      ObjectNode state = super.save();
      ExactDoubles.put(state, "regularization", regularization);
      set.save(state);
      return state;
    }

    @Override
    public void restore(ObjectNode state) {
      super.restore(state);
      regularization = ExactDoubles.getScalar(state, "regularization");
      set.restore(state);
    }
  }
}
