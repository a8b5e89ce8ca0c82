package io.gaitway.client;

import java.util.List;

/**
 * The outcome of a comparison of analytic derivatives with an independent high-order difference.
 *
 * @param samples number of knots compared
 * @param errors the worst entry of each array: fx, fu, lx, lu, lxx, lux, luu and those of the
 *     terminal cost
 * @param worst the worst of them all
 */
public record DerivativeCheck(int samples, List<Entry> errors, Entry worst) {

  /** Copies the list. */
  public DerivativeCheck {
    errors = List.copyOf(errors);
  }

  /** What a derivative was compared with. */
  public enum Side {
    /** The derivative, or at a kink the mean of those to either side. */
    MEAN,
    /** The derivative to the right. */
    RIGHT,
    /** The derivative to the left. */
    LEFT
  }

  /**
   * The entry of an array at which analytic derivative and difference disagree most.
   *
   * @param array such as {@code fx}
   * @param entry in words, such as {@code fx[joint1_velocity, root_angle]}
   * @param row its row; 0 in a vector
   * @param column its column
   * @param analytic the derivative
   * @param numeric the difference; in corners the one of the three that is nearest
   * @param side what kind of difference that is; the mean outside corners
   * @param kink how far the derivatives to the right and to the left are apart, relative as the
   *     error; 0 outside corners
   * @param relativeError |analytic − numeric| / s with s the largest absolute value in the analytic
   *     array at that knot, 1 if the array is zero
   * @param sample index of the knot
   * @param x the knot's state, shape (nx)
   * @param u the knot's action, shape (nu)
   */
  public record Entry(
      String array,
      String entry,
      int row,
      int column,
      double analytic,
      double numeric,
      Side side,
      double kink,
      double relativeError,
      int sample,
      List<Double> x,
      List<Double> u) {
    /** Copies the lists. */
    public Entry {
      x = List.copyOf(x);
      u = List.copyOf(u);
    }
  }
}
