package io.gaitway.sim;

/**
 * Derivatives of a vector-valued function of one number, by central differences extrapolated to
 * step zero (Ridders 1982): shares nothing with the differences that the product ships.
 */
public final class Richardson {
  private static final int LEVELS = 14;
  private static final double RATIO = 1.8;

  private Richardson() {}

  /** A function of one number. */
  public interface Curve {
    /** The value at {@code shift} from the point of interest. */
    double[] at(double shift);
  }

  /** The derivative at shift 0, from shifts of at most {@code longest}. */
  public static double[] derivative(Curve curve, double longest) {
    double[][] differences = new double[LEVELS][];
    double h = longest;
    for (int level = 0; level < LEVELS; level++) {
      double[] plus = curve.at(h).clone();
      double[] minus = curve.at(-h);
      for (int i = 0; i < plus.length; i++) {
        plus[i] = (plus[i] - minus[i]) / (2 * h);
      }
      differences[level] = plus;
      h /= RATIO;
    }
    double[] result = new double[differences[0].length];
    for (int i = 0; i < result.length; i++) {
      result[i] = extrapolate(differences, i);
    }
    return result;
  }

  private static double extrapolate(double[][] differences, int entry) {
    double[] previous = new double[LEVELS];
    double best = Double.NaN;
    double least = Double.POSITIVE_INFINITY;
    for (int level = 0; level < LEVELS; level++) {
      double[] row = new double[LEVELS];
      row[0] = differences[level][entry];
      double factor = 1;
      for (int order = 1; order <= level; order++) {
        factor *= RATIO * RATIO;
        row[order] = (row[order - 1] * factor - previous[order - 1]) / (factor - 1);
        double error =
            Math.max(
                Math.abs(row[order] - row[order - 1]), Math.abs(row[order] - previous[order - 1]));
        if (error < least) {
          least = error;
          best = row[order];
        }
      }
      previous = row;
    }
    return best;
  }
}
