package io.gaitway.agents.reproduction;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.agents.statistics.Intervals;
import io.gaitway.agents.statistics.Proportion;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Statistics of runs, against figures known by hand. */
class StatisticsTest {
  private static final double NEVER = Double.POSITIVE_INFINITY;
  private static final ComparedGroup SWIMMER = Runs.group("vgps", "swimmer", 5);
  private static final ComparedGroup WALKER = Runs.group("vgps", "walker", 5);

  @Test
  void wilsonsIntervalIsTheTabulatedOne() {
    assertInterval(0, 0.2775, new Proportion(0, 10));
    assertInterval(0.2366, 0.7634, new Proportion(5, 10));
    assertInterval(0.7225, 1, new Proportion(10, 10));
    assertInterval(0.0552, 0.1744, new Proportion(10, 100));
    assertEquals(0.1, new Proportion(10, 100).rate());
  }

  private static void assertInterval(double lower, double upper, Proportion proportion) {
    assertEquals(lower, proportion.lower(), 5e-5);
    assertEquals(upper, proportion.upper(), 5e-5);
  }

  @Test
  void infiniteValuesAreTheLargest() {
    assertEquals(2.5, Intervals.interquartileMean(new double[] {NEVER, 1, 3, 2}));
    assertEquals(NEVER, Intervals.interquartileMean(new double[] {NEVER, 1, NEVER, 2}));
    Intervals intervals = Intervals.of(new double[] {1, 1, 1, 1, NEVER, 1, 1, 1});
    assertEquals(1, intervals.estimate());
    assertEquals(1, intervals.lower());
    assertEquals(NEVER, intervals.upper());
    assertEquals(NEVER, Intervals.median(new double[] {1, NEVER}));
    assertEquals(2, Intervals.median(new double[] {NEVER, 1, 2}));
  }

  /** Samples whose values are constant do not vary unless they are mixed with others. */
  @Test
  void resamplesKeepToTheirSample() {
    double[] ones = {1, 1, 1, 1};
    double[] nines = {9, 9, 9};
    assertEquals(
        new Intervals(8, 8, 8), Intervals.difference(nines, ones, Intervals::interquartileMean));
    assertFactor(3, List.of(nines, ones), List.of(ones, ones));
    assertFactor(1 / 3.0, List.of(ones, ones), List.of(ones, nines));
  }

  @Test
  void infiniteMeansDecideOrCancel() {
    double[] ones = {1, 1};
    double[] fours = {4, 4, 4};
    double[] never = {NEVER, NEVER};
    assertFactor(2, List.of(never, fours), List.of(never, ones));
    assertFactor(NEVER, List.of(never, ones), List.of(ones, fours));
    assertFactor(0, List.of(ones, fours), List.of(never, ones));
    assertFactor(1, List.of(ones, never), List.of(never, ones));
    assertFactor(NEVER, List.of(ones, never, never), List.of(never, ones, ones));
  }

  private static void assertFactor(double expected, List<double[]> first, List<double[]> second) {
    Intervals factor = Intervals.factor(first, second);
    assertEquals(expected, factor.estimate(), 1e-12);
    assertEquals(expected, factor.lower(), 1e-12);
    assertEquals(expected, factor.upper(), 1e-12);
  }

  @Test
  void theFactorVariesAsTheStandardErrorOfItsLogarithmSays() {
    double[] one = new double[400];
    double[] two = new double[400];
    for (int i = 0; i < 400; i++) {
      one[i] = 22 + 4 * (i / 399.0 - 0.5);
      two[i] = 20 + 4 * (i / 399.0 - 0.5);
    }
    Intervals factor = Intervals.factor(List.of(one, one), List.of(two, two));
    // Of n values, uniform over a width w, it has the variance w² / 6 n (Winsorised: w² / 24).
    double variance = 4.0 * 4.0 / (6 * 400);
    double error = Math.sqrt(2 * variance * (1 / (22.0 * 22) + 1 / (20.0 * 20))) / 2;
    assertEquals(1.1, factor.estimate(), 1e-12);
    assertEquals(-1.96 * error, Math.log(factor.lower() / 1.1), 0.15 * error);
    assertEquals(1.96 * error, Math.log(factor.upper() / 1.1), 0.15 * error);
  }

  @Test
  void theDifferenceOfTwoMeansVariesAsItsStandardErrorSays() {
    double[] one = new double[100];
    double[] two = new double[100];
    for (int i = 0; i < 100; i++) {
      one[i] = i % 2 == 0 ? 4 : 2;
      two[i] = i % 2 == 0 ? 2 : 0;
    }
    Intervals difference = Intervals.difference(one, two, Intervals::mean);
    // Deviation 1 each, so that the standard error is sqrt(2 / 100).
    assertEquals(2, difference.estimate());
    assertEquals(2 - 1.96 * Math.sqrt(0.02), difference.lower(), 0.02);
    assertEquals(2 + 1.96 * Math.sqrt(0.02), difference.upper(), 0.02);
  }

