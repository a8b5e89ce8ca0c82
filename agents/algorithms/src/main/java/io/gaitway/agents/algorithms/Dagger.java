package io.gaitway.agents.algorithms;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gaitway.agents.api.Learner;
import io.gaitway.agents.api.Setting;
import io.gaitway.agents.api.Task;
import io.gaitway.agents.guidance.GuideSettings;
import io.gaitway.agents.guidance.GuidedAgent;
import io.gaitway.agents.guidance.GuidedLearner;
import io.gaitway.agents.guidance.ImitationSettings;
import io.gaitway.agents.guidance.Memory;
import io.gaitway.agents.guidance.SelectionSettings;
import io.gaitway.agents.guidance.Visits;
import io.gaitway.client.simulation.Rollout;
import io.gaitway.optim.policy.GaussianMlp;
import io.gaitway.optim.trajopt.NormalSampler;
import java.util.Map;
import org.apache.commons.rng.simple.RandomSource;
import org.jspecify.annotations.Nullable;

/**
 * Dataset aggregation (Ross, Gordon and Bagnell, A Reduction of Imitation Learning and Structured
 * Prediction to No-Regret Online Learning, 2011), with the initial DDP solution as the oracle
 * (Levine and Koltun, Variational Policy Search via Trajectory Optimization, 2013, section 6).
 *
 * <p>In each iteration the states that the policy visits join all earlier ones, and the policy is
 * fitted to the oracle's actions at all of them: max Σ_n E_{q(u | x_n)} log π(u | x_n), with q(u |
 * x) = N(û_t + K_t (x − x̂_t), λ C_t) at control step t. With λ = 0 ({@code label_covariance}), as
 * in the preset {@code paper}, that is the oracle's mean action; with 1 the policy's noise copies
 * the oracle's. The first data set is of states of q.
 *
 * <p>Deviations: the states that policies visited are a uniform sample of these once there are more
 * than {@code memory}; the policy is run alone, never mixed with the oracle; states are not taken
 * into account once the environment has ended an episode. As for VGPS there are, off in the preset
 * {@code paper}, padding, inflation, tube rollouts for the first data set, a cost factor, and less
 * of the residual in the noise.
 */
public final class Dagger implements GuidedAgent<Dagger.Options> {

  /**
   * Settings.
   *
   * @param guide of the oracle
   * @param imitation of the fits
   * @param aggregation of the data set
   * @param selection of the result
   */
  public record Options(
      GuideSettings guide,
      ImitationSettings imitation,
      AggregationSettings aggregation,
      SelectionSettings selection) {}

  /**
   * Settings of the data set.
   *
   * @param onPolicy rollouts per iteration
   * @param memory states kept
   */
  public record AggregationSettings(
      @Setting(value = "Rollouts of the policy per iteration", min = 1, max = 10_000) int onPolicy,
      @Setting(
              value =
                  "Most states kept of all that policies visited, besides those of q; of more a uniform"
                      + " sample",
              min = 100,
              max = 10_000_000)
          int memory) {}

  @Override
  public String name() {
    return "dagger";
  }

  @Override
  public String summary() {
    return "Dataset aggregation (Ross et al. 2011): imitates the initial DDP solution at states that"
        + " the policy visits";
  }

  @Override
  public Class<Options> settingsType() {
    return Options.class;
  }

  @Override
  public Learner learner(Task<Options> task) {
    return new DaggerLearner(task, task.settings());
  }

  /** Aggregates and fits; variants weigh the examples or move the oracle. */
  static class DaggerLearner extends GuidedLearner {
    private final AggregationSettings aggregation;
    private final Memory memory;

    DaggerLearner(Task<?> task, Options options) {
      super(task, options.guide(), options.imitation(), options.selection());
      aggregation = options.aggregation();
      memory = new Memory(environment().nx(), aggregation.memory());
    }

    /** How much the examples count. */
    Visits.Weight weight() {
      return Visits.Weight.EQUAL;
    }

    /** Moves the oracle towards the policy; here it stays. */
    void adapt(
        GaussianMlp policy, int iteration, NormalSampler normal, Map<String, Double> scalars) {}

    @Override
    protected GaussianMlp imitate(
        @Nullable GaussianMlp last,
        int iteration,
        NormalSampler normal,
        Map<String, Double> scalars) {
      memory.hold(imitation.visits(guide, normal, count -> noiseSeeds(iteration, count)));
      return fit(memory.kept(), Visits.Weight.EQUAL, last, iteration, normal, scalars);
    }

    @Override
    protected GaussianMlp improve(
        GaussianMlp last, int iteration, NormalSampler normal, Map<String, Double> scalars) {
      Visits visits = new Visits(environment().nx());
      for (Rollout rollout :
          guide.rollouts(last.controller(), noiseSeeds(iteration, aggregation.onPolicy()))) {
        for (int t = 0; t < rollout.steps(); t++) {
          visits.add(t, rollout.trajectory().xs, t * environment().nx());
        }
      }
      memory.add(visits, RandomSource.PHILOX_4X64.create(new long[] {task.seed(), iteration, 1}));
      adapt(last, iteration, normal, scalars);
      return fit(memory.kept(), weight(), last, iteration, normal, scalars);
    }

    @Override
    public ObjectNode save() {
      ObjectNode state = super.save();
      memory.save(state);
      return state;
    }

    @Override
    public void restore(ObjectNode state) {
      super.restore(state);
      memory.restore(state);
    }
  }
}
