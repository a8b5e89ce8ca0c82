package io.gaitway.agents.policy;

/**
 * The softplus log(1 + exp z) and its derivative, the logistic function 1 / (1 + exp −z), from one
 * exponential.
 *
 * <p>With e = exp(−|z|), the softplus is max(z, 0) + log1p(e) and the derivative 1/(1 + e) or e/(1
 * + e). Both elementary functions are polynomials fitted at Chebyshev nodes, without tables or
 * branches, in plain arithmetic: the same bits on every JVM, within 2 units in the last place, at a
 * fraction of {@link StrictMath}'s time.
 */
final class Softplus {
  private static final double LOG2_E = 1.4426950408889634;

  /** The leading 32 bits of log 2, and the rest. */
  private static final double LN2_HIGH = 0x1.62e42feep-1;

  private static final double LN2_LOW = 0x1.a39ef35793c76p-33;

  /** Adding and subtracting it rounds to the nearest whole number. */
  private static final double ROUND = 0x1.8p52;

  /** Below this, exp is taken as 0 (it is less than 4e-308). */
  private static final double LEAST_EXPONENT = -708;

  private Softplus() {}

  /** exp(x) for x ≤ 0; 0 below −708, NaN for NaN. */
  static double exp(double x) {
    double n = x * LOG2_E + ROUND - ROUND;
    double r = x - n * LN2_HIGH - n * LN2_LOW;
    double r2 = r * r;
    double r4 = r2 * r2;
    double q01 = 0x1.0000000000001p-1 + r * 0x1.5555555555556p-3;
    double q23 = 0x1.5555555553d64p-5 + r * 0x1.11111111109b4p-7;
    double q45 = 0x1.6c16c1788b646p-10 + r * 0x1.a01a01a7c3d59p-13;
    double q67 = 0x1.a019b90eefe8ep-16 + r * 0x1.71de0daf7a6ccp-19;
    double q89 = 0x1.2891834686c7ep-22 + r * 0x1.af38a71a18cb9p-26;
    double q = (q01 + r2 * q23) + r4 * ((q45 + r2 * q67) + r4 * q89);
    double fraction = 1 + (r + r2 * q);
    double power = Double.longBitsToDouble(((long) n + 1023) << 52);
    return x < LEAST_EXPONENT ? 0 : fraction * power;
  }

  /**
   * log(1 + e) for e in [0, 1]: 2 atanh(s), s = e/(2 + e), arranged to keep the leading term exact.
   */
  static double log1p(double e) {
    double s = e / (2 + e);
    double w = s * s;
    double w2 = w * w;
    double w4 = w2 * w2;
    double p01 = 0x1.5555555555555p-2 + w * 0x1.9999999999944p-3;
    double p23 = 0x1.2492492499d46p-3 + w * 0x1.c71c71bedea97p-4;
    double p45 = 0x1.745d19937b1fcp-4 + w * 0x1.3b13515f6f9efp-4;
    double p67 = 0x1.111abdc8abe16p-4 + w * 0x1.e0a2d581ab68fp-5;
    double p89 = 0x1.bc37f0140c19bp-5 + w * 0x1.32e0d25c9c76fp-5;
    double p = (p01 + w2 * p23) + w4 * ((p45 + w2 * p67) + w4 * (p89 + w2 * 0x1.401d3e65cdc3cp-4));
    return e - s * (e - 2 * w * p);
  }

  /** log(1 + exp z). */
  static double value(double z) {
    return Math.max(z, 0) + log1p(exp(-Math.abs(z)));
  }

  /** Derivative 1 / (1 + exp −z) of the softplus. */
  static double derivative(double z) {
    double e = exp(-Math.abs(z));
    return (z >= 0 ? 1 : e) / (1 + e);
  }

  /**
   * Both for a run of numbers.
   *
   * @param z holds the arguments at {@code from} to {@code to}; overwritten by their softplus
   * @param slope receives the derivatives at the same indices
   */
  static void apply(double[] z, double[] slope, int from, int to) {
    for (int i = from; i < to; i++) {
      double zi = z[i];
      double e = exp(-Math.abs(zi));
      slope[i] = (zi >= 0 ? 1 : e) / (1 + e);
      z[i] = Math.max(zi, 0) + log1p(e);
    }
  }
}
