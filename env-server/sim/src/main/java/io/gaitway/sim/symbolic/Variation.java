package io.gaitway.sim.symbolic;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The derivative of expressions by a number p that they were built with. Whoever builds them puts
 * numbers into constants, of which p has become part, and not symbols. So the same expressions are
 * built for several values of p, each in a graph of its own: they are alike but for the constants
 * that depend on p. Of each of these, value and slope are interpolated, and from there on
 * everything is exact, by the rules of differentiation.
 */
public final class Variation {
  private final Graph graph;
  private final Expr[] inputs;
  private final double[] valueWeights;
  private final double[] slopeWeights;
  private final Map<List<Integer>, Dual> known = new HashMap<>();
  private boolean alike;

  /** An expression and its derivative by p. */
  private record Dual(Expr value, Expr slope) {}

  /**
   * Variations in {@code graph}.
   *
   * @param inputs what takes the place of the variants' inputs, in order
   * @param offsets values of p for which there are variants, less the one to differentiate at; all
   *     different
   */
  public Variation(Graph graph, Expr[] inputs, double[] offsets) {
    this.graph = graph;
    this.inputs = inputs;
    int n = offsets.length;
    valueWeights = new double[n];
    slopeWeights = new double[n];
    for (int i = 0; i < n; i++) {
      // Lagrange's polynomial of node i and its slope, at 0.
      double value = 1;
      double slope = 0;
      for (int j = 0; j < n; j++) {
        if (j != i) {
          double distance = offsets[i] - offsets[j];
          slope = (value - slope * offsets[j]) / distance;
          value = -value * offsets[j] / distance;
        }
      }
      valueWeights[i] = value;
      slopeWeights[i] = slope;
    }
  }

  /**
   * Derivatives by p.
   *
   * @param variants by value of p, the same expressions
   * @return the derivatives; empty if the variants differ in more than constants
   */
  public Optional<Expr[]> slopes(List<Expr[]> variants) {
    Expr[] result = new Expr[variants.get(0).length];
    alike = variants.stream().allMatch(outputs -> outputs.length == result.length);
    for (int i = 0; i < result.length && alike; i++) {
      int at = i;
      result[i] = dual(variants.stream().map(outputs -> outputs[at]).toArray(Expr[]::new)).slope();
    }
    return alike ? Optional.of(result) : Optional.empty();
  }

  private Dual dual(Expr[] variants) {
    Expr[] nodes = Arrays.stream(variants).map(Variation::defined).toArray(Expr[]::new);
    List<Integer> key = new ArrayList<>(nodes.length);
    for (Expr node : nodes) {
      key.add(node.id);
      alike = alike && node.op == nodes[0].op;
    }
    Dual found = known.get(key);
    if (found == null) {
      found = alike ? form(nodes) : new Dual(graph.zero(), graph.zero());
      known.put(key, found);
    }
    return found;
  }

  private static Expr defined(Expr expr) {
    Expr e = expr;
    while (e.op == Op.VARIABLE) {
      e = e.first();
    }
    return e;
  }

  private Dual form(Expr[] nodes) {
    Expr first = nodes[0];
    switch (first.op) {
      case CONSTANT -> {
        return constant(nodes);
      }
      case INPUT -> {
        alike = Arrays.stream(nodes).allMatch(node -> node.value == first.value);
        return new Dual(inputs[(int) first.value], graph.zero());
      }
      default -> {
        Dual a = dual(Arrays.stream(nodes).map(Expr::first).toArray(Expr[]::new));
        return first.op.arity == 1
            ? unary(first.op, a)
            : binary(
                first.op, a, dual(Arrays.stream(nodes).map(Expr::second).toArray(Expr[]::new)));
      }
    }
  }

  private Dual constant(Expr[] nodes) {
    if (Arrays.stream(nodes).allMatch(node -> node.value == nodes[0].value)) {
      return new Dual(graph.constant(nodes[0].value), graph.zero());
    }
    double value = 0;
    double slope = 0;
    for (int i = 0; i < nodes.length; i++) {
      value += valueWeights[i] * nodes[i].value;
      slope += slopeWeights[i] * (nodes[i].value - nodes[0].value);
    }
    return new Dual(graph.constant(value), graph.constant(slope));
  }

  private Dual unary(Op op, Dual x) {
    if (op == Op.NEGATE) {
      return new Dual(x.value().negate(), x.slope().negate());
    }
    Expr value = graph.unary(op, x.value());
    boolean flat = op == Op.SIGN || x.slope().isZero();
    Expr slope = flat ? graph.zero() : x.slope().times(Derivatives.outer(op, x.value(), value));
    return new Dual(value, slope);
  }

  private Dual binary(Op op, Dual a, Dual b) {
    return switch (op) {
      case ADD -> new Dual(a.value().plus(b.value()), a.slope().plus(b.slope()));
      case SUBTRACT -> new Dual(a.value().minus(b.value()), a.slope().minus(b.slope()));
      case MULTIPLY ->
          new Dual(
              a.value().times(b.value()),
              a.slope().times(b.value()).plus(a.value().times(b.slope())));
      case DIVIDE -> {
        Expr value = a.value().over(b.value());
        yield new Dual(value, a.slope().minus(value.times(b.slope())).over(b.value()));
      }
      case WHERE -> new Dual(b.value().where(a.value()), b.slope().where(a.value()));
      default -> throw new IllegalStateException("no rule for " + op);
    };
  }
}
