package io.gaitway.sim.symbolic;

import java.util.List;

/**
 * Values of expressions in arithmetic of 32 digits: every number is the unevaluated sum of two
 * doubles (Dekker 1971). Not for numbers near overflow.
 */
public final class LongArithmetic {
  /** Angles are halved this often before the series, and sine and cosine doubled as often after. */
  private static final int HALVINGS = 6;

  private static final int TERMS = 14;

  private final Graph graph;
  private final List<Expr> outputs;
  private final boolean[] needed;
  private final Real[] values;

  /** Prepares to evaluate {@code outputs}; allocates. */
  public LongArithmetic(Graph graph, List<Expr> outputs) {
    this.graph = graph;
    this.outputs = outputs;
    needed = new boolean[graph.size()];
    values = new Real[graph.size()];
    outputs.forEach(output -> needed[output.id] = true);
    for (int id = graph.size() - 1; id >= 0; id--) {
      Expr node = graph.node(id);
      if (needed[id] && node.op.arity >= 1) {
        needed[node.first().id] = true;
      }
      if (needed[id] && node.op.arity == 2) {
        needed[node.second().id] = true;
      }
    }
  }

  /**
   * A number.
   *
   * @param high the nearest double
   * @param low the rest
   */
  public record Real(double high, double low) {
    /** Zero. */
    public static final Real ZERO = new Real(0, 0);

    private static final Real ONE = new Real(1, 0);

    /** A double, exactly. */
    public static Real of(double value) {
      return new Real(value, 0);
    }

    private static Real sum(double a, double b) {
      double high = a + b;
      double part = high - a;
      return new Real(high, (a - (high - part)) + (b - part));
    }

    /** Sum. */
    public Real plus(Real other) {
      Real s = sum(high, other.high);
      Real t = sum(low, other.low);
      Real u = sum(s.high, s.low + t.high);
      return sum(u.high, u.low + t.low);
    }

    /** Negative. */
    public Real negate() {
      return new Real(-high, -low);
    }

    /** Difference. */
    public Real minus(Real other) {
      return plus(other.negate());
    }

    /** Product. */
    public Real times(Real other) {
      double product = high * other.high;
      double rest = Math.fma(high, other.high, -product);
      return sum(product, rest + (high * other.low + low * other.high));
    }

    /** Quotient. */
    public Real over(Real other) {
      double first = high / other.high;
      Real left = minus(other.times(of(first)));
      double second = left.high / other.high;
      left = left.minus(other.times(of(second)));
      return sum(first, second).plus(of(left.high / other.high));
    }
  }

  /** The outputs at given inputs. */
  public Real[] evaluate(Real[] inputs) {
    for (int id = 0; id < values.length; id++) {
      if (needed[id]) {
        values[id] = value(graph.node(id), inputs);
      }
    }
    return outputs.stream().map(output -> values[output.id]).toArray(Real[]::new);
  }

  private Real value(Expr node, Real[] inputs) {
    return switch (node.op) {
      case CONSTANT -> Real.of(node.value);
      case INPUT -> inputs[(int) node.value];
      case VARIABLE -> values[node.first().id];
      case NEGATE -> values[node.first().id].negate();
      case ABS -> sign(node) < 0 ? values[node.first().id].negate() : values[node.first().id];
      case SIGN -> Real.of(sign(node));
      case SIN -> sinCos(values[node.first().id])[0];
      case COS -> sinCos(values[node.first().id])[1];
      case ADD -> values[node.first().id].plus(values[node.second().id]);
      case SUBTRACT -> values[node.first().id].minus(values[node.second().id]);
      case MULTIPLY -> values[node.first().id].times(values[node.second().id]);
      case DIVIDE -> values[node.first().id].over(values[node.second().id]);
      case POSITIVE -> sign(node) > 0 ? values[node.first().id] : Real.ZERO;
      case WHERE -> sign(node) > 0 ? values[node.second().id] : Real.ZERO;
      default -> throw new IllegalStateException("no long arithmetic for " + node.op);
    };
  }

  private double sign(Expr node) {
    return Math.signum(values[node.first().id].high());
  }

  private static Real[] sinCos(Real angle) {
    double scale = 1.0 / (1 << HALVINGS);
    Real x = new Real(angle.high() * scale, angle.low() * scale);
    Real negativeSquare = x.times(x).negate();
    Real sin = Real.ZERO;
    Real versine = Real.ZERO; // 1 − cos, whose digits survive the doublings
    for (int k = TERMS; k >= 1; k--) {
      sin = Real.ONE.plus(sin.times(negativeSquare).over(Real.of(2.0 * k * (2 * k + 1))));
      versine =
          Real.ONE.plus(versine.times(negativeSquare).over(Real.of((2.0 * k + 1) * (2 * k + 2))));
    }
    sin = sin.times(x);
    versine = versine.times(negativeSquare).over(Real.of(-2));
    for (int i = 0; i < HALVINGS; i++) {
      Real cos = Real.ONE.minus(versine);
      versine = sin.times(sin).times(Real.of(2));
      sin = sin.times(cos).times(Real.of(2));
    }
    return new Real[] {sin, Real.ONE.minus(versine)};
  }
}
