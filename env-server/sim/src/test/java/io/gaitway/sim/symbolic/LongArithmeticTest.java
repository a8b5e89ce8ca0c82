package io.gaitway.sim.symbolic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Tests the yardstick itself. */
class LongArithmeticTest {
  private static final MathContext DIGITS = new MathContext(60);

  @Test
  void rationalFunctionsHaveThirtyDigits() {
    double offset = 0.1;
    Graph graph = new Graph();
    Expr x = graph.input();
    Expr y = graph.input();
    Expr f = x.times(y).plus(1).over(x.minus(y.times(x).abs()).plus(offset)).minus(y);
    double a = 1 / 3.0;
    double b = -Math.PI;
    BigDecimal p = new BigDecimal(a);
    BigDecimal q = new BigDecimal(b);
    BigDecimal expected =
        p.multiply(q)
            .add(BigDecimal.ONE)
            .divide(p.subtract(q.multiply(p).abs()).add(new BigDecimal(offset)), DIGITS)
            .subtract(q);
    LongArithmetic.Real value =
        new LongArithmetic(graph, List.of(f))
            .evaluate(
                new LongArithmetic.Real[] {LongArithmetic.Real.of(a), LongArithmetic.Real.of(b)})[
            0];
    BigDecimal actual = new BigDecimal(value.high()).add(new BigDecimal(value.low()));
    assertEquals(0, actual.subtract(expected).doubleValue(), 1e-30);
  }

  @Test
  void sineAndCosineHaveThirtyDigits() {
    Graph graph = new Graph();
    Expr x = graph.input();
    LongArithmetic arithmetic = new LongArithmetic(graph, List.of(x.sin(), x.cos()));
    for (double angle : new double[] {0, 1e-9, 0.3, -1, 2, 5, -9.5}) {
      LongArithmetic.Real[] values =
          arithmetic.evaluate(new LongArithmetic.Real[] {LongArithmetic.Real.of(angle)});
      BigDecimal sine = BigDecimal.ZERO;
      BigDecimal cosine = BigDecimal.ZERO;
      BigDecimal term = BigDecimal.ONE;
      for (int k = 0; k < 100; k++) {
        BigDecimal signed = k % 4 < 2 ? term : term.negate();
        sine = k % 2 == 1 ? sine.add(signed) : sine;
        cosine = k % 2 == 0 ? cosine.add(signed) : cosine;
        term = term.multiply(new BigDecimal(angle)).divide(BigDecimal.valueOf(k + 1), DIGITS);
      }
      List<BigDecimal> expected = List.of(sine, cosine);
      for (int i = 0; i < 2; i++) {
        BigDecimal actual = new BigDecimal(values[i].high()).add(new BigDecimal(values[i].low()));
        double error = actual.subtract(expected.get(i)).abs().doubleValue();
        assertTrue(error <= 1e-29, "at " + angle + ", entry " + i + ": " + error);
      }
    }
  }
}
