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

  /**
   * Derivatives and how far they may be off, by the disagreement of neighbouring extrapolations.
   *
   * @param values the derivatives
   * @param errors their estimated errors, absolute
   */
  public record Estimate(double[] values, double[] errors) {}

  /** The derivative at shift 0, from shifts of at most {@code longest}. */
  public static Estimate derivative(Curve curve, double longest) {
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
    int size = differences[0].length;
    Estimate result = new Estimate(new double[size], new double[size]);
    for (int i = 0; i < size; i++) {
      extrapolate(differences, i, result);
    }
    return result;
  }

  private static void extrapolate(double[][] differences, int entry, Estimate result) {
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
    result.values()[entry] = best;
    result.errors()[entry] = least;
  }
}
