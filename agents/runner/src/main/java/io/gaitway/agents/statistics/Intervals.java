package io.gaitway.agents.statistics;

import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.apache.commons.rng.UniformRandomProvider;
import org.apache.commons.rng.simple.RandomSource;

/**
 * A statistic over seeds and its bootstrap interval: the interquartile mean unless another is named
 * (Agarwal et al., Deep Reinforcement Learning at the Edge of the Statistical Precipice, 2021).
 * Values are costs, and may be +∞. Where there are several tasks, each has a sample of its own, and
 * is resampled by itself: the stratified bootstrap. On the same values the estimates are those of
 * rliable 1.2, whose scores are costs with the sign turned.
 *
 * @param estimate the statistic of the values, such as the mean of their middle half
 * @param lower lower end of the 95 % percentile bootstrap interval
 * @param upper upper end
 */
public record Intervals(double estimate, double lower, double upper) {
  private static final int RESAMPLES = 10_000;

  /** Enough for curves, and for what has to be found for every pair of methods. */
  private static final int PAIR_RESAMPLES = 2000;

  private static final double TAIL = 0.025;

  /** The interquartile mean of at least one value; the same values give the same interval. */
  public static Intervals of(double[] values) {
    return of(values, RESAMPLES);
  }

  /** The same with a number of resamples. */
  public static Intervals of(double[] values, int resamples) {
    return of(values, Intervals::interquartileMean, resamples);
  }

  /** Another statistic of at least one value. */
  public static Intervals of(double[] values, ToDoubleFunction<double[]> statistic) {
    return of(values, statistic, RESAMPLES);
  }

  private static Intervals of(
      double[] values, ToDoubleFunction<double[]> statistic, int resamples) {
    return bootstrap(
        List.of(values), samples -> statistic.applyAsDouble(samples.get(0)), resamples);
  }

  /** The interquartile mean of all tasks' values together, at least one. */
  public static Intervals ofTasks(List<double[]> tasks) {
    return bootstrap(tasks, samples -> interquartileMean(together(samples)), RESAMPLES);
  }

  /** The share of all tasks' values that are below a threshold. */
  public static Intervals below(double threshold, List<double[]> tasks) {
    return bootstrap(tasks, samples -> share(threshold, samples), PAIR_RESAMPLES);
  }

  /**
   * How probable it is that a value of the first is below one of the second on the same task, ties
   * counted by half: the mean over the tasks.
   *
   * @param first a sample for every task
   * @param second the same tasks' other samples
   */
  public static Intervals improvement(List<double[]> first, List<double[]> second) {
    int tasks = first.size();
    return bootstrap(
        Stream.concat(first.stream(), second.stream()).toList(),
        samples -> {
          double sum = 0;
          for (int i = 0; i < tasks; i++) {
            sum += probabilityBelow(samples.get(i), samples.get(tasks + i));
          }
          return sum / tasks;
        },
        PAIR_RESAMPLES);
  }

  private static double[] together(List<double[]> samples) {
    return samples.stream().flatMapToDouble(Arrays::stream).toArray();
  }

  private static double share(double threshold, List<double[]> samples) {
    int below = 0;
    int all = 0;
    for (double[] sample : samples) {
      for (double value : sample) {
        below += value < threshold ? 1 : 0;
      }
      all += sample.length;
    }
    return (double) below / all;
  }

  /** Mann and Whitney's U over the number of pairs. */
  private static double probabilityBelow(double[] first, double[] second) {
    double below = 0;
    for (double one : first) {
      for (double other : second) {
        below += one < other ? 1 : one == other ? 0.5 : 0;
      }
    }
    return below / ((double) first.length * second.length);
  }

  /** The first sample's statistic minus the second's. Two infinite values differ by 0. */
  public static Intervals difference(
      double[] first, double[] second, ToDoubleFunction<double[]> statistic) {
    return bootstrap(
        List.of(first, second),
        samples ->
            minus(statistic.applyAsDouble(samples.get(0)), statistic.applyAsDouble(samples.get(1))),
        RESAMPLES);
  }

  /**
   * By what factor the interquartile means of some samples exceed those of others: the geometric
   * mean over the pairs. The factor of two infinite means is 1, and an infinite factor of one pair
   * cancels a factor 0 of another.
   *
   * @param first positive values, a sample for every pair
   * @param second the pairs' other samples
   */
  public static Intervals factor(List<double[]> first, List<double[]> second) {
    int pairs = first.size();
    return bootstrap(
        Stream.concat(first.stream(), second.stream()).toList(),
        samples -> {
          double[] factors = new double[pairs];
          for (int i = 0; i < pairs; i++) {
            double one = interquartileMean(samples.get(i));
            double other = interquartileMean(samples.get(pairs + i));
            factors[i] = one == other ? 1 : one / other;
          }
          return geometricMean(factors);
        },
        RESAMPLES);
  }

  private static double geometricMean(double[] factors) {
    double sum = 0;
    int infinite = 0;
    for (double factor : factors) {
      double log = Math.log(factor);
      if (Double.isInfinite(log)) {
        infinite += log > 0 ? 1 : -1;
      } else {
        sum += log;
      }
    }
    return infinite > 0
        ? Double.POSITIVE_INFINITY
        : infinite < 0 ? 0 : Math.exp(sum / factors.length);
  }

  /** A statistic of samples, each of which is resampled by itself. */
  private static Intervals bootstrap(
      List<double[]> samples, ToDoubleFunction<List<double[]>> statistic, int resamples) {
    int size = samples.stream().mapToInt(sample -> sample.length).sum();
    UniformRandomProvider random = RandomSource.PHILOX_4X64.create(new long[] {size});
    List<double[]> resampled = samples.stream().map(double[]::clone).toList();
    double[] statistics = new double[resamples];
    for (int i = 0; i < resamples; i++) {
      for (int s = 0; s < samples.size(); s++) {
        resample(samples.get(s), resampled.get(s), random);
      }
      statistics[i] = statistic.applyAsDouble(resampled);
    }
    return percentiles(statistic.applyAsDouble(samples), statistics);
  }

  private static void resample(double[] sample, double[] resampled, UniformRandomProvider random) {
    for (int i = 0; i < sample.length; i++) {
      resampled[i] = sample[random.nextInt(sample.length)];
    }
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

  /**
   * The mean of what is left when a quarter of the values, rounded down to a whole number of them,
   * is cut off at either end.
   */
  public static double interquartileMean(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int cut = sorted.length / 4;
    return mean(Arrays.copyOfRange(sorted, cut, sorted.length - cut));
  }

  /** The median; of an even number of values the mean of the middle two. */
  public static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int n = sorted.length;
    return (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
  }

  /** The mean. */
  public static double mean(double[] values) {
    return Arrays.stream(values).sum() / values.length;
  }
}