  private static List<Step> steps(double... costs) {
    List<Step> steps = new ArrayList<>();
    for (double cost : costs) {
      steps.add(Runs.step(steps.size() + 1, cost, 1));
    }
    return steps;
  }

  @Test
  void successCountsFromWhenItStays() {
    assertEquals(2, Runs.run(SWIMMER, 0, steps(9, 9, 1.3, 1)).successFrom(PolicyKind.STOCHASTIC));
    assertEquals(3, Runs.run(SWIMMER, 0, steps(1, 1, 1.31, 1)).successFrom(PolicyKind.STOCHASTIC));
    assertEquals(4, Runs.run(SWIMMER, 0, steps(1, 1, 1, 2)).successFrom(PolicyKind.STOCHASTIC));
    assertEquals(0, Runs.run(SWIMMER, 0, steps(1, 1, 1, 1)).successFrom(PolicyKind.STOCHASTIC));
    assertEquals(0, Runs.run(SWIMMER, 0, steps(9, 9)).successFrom(PolicyKind.DETERMINISTIC));
  }

  @Test
  void onTheWalkerRolloutsAreJudgedOneByOne() {
    for (int successes : List.of(9, 10)) {
      // Too dear on average, as where a few rollouts fall.
      Step step = new Step(1, 900, 900, 20, 10, successes, successes == 9, new Effort(0, 0), 1);
      ComparedRun run = Runs.run(WALKER, 0, List.of(step));
      assertEquals(successes == 10, PolicyKind.STOCHASTIC.succeeds(run, step));
      assertEquals(successes == 9, PolicyKind.DETERMINISTIC.succeeds(run, step));
    }
  }

  @Test
  void seedsThatNeverSucceedCountAsInfinitelyLate() {
    List<ComparedRun> runs = new ArrayList<>();
    runs.add(Runs.run(SWIMMER, 0, steps(9, 1, 1)));
    runs.add(Runs.run(SWIMMER, 1, steps(9, 9, 1)));
    assertEquals(
        new UntilSuccess(2.5, 2.5, 250.0, 25.0, 0), UntilSuccess.of(runs, PolicyKind.STOCHASTIC));
    runs.add(Runs.run(SWIMMER, 2, steps(9, 9, 9)));
    assertEquals(
        new UntilSuccess(3, 3, 300.0, 30.0, 1), UntilSuccess.of(runs, PolicyKind.STOCHASTIC));
    runs.add(Runs.run(SWIMMER, 3, steps(9, 1, 9)));
    assertEquals(
        new UntilSuccess(NEVER, NEVER, NEVER, NEVER, 2),
        UntilSuccess.of(runs, PolicyKind.STOCHASTIC));
  }

  @Test
  void aSummaryIsOfTheRunsSoFar() {
    Results results = new Results(List.of(WALKER, SWIMMER), 5);
    assertEquals(5, results.planned(SWIMMER));
    assertEquals(0, results.planned(Runs.group("gps", "swimmer", 5)));
    assertNull(results.summary(SWIMMER));
    assertTrue(results.summaries().isEmpty());
    results.add(Runs.run(SWIMMER, 3, steps(9, NEVER)));
    results.add(Runs.run(SWIMMER, 1, steps(5, 1.1)));
    results.add(Runs.run(SWIMMER, 0, steps(2, 1.2)));
    results.add(Runs.run(SWIMMER, 2, steps(1, 1)));
    @Nullable Summary summary = results.summary(SWIMMER);
    assertNotNull(summary);
    assertEquals(
        List.of(0L, 1L, 2L, 3L), results.runs(SWIMMER).stream().map(ComparedRun::seed).toList());
    Summary.Policies policies = summary.of(PolicyKind.STOCHASTIC);
    assertEquals(350, policies.costs().get(0).estimate());
    assertEquals(115, policies.costs().get(1).estimate(), 1e-9);
    assertEquals(NEVER, policies.costs().get(1).upper());
    assertEquals(1.15, policies.last().estimate(), 1e-12);
    assertEquals(new Proportion(3, 4), policies.success());
    assertEquals(1, policies.until().never());
    assertSame(summary, results.summary(SWIMMER));
    results.add(Runs.run(SWIMMER, 4, steps(1, 1)));
    @Nullable Summary more = results.summary(SWIMMER);
    assertNotNull(more);
    assertEquals(5, more.seeds());
    assertThrows(
        IllegalArgumentException.class,
        () -> results.add(Runs.run(Runs.group("gps", "swimmer", 5), 0, steps(1))));
  }
}
