package io.gaitway.sim.symbolic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The elementary functions against StrictMath. */
class ElementaryTest {
  private static final double ANGLE_ERROR = 2.3e-16;

  @ParameterizedTest
  @ValueSource(doubles = {1e-300, 1e-8, 0.8, 3, 30, 1e4, 262_143, 262_145, 1e9, 1e22, 1e300})
  void sinesOfRandomAngles(double size) {
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < 100_000; i++) {
      assertAngle(random.nextDouble(-size, size));
    }
  }

  /** Where sine or cosine nearly vanishes, and where the quadrant changes. */
  @Test
  void sinesNearMultiplesOfAnEighthTurn() {
    for (int n = -200_000; n <= 200_000; n++) {
      double x = n * (Math.PI / 4);
      assertAngle(x);
      assertAngle(Math.nextUp(x));
      assertAngle(Math.nextDown(x));
    }
  }

  @Test
  void sinesOfSpecialArguments() {
    for (double x :
        new double[] {
          0.0,
          -0.0,
          Double.MIN_VALUE,
          -Double.MIN_NORMAL,
          1 << 18,
          -(1 << 18),
          Math.nextUp(1 << 18),
          Double.MAX_VALUE
        }) {
      assertAngle(x);
    }
    for (double x : new double[] {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY}) {
      assertTrue(Double.isNaN(Elementary.sin(x)), "sin " + x);
      assertTrue(Double.isNaN(Elementary.cos(x)), "cos " + x);
    }
  }

  private static void assertAngle(double x) {
    double sin = Elementary.sin(x);
    double cos = Elementary.cos(x);
    if (!(Math.abs(sin - StrictMath.sin(x)) <= ANGLE_ERROR)
        || !(Math.abs(cos - StrictMath.cos(x)) <= ANGLE_ERROR)) {
      assertEquals(StrictMath.sin(x), sin, ANGLE_ERROR, "sin " + x);
      assertEquals(StrictMath.cos(x), cos, ANGLE_ERROR, "cos " + x);
    }
  }

  @Test
  void softplusAndLogisticOfModerateArguments() {
    for (double x = -30; x <= 30; x += 0.01) {
      double e = StrictMath.exp(x);
      assertEquals(StrictMath.log1p(e), Elementary.softplus(x), 4e-16 * StrictMath.log1p(e));
      assertEquals(e / (1 + e), Elementary.logistic(x), 4e-16 * Elementary.logistic(x));
    }
  }

  @Test
  void softplusAndLogisticNeitherOverflowNorLoseTheirTails() {
    assertEquals(1000, Elementary.softplus(1000));
    assertEquals(Double.MAX_VALUE, Elementary.softplus(Double.MAX_VALUE));
    assertEquals(Double.POSITIVE_INFINITY, Elementary.softplus(Double.POSITIVE_INFINITY));
    assertEquals(0, Elementary.softplus(Double.NEGATIVE_INFINITY));
    assertEquals(StrictMath.exp(-700), Elementary.softplus(-700));
    assertEquals(1, Elementary.logistic(1000));
    assertEquals(1, Elementary.logistic(Double.POSITIVE_INFINITY));
    assertEquals(0, Elementary.logistic(Double.NEGATIVE_INFINITY));
    assertEquals(StrictMath.exp(-700), Elementary.logistic(-700));
    assertTrue(Double.isNaN(Elementary.softplus(Double.NaN)));
    assertTrue(Double.isNaN(Elementary.logistic(Double.NaN)));
    assertEquals(StrictMath.log(2), Elementary.softplus(0), 1e-16);
    assertEquals(0.5, Elementary.logistic(-0.0));
  }
}
