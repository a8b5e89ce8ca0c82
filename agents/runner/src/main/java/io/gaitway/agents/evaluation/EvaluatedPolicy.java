package io.gaitway.agents.evaluation;

import io.gaitway.client.evaluation.ControllerFunction;
import io.gaitway.client.simulation.Controller;
import io.gaitway.optim.policy.PolicyFile;
import io.gaitway.optim.trajopt.NormalSampler;
import java.util.List;
import org.apache.commons.rng.simple.RandomSource;
import org.jspecify.annotations.Nullable;

/**
 * A policy file as a controller under evaluation. Its sums and functions are those that the
 * contract prescribes for a network in a rollout, so that an episode has the bits of that rollout.
 * Noise depends on its seed, the episode and the step, and so not on interruptions.
 */
public final class EvaluatedPolicy implements ControllerFunction {
  private final Controller.Mlp network;
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
    network = file.policy().controller();
  }

  @Override
  public void begin(Task task) {
    nx = task.environment().nx();
    nu = task.environment().nu();
  }

  @Override
  public void act(Round round, double[] us) {
    for (int i = 0; i < round.size(); i++) {
      double[] u = mean(round.states(), i * nx);
      if (noiseSeed != null) {
        addNoise(noiseSeed, round.episodes().get(i), round.steps().get(i), u);
      }
      System.arraycopy(u, 0, us, i * nu, nu);
    }
  }

  private double[] mean(double[] x, int at) {
    double[] z = new double[network.inputs().size()];
    for (int j = 0; j < z.length; j++) {
      z[j] = x[at + network.inputs().get(j)];
    }
    List<Controller.Layer> layers = network.layers();
    for (int l = 0; l < layers.size(); l++) {
      z = affine(layers.get(l), z);
      for (int i = 0; l < layers.size() - 1 && i < z.length; i++) {
        z[i] = Math.max(z[i], 0) + StrictMath.log1p(StrictMath.exp(-Math.abs(z[i])));
      }
    }
    return z;
  }

  private static double[] affine(Controller.Layer layer, double[] z) {
    double[] out = new double[layer.b().length];
    for (int i = 0; i < out.length; i++) {
      double sum = layer.b()[i];
      for (int j = 0; j < z.length; j++) {
        sum += layer.W()[i * z.length + j] * z[j];
      }
      out[i] = sum;
    }
    return out;
  }

  private void addNoise(long seed, int episode, int step, double[] u) {
    NormalSampler noise =
        new NormalSampler(
            RandomSource.PHILOX_4X64.create(new long[] {seed, episode, 0, step, 0, 0}));
    for (int i = 0; i < u.length; i++) {
      u[i] += network.std()[i] * noise.next();
    }
  }
}
