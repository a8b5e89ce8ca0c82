package io.gaitway.agents.guidance;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.optim.policy.PolicySamples;
import io.gaitway.optim.trajopt.GaussianTrajectory;
import java.util.List;
import java.util.Random;
import org.ejml.simple.SimpleMatrix;
import org.junit.jupiter.api.Test;

class MarginalWeightTest {
  private static final int T = 2;
  private static final int NX = 3;

  /** Random marginals, the first of rank one. */
  private static GaussianTrajectory q(Random random) {
    double[] Sigma = new double[(T + 1) * NX * NX];
    for (int t = 0; t <= T; t++) {
      SimpleMatrix root = SimpleMatrix.random_DDRM(NX, t == 0 ? 1 : NX, -1, 1, random);
      System.arraycopy(root.mult(root.transpose()).getDDRM().data, 0, Sigma, t * NX * NX, NX * NX);
    }
    return GaussianTrajectory.withMarginals(
        T,
        NX,
        1,
        random.doubles((T + 1) * NX).toArray(),
        random.doubles(T).toArray(),
        random.doubles(T * NX).toArray(),
        new double[] {0.5, 0.6},
        Sigma,
        new double[1]);
  }

  @Test
  void logWeightIsTheMahalanobisDistance() {
    Random random = new Random(4);
    GaussianTrajectory q = q(random);
    double[] xs = random.doubles(5 * NX).toArray();
    for (int t = 0; t <= T; t++) {
      SimpleMatrix covariance = SimpleMatrix.identity(NX).scale(1e-4);
      SimpleMatrix offset = new SimpleMatrix(NX, 1);
      for (int i = 0; i < NX; i++) {
        offset.set(i, xs[NX + i] - q.xs[t * NX + i]);
        for (int j = 0; j < NX; j++) {
          covariance.set(i, j, covariance.get(i, j) + q.Sigma[(t * NX + i) * NX + j]);
        }
      }
      double square = offset.transpose().mult(covariance.solve(offset)).get(0);
      assertEquals(-0.5 * square / 2.5, new MarginalWeight(q, 2.5).log(t, xs, NX), 1e-9 * square);
    }
  }

  /** The limit of ever greater variances: any state is as likely as the mean. */
  @Test
  void whereVariancesAreBeyondAllNumbersEveryStateCounts() {
    GaussianTrajectory sound = q(new Random(5));
    double[] Sigma = sound.Sigma.clone();
    Sigma[2 * NX * NX] = Double.POSITIVE_INFINITY;
    GaussianTrajectory q =
        GaussianTrajectory.withMarginals(
            T, NX, 1, sound.xs, sound.us, sound.K, sound.C, Sigma, new double[1]);
    double[] xs = {1, 2, 3};
    MarginalWeight weight = new MarginalWeight(q, 1);
    assertEquals(0, weight.log(2, xs, 0));
    assertEquals(new MarginalWeight(sound, 1).log(1, xs, 0), weight.log(1, xs, 0));
  }

  /** As round-off leaves it where one variance is 1e16 times another. */
  @Test
  void indefiniteMarginalStillWeighs() {
    double[] Sigma = {1e12, 2e4, 0, 2e4, 1e-5, 0, 0, 0, 1};
    GaussianTrajectory q =
        GaussianTrajectory.withMarginals(
            0,
            NX,
            1,
            new double[NX],
            new double[0],
            new double[0],
            new double[0],
            Sigma,
            new double[1]);
    MarginalWeight weight = new MarginalWeight(q, 1);
    assertEquals(-0.25, weight.log(0, new double[] {0, 0, 1}, 0), 1e-4);
    double along = weight.log(0, new double[] {1e6, 0, 0}, 0);
    double across = weight.log(0, new double[] {0, 1, 0}, 0);
    assertTrue(along < 0 && along > -1e3 && across < -1e3, along + ", " + across);
  }

  /** Only ratios count, and what counts next to nothing is left out. */
  @Test
  void examplesWeighRelativeToTheHeaviest() {
    GaussianTrajectory q = q(new Random(4));
    Visits visits = new Visits(NX);
    double[] logs = {-1000, -1001, -1039, -1041};
    for (int n = 0; n < logs.length; n++) {
      visits.add(1, new double[] {n, 0, 0}, 0);
    }
    PolicySamples samples = new PolicySamples(NX, List.of(0), q.nu, 0);
    visits.label(q, new double[0], (t, xs, at) -> logs[(int) xs[at]], 1, samples);
    assertEquals(3, samples.size());
    assertArrayEquals(new double[] {1, Math.exp(-1), Math.exp(-39)}, samples.weights(), 1e-15);
  }
}
