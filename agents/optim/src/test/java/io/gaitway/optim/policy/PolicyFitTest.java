package io.gaitway.optim.policy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.optim.trajopt.NormalSampler;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.commons.rng.simple.RandomSource;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PolicyFitTest {
  private static final int HIDDEN = 3;
  private static final int STARTS = 5;

  private final Random random = new Random(51);

  private static NormalSampler sampler() {
    return sampler(13);
  }

  private static NormalSampler sampler(long seed) {
    return new NormalSampler(RandomSource.PHILOX_4X64.create(seed));
  }

  /** −Σ w E log π(u | x) / Σ w, sample by sample, from the policy itself. */
  private static double expectedLoss(PolicySamples s, GaussianMlp policy) {
    double[] state = new double[s.nx];
    double[] mu = new double[s.m];
    double sum = 0;
    double total = 0;
    for (int n = 0; n < s.size(); n++) {
      for (int c = 0; c < s.d; c++) {
        state[s.inputs[c]] = s.x[n * s.d + c];
      }
      policy.mean(state, 0, mu, 0);
      double loss = policy.logNormalizer();
      for (int i = 0; i < s.m; i++) {
        double r = s.target[n * s.m + i] - mu[i];
        loss += 0.5 * (r * r + s.variance[n * s.m + i]) / (policy.std[i] * policy.std[i]);
      }
      sum += s.weight[n] * loss;
      total += s.weight[n];
    }
    return sum / total;
  }

  /** Samples whose targets a network gives, with action deviations 0.01 and 0.02. */
  private PolicySamples taught(GaussianMlp teacher, int count) {
    PolicySamples samples = new PolicySamples(Problems.NX, Problems.INPUTS, Problems.M, 10);
    double[] C = {1e-4, 0, 0, 4e-4};
    double[] mu = new double[Problems.M];
    for (int n = 0; n < count; n++) {
      double[] x = Problems.gaussian(random, Problems.NX, 2);
      teacher.mean(x, 0, mu, 0);
      samples.add(x, 0, mu, 0, C, 0, 1);
    }
    return samples;
  }

  /** Sizes around the block length, with and without decay. */
  @ParameterizedTest
  @ValueSource(ints = {1, 7, 128, 301})
  void gradientAgreesWithDifferences(int count) {
    PolicySamples samples = Problems.samples(random, count);
    FitObjective objective =
        new FitObjective(samples, new Standardization(samples), 4, count == 7 ? 0 : 0.03, 0.5);
    double[] theta = Problems.gaussian(random, objective.size(), 0.7);
    double[] gradient = new double[theta.length];
    objective.evaluate(theta, gradient);
    double scale = Arrays.stream(gradient).map(Math::abs).max().orElseThrow();
    double[] scratch = new double[theta.length];
    double step = 1e-5;
    for (int p = 0; p < theta.length; p++) {
      double centre = theta[p];
      theta[p] = centre + step;
      double above = objective.evaluate(theta, scratch);
      theta[p] = centre - step;
      double below = objective.evaluate(theta, scratch);
      theta[p] = centre;
      assertEquals((above - below) / (2 * step), gradient[p], 1e-7 * scale, "parameter " + p);
    }
  }

  /**
   * Where a network fits its samples exactly, the Gauss–Newton matrix is the Hessian; from a part
   * of the samples, about.
   */
  @ParameterizedTest
  @CsvSource({"300, 1e-6", "5000, 0.2"})
  void curvatureIsTheHessianWhereTheResidualVanishes(int count, double tolerance) {
    GaussianMlp teacher = Problems.policy(random, 3);
    PolicySamples samples = taught(teacher, count);
    Standardization scale = new Standardization(samples);
    FitObjective objective = new FitObjective(samples, scale, 3, 0, 0);
    double[] theta = scale.unfold(teacher);
    int size = theta.length;
    DMatrixRMaj H = new DMatrixRMaj(size, size);
    objective.evaluate(theta, new double[size]);
    objective.curvature(H);
    double largest = CommonOps_DDRM.elementMaxAbs(H);
    double[] above = new double[size];
    double[] below = new double[size];
    double step = 1e-5;
    for (int q = 0; q < size; q++) {
      double centre = theta[q];
      theta[q] = centre + step;
      objective.evaluate(theta, above);
      theta[q] = centre - step;
      objective.evaluate(theta, below);
      theta[q] = centre;
      for (int p = 0; p < size; p++) {
        double difference = (above[p] - below[p]) / (2 * step);
        assertEquals(difference, H.get(p, q), tolerance * largest, p + ", " + q);
      }
    }
  }

  /** Twins and a unit that is zero everywhere leave the normal equations singular. */
  @Test
  void unitsThatAgreeOrNeverActAreHarmless() {
    PolicySamples samples = Problems.samples(random, 300);
    Standardization scale = new Standardization(samples);
    double[] single = Problems.gaussian(random, 4, 0.7);
    double[] theta = new double[3 * 3 + 3];
    for (int j = 0; j < 2; j++) {
      System.arraycopy(single, 0, theta, 3 * j, 3);
      theta[9 + j] = single[3];
    }
    theta[11] = -1e4;
    double one = new FitObjective(samples, scale, 1, 0, 0.5).evaluate(single, new double[4]);
    double three = new FitObjective(samples, scale, 3, 0, 0.5).evaluate(theta, new double[12]);
    assertEquals(one, three, 1e-9);
  }

  @Test
  void objectiveIsTheExpectedLossOfThePolicyReturned() {
    PolicySamples samples = Problems.samples(random, 200);
    PolicyFit.Options options = PolicyFit.Options.defaults().withMaxIterations(30);
    PolicyFit fit = new PolicyFit(new PolicyFit.Options(options.optimizer(), 0, 0, 1));
    PolicyFit.Result result = fit.fit(samples, 4, 1, sampler());
    double expected = expectedLoss(samples, result.policy());
    assertEquals(expected, result.objective(), 1e-11 * expected);
  }

  @Test
  void noiseIsTheBestForTheWeights() {
    PolicySamples samples = Problems.samples(random, 200);
    PolicyFit fit = new PolicyFit(PolicyFit.Options.defaults().withMaxIterations(30));
    GaussianMlp policy = fit.fit(samples, 4, 1, sampler()).policy();
    double best = expectedLoss(samples, policy);
    for (int i = 0; i < policy.m; i++) {
      for (double factor : new double[] {0.98, 1.02}) {
        double[] std = policy.std.clone();
        std[i] *= factor;
        assertTrue(expectedLoss(samples, policy.withStd(std)) > best);
      }
    }
  }

  /**
   * The targets come from a network of the same size: the noise left must be that of the labels.
   */
  @Test
  void recoversANetwork() {
    PolicySamples samples = taught(Problems.policy(random, 3), 500);
    PolicyFit fit =
        new PolicyFit(new PolicyFit.Options(new LevenbergMarquardt.Options(500, 1e-12), 0, 0, 1));
    GaussianMlp student = fit.fit(samples, 3, 4, sampler()).policy();
    assertArrayEquals(new double[] {0.01, 0.02}, student.std, 1e-3);
  }

  @Test
  void warmStartContinuesWhereTheLastFitStopped() {
    PolicySamples samples = Problems.samples(random, 300);
    PolicyFit once = new PolicyFit(PolicyFit.Options.defaults().withMaxIterations(40));
    PolicyFit.Result first = once.fit(samples, 5, 1, sampler());
    PolicyFit none = new PolicyFit(PolicyFit.Options.defaults().withMaxIterations(0));
    PolicyFit.Result same = none.fit(samples, first.policy());
    assertEquals(first.objective(), same.objective(), 1e-10);
    assertArrayEquals(first.policy().W1, same.policy().W1, 1e-12);
    assertArrayEquals(first.policy().std, same.policy().std, 1e-10);
    assertTrue(once.fit(samples, first.policy()).objective() < first.objective());
  }

  /** What a fit of so many iterations chooses from: random starts, fitted for a quarter of them. */
  private static List<PolicyFit.Result> trials(
      PolicySamples samples, int iterations, NormalSampler normal) {
    PolicyFit trial = new PolicyFit(PolicyFit.Options.defaults().withMaxIterations(iterations / 4));
    return Stream.generate(() -> trial.fit(samples, HIDDEN, 1, normal)).limit(STARTS).toList();
  }

  @Test
  void severalStartsContinueTheBestOfTheirTrials() {
    PolicySamples samples = Problems.samples(random, 200);
    PolicyFit fit = new PolicyFit(PolicyFit.Options.defaults().withMaxIterations(60));
    PolicyFit.Result best =
        Collections.min(
            trials(samples, 60, sampler()), Comparator.comparing(PolicyFit.Result::objective));
    PolicyFit.Result expected = fit.fit(samples, best.policy());
    PolicyFit.Result result = fit.fit(samples, HIDDEN, STARTS, sampler());
    assertTrue(result.objective() < best.objective());
    assertEquals(expected.objective(), result.objective());
    assertArrayEquals(expected.policy().W1, result.policy().W1);
    assertArrayEquals(expected.policy().std, result.policy().std);
  }

  /**
   * The choice after a quarter of the iterations is a guess: no single fit is promised to end lower
   * than one from another start. Over many it must pay, if a fit has iterations enough to end near
   * an optimum: of what the best start's end lies below the mean, most is kept. A choice at random
   * keeps nothing.
   */
  @Test
  void choosingAmongTrialsKeepsMostOfWhatTheBestStartGains() {
    PolicyFit fit = new PolicyFit(PolicyFit.Options.defaults().withMaxIterations(300));
    double kept = 0;
    double possible = 0;
    for (int problem = 0; problem < 15; problem++) {
      PolicySamples samples = Problems.samples(random, 200);
      DoubleSummaryStatistics ends =
          trials(samples, 300, sampler(problem)).stream()
              .mapToDouble(trial -> fit.fit(samples, trial.policy()).objective())
              .summaryStatistics();
      double chosen = fit.fit(samples, HIDDEN, STARTS, sampler(problem)).objective();
      kept += ends.getAverage() - chosen;
      possible += ends.getAverage() - ends.getMin();
    }
    assertTrue(kept > 0.5 * possible, "kept " + kept + " of " + possible);
  }

  @Test
  void weightsCountAsRepetitions() {
    PolicySamples weighted = new PolicySamples(Problems.NX, Problems.INPUTS, Problems.M, 1);
    PolicySamples repeated = new PolicySamples(Problems.NX, Problems.INPUTS, Problems.M, 1);
    double[] C = {1, 0, 0, 1};
    for (int n = 0; n < 40; n++) {
      double[] x = Problems.gaussian(random, Problems.NX, 1);
      double[] mean = Problems.gaussian(random, Problems.M, 5);
      int copies = n % 3;
      weighted.add(x, 0, mean, 0, C, 0, copies);
      for (int c = 0; c < copies; c++) {
        repeated.add(x, 0, mean, 0, C, 0, 1);
      }
    }
    GaussianMlp start = Problems.policy(random, 3);
    PolicyFit fit = new PolicyFit(PolicyFit.Options.defaults().withMaxIterations(15));
    PolicyFit.Result first = fit.fit(weighted, start);
    PolicyFit.Result second = fit.fit(repeated, start);
    assertEquals(second.objective(), first.objective(), 1e-8);
    assertArrayEquals(second.policy().std, first.policy().std, 1e-6);
  }

  @Test
  void minimumStdBoundsTheNoise() {
    PolicySamples samples = new PolicySamples(1, List.of(0), 1, 1);
    for (int n = 0; n < 20; n++) {
      samples.add(new double[] {n}, 0, new double[] {2.0 * n}, 0, new double[1], 0, 1);
    }
    PolicyFit fit =
        new PolicyFit(new PolicyFit.Options(new LevenbergMarquardt.Options(100, 0), 0, 0.25, 1));
    double std = fit.fit(samples, 1, 1, sampler()).policy().std[0];
    assertTrue(std >= 0.25 && std < 0.5, "std " + std);
  }

  @Test
  void constantInputsAndTargetsAreHarmless() {
    PolicySamples samples = new PolicySamples(2, List.of(0, 1), 1, 1);
    for (int n = 0; n < 20; n++) {
      samples.add(new double[] {n, 7}, 0, new double[] {5}, 0, new double[] {0.04}, 0, 1);
    }
    GaussianMlp policy =
        new PolicyFit(PolicyFit.Options.defaults()).fit(samples, 2, 1, sampler()).policy();
    double[] mu = new double[1];
    policy.mean(new double[] {3, 7}, 0, mu, 0);
    assertEquals(5, mu[0], 1e-3);
    assertEquals(0.2, policy.std[0], 1e-3);
  }

  /** Targets that a network copies exactly, with no noise to copy: the noise is small, not 0. */
  @ParameterizedTest
  @ValueSource(doubles = {0, 1})
  void targetsWithoutVariancesHaveADensityAsWell(double residualShare) {
    PolicySamples samples = new PolicySamples(1, List.of(0), 1, 1);
    for (int n = 0; n < 20; n++) {
      samples.add(new double[] {n}, 0, new double[] {5}, 0, new double[1], 0, 1);
    }
    PolicyFit fit =
        new PolicyFit(
            new PolicyFit.Options(new LevenbergMarquardt.Options(20, 0), 0, 0, residualShare));
    PolicyFit.Result result = fit.fit(samples, 2, 1, sampler());
    assertTrue(Double.isFinite(result.objective()), "objective " + result.objective());
    assertEquals(1e-4, result.policy().std[0], 1e-6);
  }

  @Test
  void sameSeedGivesTheSameBits() {
    PolicySamples samples = Problems.samples(random, 300);
    PolicyFit fit = new PolicyFit(PolicyFit.Options.defaults().withMaxIterations(50));
    GaussianMlp first = fit.fit(samples, 5, 2, sampler()).policy();
    GaussianMlp second = fit.fit(samples, 5, 2, sampler()).policy();
    assertArrayEquals(first.W1, second.W1);
    assertArrayEquals(first.std, second.std);
  }

  @Test
  void refusesBadSamples() {
    PolicySamples samples = new PolicySamples(1, List.of(0), 1, 1);
    double[] one = {1};
    PolicyFit fit = new PolicyFit(PolicyFit.Options.defaults());
    assertThrows(IllegalArgumentException.class, () -> fit.fit(samples, 2, 1, sampler()));
    assertThrows(
        IllegalArgumentException.class,
        () -> samples.add(new double[] {Double.NaN}, 0, one, 0, one, 0, 1));
    assertThrows(
        IllegalArgumentException.class, () -> samples.add(one, 0, one, 0, new double[] {-1}, 0, 1));
    assertThrows(IllegalArgumentException.class, () -> samples.add(one, 0, one, 0, one, 0, -1));
    assertEquals(0, samples.size());
    samples.add(one, 0, one, 0, one, 0, 1);
    assertThrows(
        IllegalArgumentException.class, () -> fit.fit(samples, Problems.policy(random, 2)));
    samples.clear();
    assertEquals(0, samples.size());
  }
}
