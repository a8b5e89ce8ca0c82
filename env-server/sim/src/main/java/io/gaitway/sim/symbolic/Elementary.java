package io.gaitway.sim.symbolic;

/**
 * Elementary functions that give the same bits on every Java machine, interpreted or compiled, and
 * faster than {@link StrictMath} where it matters.
 *
 * <p>Sine and cosine reduce the angle by a two-part π/2 (Cody and Waite 1980) and evaluate the
 * minimax polynomials of FDLIBM; the absolute error is below 2.3e-16 for |x| ≤ 2¹⁸, beyond which
 * {@link StrictMath} takes over (with the same bits everywhere, but from JDK 21 on it allocates).
 */
public final class Elementary {
  private static final double TWO_OVER_PI = 6.36619772367581382433e-01;
  private static final double HALF_PI_HIGH = 1.57079632673412561417e+00;
  private static final double HALF_PI_LOW = 6.07710050650619224932e-11;
  private static final double REDUCIBLE = 1 << 18;

  private Elementary() {}

  /** x where it is positive, else 0, also if it is not a number. */
  static double positive(double x) {
    return x > 0 ? x : 0;
  }

  /** Writes sin x to {@code out[at]} and cos x to {@code out[at + 1]}. */
  static void sinCos(double x, double[] out, int at) {
    if (!(Math.abs(x) <= REDUCIBLE)) {
      out[at] = StrictMath.sin(x);
      out[at + 1] = StrictMath.cos(x);
      return;
    }
    double n = Math.rint(x * TWO_OVER_PI);
    double y = (x - n * HALF_PI_HIGH) - n * HALF_PI_LOW;
    double z = y * y;
    double s = y + y * z * sinSeries(z);
    double c = 1 - (0.5 * z - z * z * cosSeries(z));
    int quadrant = (int) n;
    double first = (quadrant & 1) == 0 ? s : c;
    double second = (quadrant & 1) == 0 ? c : s;
    out[at] = (quadrant & 2) == 0 ? first : -first;
    out[at + 1] = ((quadrant + 1) & 2) == 0 ? second : -second;
  }

  private static double sinSeries(double z) {
    return -1.66666666666666324348e-01
        + z
            * (8.33333333332248946124e-03
                + z
                    * (-1.98412698298579493134e-04
                        + z
                            * (2.75573137070700676789e-06
                                + z
                                    * (-2.50507602534068634195e-08
                                        + z * 1.58969099521155010221e-10))));
  }

  private static double cosSeries(double z) {
    return 4.16666666666666019037e-02
        + z
            * (-1.38888888888741095749e-03
                + z
                    * (2.48015872894767294178e-05
                        + z
                            * (-2.75573143513906633035e-07
                                + z
                                    * (2.08757232129817482790e-09
                                        + z * -1.13596475577881948265e-11))));
  }

  /** sin x. */
  public static double sin(double x) {
    double[] pair = new double[2];
    sinCos(x, pair, 0);
    return pair[0];
  }

  /** cos x. */
  public static double cos(double x) {
    double[] pair = new double[2];
    sinCos(x, pair, 0);
    return pair[1];
  }

  /** log(1 + exp x), without overflow. */
  public static double softplus(double x) {
    return Math.max(x, 0) + StrictMath.log1p(StrictMath.exp(-Math.abs(x)));
  }

  /** 1 / (1 + exp −x), without overflow. */
  public static double logistic(double x) {
    double e = StrictMath.exp(-Math.abs(x));
    return (x >= 0 ? 1 : e) / (1 + e);
  }
}
