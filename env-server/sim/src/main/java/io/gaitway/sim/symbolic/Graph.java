package io.gaitway.sim.symbolic;

import io.gaitway.sim.pause.Pause;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A pool of interned expressions. Construction simplifies: constants fold, neutral elements vanish,
 * operands of commutative operations are put in one order, and signs move outwards, so that a − b
 * and b − a share their work.
 */
public final class Graph {
  /** A pause after so many nodes, about half a millisecond. */
  private static final int PAUSE_MASK = 0xFFF;

  private record Key(Op op, int a, int b, long bits) {}

  private final Map<Key, Expr> interned = new HashMap<>();
  private final List<Expr> nodes = new ArrayList<>();
  private final Pause pause = Pause.ofThread();
  private int inputs;
  private long requests;

  /** A new input; inputs are numbered from 0 in the order of creation. */
  public Expr input() {
    return intern(Op.INPUT, null, null, inputs++);
  }

  /** {@code count} new inputs in a row. */
  public Expr[] inputs(int count) {
    Expr[] result = new Expr[count];
    for (int i = 0; i < count; i++) {
      result[i] = input();
    }
    return result;
  }

  /** How many inputs there are. */
  public int inputCount() {
    return inputs;
  }

  /** A constant. */
  public Expr constant(double value) {
    return intern(Op.CONSTANT, null, null, value == 0 ? 0.0 : value);
  }

  /** The constant zero. */
  public Expr zero() {
    return constant(0);
  }

  /**
   * The same value as {@code definition}, but an independent variable to {@link Derivatives}: the
   * derivative with respect to it is the partial derivative with the other variables held.
   */
  public Expr variable(Expr definition) {
    return intern(Op.VARIABLE, definition, null, 0);
  }

  /** Whether {@code part} occurs in {@code whole}. */
  boolean uses(Expr whole, Expr part) {
    boolean[] found = new boolean[whole.id + 1];
    for (int id = part.id; id <= whole.id; id++) {
      Expr node = nodes.get(id);
      found[id] =
          node == part || node.a != null && found[node.a.id] || node.b != null && found[node.b.id];
    }
    return found[whole.id];
  }

  int size() {
    return nodes.size();
  }

  Expr node(int id) {
    return nodes.get(id);
  }

  Expr add(Expr x, Expr y) {
    if (x.op == Op.CONSTANT && y.op == Op.CONSTANT) {
      return constant(x.value + y.value);
    }
    if (x.isZero()) {
      return y;
    }
    if (y.isZero()) {
      return x;
    }
    if (x.op == Op.NEGATE && y.op == Op.NEGATE) {
      return negate(add(x.first(), y.first()));
    }
    if (x.op == Op.NEGATE) {
      return subtract(y, x.first());
    }
    if (y.op == Op.NEGATE) {
      return subtract(x, y.first());
    }
    return ordered(Op.ADD, x, y);
  }

  Expr subtract(Expr x, Expr y) {
    if (x == y) {
      return zero();
    }
    if (x.op == Op.CONSTANT && y.op == Op.CONSTANT) {
      return constant(x.value - y.value);
    }
    if (y.isZero()) {
      return x;
    }
    if (x.isZero()) {
      return negate(y);
    }
    if (y.op == Op.NEGATE) {
      return add(x, y.first());
    }
    if (x.op == Op.NEGATE) {
      return negate(add(x.first(), y));
    }
    if (x.id > y.id) {
      return negate(intern(Op.SUBTRACT, y, x, 0));
    }
    return intern(Op.SUBTRACT, x, y, 0);
  }

  Expr multiply(Expr x, Expr y) {
    if (x.op == Op.CONSTANT && y.op == Op.CONSTANT) {
      return constant(x.value * y.value);
    }
    if (y.op == Op.CONSTANT) {
      return scale(y.value, x);
    }
    if (x.op == Op.CONSTANT) {
      return scale(x.value, y);
    }
    if (x.op == Op.NEGATE) {
      return negate(multiply(x.first(), y));
    }
    if (y.op == Op.NEGATE) {
      return negate(multiply(x, y.first()));
    }
    return ordered(Op.MULTIPLY, x, y);
  }

  private Expr scale(double c, Expr x) {
    if (c == 0) {
      return zero();
    }
    if (c < 0) {
      return negate(scale(-c, x));
    }
    if (c == 1) {
      return x;
    }
    if (x.op == Op.NEGATE) {
      return negate(scale(c, x.first()));
    }
    if (x.op == Op.MULTIPLY && x.first().op == Op.CONSTANT) {
      return scale(c * x.first().value, x.second());
    }
    return intern(Op.MULTIPLY, constant(c), x, 0);
  }

  Expr divide(Expr x, Expr y) {
    if (y.op == Op.CONSTANT) {
      return multiply(x, constant(1 / y.value));
    }
    if (x.isZero()) {
      return x;
    }
    if (x.op == Op.NEGATE) {
      return negate(divide(x.first(), y));
    }
    if (y.op == Op.NEGATE) {
      return negate(divide(x, y.first()));
    }
    return intern(Op.DIVIDE, x, y, 0);
  }

  Expr negate(Expr x) {
    if (x.op == Op.CONSTANT) {
      return constant(-x.value);
    }
    if (x.op == Op.NEGATE) {
      return x.first();
    }
    return intern(Op.NEGATE, x, null, 0);
  }

  Expr unary(Op op, Expr x) {
    if (x.op == Op.CONSTANT) {
      return constant(op.apply(x.value, 0));
    }
    return intern(op, x, null, 0);
  }

  private Expr ordered(Op op, Expr x, Expr y) {
    return x.id <= y.id ? intern(op, x, y, 0) : intern(op, y, x, 0);
  }

  private Expr intern(Op op, @Nullable Expr a, @Nullable Expr b, double value) {
    Key key =
        new Key(op, a == null ? -1 : a.id, b == null ? -1 : b.id, Double.doubleToLongBits(value));
    if ((++requests & PAUSE_MASK) == 0) {
      pause.point();
    }
    Expr known = interned.get(key);
    if (known == null) {
      known = new Expr(this, op, a, b, value, nodes.size());
      interned.put(key, known);
      nodes.add(known);
    }
    return known;
  }

  /**
   * Values of {@code outputs} at given inputs, by walking the graph: slow, and the reference for
   * what {@link KernelCompiler} makes. Allocates.
   */
  public double[] evaluate(List<Expr> outputs, double[] inputValues) {
    double[] values = new double[nodes.size()];
    for (Expr node : nodes) {
      values[node.id] =
          switch (node.op.arity) {
            case 0 -> node.op == Op.CONSTANT ? node.value : inputValues[(int) node.value];
            case 1 -> node.op.apply(values[node.first().id], 0);
            default -> node.op.apply(values[node.first().id], values[node.second().id]);
          };
    }
    return outputs.stream().mapToDouble(output -> values[output.id]).toArray();
  }
}
