package io.gaitway.sim.task;

import java.util.Arrays;

/**
 * Derivatives of a vector-valued function of one number by differences, without knowledge of the
 * function: differences of eighth order, central and to either side, each on a ladder of step
 * sizes, and for every entry the rung that agrees best with both its neighbours. Long steps lose to
 * curvature, short ones to round-off, and those that straddle a kink disagree with each other; the
 * disagreement of neighbours shows all three. Beside a kink the differences to the other side
 * remain. Smooth functions of moderate scale come out with about 11 correct digits.
 */
final class Difference {
  /** Points to either side of the centre. */
  private static final int POINTS = 8;

  /** Weights of f(i h) − f(−i h), i from 0, in the central difference of eighth order. */
  private static final double[] CENTRAL = {0, 4.0 / 5, -1.0 / 5, 4.0 / 105, -1.0 / 280};

  /** Weights of f(i h) − f(0), i from 0, in the difference of eighth order to the right. */
  private static final double[] RIGHT = {
    0, 8, -14, 56.0 / 3, -35.0 / 2, 56.0 / 5, -14.0 / 3, 8.0 / 7, -1.0 / 8
  };

  /** Central, right, left. */
  static final int KINDS = 3;

  /** By kind: error of the difference for an error of one in every value, times h. */
  private static final double[] ROUND_OFF = {2, 70, 70};

  private static final int RUNGS = 13;
  private static final double LONGEST = 0x1p-5;
  private static final double RATIO = 0.3;

  /** Number of times that one derivative evaluates its function. */
  static final int EVALUATIONS = 1 + 2 * POINTS * RUNGS;

  private final int size;
  private final double[][][] rungs;
  private final double[] centre;
  private final double[] value;

  /** Whether there was a value at shift 0. */
  private boolean found;

  /** How far what was agreed on last may be off. */
  private double least;

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
    rungs = new double[KINDS][RUNGS][size];
    centre = new double[size];
    value = new double[size];
  }

  /**
   * Writes the derivative at shift 0.
   *
   * @param scale length over which the function is expected to vary, such as max(1, |x|); the
   *     longest shift is a quarter of it
   * @param out receives {@code size} entries; NaN where no two rungs could be compared
   */
  void derivative(Curve curve, double scale, double[] out) {
    measure(curve, scale);
    for (int i = 0; i < size; i++) {
      out[i] = mostAgreed(i, scale, 0, KINDS);
    }
  }

  /**
   * Writes the derivatives at shift 0 that a kink at 0 itself leaves: the mean of the two sides',
   * that to the right and that to the left.
   *
   * @param scale as above
   * @param out receives {@code size} entries of each of the three; NaN as above
   */
  void sides(Curve curve, double scale, double[][] out) {
    measure(curve, scale);
    for (int i = 0; i < size; i++) {
      out[1][i] = mostAgreed(i, scale, 1, 2);
      double doubt = least;
      out[2][i] = mostAgreed(i, scale, 2, 3);
      doubt = (doubt + least) / 2;
      out[0][i] = mostAgreed(i, scale, 0, 1);
      if (doubt < least) {
        out[0][i] = (out[1][i] + out[2][i]) / 2;
      }
    }
  }

  private void measure(Curve curve, double scale) {
    found = curve.at(0, centre);
    double h = LONGEST * scale;
    for (int rung = 0; found && rung < RUNGS; rung++) {
      climb(curve, h, rung);
      h *= RATIO;
    }
  }

  /**
   * Fills one rung of each kind, from changes rather than values, so that a large constant costs no
   * digits. A kind with a missing value becomes NaN.
   */
  private void climb(Curve curve, double h, int rung) {
    double[] central = rungs[0][rung];
    double[] right = rungs[1][rung];
    double[] left = rungs[2][rung];
    Arrays.fill(central, 0);
    Arrays.fill(right, 0);
    Arrays.fill(left, 0);
    for (int i = 1; i <= POINTS; i++) {
      double centralWeight = i < CENTRAL.length ? CENTRAL[i] : 0;
      add(curve, i * h, centralWeight / h, RIGHT[i] / h, central, right);
      add(curve, -i * h, -centralWeight / h, -RIGHT[i] / h, central, left);
    }
  }

  private void add(
      Curve curve,
      double shift,
      double centralFactor,
      double sideFactor,
      double[] central,
      double[] side) {
    if (!curve.at(shift, value)) {
      Arrays.fill(side, Double.NaN);
      if (centralFactor != 0) {
        Arrays.fill(central, Double.NaN);
      }
      return;
    }
    for (int j = 0; j < size; j++) {
      double change = value[j] - centre[j];
      central[j] += centralFactor * change;
      side[j] += sideFactor * change;
    }
  }

  /** What the kinds from {@code from} to before {@code to} agree on best. */
  private double mostAgreed(int entry, double scale, int from, int to) {
    double best = Double.NaN;
    least = Double.POSITIVE_INFINITY;
    if (!found) {
      return best;
    }
    for (int kind = from; kind < to; kind++) {
      double[][] ladder = rungs[kind];
      double roundOff = ROUND_OFF[kind] * Math.ulp(centre[entry]) / (LONGEST * scale);
      for (int k = 1; k + 1 < RUNGS; k++) {
        roundOff /= RATIO;
        double here = ladder[k][entry];
        double disagreement =
            Math.max(Math.abs(here - ladder[k - 1][entry]), Math.abs(here - ladder[k + 1][entry]));
        // Without the second term, noise that agrees by chance would win now and then.
        double doubt = disagreement + roundOff;
        if (doubt < least) {
          least = doubt;
          best = here;
        }
      }
    }
    return best;
  }
}
