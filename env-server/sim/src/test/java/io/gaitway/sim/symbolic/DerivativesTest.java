package io.gaitway.sim.symbolic;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.gaitway.sim.Richardson;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Derivatives of expressions against extrapolated differences of their values. */
class DerivativesTest {

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 10, 30})
  void randomGraphs(int steps) {
    for (int seed = 0; seed < 100; seed++) {
      RandomGraph random = new RandomGraph(5000L * steps + seed, 3, steps, false);
      List<Expr> f = random.outputs(Math.min(steps, 6));
      Expr[][] jacobian = Derivatives.jacobian(f.toArray(new Expr[0]), random.inputs);
      double[] point = random.point(1.5);
      for (int j = 0; j < random.inputs.length; j++) {
        int at = j;
        List<Expr> column = new ArrayList<>();
        for (Expr[] row : jacobian) {
          column.add(row[j]);
        }
        double[] actual = random.graph.evaluate(column, point);
        double[] expected =
            Richardson.derivative(
                    shift -> {
                      double[] shifted = point.clone();
                      shifted[at] += shift;
                      return random.graph.evaluate(f, shifted);
                    },
                    0.01)
                .values();
        for (int i = 0; i < expected.length; i++) {
          assertEquals(
              expected[i],
              actual[i],
              1e-8 * Math.max(1, Math.abs(expected[i])),
              "seed " + seed + ", d " + f.get(i) + "/d in" + j);
        }
      }
    }
  }

  /** Backwards as forwards, with some variables held and others not. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3, 10, 30, 100})
  void gradientsAreTheRowsOfJacobians(int steps) {
    for (int seed = 0; seed < 100; seed++) {
      RandomGraph random = new RandomGraph(7000L * steps + seed, 3, steps);
      Expr[] wrt = Arrays.copyOf(random.inputs, 4);
      Set<Expr> through = new HashSet<>();
      Expr held = random.graph.variable(random.inputs[0].sin());
      for (Expr node : random.nodes) {
        if (node.op == Op.VARIABLE) {
          if (through.size() % 2 == 0) {
            through.add(node);
          } else {
            held = node;
          }
        }
      }
      wrt[3] = held;
      through.remove(held);
      Expr f = random.outputs(1).get(0);
      Expr[] gradient = Derivatives.gradient(f, wrt, through);
      double[] point = random.point(1.5);
      double[] actual = random.graph.evaluate(List.of(gradient), point);
      for (int j = 0; j < wrt.length; j++) {
        Expr forward =
            new Derivatives(new Expr[] {wrt[j]}, new Expr[] {random.graph.constant(1)}, through)
                .of(f);
        double expected = random.graph.evaluate(List.of(forward), point)[0];
        assertEquals(expected, actual[j], 1e-11 * (1 + Math.abs(expected)), "seed " + seed);
      }
    }
  }

  @Test
  void variablesAreHeldFixed() {
    Graph graph = new Graph();
    Expr x = graph.input();
    Expr square = graph.variable(x.square());
    Expr f = square.times(x).plus(square.sin());
    assertSame(square, new Derivatives(x).of(f));
    double byVariable = graph.evaluate(List.of(new Derivatives(square).of(f)), new double[] {3})[0];
    assertEquals(3 + Elementary.cos(9), byVariable, 1e-15);
  }

  @Test
  void onlyInputsAndVariablesCanBeDifferentiatedBy() {
    Graph graph = new Graph();
    Expr sum = graph.input().plus(1);
    assertThrows(IllegalArgumentException.class, () -> new Derivatives(sum));
  }

  @Test
  void aKinkHasTheMeanOfItsTwoSlopes() {
    Graph graph = new Graph();
    Expr x = graph.input();
    List<Expr> slopes =
        List.of(new Derivatives(x).of(x.abs()), new Derivatives(x).of(x.positivePart()));
    Kernel kernel = KernelCompiler.compile(graph, slopes);
    for (double zero : new double[] {0.0, -0.0}) {
      assertArrayEquals(new double[] {0, 0.5}, graph.evaluate(slopes, new double[] {zero}), 0.0);
      assertArrayEquals(new double[] {0, 0.5}, run(kernel, zero), 0.0);
    }
    for (double side : new double[] {-2, -Double.MIN_VALUE, Double.MIN_VALUE, 2}) {
      double[] expected = {Math.signum(side), side < 0 ? 0 : 1};
      assertArrayEquals(expected, graph.evaluate(slopes, new double[] {side}), 0.0);
      assertArrayEquals(expected, run(kernel, side), 0.0);
    }
  }

  private static double[] run(Kernel kernel, double x) {
    double[] memory = kernel.newMemory();
    memory[0] = x;
    kernel.run(memory);
    return Arrays.copyOfRange(memory, kernel.outputAt(), kernel.outputAt() + 2);
  }

  /** A chain of variables y, z between x and f gives what f written out gives. */
  @Test
  void derivativesGoThroughVariables() {
    Graph graph = new Graph();
    Expr[] x = {graph.variable(graph.input()), graph.variable(graph.input())};
    Expr y = graph.variable(x[0].sin().plus(x[1].square()));
    Expr z = graph.variable(y.times(x[0]).plus(x[1].cos()));
    Expr[] f = {y.times(z).plus(x[0]), z.square().sin(), x[1].square()};
    Expr plainY = y.first();
    Expr plainZ = plainY.times(x[0]).plus(x[1].cos());
    Expr[] plain = {plainY.times(plainZ).plus(x[0]), plainZ.square().sin(), x[1].square()};
    double[] point = {0.7, -0.4};
    Expr[][] through = Derivatives.jacobian(f, x, List.of(y, z));
    Expr[][] expected = Derivatives.jacobian(plain, x);
    for (int i = 0; i < f.length; i++) {
      double[] actual = graph.evaluate(List.of(through[i]), point);
      assertArrayEquals(graph.evaluate(List.of(expected[i]), point), actual, 1e-14, "row " + i);
    }
  }
}
