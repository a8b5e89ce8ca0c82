package io.gaitway.sim.symbolic;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Exact partial derivatives with respect to one variable or input, or along a direction, by the
 * chain rule, remembering what was differentiated before. Variables (see {@link Graph#variable})
 * are independent of each other.
 */
public final class Derivatives {
  private final Graph graph;
  private final Set<Expr> through;
  private @Nullable Expr[] known = new Expr[0];

  /** Derivatives with respect to {@code wrt}, an input or a variable. */
  public Derivatives(Expr wrt) {
    this(new Expr[] {wrt}, new Expr[] {wrt.graph.constant(1)}, Set.of());
  }

  /**
   * Derivatives along a direction: Σ direction[j] ∂f/∂wrt[j].
   *
   * @param wrt inputs or variables
   * @param direction their rates
   * @param through variables that are not held: they change as their definitions do
   */
  public Derivatives(Expr[] wrt, Expr[] direction, Set<Expr> through) {
    this.through = through;
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

  /**
   * The same where f also depends on {@code wrt} by way of the variables {@code through}, whose
   * definitions may use each other. Derivatives by these are formed first and then multiplied with
   * those of the definitions, so that what happens behind a variable is differentiated once,
   * however many entries of {@code wrt} act through it.
   */
  public static Expr[][] jacobian(Expr[] f, Expr[] wrt, List<Expr> through) {
    Expr[][] result = jacobian(f, wrt);
    for (Expr variable : through) {
      Expr[] single = {variable};
      Derivatives outer =
          new Derivatives(single, new Expr[] {variable.graph.constant(1)}, Set.copyOf(through));
      Expr[] inner = jacobian(new Expr[] {variable.first()}, wrt)[0];
      for (int i = 0; i < f.length; i++) {
        for (int j = 0; j < wrt.length; j++) {
          result[i][j] = result[i][j].plus(outer.of(f[i]).times(inner[j]));
        }
      }
    }
    return result;
  }

  /**
   * The derivatives of one {@code f} with respect to every {@code wrt[j]}, from {@code f}
   * backwards: all of them together take a few times the work of {@code f}, however many they are.
   *
   * @param wrt inputs or variables
   * @param through variables that are not held: they change as their definitions do
   */
  public static Expr[] gradient(Expr f, Expr[] wrt, Set<Expr> through) {
    return new Adjoints(f, wrt, through).gradient(wrt);
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
      case VARIABLE -> through.contains(f) ? of(f.first()) : graph.zero();
      case CONSTANT, INPUT, SIGN -> graph.zero();
      case NEGATE -> of(f.first()).negate();
      case ADD -> of(f.first()).plus(of(f.second()));
      case SUBTRACT -> of(f.first()).minus(of(f.second()));
      case MULTIPLY -> of(f.first()).times(f.second()).plus(f.first().times(of(f.second())));
      case DIVIDE -> of(f.first()).minus(f.times(of(f.second()))).over(f.second());
      case WHERE -> of(f.second()).where(f.first());
      default -> {
        Expr inner = of(f.first());
        yield inner.isZero() ? inner : inner.times(outer(f));
      }
    };
  }

  /** The derivative of a function of one argument by its argument. */
  static Expr outer(Expr f) {
    return outer(f.op, f.first(), f);
  }

  /** The same of the function {@code op} at {@code x}, where its value is {@code f}. */
  static Expr outer(Op op, Expr x, Expr f) {
    Graph graph = f.graph;
    return switch (op) {
      case ABS -> x.sign();
      case POSITIVE -> graph.constant(1).where(x);
      case SQRT -> graph.constant(0.5).over(f);
      case SIN -> x.cos();
      case COS -> x.sin().negate();
      case SOFTPLUS -> x.logistic();
      case LOGISTIC -> f.times(graph.constant(1).minus(f));
      default -> throw new IllegalStateException("no chain rule for " + op);
    };
  }
}
