package io.gaitway.sim.dynamics;

import io.gaitway.sim.symbolic.Expr;

/**
 * The greater of e and 0 with a rounded corner: s(e) = 0 for e ≤ −w, e for e ≥ w, and w(2t³ − t⁴)
 * with t = (e + w)/2w between. Twice continuously differentiable, never decreasing, and exactly 0
 * where it is off.
 */
final class SoftRamp {
  private final Expr value;
  private final Expr slope;

  /**
   * A ramp of {@code e}.
   *
   * @param width w, positive, in the unit of e
   */
  SoftRamp(Expr e, double width) {
    Expr t = clamp(e.plus(width).times(1 / (2 * width)));
    Expr square = t.square();
    value =
        square
            .times(t)
            .times(2)
            .minus(square.square())
            .times(width)
            .plus(e.plus(-width).positivePart());
    slope = square.times(t.times(-2).plus(3));
  }

  /** s(e). */
  Expr value() {
    return value;
  }

  /** s′(e), from 0 to 1. */
  Expr slope() {
    return slope;
  }

  /** {@code t}, kept within 0 and 1. */
  private static Expr clamp(Expr t) {
    return t.abs().minus(t.plus(-1).abs()).plus(1).times(0.5);
  }
}
