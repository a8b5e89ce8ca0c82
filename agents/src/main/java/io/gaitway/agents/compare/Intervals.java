package io.gaitway.agents.compare;

import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.apache.commons.rng.UniformRandomProvider;
import org.apache.commons.rng.simple.RandomSource;

/**
 * A statistic over seeds and its bootstrap interval: the interquartile mean unless another is named
 * (Agarwal et al., Deep Reinforcement Learning at the Edge of the Statistical Precipice, 2021).
 * Values may be +∞.
 *
 * @param mean the statistic of the values, such as the mean of their middle half
 * @param lower lower end of the 95 % percentile bootstrap interval
 * @param upper upper end
 */
public record Intervals(double mean, double lower, double upper) {
  private static final int RESAMPLES = 10_000;
  private static final double TAIL = 0.025;

  /** The interquartile mean of at least one value; the same values give the same interval. */
  public static Intervals of(double[] values) {
    return of(values, RESAMPLES);
  }

  /** The same with a number of resamples. */
  static Intervals of(double[] values, int resamples) {
    return of(List.of(values), Intervals::interquartileMean, resamples);
  }

  /** A statistic of values that are resampled within their strata and then pooled. */
  static Intervals of(List<double[]> strata, ToDoubleFunction<double[]> statistic) {
    return of(strata, statistic, RESAMPLES);
  }

  private static Intervals of(
      List<double[]> strata, ToDoubleFunction<double[]> statistic, int resamples) {
    Bootstrap bootstrap = new Bootstrap(strata);
    UniformRandomProvider random = random(bootstrap.pooled.length);
    double[] statistics = new double[resamples];
    for (int i = 0; i < resamples; i++) {
      statistics[i] = statistic.applyAsDouble(bootstrap.resample(random));
    }
    return percentiles(statistic.applyAsDouble(bootstrap.pooled), statistics);
  }

  /**
   * The first sample's statistic minus the second's; both are resampled within their strata. Two
   * infinite values differ by 0.
   */
  static Intervals difference(
      List<double[]> first, List<double[]> second, ToDoubleFunction<double[]> statistic) {
    Bootstrap one = new Bootstrap(first);
    Bootstrap two = new Bootstrap(second);
    UniformRandomProvider random = random(one.pooled.length + two.pooled.length);
    double[] differences = new double[RESAMPLES];
    for (int i = 0; i < RESAMPLES; i++) {
      differences[i] =
          minus(
              statistic.applyAsDouble(one.resample(random)),
              statistic.applyAsDouble(two.resample(random)));
    }
    double difference =
        minus(statistic.applyAsDouble(one.pooled), statistic.applyAsDouble(two.pooled));
    return percentiles(difference, differences);
  }

  private static UniformRandomProvider random(int size) {
    return RandomSource.PHILOX_4X64.create(new long[] {size});
  }

  private static Intervals percentiles(double statistic, double[] resampled) {
    Arrays.sort(resampled);
    int n = resampled.length;
    return new Intervals(
        statistic, resampled[(int) (TAIL * n)], resampled[(int) ((1 - TAIL) * n) - 1]);
  }

  private static double minus(double a, double b) {
    return a == b ? 0 : a - b;
  }

  /** The mean of what is left when a quarter of the values is cut off at either end. */
  public static double interquartileMean(double[] values) {
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

  /** The median; of an even number of values the mean of the middle two. */
  static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int n = sorted.length;
    return (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
  }

  static double mean(double[] values) {
    return Arrays.stream(values).sum() / values.length;
  }

  /** Values in strata, and room for a sample of them. */
  private static final class Bootstrap {
    final List<double[]> strata;
    final double[] pooled;
    final double[] sample;

    Bootstrap(List<double[]> strata) {
      this.strata = strata;
      pooled = strata.stream().flatMapToDouble(Arrays::stream).toArray();
      sample = new double[pooled.length];
    }

    /** Overwritten by the next call. */
    double[] resample(UniformRandomProvider random) {
      int at = 0;
      for (double[] stratum : strata) {
        for (int i = 0; i < stratum.length; i++) {
          sample[at++] = stratum[random.nextInt(stratum.length)];
        }
      }
      return sample;
    }
  }
}
