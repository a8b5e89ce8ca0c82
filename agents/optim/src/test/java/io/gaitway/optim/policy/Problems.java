package io.gaitway.optim.policy;

import java.util.List;
import java.util.random.RandomGenerator;

/** Random policies and samples for the tests of this package. */
final class Problems {
  static final int NX = 5;
  static final int M = 2;
  static final List<Integer> INPUTS = List.of(4, 1, 2);

  private Problems() {}

  static double[] gaussian(RandomGenerator random, int n, double scale) {
    double[] values = new double[n];
    for (int i = 0; i < n; i++) {
      values[i] = scale * random.nextGaussian();
    }
    return values;
  }

  static GaussianMlp policy(RandomGenerator random, int h) {
    int d = INPUTS.size();
    return new GaussianMlp(
        NX,
        INPUTS,
        gaussian(random, h * d, 1),
        gaussian(random, h, 1),
        gaussian(random, M * h, 1),
        gaussian(random, M, 1),
        new double[] {0.7, 1.9});
  }

  /** States around (3, 3, …) of deviation 2, a smooth target in large units, varied weights. */
  static PolicySamples samples(RandomGenerator random, int count) {
    PolicySamples samples = new PolicySamples(NX, INPUTS, M, 4);
    for (int n = 0; n < count; n++) {
      double[] x = gaussian(random, NX, 2);
      for (int i = 0; i < NX; i++) {
        x[i] += 3;
      }
      double[] mean = {
        40 * StrictMath.tanh(x[4] - 3) + 5 * x[1], 100 + 10 * StrictMath.sin(x[2]) - x[1]
      };
      double[] C = {1 + random.nextDouble(), 0.3, 0.3, 2 + random.nextDouble()};
      samples.add(x, 0, mean, 0, C, 0, 0.5 + random.nextDouble());
    }
    return samples;
  }
}
