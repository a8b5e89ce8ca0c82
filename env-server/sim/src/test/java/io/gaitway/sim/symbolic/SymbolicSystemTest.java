package io.gaitway.sim.symbolic;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Symbolic solutions against Gaussian elimination with pivoting on the numbers. */
class SymbolicSystemTest {

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 8, 12})
  void symmetricSystems(int n) {
    Graph graph = new Graph();
    Expr[] x = graph.inputs(n);
    Expr[][] a = new Expr[n][n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j <= i; j++) {
        a[i][j] = i == j ? x[i].square().plus(n) : x[i].minus(x[j]).sin().times(0.9);
        a[j][i] = a[i][j];
      }
    }
    assertSolves(graph, a, x);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 8, 12})
  void unsymmetricSystems(int n) {
    Graph graph = new Graph();
    Expr[] x = graph.inputs(n);
    Expr[][] a = new Expr[n][n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        a[i][j] = i == j ? x[i].square().plus(n) : x[i].plus(x[j].times(2 + j)).cos().times(0.9);
      }
    }
    assertSolves(graph, a, x);
  }

  /** As a mass matrix with a contact: symmetric, except where some inputs lie. */
  @Test
  void asymmetryThatShowsInFewPlacesIsSeen() {
    Graph graph = new Graph();
    Expr[] x = graph.inputs(3);
    Expr contact = x[0].plus(-4).times(300).softplus();
    Expr one = graph.constant(1);
    Expr[][] a = {
      {graph.constant(3), x[1].plus(contact), graph.zero()},
      {x[1], graph.constant(4), one},
      {graph.zero(), one, graph.constant(5)}
    };
    assertSolves(graph, a, x, new double[] {4.001, 0.5, 2});
    assertSolves(graph, a, x, new double[] {-1, 0.5, 2});
  }

  @Test
  void asymmetryBesideSomethingUndefinedIsSeen() {
    Graph graph = new Graph();
    Expr[] x = graph.inputs(2);
    Expr root = x[0].plus(-2).sqrt();
    Expr[][] a = {{graph.constant(3), root}, {x[1], graph.constant(4)}};
    assertSolves(graph, a, x, new double[] {3, 0.5});
  }

  @Test
  void zerosStayZeros() {
    Graph graph = new Graph();
    Expr[] x = graph.inputs(4);
    Expr[][] a = new Expr[4][4];
    for (Expr[] row : a) {
      Arrays.fill(row, graph.zero());
    }
    for (int i = 0; i < 4; i++) {
      a[i][i] = x[i].square().plus(2);
      a[i][3] = i == 3 ? a[i][i] : x[i];
      a[3][i] = a[i][3];
    }
    Expr[] b = {graph.zero(), graph.zero(), x[2], graph.zero()};
    Expr[] forward = new SymbolicSystem(a).solve(b);
    assertEquals(4, forward.length);
    Expr[] zero = {graph.zero(), graph.zero(), graph.zero(), graph.zero()};
    for (Expr entry : new SymbolicSystem(a).solve(zero)) {
      assertEquals(graph.zero(), entry);
    }
    assertSolves(graph, a, x);
  }

  private static void assertSolves(Graph graph, Expr[][] a, Expr[] x) {
    SplittableRandom random = new SplittableRandom(x.length);
    for (int trial = 0; trial < 20; trial++) {
      assertSolves(graph, a, x, random.doubles(x.length, -3, 3).toArray());
    }
  }

  private static void assertSolves(Graph graph, Expr[][] a, Expr[] x, double[] point) {
    int n = a.length;
    Expr[] b = new Expr[n];
    for (int i = 0; i < n; i++) {
      b[i] = x[i % x.length].plus(i - 1.5);
    }
    List<Expr> entries = new ArrayList<>(List.of(new SymbolicSystem(a).solve(b)));
    for (int i = 0; i < n; i++) {
      entries.addAll(List.of(a[i]));
      entries.add(b[i]);
    }
    double[] values = graph.evaluate(entries, point);
    double[][] rows = new double[n][];
    for (int i = 0; i < n; i++) {
      rows[i] = Arrays.copyOfRange(values, n + i * (n + 1), n + (i + 1) * (n + 1));
    }
    double[] expected = gauss(rows);
    for (int i = 0; i < n; i++) {
      assertEquals(
          expected[i],
          values[i],
          1e-12 * Math.max(1, Math.abs(expected[i])),
          "unknown " + i + " at " + Arrays.toString(point));
    }
  }

  /** Solves the augmented rows [A | b] with partial pivoting. Modified: rows. */
  private static double[] gauss(double[][] rows) {
    int n = rows.length;
    for (int p = 0; p < n; p++) {
      int best = p;
      for (int i = p + 1; i < n; i++) {
        best = Math.abs(rows[i][p]) > Math.abs(rows[best][p]) ? i : best;
      }
      double[] pivot = rows[best];
      rows[best] = rows[p];
      rows[p] = pivot;
      for (int i = p + 1; i < n; i++) {
        double factor = rows[i][p] / pivot[p];
        for (int j = p; j <= n; j++) {
          rows[i][j] -= factor * pivot[j];
        }
      }
    }
    double[] solution = new double[n];
    for (int i = n - 1; i >= 0; i--) {
      double sum = rows[i][n];
      for (int j = i + 1; j < n; j++) {
        sum -= rows[i][j] * solution[j];
      }
      solution[i] = sum / rows[i][i];
    }
    return solution;
  }
}
