package io.gaitway.sim.symbolic;

import io.gaitway.sim.pause.Pause;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BinaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A pool of interned expressions. Construction simplifies: constants fold, neutral elements vanish,
 * operands of commutative operations are put in one order, and signs move outwards, so that a − b
 * and b − a share their work. Conditions move outwards too, and a sum of what has different ones is
 * under any of them, so that as much as can be is left out where none is met.
 */
public final class Graph {
  /** A pause after so many nodes, about half a millisecond. */
  private static final int PAUSE_MASK = 0xFFF;

  private record Pair(Expr a, Expr b) {}

  private final List<Expr> nodes = new ArrayList<>();

  /** The nodes by {@link #hash}, each at the first free place from there; at most half full. */
  private @Nullable Expr[] interned = new Expr[1 << 10];

  private @Nullable Expr zero;
  private final Map<Pair, Expr> unions = new HashMap<>();

  private final Map<List<Expr>, Expr> anyOf = new HashMap<>();

  /** Of a condition that {@link #any} made: those of which one must be met. */
  private final Map<Expr, List<Expr>> alternatives = new HashMap<>();

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
    return value == 0 ? zero() : intern(Op.CONSTANT, null, null, value);
  }

  /** The constant zero. */
  public Expr zero() {
    Expr known = zero;
    if (known == null) {
      known = intern(Op.CONSTANT, null, null, 0);
      zero = known;
    }
    return known;
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

  /** What {@code outputs} are computed from, themselves included, in the order of creation. */
  List<Expr> reached(List<Expr> outputs, List<Expr> given) {
    boolean[] reached = new boolean[nodes.size()];
    int last = -1;
    for (Expr output : outputs) {
      reached[output.id] = true;
      last = Math.max(last, output.id);
    }
    boolean[] known = new boolean[nodes.size()];
    given.forEach(node -> known[node.id] = true);
    List<Expr> found = new ArrayList<>();
    for (int id = last; id >= 0; id--) {
      if (reached[id] && !known[id]) {
        Expr node = nodes.get(id);
        found.add(node);
        if (node.op.arity >= 1) {
          reached[node.first().id] = true;
        }
        if (node.op.arity == 2) {
          reached[node.second().id] = true;
        }
      }
    }
    Collections.reverse(found);
    return found;
  }

  /**
   * What {@code outputs} are where no condition is met, except those behind {@code given}: zeros
   * vanish, and otherwise the operations stay as they are, so that their results do, to the bit.
   */
  List<Expr> unconditioned(List<Expr> outputs, List<Expr> given) {
    List<Expr> reached = reached(outputs, given);
    Expr[] changed = nodes.toArray(Expr[]::new);
    for (Expr node : reached) {
      if (node.op.arity > 0) {
        Expr a = changed[node.first().id];
        changed[node.id] = without(node, a, node.op.arity == 1 ? a : changed[node.second().id]);
      }
    }
    return outputs.stream().map(output -> changed[output.id]).toList();
  }

  private Expr without(Expr node, Expr a, Expr b) {
    if (a.op == Op.CONSTANT && b.op == Op.CONSTANT && node.op != Op.WHERE) {
      return constant(node.op.apply(a.value, b.value));
    }
    return switch (node.op) {
      case WHERE -> zero();
      case VARIABLE -> a;
      case NEGATE -> negate(a);
      case ADD -> a.isZero() ? b : b.isZero() ? a : ordered(Op.ADD, a, b);
      case SUBTRACT -> a.isZero() ? negate(b) : b.isZero() ? a : intern(Op.SUBTRACT, a, b, 0);
      case MULTIPLY -> a.isZero() || b.isZero() ? zero() : product(a, b);
      case DIVIDE -> a.isZero() ? a : intern(Op.DIVIDE, a, b, 0);
      default -> unary(node.op, a);
    };
  }

  /** A product as it is, but with a constant in front. */
  private Expr product(Expr x, Expr y) {
    return y.op == Op.CONSTANT ? intern(Op.MULTIPLY, y, x, 0) : intern(Op.MULTIPLY, x, y, 0);
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
    if (x.op == Op.WHERE && y.op == Op.WHERE) {
      return underAny(x, y, (a, b) -> ordered(Op.ADD, a, b), this::add);
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
    if (x.op == Op.WHERE && y.op == Op.WHERE) {
      return underAny(x, y, this::difference, this::subtract);
    }
    return difference(x, y);
  }

  private Expr difference(Expr x, Expr y) {
    return x.id > y.id ? negate(intern(Op.SUBTRACT, y, x, 0)) : intern(Op.SUBTRACT, x, y, 0);
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
    if (x.op == Op.WHERE) {
      return where(x.first(), multiply(x.second(), under(x.first(), y)));
    }
    if (y.op == Op.WHERE) {
      return where(y.first(), multiply(x, y.second()));
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
    if (x.op == Op.WHERE) {
      return where(x.first(), scale(c, x.second()));
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
    if (x.op == Op.WHERE) {
      return where(x.first(), divide(x.second(), y));
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

  Expr where(Expr condition, Expr value) {
    if (condition.op == Op.CONSTANT) {
      return condition.value > 0 ? value : zero();
    }
    if (value.op == Op.NEGATE) {
      return negate(where(condition, value.first()));
    }
    boolean known = value.op == Op.WHERE && implies(value.first(), condition);
    return known || value.isZero() ? value : intern(Op.WHERE, condition, value, 0);
  }

  /**
   * Of two that have conditions, what is made of them, under any of the two.
   *
   * @param apart makes it of both as they are
   * @param inside makes it where one of the conditions covers the other, and has been taken off
   */
  private Expr underAny(Expr x, Expr y, BinaryOperator<Expr> apart, BinaryOperator<Expr> inside) {
    Expr condition = any(x.first(), y.first());
    boolean covers = condition == x.first() || condition == y.first();
    return where(
        condition,
        covers ? inside.apply(under(condition, x), under(condition, y)) : apart.apply(x, y));
  }

  /** What {@code x} is where the condition is met. */
  private static Expr under(Expr condition, Expr x) {
    return x.op == Op.WHERE && x.first() == condition ? x.second() : x;
  }

  /** A condition that is met where one of two is; the same one for the same alternatives. */
  Expr any(Expr x, Expr y) {
    if (x.op == Op.CONSTANT) {
      return x.value > 0 ? x : y;
    }
    if (y.op == Op.CONSTANT) {
      return y.value > 0 ? y : x;
    }
    if (x == y) {
      return x;
    }
    Pair pair = new Pair(x, y);
    Expr known = unions.get(pair);
    if (known == null) {
      known = union(x, y);
      unions.put(pair, known);
    }
    return known;
  }

  private Expr union(Expr x, Expr y) {
    if (implies(x, y)) {
      return y;
    }
    if (implies(y, x)) {
      return x;
    }
    List<Expr> all =
        Stream.concat(alternatives(x).stream(), alternatives(y).stream())
            .distinct()
            .sorted(Comparator.comparingInt(each -> each.id))
            .toList();
    Expr known = anyOf.get(all);
    if (known == null) {
      known = add(notNegative(x), notNegative(y));
      anyOf.put(all, known);
      alternatives.put(known, all);
    }
    return known;
  }

  /** A condition like {@code x} whose value is 0 where it is not met. */
  private Expr notNegative(Expr x) {
    return alternatives.containsKey(x) ? x : unary(Op.POSITIVE, x);
  }

  /** The conditions of which one must be met for {@code condition} to be. */
  List<Expr> alternatives(Expr condition) {
    return alternatives.getOrDefault(condition, List.of(condition));
  }

  /** Whether {@code y} is met wherever {@code x} is. */
  boolean implies(Expr x, Expr y) {
    if (x == y) {
      return true;
    }
    List<Expr> known = alternatives.get(y);
    return known != null && known.containsAll(alternatives(x));
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
    if ((++requests & PAUSE_MASK) == 0) {
      pause.point();
    }
    long bits = Double.doubleToLongBits(value);
    int at = place(op, a, b, bits);
    Expr known = interned[at];
    if (known == null) {
      known = new Expr(this, op, a, b, value, nodes.size());
      interned[at] = known;
      nodes.add(known);
      if (2 * nodes.size() > interned.length) {
        grow();
      }
    }
    return known;
  }

  /** Where this node is, or is to be. */
  private int place(Op op, @Nullable Expr a, @Nullable Expr b, long bits) {
    int mask = interned.length - 1;
    int at = hash(op, a, b, bits) & mask;
    Expr there = interned[at];
    while (there != null
        && !(there.op == op
            && there.a == a
            && there.b == b
            && Double.doubleToLongBits(there.value) == bits)) {
      at = at + 1 & mask;
      there = interned[at];
    }
    return at;
  }

  private void grow() {
    interned = new Expr[2 * interned.length];
    for (Expr node : nodes) {
      interned[place(node.op, node.a, node.b, Double.doubleToLongBits(node.value))] = node;
    }
  }

  private static int hash(Op op, @Nullable Expr a, @Nullable Expr b, long bits) {
    int hash = op.ordinal() + 1;
    hash = hash * 0x9E3779B1 + (a == null ? 0 : a.id + 1);
    hash = hash * 0x9E3779B1 + (b == null ? 0 : b.id + 1);
    hash = hash * 0x9E3779B1 + Long.hashCode(bits);
    hash *= 0x9E3779B1;
    return hash ^ hash >>> 15;
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
