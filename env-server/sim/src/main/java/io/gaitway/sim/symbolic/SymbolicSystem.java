package io.gaitway.sim.symbolic;

/**
 * A linear system A x = b of expressions, factorised once as L D U without pivoting and solved for
 * any number of right-hand sides. Zeros stay zeros, so an order of unknowns without fill-in costs
 * nothing for them; a symmetric A (see {@link GenericPoint}) shares L with U.
 *
 * <p>No pivoting is safe where the symmetric part of A is positive definite, as for mass matrices
 * with damping.
 */
public final class SymbolicSystem {
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
    boolean symmetric = GenericPoint.isSymmetric(a);
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

  /** The solution of Aᵀ x = b for one right-hand side of length n. */
  public Expr[] solveTransposed(Expr[] b) {
    Expr[] x = b.clone();
    for (int p = 0; p < n; p++) {
      for (int i = 0; i < p; i++) {
        x[p] = x[p].minus(factor[i][p].times(x[i]));
      }
      x[p] = x[p].times(inversePivot[p]);
    }
    for (int p = n - 1; p >= 0; p--) {
      for (int i = p + 1; i < n; i++) {
        x[p] = x[p].minus(factor[i][p].times(inversePivot[p]).times(x[i]));
      }
    }
    return x;
  }
}
