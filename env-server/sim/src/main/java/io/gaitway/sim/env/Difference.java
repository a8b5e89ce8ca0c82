package io.gaitway.sim.env;

import java.util.Arrays;

/**
 * Derivatives of a vector-valued function of one number by differences, without knowledge of the
 * function: central differences of eighth order on a ladder of step sizes, and for every entry the
 * rung that agrees best with both its neighbours. Long steps lose to curvature and to kinks that
 * they straddle, short ones to round-off; the disagreement of neighbours shows both. Smooth
 * functions of moderate scale come out with about 11 correct digits.
 */
final class Difference {
  /** Weights of f(+i h) − f(−i h), i = 1 … 4, in the central difference of eighth order. */
  private static final double[] WEIGHTS = {4.0 / 5, -1.0 / 5, 4.0 / 105, -1.0 / 280};

  private static final int RUNGS = 14;

  /** Number of times that one derivative evaluates its function. */
  static final int EVALUATIONS = RUNGS * 2 * WEIGHTS.length;

  private static final double LONGEST = 0x1p-5;
  private static final double RATIO = 0.4;

  private final int size;
  private final double[][] rungs;
  private final double[] plus;
  private final double[] minus;

  /** A function of one number. */
  interface Curve {
    /**
     * Writes the function's value at {@code shift} from the point of interest.
     *
     * @return whether there is one
     */
    boolean at(double shift, double[] out);
  }

  /** Prepares for functions with {@code size} entries; allocates. */
  Difference(int size) {
    this.size = size;
    rungs = new double[RUNGS][size];
    plus = new double[size];
    minus = new double[size];
  }

  /**
   * Writes the derivative at shift 0.
   *
   * @param scale length over which the function is expected to vary, such as max(1, |x|)
   * @param out receives {@code size} entries; NaN where no two rungs could be compared
   */
  void derivative(Curve curve, double scale, double[] out) {
    double h = LONGEST * scale;
    for (double[] rung : rungs) {
      difference(curve, h, rung);
      h *= RATIO;
    }
    for (int i = 0; i < size; i++) {
      out[i] = mostAgreed(i);
    }
  }

  private void difference(Curve curve, double h, double[] out) {
    Arrays.fill(out, 0);
    for (int i = 1; i <= WEIGHTS.length; i++) {
      if (!curve.at(i * h, plus) || !curve.at(-i * h, minus)) {
        Arrays.fill(out, Double.NaN);
        return;
      }
      for (int j = 0; j < size; j++) {
        out[j] += WEIGHTS[i - 1] * (plus[j] - minus[j]);
      }
    }
    for (int j = 0; j < size; j++) {
      out[j] /= h;
    }
  }

  private double mostAgreed(int entry) {
    double best = Double.NaN;
    double least = Double.POSITIVE_INFINITY;
    for (int k = 1; k + 1 < RUNGS; k++) {
      double here = rungs[k][entry];
      double disagreement =
          Math.max(Math.abs(here - rungs[k - 1][entry]), Math.abs(here - rungs[k + 1][entry]));
      if (disagreement < least) {
        least = disagreement;
        best = here;
      }
    }
    return best;
  }
}
