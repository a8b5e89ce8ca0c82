package io.gaitway.agents.evaluation;

import io.gaitway.client.evaluation.ControllerFunction;
import io.gaitway.optim.policy.Policy;
import io.gaitway.optim.policy.PolicyFile;
import io.gaitway.optim.trajopt.NormalSampler;
import org.apache.commons.rng.simple.RandomSource;
import org.jspecify.annotations.Nullable;

/**
 * A policy file as a controller under evaluation. An episode has the bits of a rollout of the same
 * network. Noise depends on its seed, the episode and the step, and so not on interruptions.
 */
public final class EvaluatedPolicy implements ControllerFunction {
  private final Policy trained;
  private Policy policy;
  private final @Nullable Long noiseSeed;
  private int nx;
  private int nu;

  /**
   * Wraps a policy, which has to fit the environment.
   *
   * @param noiseSeed what its noise is drawn with; null for none
   */
  public EvaluatedPolicy(PolicyFile file, @Nullable Long noiseSeed) {
    this.noiseSeed = noiseSeed;
    trained = file.policy();
    policy = trained;
  }

  @Override
  public void begin(Task task) {
    nx = task.environment().nx();
    nu = task.environment().nu();
    policy = trained.at(task.environment().parameterValues());
  }

  @Override
  public void act(Round round, double[] us) {
    for (int i = 0; i < round.size(); i++) {
      policy.mean(round.states(), i * nx, us, i * nu);
      if (noiseSeed != null) {
        addNoise(noiseSeed, round.episodes().get(i), round.steps().get(i), us, i * nu);
      }
    }
  }

  private void addNoise(long seed, int episode, int step, double[] us, int at) {
    NormalSampler noise =
        new NormalSampler(
            RandomSource.PHILOX_4X64.create(new long[] {seed, episode, 0, step, 0, 0}));
    double[] std = policy.controller().std();
    for (int i = 0; i < std.length; i++) {
      us[at + i] += std[i] * noise.next();
    }
  }
}
