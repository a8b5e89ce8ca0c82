package io.gaitway.sim.task;

import io.gaitway.sim.symbolic.Expr;

/**
 * How a term of the cost grows with its residual r = quantity − target:
 *
 * <pre>
 *   quadratic          ρ(r) = r²                 ρ″ = 2
 *   linear             ρ(r) = r                  ρ″ = 0
 *   smooth absolute    ρ(r) = √(r² + w²) − w     ρ″ = w² / (r² + w²)^(3/2)
 * </pre>
 *
 * <p>The Gauss–Newton Hessian of a term of weight a is a ρ″(r) ∇r ∇rᵀ: positive semi-definite,
 * because ρ″ is nowhere negative and a weight may be negative only where it is 0.
 *
 * @param kind which
 * @param width w, in the quantity's unit: where |r| turns from a parabola to a line; 0 but for the
 *     smooth absolute
 */
public record Penalty(Kind kind, double width) {
  /** The kinds. */
  public enum Kind {
    /** r². */
    QUADRATIC,
    /** r. */
    LINEAR,
    /** |r| with a rounded corner. */
    SMOOTH_ABSOLUTE
  }

  /** r². */
  public static final Penalty QUADRATIC = new Penalty(Kind.QUADRATIC, 0);

  /** r itself, which rewards where the weight is negative or r is. */
  public static final Penalty LINEAR = new Penalty(Kind.LINEAR, 0);

  /** Widths whose second to third powers are numbers of full precision. */
  private static final double NARROWEST = 1e-100;

  private static final double WIDEST = 1e100;

  /** Checks. */
  public Penalty {
    if (kind == Kind.SMOOTH_ABSOLUTE ? !(width >= NARROWEST && width <= WIDEST) : width != 0) {
      throw new IllegalArgumentException(
          "the width of a smooth absolute must be from %s to %s and that of others 0, but is %s"
              .formatted(NARROWEST, WIDEST, width));
    }
  }

  /** √(r² + width²) − width: about |r| from a few widths on, quadratic within one. */
  public static Penalty smoothAbsolute(double width) {
    return new Penalty(Kind.SMOOTH_ABSOLUTE, width);
  }

  /** ρ(r). */
  Expr value(Expr r) {
    return switch (kind) {
      case QUADRATIC -> r.square();
      case LINEAR -> r;
      case SMOOTH_ABSOLUTE -> distance(r).plus(-width);
    };
  }

  /** weight · ρ″(r) · a · b. */
  Expr curvature(double weight, Expr r, Expr a, Expr b) {
    return switch (kind) {
      case QUADRATIC -> a.times(b).times(2 * weight);
      case LINEAR -> a.times(0);
      case SMOOTH_ABSOLUTE -> {
        Expr d = distance(r);
        yield a.times(b).times(weight * width * width).over(d.square().times(d));
      }
    };
  }

  private Expr distance(Expr r) {
    return r.square().plus(width * width).sqrt();
  }
}
