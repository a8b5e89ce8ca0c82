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
  private final Expr on;

  /**
   * A ramp of {@code e}.
   *
   * @param width w, positive, in the unit of e
   */
  SoftRamp(Expr e, double width) {
    // (e + w)/2w, its part beyond 1, and 2t: t is that quotient, held between 0 and 1.
    Expr faded = e.times(1 / (2 * width)).plus(0.5);
    on = faded;
    Expr past = faded.plus(-1);
    Expr twice = faded.abs().minus(past.abs()).plus(1);
    Expr square = twice.times(0.5).square();
    value = square.times(twice.minus(square)).plus(past.plus(past.abs())).times(width);
    slope = square.times(twice.negate().plus(3));
  }

  /** Positive where s is: elsewhere it and all its derivatives are 0. */
  Expr on() {
    return on;
  }

  /** s(e). */
  Expr value() {
    return value;
  }

  /** s′(e), from 0 to 1. */
  Expr slope() {
    return slope;
  }
}
