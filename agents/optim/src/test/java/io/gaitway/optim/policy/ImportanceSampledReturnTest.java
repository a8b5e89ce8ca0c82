package io.gaitway.optim.policy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.optim.policy.ImportanceSampledReturn.Sample;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.ejml.data.DMatrixRMaj;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImportanceSampledReturnTest {
  private static final int T = 9;

  /**
   * Trajectories that end after 9, 8, 7, … steps, their actions near a policy's, with log q near
   * log π, so that several of them count.
   */
  private static List<Sample> samples(Random random, GaussianMlp policy, int count) {
    List<Sample> samples = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int steps = T - i % 5;
      double[] xs = Problems.gaussian(random, steps * Problems.NX, 2);
      double[] us = new double[steps * Problems.M];
      double[] rewards = Problems.gaussian(random, T, 3);
      double[] logQ = new double[T];
      double sum = 0;
      for (int t = 0; t < T; t++) {
        if (t < steps) {
          policy.mean(xs, t * Problems.NX, us, t * Problems.M);
          for (int k = 0; k < Problems.M; k++) {
            us[t * Problems.M + k] += policy.std[k] * random.nextGaussian();
          }
          sum += policy.logDensity(xs, t * Problems.NX, us, t * Problems.M);
          sum += 0.3 * random.nextGaussian();
        }
        logQ[t] = sum;
      }
      samples.add(new Sample(steps, xs, us, rewards, logQ));
    }
    return samples;
  }

  /** Φ by its definition. */
  private static double definition(
      List<Sample> samples, GaussianMlp policy, double regularization) {
    double[] logPi = new double[samples.size()];
    double value = 0;
    for (int t = 0; t < T; t++) {
      double Z = 0;
      double weighted = 0;
      for (int i = 0; i < samples.size(); i++) {
        Sample sample = samples.get(i);
        if (t < sample.steps()) {
          logPi[i] += policy.logDensity(sample.xs(), t * Problems.NX, sample.us(), t * Problems.M);
        }
        double omega = Math.exp(logPi[i] - sample.logQ()[t]);
        Z += omega;
        weighted += omega * sample.rewards()[t];
      }
      value += weighted / Z + regularization * Math.log(Z);
    }
    return value;
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.01, 2})
  void valueFollowsTheDefinition(double regularization) {
    Random random = new Random(1);
    GaussianMlp policy = Problems.policy(random, 4);
    List<Sample> samples = samples(random, policy, 12);
    ImportanceSampledReturn objective =
        new ImportanceSampledReturn(samples, policy, regularization);
    double[] gradient = new double[objective.size()];
    double value = objective.evaluate(objective.parameters(policy), gradient);
    assertEquals(definition(samples, policy, regularization), -value, 1e-9);
    assertEquals(definition(samples, policy, 0), objective.estimate(policy), 1e-9);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.01, 2})
  void gradientAgreesWithDifferences(double regularization) {
    Random random = new Random(2);
    GaussianMlp policy = Problems.policy(random, 4);
    List<Sample> samples = samples(random, policy, 12);
    ImportanceSampledReturn objective =
        new ImportanceSampledReturn(samples, policy, regularization);
    double[] theta = objective.parameters(policy);
    double[] gradient = new double[theta.length];
    objective.evaluate(theta, gradient);
    double scale = Arrays.stream(gradient).map(Math::abs).max().orElseThrow();
    double[] unused = new double[theta.length];
    double step = 1e-3;
    for (int p = 0; p < theta.length; p++) {
      double[] values = new double[5];
      for (int k = -2; k <= 2; k++) {
        double[] at = theta.clone();
        at[p] += k * step;
        values[k + 2] = objective.evaluate(at, unused);
      }
      double difference = (values[0] - 8 * values[1] + 8 * values[3] - values[4]) / (12 * step);
      assertEquals(difference, gradient[p], 1e-7 * scale, "parameter " + p);
    }
  }

  @Test
  void parametersFoldBackToThePolicy() {
    Random random = new Random(3);
    GaussianMlp policy = Problems.policy(random, 3);
    ImportanceSampledReturn objective =
        new ImportanceSampledReturn(samples(random, policy, 5), policy, 0);
    GaussianMlp back = objective.policy(objective.parameters(policy));
    assertArrayEquals(policy.W1, back.W1, 1e-12);
    assertArrayEquals(policy.b1, back.b1, 1e-12);
    assertArrayEquals(policy.W2, back.W2, 1e-12);
    assertArrayEquals(policy.b2, back.b2, 1e-12);
    assertArrayEquals(policy.std, back.std, 1e-12);
  }

  /** The divergences from a policy to its neighbours on either side, over T actions, are δᵀFδ. */
  @Test
  void informationIsTheCurvatureOfTheDivergence() {
    Random random = new Random(5);
    GaussianMlp policy = Problems.policy(random, 4);
    List<Sample> samples = samples(random, policy, 12);
    ImportanceSampledReturn objective = new ImportanceSampledReturn(samples, policy, 0);
    double[] theta = objective.parameters(policy);
    DMatrixRMaj information = objective.information(theta);
    for (int trial = 0; trial < 20; trial++) {
      double[] delta = Problems.gaussian(random, theta.length, 1e-4);
      double quadratic = 0;
      for (int p = 0; p < theta.length; p++) {
        for (int q = 0; q < theta.length; q++) {
          quadratic += delta[p] * information.get(p, q) * delta[q];
        }
      }
      double divergence = 0;
      for (int sign : new int[] {-1, 1}) {
        double[] neighbour = theta.clone();
        Arrays.setAll(neighbour, p -> theta[p] + sign * delta[p]);
        divergence += divergence(samples, policy, objective.policy(neighbour));
      }
      assertEquals(divergence, quadratic, 1e-4 * divergence);
    }
  }

  /** T times the mean of KL(π ‖ other) over the samples' states. */
  private static double divergence(List<Sample> samples, GaussianMlp policy, GaussianMlp other) {
    double[] mean = new double[Problems.M];
    double[] otherMean = new double[Problems.M];
    double sum = 0;
    int states = 0;
    for (Sample sample : samples) {
      for (int t = 0; t < sample.steps(); t++) {
        policy.mean(sample.xs(), t * Problems.NX, mean, 0);
        other.mean(sample.xs(), t * Problems.NX, otherMean, 0);
        for (int k = 0; k < Problems.M; k++) {
          double ratio = policy.std[k] / other.std[k];
          double offset = (mean[k] - otherMean[k]) / other.std[k];
          sum += 0.5 * (ratio * ratio + offset * offset - 1) - Math.log(ratio);
        }
        states++;
      }
    }
    return T * sum / states;
  }

  /** What is found has a greater Φ, and its own estimate says so. */
  @Test
  void searchRaisesTheObjective() {
    Random random = new Random(4);
    GaussianMlp policy = Problems.policy(random, 4);
    List<Sample> samples = samples(random, policy, 12);
    double regularization = 0.1;
    GaussianMlp found =
        new ImportanceSampledReturn(samples, policy, regularization).maximize(policy, 30, 1e-9);
    double before = definition(samples, policy, regularization);
    double after = definition(samples, found, regularization);
    assertTrue(after > before + 1, before + " became " + after);
  }
}
