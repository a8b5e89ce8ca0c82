package io.gaitway.agents.algorithms;

import io.gaitway.agents.api.IterationReport;
import io.gaitway.agents.api.Learner;
import io.gaitway.agents.api.Setting;
import io.gaitway.agents.api.Task;
import io.gaitway.agents.guidance.AdaptationSettings;
import io.gaitway.agents.guidance.GuidedAgent;
import io.gaitway.optim.policy.GaussianMlp;
import io.gaitway.optim.trajopt.NormalSampler;
import java.util.Map;

/**
 * {@link Gps} with adaptive guiding trajectories (Levine and Koltun, Guided Policy Search, ICML
 * 2013, section 6): the DDP solution is optimised again in every iteration, with the cost β_k c(x,
 * u) − log π(u | x), and trajectories of it join those of the initial one in the sample set.
 * Everything else is as in {@link Gps}; β_k is 1 in the source.
 */
public final class AdaptedGps implements GuidedAgent<AdaptedGps.Options> {

  /**
   * Settings.
   *
   * @param gps what {@link Gps} has
   * @param adaptation of the guide to the policy
   * @param adaptedGuiding trajectories of each adapted solution
   * @param guideMemory adapted solutions whose trajectories stay in the set
   */
  public record Options(
      Gps.Options gps,
      AdaptationSettings adaptation,
      @Setting(
              value = "Trajectories of each adapted DDP solution in the sample set",
              min = 1,
              max = 10_000)
          int adaptedGuiding,
      @Setting(
              value =
                  "Adapted DDP solutions, the newest ones, whose trajectories are in the sample set",
              min = 1,
              max = 1000)
          int guideMemory) {}

  @Override
  public String name() {
    return "adapted-gps";
  }

  @Override
  public String summary() {
    return "Guided policy search with samples of a DDP solution that adapts to the policy";
  }

  @Override
  public Class<Options> settingsType() {
    return Options.class;
  }

  @Override
  public Learner learner(Task<Options> task) {
    return new AdaptedGpsLearner(task, task.settings());
  }

  private static final class AdaptedGpsLearner extends Gps.GpsLearner {
    private final Options options;

    AdaptedGpsLearner(Task<?> task, Options options) {
      super(task, options.gps());
      this.options = options;
    }

    @Override
    void guide(
        GaussianMlp policy, int iteration, NormalSampler normal, Map<String, Double> scalars) {
      super.guide(policy, iteration, normal, scalars);
      guide.adapt(policy, options.adaptation(), iteration, iteration, normal);
      scalars.put(IterationReport.BETA, options.adaptation().beta(iteration));
      addAdapted(iteration, options.adaptedGuiding(), options.guideMemory(), scalars);
    }
  }
}
