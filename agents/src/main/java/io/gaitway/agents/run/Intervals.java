package io.gaitway.agents.run;

import java.util.Arrays;
import org.apache.commons.rng.UniformRandomProvider;
import org.apache.commons.rng.simple.RandomSource;

/**
 * Statistics over seeds: the interquartile mean and its bootstrap interval (Agarwal et al., Deep
 * Reinforcement Learning at the Edge of the Statistical Precipice, 2021).
 *
 * @param mean interquartile mean: the mean of the middle half of the values
 * @param lower lower end of the 95 % percentile bootstrap interval
 * @param upper upper end
 */
record Intervals(double mean, double lower, double upper) {
  private static final int RESAMPLES = 10_000;
  private static final double TAIL = 0.025;

  /** The statistics of at least one value; the same values give the same interval. */
  static Intervals of(double[] values) {
    UniformRandomProvider random = RandomSource.PHILOX_4X64.create(new long[] {values.length});
    double[] means = new double[RESAMPLES];
    double[] resample = new double[values.length];
    for (int i = 0; i < RESAMPLES; i++) {
      for (int j = 0; j < values.length; j++) {
        resample[j] = values[random.nextInt(values.length)];
      }
      means[i] = interquartileMean(resample);
    }
    Arrays.sort(means);
    return new Intervals(
        interquartileMean(values),
        means[(int) (TAIL * RESAMPLES)],
        means[(int) ((1 - TAIL) * RESAMPLES) - 1]);
  }

  /** The mean of what is left when a quarter of the values is cut off at either end. */
  static double interquartileMean(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    double cut = sorted.length / 4.0;
    double sum = 0;
    for (int i = 0; i < sorted.length; i++) {
      double inside = Math.min(i + 1, sorted.length - cut) - Math.max(i, cut);
      if (inside > 0) {
        sum += inside * sorted[i];
      }
    }
    return sum / (sorted.length - 2 * cut);
  }
}
