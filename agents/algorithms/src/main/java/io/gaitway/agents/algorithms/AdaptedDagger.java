package io.gaitway.agents.algorithms;

import io.gaitway.agents.api.IterationReport;
import io.gaitway.agents.api.Learner;
import io.gaitway.agents.api.Task;
import io.gaitway.agents.guidance.AdaptationSettings;
import io.gaitway.agents.guidance.GuidedAgent;
import io.gaitway.optim.policy.GaussianMlp;
import io.gaitway.optim.trajopt.NormalSampler;
import java.util.Map;

/**
 * {@link WeightedDagger} whose DDP solution is optimised again in every iteration, with the cost
 * β_k c(x, u) − log π(u | x), so that it comes to meet the policy (Levine and Koltun, Variational
 * Policy Search via Trajectory Optimization, 2013, section 6).
 *
 * <p>Labels and weights of all examples, old ones too, are those of the newest solution. β_k, which
 * the paper does not state for this agent, is that of VGPS.
 */
public final class AdaptedDagger implements GuidedAgent<AdaptedDagger.Options> {

  /**
   * Settings.
   *
   * @param weighted what {@link WeightedDagger} has
   * @param adaptation of the oracle to the policy
   */
  public record Options(WeightedDagger.Options weighted, AdaptationSettings adaptation) {}

  @Override
  public String name() {
    return "adapted-dagger";
  }

  @Override
  public String summary() {
    return "Weighted DAGGER whose DDP solution adapts to the policy";
  }

  @Override
  public Class<Options> settingsType() {
    return Options.class;
  }

  @Override
  public Learner learner(Task<Options> task) {
    return new AdaptedDaggerLearner(task, task.settings());
  }

  private static final class AdaptedDaggerLearner extends WeightedDagger.WeightedDaggerLearner {
    private final AdaptationSettings adaptation;

    AdaptedDaggerLearner(Task<?> task, Options options) {
      super(task, options.weighted());
      adaptation = options.adaptation();
    }

    @Override
    void adapt(
        GaussianMlp policy, int iteration, NormalSampler normal, Map<String, Double> scalars) {
      guide.adapt(policy, adaptation, iteration, iteration, normal);
      scalars.put(IterationReport.BETA, adaptation.beta(iteration));
    }
  }
}
