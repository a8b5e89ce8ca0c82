package io.gaitway.optim.policy;

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

  /** From the bits of ROUND + n to the biased exponent of 2ⁿ. */
  private static final long BIAS = 1023 - Double.doubleToRawLongBits(ROUND);

  private static final int SIGN = 63;
  private static final int EXPONENT = 52;
  private static final long ONE = Double.doubleToRawLongBits(1);

  private Softplus() {}

  /** exp(x) for x ≤ 0; 0 below −708.8, where it is less than 2⁻¹⁰²²; NaN for NaN. */
  static double exp(double x) {
    return timesPower(fraction(x), x * LOG2_E + ROUND);
  }

  /** exp(x) / 2ⁿ, with n the whole number nearest to x / log 2. */
  private static double fraction(double x) {
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
    return 1 + (r + r2 * q);
  }

  /** fraction · 2ⁿ for shifted = ROUND + n; 0 for n below −1022. */
  private static double timesPower(double fraction, double shifted) {
    long exponent = Double.doubleToRawLongBits(shifted) + BIAS;
    return exponent > 0 ? fraction * Double.longBitsToDouble(exponent << EXPONENT) : 0;
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

  /** max(z, 0), without a branch. */
  private static double positivePart(double z) {
    return 0.5 * (z + Math.abs(z));
  }

  /** 1 for z ≥ 0, otherwise e; without a branch, as signs are hard to predict. At −0, e is 1. */
  private static double numerator(double z, double e) {
    long negative = Double.doubleToRawLongBits(z) >> SIGN;
    return Double.longBitsToDouble(ONE + ((Double.doubleToRawLongBits(e) - ONE) & negative));
  }

  /** log(1 + exp z), for |z| below 8e307. */
  static double value(double z) {
    return positivePart(z) + log1p(exp(-Math.abs(z)));
  }

  /** Derivative 1 / (1 + exp −z) of the softplus. */
  static double derivative(double z) {
    double e = exp(-Math.abs(z));
    return numerator(z, e) / (1 + e);
  }

  /**
   * Both for an array of numbers, with the same bits. HotSpot makes vector instructions of loops
   * that write to one array and do not touch the bits of a double; hence several of them.
   *
   * @param z holds the arguments; overwritten by their softplus
   * @param slope receives the derivatives, same length
   * @param e receives exp(−|z|), same length
   */
  static void apply(double[] z, double[] slope, double[] e) {
    fractions(z, e);
    shifts(z, slope);
    powers(z, slope, e);
    slopes(slope, e);
    values(z, e);
  }

  private static void fractions(double[] z, double[] e) {
    for (int i = 0; i < z.length; i++) {
      e[i] = fraction(-Math.abs(z[i]));
    }
  }

  private static void shifts(double[] z, double[] shifted) {
    for (int i = 0; i < z.length; i++) {
      shifted[i] = -Math.abs(z[i]) * LOG2_E + ROUND;
    }
  }

  /** Completes e and replaces the shifts by the slopes' numerators. */
  private static void powers(double[] z, double[] slope, double[] e) {
    for (int i = 0; i < z.length; i++) {
      double ei = timesPower(e[i], slope[i]);
      e[i] = ei;
      slope[i] = numerator(z[i], ei);
    }
  }

  private static void slopes(double[] slope, double[] e) {
    for (int i = 0; i < slope.length; i++) {
      slope[i] /= 1 + e[i];
    }
  }

  private static void values(double[] z, double[] e) {
    for (int i = 0; i < z.length; i++) {
      z[i] = positivePart(z[i]) + log1p(e[i]);
    }
  }
}
