package io.gaitway.sim.symbolic;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Random expression graphs over every operation. Values and slopes stay of order one: divisors and
 * square roots stay clear of zero, and large graphs are folded back by sines.
 */
final class RandomGraph {
  /** How far back an operand may lie; small enough that most nodes are needed by later ones. */
  private static final int REACH = 60;

  final Graph graph = new Graph();
  final Expr[] inputs;
  final List<Expr> nodes = new ArrayList<>();
  private final boolean variables;
  private final SplittableRandom random;

  /** A graph with some inputs and at least {@code steps} further nodes, variables among them. */
  RandomGraph(long seed, int inputCount, int steps) {
    this(seed, inputCount, steps, true);
  }

  /** A graph with some inputs and at least {@code steps} further nodes. */
  RandomGraph(long seed, int inputCount, int steps, boolean variables) {
    this.variables = variables;
    random = new SplittableRandom(seed);
    inputs = graph.inputs(inputCount);
    nodes.addAll(List.of(inputs));
    nodes.add(graph.constant(0.75));
    nodes.add(graph.constant(-1.25));
    for (int i = 0; i < steps; i++) {
      nodes.add(grow());
    }
  }

  private Expr any() {
    int from = Math.max(0, nodes.size() - REACH);
    return random.nextInt(8) == 0
        ? nodes.get(random.nextInt(inputs.length))
        : nodes.get(from + random.nextInt(nodes.size() - from));
  }

  private Expr variable(Expr definition) {
    return variables ? graph.variable(definition) : definition;
  }

  private Expr grow() {
    Expr x = any();
    Expr y = any();
    return switch (random.nextInt(18)) {
      case 0 -> x.negate();
      case 1 -> x.plus(y).sin();
      case 2 -> x.minus(y).cos();
      case 3 -> x.sin().plus(x.cos());
      case 4 -> x.sin().times(y);
      case 5 -> x.abs().minus(y.cos());
      case 6 -> x.sign().times(y.sin());
      case 7 -> x.square().plus(0.5).sqrt().sin();
      case 8 -> x.softplus().cos();
      case 9 -> x.logistic();
      case 10 -> x.over(y.square().plus(0.75)).sin();
      case 11 -> x.times(y).cos();
      case 12 -> x.minus(y).times(0.5);
      case 13 -> variable(x.plus(y).times(-0.5));
      case 14 -> x.positivePart().times(0.25).plus(y.negate().abs().sin());
      case 15 -> x.sin().times(any().cos()).where(y);
      case 16 -> x.cos().times(y).where(x.plus(0.3)).plus(y.sin().where(y.or(any().negate())));
      default -> x.sin().plus(y.negate().cos().times(random.nextDouble(-1, 1)));
    };
  }

  /** A random point in the box ±{@code size}. */
  double[] point(double size) {
    double[] point = new double[inputs.length];
    for (int i = 0; i < point.length; i++) {
      point[i] = random.nextDouble(-size, size);
    }
    return point;
  }

  /** The last nodes, some of them twice, an input and constants. */
  List<Expr> outputs(int count) {
    List<Expr> outputs = new ArrayList<>(nodes.subList(nodes.size() - count, nodes.size()));
    outputs.add(outputs.get(0));
    outputs.add(inputs[0]);
    outputs.add(inputs[0].negate());
    outputs.add(graph.zero());
    outputs.add(graph.constant(3.5));
    outputs.add(variable(inputs[inputs.length - 1]));
    outputs.add(graph.zero());
    return outputs;
  }
}
