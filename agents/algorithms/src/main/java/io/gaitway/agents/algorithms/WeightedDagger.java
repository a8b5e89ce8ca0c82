package io.gaitway.agents.algorithms;

import io.gaitway.agents.api.Learner;
import io.gaitway.agents.api.Setting;
import io.gaitway.agents.api.Task;
import io.gaitway.agents.guidance.GuidedAgent;
import io.gaitway.agents.guidance.MarginalWeight;
import io.gaitway.agents.guidance.Visits;

/**
 * {@link Dagger} with every example weighted by its probability under the DDP solution's marginals,
 * so that states which are far from the solution, where its actions are large and poor, count
 * little (Levine and Koltun, Variational Policy Search via Trajectory Optimization, 2013, section
 * 6).
 *
 * <p>Deviations: besides {@link Dagger}'s, the probability is relative to that of the marginal's
 * mean ({@link MarginalWeight}), and a temperature can flatten it; the preset {@code paper} has
 * temperature 1.
 */
public final class WeightedDagger implements GuidedAgent<WeightedDagger.Options> {

  /**
   * Settings.
   *
   * @param dagger what {@link Dagger} has
   * @param temperature of the weights
   */
  public record Options(
      Dagger.Options dagger,
      @Setting(
              value =
                  "Temperature of the examples' weights: 1 for the marginals' density, more for"
                      + " flatter ones",
              above = 0)
          double temperature) {}

  @Override
  public String name() {
    return "weighted-dagger";
  }

  @Override
  public String summary() {
    return "DAGGER with examples weighted by their probability under the initial DDP solution";
  }

  @Override
  public Class<Options> settingsType() {
    return Options.class;
  }

  @Override
  public Learner learner(Task<Options> task) {
    return new WeightedDaggerLearner(task, task.settings());
  }

  /** Weighs the examples. */
  static class WeightedDaggerLearner extends Dagger.DaggerLearner {
    private final double temperature;

    WeightedDaggerLearner(Task<?> task, Options options) {
      super(task, options.dagger());
      temperature = options.temperature();
    }

    @Override
    Visits.Weight weight() {
      return new MarginalWeight(guide.q(), temperature);
    }
  }
}
