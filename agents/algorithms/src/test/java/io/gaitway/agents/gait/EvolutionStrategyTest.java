package io.gaitway.agents.gait;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.optim.trajopt.NormalSampler;
import java.util.Arrays;
import java.util.function.ToDoubleFunction;
import org.apache.commons.rng.simple.RandomSource;
import org.junit.jupiter.api.Test;

class EvolutionStrategyTest {
  private static final int N = 10;
  private static final int LAMBDA = 16;

  private static double sphere(double[] x) {
    return Arrays.stream(x).map(v -> v * v).sum();
  }

  /** Axes of condition number 1e6. */
  private static double ellipsoid(double[] x) {
    double sum = 0;
    for (int i = 0; i < N; i++) {
      sum += Math.pow(1e6, i / (N - 1.0)) * x[i] * x[i];
    }
    return sum;
  }

  private static EvolutionStrategy strategy() {
    double[] mean = new double[N];
    Arrays.fill(mean, 1);
    return new EvolutionStrategy(EvolutionStrategy.State.first(mean, 0.5), LAMBDA);
  }

  private static NormalSampler normal(long seed) {
    return new NormalSampler(RandomSource.PHILOX_4X64.create(seed));
  }

  private static void run(
      EvolutionStrategy strategy,
      ToDoubleFunction<double[]> cost,
      NormalSampler normal,
      int generations) {
    for (int g = 0; g < generations; g++) {
      strategy.tell(strategy.ask(normal).stream().mapToDouble(cost).toArray());
    }
  }

  @Test
  void minimisesTheSphere() {
    EvolutionStrategy strategy = strategy();
    run(strategy, EvolutionStrategyTest::sphere, normal(1), 150);
    assertTrue(sphere(strategy.state().mean()) < 1e-8, () -> "" + strategy.state());
  }

  /** Impossible in this many generations without learning the axes' scales. */
  @Test
  void minimisesAnIllConditionedEllipsoid() {
    EvolutionStrategy strategy = strategy();
    run(strategy, EvolutionStrategyTest::ellipsoid, normal(2), 500);
    assertTrue(ellipsoid(strategy.state().mean()) < 1e-8, () -> "" + strategy.state());
    double[] variance = strategy.state().variance();
    assertEquals(1e6, variance[0] / variance[N - 1], 0.9e6);
  }

  @Test
  void aStateContinuesToTheSameBits() {
    EvolutionStrategy whole = strategy();
    NormalSampler normal = normal(3);
    run(whole, EvolutionStrategyTest::ellipsoid, normal, 20);
    EvolutionStrategy.State middle = whole.state();
    NormalSampler again = normal(4);
    run(whole, EvolutionStrategyTest::ellipsoid, again, 20);
    EvolutionStrategy rest = new EvolutionStrategy(middle, LAMBDA);
    run(rest, EvolutionStrategyTest::ellipsoid, normal(4), 20);
    EvolutionStrategy.State expected = whole.state();
    EvolutionStrategy.State actual = rest.state();
    assertEquals(40, actual.generation());
    assertEquals(expected.sigma(), actual.sigma());
    assertArrayEquals(expected.mean(), actual.mean());
    assertArrayEquals(expected.variance(), actual.variance());
    assertArrayEquals(expected.stepPath(), actual.stepPath());
    assertArrayEquals(expected.path(), actual.path());
  }

  @Test
  void otherNumbersGiveAnotherSearch() {
    EvolutionStrategy first = strategy();
    EvolutionStrategy second = strategy();
    run(first, EvolutionStrategyTest::sphere, normal(5), 1);
    run(second, EvolutionStrategyTest::sphere, normal(6), 1);
    assertTrue(!Arrays.equals(first.state().mean(), second.state().mean()));
  }

  /** A candidate that diverged costs infinity, and must not spoil the mean. */
  @Test
  void infiniteCostsAreTheWorst() {
    EvolutionStrategy strategy = strategy();
    run(strategy, x -> x[0] > 1 ? Double.POSITIVE_INFINITY : sphere(x), normal(7), 60);
    assertTrue(sphere(strategy.state().mean()) < 0.1);
  }

  @Test
  void refusesStatesOfOtherShapes() {
    double[] three = new double[3];
    assertThrows(
        IllegalArgumentException.class,
        () -> new EvolutionStrategy.State(0, 1, three, three, new double[2], three));
  }
}
