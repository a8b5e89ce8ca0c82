package io.gaitway.sim.symbolic;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Exact partial derivatives with respect to one variable or input, or along a direction, by the
 * chain rule, remembering what was differentiated before. Variables (see {@link Graph#variable})
 * are independent of each other.
 */
public final class Derivatives {
  private final Graph graph;
  private @Nullable Expr[] known = new Expr[0];

  /** Derivatives with respect to {@code wrt}, an input or a variable. */
  public Derivatives(Expr wrt) {
    this(new Expr[] {wrt}, new Expr[] {wrt.graph.constant(1)});
  }

  /**
   * Derivatives along a direction: Σ direction[j] ∂f/∂wrt[j].
   *
   * @param wrt inputs or variables
   * @param direction their rates
   */
  public Derivatives(Expr[] wrt, Expr[] direction) {
    graph = wrt[0].graph;
    for (int j = 0; j < wrt.length; j++) {
      if (wrt[j].op != Op.INPUT && wrt[j].op != Op.VARIABLE) {
        throw new IllegalArgumentException("not an input or a variable: " + wrt[j]);
      }
      reserve(wrt[j]);
      known[wrt[j].id] = direction[j];
    }
  }

  /** Derivatives of every {@code f[i]} with respect to every {@code wrt[j]}, as {@code [i][j]}. */
  public static Expr[][] jacobian(Expr[] f, Expr[] wrt) {
    Expr[][] result = new Expr[f.length][wrt.length];
    for (int j = 0; j < wrt.length; j++) {
      Derivatives derivatives = new Derivatives(wrt[j]);
      for (int i = 0; i < f.length; i++) {
        result[i][j] = derivatives.of(f[i]);
      }
    }
    return result;
  }

  /** The derivative of {@code f}. */
  public Expr of(Expr f) {
    reserve(f);
    Expr result = known[f.id];
    if (result == null) {
      result = differentiate(f);
      known[f.id] = result;
    }
    return result;
  }

  private void reserve(Expr f) {
    if (known.length <= f.id) {
      known = Arrays.copyOf(known, Math.max(f.id + 1, 2 * known.length));
    }
  }

  private Expr differentiate(Expr f) {
    return switch (f.op) {
      case CONSTANT, INPUT, VARIABLE, SIGN -> graph.zero();
      case NEGATE -> of(f.first()).negate();
      case ADD -> of(f.first()).plus(of(f.second()));
      case SUBTRACT -> of(f.first()).minus(of(f.second()));
      case MULTIPLY -> of(f.first()).times(f.second()).plus(f.first().times(of(f.second())));
      case DIVIDE -> of(f.first()).minus(f.times(of(f.second()))).over(f.second());
      default -> {
        Expr inner = of(f.first());
        yield inner.isZero() ? inner : inner.times(outer(f));
      }
    };
  }

  private Expr outer(Expr f) {
    Expr x = f.first();
    return switch (f.op) {
      case ABS -> x.sign();
      case SQRT -> graph.constant(0.5).over(f);
      case SIN -> x.cos();
      case COS -> x.sin().negate();
      case SOFTPLUS -> x.logistic();
      case LOGISTIC -> f.times(graph.constant(1).minus(f));
      default -> throw new IllegalStateException("no chain rule for " + f.op);
    };
  }
}
