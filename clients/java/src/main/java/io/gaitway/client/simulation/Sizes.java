package io.gaitway.client.simulation;

/** Checks sizes before they are multiplied. */
final class Sizes {
  private Sizes() {}

  /**
   * Checks that a size is not negative, and returns it.
   *
   * @throws IllegalArgumentException if it is
   */
  static int require(String name, int size) {
    if (size < 0) {
      throw new IllegalArgumentException("%s must be at least 0, but is %d".formatted(name, size));
    }
    return size;
  }

  /**
   * An array of zeros.
   *
   * @throws IllegalArgumentException if no array is as large
   */
  static double[] array(String name, long... shape) {
    long length = 1;
    for (long size : shape) {
      length *= size;
      if (length > Integer.MAX_VALUE) {
        throw new IllegalArgumentException(
            "%s has more entries than an array can have, %d".formatted(name, Integer.MAX_VALUE));
      }
    }
    return new double[(int) length];
  }

  /** Checks that a count of steps is between 0 and T. */
  static int requireSteps(int steps, int T) {
    if (steps < 0 || steps > T) {
      throw new IllegalArgumentException(
          "steps must be between 0 and T = %d, but is %d".formatted(T, steps));
    }
    return steps;
  }
}
