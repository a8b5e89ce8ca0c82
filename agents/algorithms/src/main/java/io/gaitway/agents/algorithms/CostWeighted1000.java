package io.gaitway.agents.algorithms;

import io.gaitway.agents.api.Learner;
import io.gaitway.agents.api.Task;
import io.gaitway.agents.guidance.GuidedAgent;

/**
 * {@link CostWeighted} with 1000 rollouts per iteration, which Levine and Koltun (Variational
 * Policy Search via Trajectory Optimization, 2013, section 6) show as a method of its own.
 */
public final class CostWeighted1000 implements GuidedAgent<CostWeighted.Options> {
  @Override
  public String name() {
    return "cost-weighted-1000";
  }

  @Override
  public String summary() {
    return "The cost-weighted method with 1000 trajectories per iteration";
  }

  @Override
  public Class<CostWeighted.Options> settingsType() {
    return CostWeighted.Options.class;
  }

  @Override
  public Learner learner(Task<CostWeighted.Options> task) {
    return new CostWeighted.CostWeightedLearner(task);
  }
}
