package io.gaitway.sim.symbolic;

import java.util.Arrays;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reverse accumulation: what a function changes by per change of every node behind it, from the
 * function down to what it is differentiated by. Nodes that do not depend on that are passed over.
 */
final class Adjoints {
  private final Graph graph;
  private final Set<Expr> through;
  private final @Nullable Expr[] adjoint;

  /** By node: whether it changes with anything that is differentiated by. */
  private final boolean[] moves;

  /** See {@link Derivatives#gradient}. */
  Adjoints(Expr f, Expr[] wrt, Set<Expr> through) {
    this.through = through;
    graph = f.graph;
    int size = f.id + 1;
    for (Expr variable : wrt) {
      if (variable.op != Op.INPUT && variable.op != Op.VARIABLE) {
        throw new IllegalArgumentException("not an input or a variable: " + variable);
      }
      size = Math.max(size, variable.id + 1);
    }
    adjoint = new Expr[size];
    moves = new boolean[size];
    for (Expr variable : wrt) {
      moves[variable.id] = true;
    }
    boolean[] ends = moves.clone();
    for (int id = 0; id <= f.id; id++) {
      moves[id] = moves[id] || movesWithOperands(graph.node(id));
    }
    add(f, graph.constant(1));
    for (int id = f.id; id >= 0; id--) {
      Expr own = adjoint[id];
      if (own != null && !ends[id]) {
        pass(graph.node(id), own);
      }
    }
  }

  private boolean movesWithOperands(Expr node) {
    return switch (node.op) {
      case CONSTANT, INPUT, SIGN -> false;
      case WHERE -> moves[node.second().id];
      case VARIABLE -> through.contains(node) && moves[node.first().id];
      default -> moves[node.first().id] || node.op.arity == 2 && moves[node.second().id];
    };
  }

  private void add(Expr node, Expr change) {
    if (moves[node.id] && !change.isZero()) {
      Expr sum = adjoint[node.id];
      adjoint[node.id] = sum == null ? change : sum.plus(change);
    }
  }

  private void pass(Expr node, Expr own) {
    Expr a = node.first();
    switch (node.op) {
      case VARIABLE -> add(a, own);
      case NEGATE -> add(a, own.negate());
      case ADD -> {
        add(a, own);
        add(node.second(), own);
      }
      case SUBTRACT -> {
        add(a, own);
        add(node.second(), own.negate());
      }
      case MULTIPLY -> {
        add(a, own.times(node.second()));
        add(node.second(), own.times(a));
      }
      case DIVIDE -> {
        Expr quotient = own.over(node.second());
        add(a, quotient);
        add(node.second(), quotient.times(node).negate());
      }
      case WHERE -> add(node.second(), own.where(a));
      default -> add(a, own.times(Derivatives.outer(node)));
    }
  }

  Expr[] gradient(Expr[] wrt) {
    return Arrays.stream(wrt)
        .map(
            variable -> {
              Expr sum = adjoint[variable.id];
              return sum == null ? graph.zero() : sum;
            })
        .toArray(Expr[]::new);
  }
}
