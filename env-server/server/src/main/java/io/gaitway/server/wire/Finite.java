package io.gaitway.server.wire;

/** Tests whether numbers are finite. */
public final class Finite {
  private Finite() {}

  /** Whether {@code count} numbers are all finite. */
  public static boolean all(double[] values, int from, int count) {
    // 0 · v is 0 for every finite v and NaN for any other; four sums keep the processor busy.
    double a = 0;
    double b = 0;
    double c = 0;
    double d = 0;
    int i = from;
    for (int end = from + count - 3; i < end; i += 4) {
      a += 0 * values[i];
      b += 0 * values[i + 1];
      c += 0 * values[i + 2];
      d += 0 * values[i + 3];
    }
    for (; i < from + count; i++) {
      a += 0 * values[i];
    }
    return a + b + c + d == 0;
  }
}
