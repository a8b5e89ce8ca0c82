package io.gaitway.bench;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Our work against a peer's, timed in turns within one run. A pass takes the samples ours, peer,
 * peer, ours, so that a drift of the machine's speed during the pass cancels to first order, and
 * yields one ratio.
 *
 * @param name the row's title
 * @param ours our work
 * @param peer the peer's work
 * @param atLeast least ratio (peer's time over ours) that the project promises
 * @param aim ratio that it aims at
 */
record PeerComparison(String name, Sampler ours, Sampler peer, double atLeast, double aim) {
  /** Length of a sample of what runs in one process. */
  static final double SHORT_SAMPLE = 3e6;

  /**
   * Length of a sample where every side is a process of its own: that which begins has cold caches,
   * which is a large part of a short one.
   */
  static final double LONG_SAMPLE = 1e8;

  private static final double WARM_UP_NANOSECONDS = 5e9;
  private static final double CALIBRATION_NANOSECONDS = 1e8;
  private static final int CALIBRATION_CALLS = 20;

  /**
   * What the passes gave: medians of either side's CPU time, in ns, and median, 5 % and 95 %
   * quantile of the ratios.
   */
  record Result(double ours, double peer, double ratio, double low, double high) {}

  /**
   * Runs rows and prints them as a Markdown table.
   *
   * @param peer what the peer is called in the table
   * @param sample how long a sample is, ns
   * @return whether all keep what they promise
   */
  static boolean report(String peer, List<PeerComparison> rows, int passes, double sample) {
    System.out.printf(
        "| row | ours, µs | %1$s, µs | %1$s / ours, median (5 to 95 %%) | at least | aim |%n",
        peer);
    System.out.println("|---|---|---|---|---|---|");
    // A transport's code is compiled late, and differently once other calls share it: every row
    // warms up twice before the first is measured, and not again, or warming up would take most of
    // the time.
    for (int round = 0; round < 2; round++) {
      rows.forEach(PeerComparison::warmUp);
    }
    boolean kept = true;
    for (PeerComparison row : rows) {
      Result result = row.run(passes, sample);
      System.out.printf(
          Locale.ROOT,
          "| %s | %.1f | %.1f | %.2f (%.2f to %.2f) | %.2f | %.2f |%n",
          row.name,
          result.ours / 1e3,
          result.peer / 1e3,
          result.ratio,
          result.low,
          result.high,
          row.atLeast,
          row.aim);
      kept &= !(result.ratio < row.atLeast);
    }
    return kept;
  }

  /** Runs both sides until their code is compiled. */
  void warmUp() {
    calibrate(ours, WARM_UP_NANOSECONDS, SHORT_SAMPLE);
    calibrate(peer, WARM_UP_NANOSECONDS, SHORT_SAMPLE);
  }

  /** Takes {@code passes} passes; both sides should be warm. */
  Result run(int passes, double sample) {
    int oursCalls = calibrate(ours, CALIBRATION_NANOSECONDS, sample);
    int peerCalls = calibrate(peer, CALIBRATION_NANOSECONDS, sample);
    double[] oursTimes = new double[passes];
    double[] peerTimes = new double[passes];
    double[] ratios = new double[passes];
    for (int i = 0; i < passes; i++) {
      double first = ours.nanosecondsPerCall(oursCalls);
      double second = peer.nanosecondsPerCall(peerCalls);
      double third = peer.nanosecondsPerCall(peerCalls);
      double fourth = ours.nanosecondsPerCall(oursCalls);
      oursTimes[i] = (first + fourth) / 2;
      peerTimes[i] = (second + third) / 2;
      ratios[i] = peerTimes[i] / oursTimes[i];
    }
    return new Result(
        quantile(oursTimes, 0.5),
        quantile(peerTimes, 0.5),
        quantile(ratios, 0.5),
        quantile(ratios, 0.05),
        quantile(ratios, 0.95));
  }

  /** Runs for {@code nanoseconds} and returns the number of calls that fill one sample. */
  private static int calibrate(Sampler sampler, double nanoseconds, double sample) {
    double spent = 0;
    int calls = CALIBRATION_CALLS;
    while (spent < nanoseconds) {
      double perCall = sampler.nanosecondsPerCall(calls);
      spent += perCall * calls;
      calls = (int) Math.max(1, Math.round(sample / perCall));
    }
    return calls;
  }

  /** The q-quantile by linear interpolation. Modified: sorts {@code values}. */
  private static double quantile(double[] values, double q) {
    Arrays.sort(values);
    double at = q * (values.length - 1);
    int below = (int) Math.floor(at);
    int above = Math.min(below + 1, values.length - 1);
    return values[below] + (at - below) * (values[above] - values[below]);
  }
}
