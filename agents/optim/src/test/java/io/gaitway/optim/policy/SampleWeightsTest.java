package io.gaitway.optim.policy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SampleWeightsTest {
  @Test
  void weightsFallExponentiallyWithTheCost() {
    double[] weights =
        SampleWeights.exponential(
            new double[] {1e6 + 3, 1e6, 1e6 + 1, Double.POSITIVE_INFINITY}, 2);
    double total = 1 + Math.exp(-2) + Math.exp(-6);
    assertArrayEquals(
        new double[] {Math.exp(-6) / total, 1 / total, Math.exp(-2) / total, 0}, weights, 1e-15);
  }

  @ParameterizedTest
  @ValueSource(doubles = {1.5, 10, 49.9})
  void temperatureGivesTheEffectiveSize(double size) {
    double[] costs = new Random(2).doubles(50, 100, 900).toArray();
    double[] weights = SampleWeights.ofEffectiveSize(costs, size);
    assertEquals(size, SampleWeights.effectiveSize(weights), 1e-9 * size);
    assertEquals(1, Arrays.stream(weights).sum(), 1e-12);
    int cheapest = 0;
    for (int n = 1; n < costs.length; n++) {
      cheapest = costs[n] < costs[cheapest] ? n : cheapest;
    }
    assertEquals(Arrays.stream(weights).max().orElseThrow(), weights[cheapest]);
  }

  @Test
  void equalCostsWeighAlike() {
    assertArrayEquals(
        new double[] {0.5, 0.5, 0},
        SampleWeights.ofEffectiveSize(new double[] {7, 7, Double.POSITIVE_INFINITY}, 1),
        1e-15);
  }

  @Test
  void resamplingKeepsFewWeightsAndTheirExpectation() {
    double[] weights = {0.02, 0.5, 0, 0.25, 0.08, 0.15};
    double[] mean = new double[weights.length];
    int offsets = 1000;
    for (int k = 0; k < offsets; k++) {
      double[] drawn = SampleWeights.resampled(weights, 5, (k + 0.5) / offsets);
      assertEquals(1, Arrays.stream(drawn).sum(), 1e-12);
      assertEquals(0, drawn[2]);
      for (int n = 0; n < weights.length; n++) {
        assertEquals(weights[n], drawn[n], 0.2, "at most one draw from its share");
        mean[n] += drawn[n] / offsets;
      }
    }
    assertArrayEquals(weights, mean, 1e-3);
  }

  @Test
  void somethingMustBeFinite() {
    assertThrows(
        IllegalArgumentException.class,
        () -> SampleWeights.exponential(new double[] {Double.POSITIVE_INFINITY, Double.NaN}, 1));
  }
}
