package io.gaitway.server.evaluation;

import io.gaitway.proto.v1.ControllerFault;
import io.gaitway.proto.v1.EpisodeOutcome;
import io.gaitway.proto.v1.EpisodeResult;
import io.gaitway.proto.v1.Score;
import io.gaitway.sim.random.CounterGaussian;
import java.util.Arrays;
import java.util.List;

/** What finished episodes come to; the formulas are stated at {@link Score}. */
final class Scoring {
  private static final int RESAMPLES = 2000;
  private static final double TAIL = 0.025;

  /** The standard normal distribution's 97.5 % quantile. */
  private static final double Z = 1.959963984540054;

  private Scoring() {}

  /**
   * The score of at least one episode.
   *
   * @param results in the order of the episodes' numbers
   * @param seed the suite's, which the bootstrap draws with
   */
  static Score of(List<EpisodeResult> results, long seed) {
    List<EpisodeResult> counted = results.stream().filter(Scoring::counts).toList();
    double[] costs = counted.stream().mapToDouble(EpisodeResult::getCost).toArray();
    int survivors = (int) counted.stream().filter(Scoring::survived).count();
    double[] interval = bootstrap(costs, seed);
    double[] wilson = wilson(survivors, costs.length);
    return Score.newBuilder()
        .setEpisodes(costs.length)
        .setCost(interquartileMean(costs))
        .setCostLower(interval[0])
        .setCostUpper(interval[1])
        .setSurvival(costs.length == 0 ? 0 : (double) survivors / costs.length)
        .setSurvivalLower(wilson[0])
        .setSurvivalUpper(wilson[1])
        .setControllerFaults((int) counted.stream().filter(Scoring::hasFault).count())
        .setEnvironmentFaults(results.size() - costs.length)
        .build();
  }

  /**
   * Whether a score stands on the leaderboard: at least one episode must count that the controller
   * was not at fault in.
   */
  static boolean isListed(Score score) {
    return score.getControllerFaults() < score.getEpisodes();
  }

  private static boolean counts(EpisodeResult result) {
    return result.getOutcome() != EpisodeOutcome.EPISODE_OUTCOME_DIVERGED;
  }

  private static boolean hasFault(EpisodeResult result) {
    return result.getFault() != ControllerFault.CONTROLLER_FAULT_UNSPECIFIED;
  }

  private static boolean survived(EpisodeResult result) {
    return result.getOutcome() == EpisodeOutcome.EPISODE_OUTCOME_COMPLETED && !hasFault(result);
  }

  /** The mean of the middle half; NaN of no values. */
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

  /**
   * Ends of the 95 % percentile interval of the interquartile mean; NaN of no values. Resample r
   * takes the values at floor(n u_i), with u_i the uniform numbers of (seed, 0, r).
   */
  static double[] bootstrap(double[] values, long seed) {
    if (values.length == 0) {
      return new double[] {Double.NaN, Double.NaN};
    }
    CounterGaussian random = new CounterGaussian();
    double[] resample = new double[values.length];
    double[] means = new double[RESAMPLES];
    for (int r = 0; r < RESAMPLES; r++) {
      random.start(seed, 0, r);
      for (int i = 0; i < resample.length; i++) {
        resample[i] = values[(int) (random.nextUniform() * values.length)];
      }
      means[r] = interquartileMean(resample);
    }
    Arrays.sort(means);
    int cut = (int) (TAIL * RESAMPLES);
    return new double[] {means[cut], means[RESAMPLES - 1 - cut]};
  }

  /** Ends of Wilson's 95 % interval for a rate; 0 and 1 without trials. */
  static double[] wilson(int successes, int trials) {
    if (trials == 0) {
      return new double[] {0, 1};
    }
    double p = (double) successes / trials;
    double centre = (successes + Z * Z / 2) / (trials + Z * Z);
    double half = Z * Math.sqrt(trials * p * (1 - p) + Z * Z / 4) / (trials + Z * Z);
    return new double[] {Math.max(0, centre - half), Math.min(1, centre + half)};
  }
}
