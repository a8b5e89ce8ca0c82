package io.gaitway.agents.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Statistics of samples, against figures known by hand. */
class IntervalsTest {
  private static final double NEVER = Double.POSITIVE_INFINITY;

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
  void interquartileMeanCutsWholeValues() {
    assertEquals(4.5, Intervals.interquartileMean(new double[] {9, 0, 1, 2, 3, 4, 5, 6, 7, 8}));
    assertEquals(2, Intervals.interquartileMean(new double[] {2}));
    assertEquals(8, Intervals.interquartileMean(new double[] {1, 30, 5, 1000, -1000, -1, 5}));
    assertEquals(2, Intervals.interquartileMean(new double[] {1, 3, 2}));
  }

  @Test
  void theIntervalCoversTheTrueMeanAboutAsOftenAsItSays() {
    SplittableRandom random = new SplittableRandom(1);
    int covered = 0;
    for (int trial = 0; trial < 60; trial++) {
      double[] values = random.doubles(40).toArray();
      Intervals intervals = Intervals.of(values);
      covered += intervals.lower() <= 0.5 && 0.5 <= intervals.upper() ? 1 : 0;
    }
    assertTrue(covered >= 50 && covered <= 60, "covered " + covered + " of 60");
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
}
