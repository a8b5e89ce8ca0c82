package io.gaitway.optim.trajopt;

import org.apache.commons.rng.UniformRandomProvider;

/**
 * Standard normal numbers from a source of uniform ones, by Marsaglia's polar method with {@link
 * StrictMath}: the same source gives the same bits on every JVM.
 */
public final class NormalSampler {
  private final UniformRandomProvider source;
  private double spare;
  private boolean hasSpare;

  /** Draws from {@code source}. */
  public NormalSampler(UniformRandomProvider source) {
    this.source = source;
  }

  /** A uniform number in [0, 1). */
  public double nextUniform() {
    return source.nextDouble();
  }

  /** The next number. */
  public double next() {
    if (hasSpare) {
      hasSpare = false;
      return spare;
    }
    double a;
    double b;
    double square;
    do {
      a = 2 * source.nextDouble() - 1;
      b = 2 * source.nextDouble() - 1;
      square = a * a + b * b;
    } while (square >= 1 || square == 0);
    double scale = Math.sqrt(-2 * StrictMath.log(square) / square);
    spare = b * scale;
    hasSpare = true;
    return a * scale;
  }
}
