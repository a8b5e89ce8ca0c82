package io.gaitway.sim.symbolic;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * A linear system A x = b of expressions, factorised once as L D U without pivoting and solved for
 * any number of right-hand sides. Zeros stay zeros, so an order of unknowns without fill-in costs
 * nothing for them; a symmetric A (found by comparing its entries at random values) shares L with
 * U.
 *
 * <p>No pivoting is safe where the symmetric part of A is positive definite, as for mass matrices
 * with damping.
 */
public final class SymbolicSystem {
  private static final int SYMMETRY_TRIALS = 3;

  private final int n;
  private final Expr[][] factor;
  private final Expr[] inversePivot;

  /**
   * Factorises.
   *
   * @param a shape (n, n); unknowns are eliminated from 0 upwards. Not modified.
   */
  public SymbolicSystem(Expr[][] a) {
    n = a.length;
    Graph graph = a[0][0].graph;
    boolean symmetric = isSymmetric(graph, a);
    factor = new Expr[n][];
    for (int i = 0; i < n; i++) {
      factor[i] = a[i].clone();
    }
    inversePivot = new Expr[n];
    for (int p = 0; p < n; p++) {
      inversePivot[p] = graph.constant(1).over(factor[p][p]);
      for (int i = p + 1; i < n; i++) {
        if (symmetric) {
          factor[i][p] = factor[p][i];
        }
        Expr multiplier = factor[i][p].times(inversePivot[p]);
        for (int j = symmetric ? i : p + 1; j < n; j++) {
          factor[i][j] = factor[i][j].minus(multiplier.times(factor[p][j]));
        }
      }
    }
  }

  /** The solution for one right-hand side of length n. */
  public Expr[] solve(Expr[] b) {
    Expr[] x = b.clone();
    for (int p = 0; p < n; p++) {
      for (int i = p + 1; i < n; i++) {
        x[i] = x[i].minus(factor[i][p].times(inversePivot[p]).times(x[p]));
      }
    }
    for (int p = n - 1; p >= 0; p--) {
      for (int j = p + 1; j < n; j++) {
        x[p] = x[p].minus(factor[p][j].times(x[j]));
      }
      x[p] = x[p].times(inversePivot[p]);
    }
    return x;
  }

  private static boolean isSymmetric(Graph graph, Expr[][] a) {
    SplittableRandom random = new SplittableRandom(a.length);
    for (int trial = 0; trial < SYMMETRY_TRIALS; trial++) {
      double[] values = genericValues(graph, random);
      double scale =
          Arrays.stream(a).flatMap(Arrays::stream).mapToDouble(e -> Math.abs(values[e.id])).sum();
      for (int i = 0; i < a.length; i++) {
        for (int j = 0; j < i; j++) {
          if (!(Math.abs(values[a[i][j].id] - values[a[j][i].id]) <= 1e-10 * scale)) {
            return false;
          }
        }
      }
    }
    return true;
  }

  /**
   * Values of all nodes where inputs, and also the functions of one argument, take random values of
   * order one. Expressions that agree there agree as rational functions of those, hence everywhere;
   * at random inputs alone, a term that is tiny nearly everywhere would go unseen.
   */
  private static double[] genericValues(Graph graph, SplittableRandom random) {
    double[] values = new double[graph.size()];
    for (int id = 0; id < values.length; id++) {
      Expr node = graph.node(id);
      values[id] =
          switch (node.op) {
            case CONSTANT -> node.value;
            case VARIABLE, NEGATE -> node.op.apply(values[node.first().id], 0);
            case ADD, SUBTRACT, MULTIPLY, DIVIDE ->
                node.op.apply(values[node.first().id], values[node.second().id]);
            default -> random.nextDouble(0.5, 1.5);
          };
    }
    return values;
  }
}
