package io.gaitway.agents.statistics;

/**
 * How many of some trials succeed, with Wilson's 95 % interval for their rate.
 *
 * @param successes trials that do
 * @param trials all of them, at least 1
 */
public record Proportion(int successes, int trials) {
  /** The standard normal distribution's 97.5 % quantile. */
  private static final double Z = 1.959963984540054;

  /** Share of successes, 0 to 1. */
  public double rate() {
    return (double) successes / trials;
  }

  /** Lower end of the interval. */
  public double lower() {
    return Math.max(0, centre() - halfWidth());
  }

  /** Upper end of the interval. */
  public double upper() {
    return Math.min(1, centre() + halfWidth());
  }

  private double centre() {
    return (successes + Z * Z / 2) / (trials + Z * Z);
  }

  private double halfWidth() {
    double p = rate();
    return Z * Math.sqrt(trials * p * (1 - p) + Z * Z / 4) / (trials + Z * Z);
  }
}
