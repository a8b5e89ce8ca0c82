package io.gaitway.optim.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class SoftplusTest {

  private static void assertUlps(double expected, double actual, double ulps, double at) {
    double error = Math.abs(expected - actual) / Math.ulp(expected);
    assertTrue(error <= ulps, () -> "off by " + error + " ulp at " + at);
  }

  @Test
  void expIsWithinTwoUlps() {
    Random random = new Random(1);
    for (int i = 0; i < 300_000; i++) {
      double range = i % 3 == 0 ? 708 : i % 3 == 1 ? 20 : 1;
      double x = -range * random.nextDouble();
      assertUlps(StrictMath.exp(x), Softplus.exp(x), 2, x);
    }
  }

  @Test
  void log1pIsWithinTwoUlps() {
    Random random = new Random(2);
    for (int i = 0; i < 300_000; i++) {
      double e = i % 2 == 0 ? random.nextDouble() : StrictMath.exp(-700 * random.nextDouble());
      assertUlps(StrictMath.log1p(e), Softplus.log1p(e), 2, e);
    }
  }

  @Test
  void softplusAndSlopeAgreeWithStrictMath() {
    Random random = new Random(3);
    double[] z = new double[1000];
    double[] value = new double[1000];
    double[] slope = new double[1000];
    for (int i = 0; i < 1000; i++) {
      z[i] = 12 * random.nextGaussian();
      value[i] = z[i];
    }
    Softplus.apply(value, slope, new double[1000]);
    for (int i = 0; i < 1000; i++) {
      double large = Math.max(z[i], 0);
      double expected = large + StrictMath.log1p(StrictMath.exp(-Math.abs(z[i])));
      assertEquals(expected, value[i], 4 * Math.ulp(expected));
      assertEquals(value[i], Softplus.value(z[i]));
      double logistic = 1 / (1 + StrictMath.exp(-z[i]));
      assertEquals(logistic, slope[i], 1e-14 * logistic);
      assertEquals(slope[i], Softplus.derivative(z[i]));
    }
  }

  @Test
  void edges() {
    assertEquals(1, Softplus.exp(0));
    assertEquals(0, Softplus.exp(-709));
    assertEquals(0, Softplus.exp(Double.NEGATIVE_INFINITY));
    assertTrue(Double.isNaN(Softplus.exp(Double.NaN)));
    assertEquals(0, Softplus.log1p(0));
    assertUlps(StrictMath.log(2), Softplus.log1p(1), 1, 1);
    assertEquals(1e5, Softplus.value(1e5));
    assertEquals(0, Softplus.value(-1e5));
    assertEquals(1, Softplus.derivative(1e5));
    assertEquals(0, Softplus.derivative(-1e5));
    assertTrue(Double.isNaN(Softplus.value(Double.NaN)));
  }
}
