package io.gaitway.agents.gait;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** Kinematics against the walker's sizes, written down here once more, and differences. */
class BipedTest {
  private static final double THIGH = 0.45;
  private static final double LEG = 0.5;
  private static final double FOOT = 0.2;
  private static final double FOOT_RADIUS = 0.06;

  private final Biped biped = new Biped(Bipeds.WALKER);
  private final Random random = new Random(11);

  /**
   * A leg's knee, ankle and toes, as turns of the vertical one after the other; the root's angle
   * turns the other way.
   */
  private record Points(double kneeX, double ankleX, double ankleY, double toeY) {
    static Points of(double[] x, int leg) {
      double thigh = -x[2] + x[Bipeds.LEG[leg]];
      double shank = thigh + x[Bipeds.LEG[leg] + 1];
      double foot = shank + x[Bipeds.LEG[leg] + 2];
      double kneeX = x[0] + THIGH * Math.sin(thigh);
      double ankleX = kneeX + LEG * Math.sin(shank);
      double ankleY = x[1] - THIGH * Math.cos(thigh) - LEG * Math.cos(shank);
      return new Points(kneeX, ankleX, ankleY, ankleY + FOOT * Math.sin(foot));
    }
  }

  @Test
  void pointsAreWhereTrigonometryPutsThem() {
    for (int sample = 0; sample < 100; sample++) {
      double[] x = Bipeds.state(random);
      for (int leg = 0; leg < Biped.LEGS; leg++) {
        Points points = Points.of(x, leg);
        assertEquals(x[0] - points.ankleX(), biped.hipAheadOfAnkle(x, 0, leg), 1e-14);
        assertEquals(
            Math.min(points.ankleY(), points.toeY()) - FOOT_RADIUS,
            biped.clearance(x, 0, leg),
            1e-14);
      }
    }
  }

  @Test
  void straightAndStandingItsFeetTouchTheGround() {
    double[] x = new double[Bipeds.NX];
    x[1] = THIGH + LEG + FOOT_RADIUS;
    assertEquals(0, biped.clearance(x, 0, 0), 1e-15);
    assertEquals(0, biped.clearance(x, 0, 1), 1e-15);
    assertEquals(0, biped.hipAheadOfAnkle(x, 0, 1), 1e-15);
    x[Bipeds.LEG[1]] = 0.3;
    assertTrue(biped.hipAheadOfAnkle(x, 0, 1) < 0, "a thigh turned forward puts the foot ahead");
    assertTrue(biped.clearance(x, 0, 1) > 0);
  }

  @Test
  void ratesAreTheAnglesDerivatives() {
    double h = 1e-6;
    for (int sample = 0; sample < 20; sample++) {
      double[] x = Bipeds.state(random);
      double[] later = x.clone();
      for (int i = 0; i < Bipeds.NV; i++) {
        later[i] += h * x[Bipeds.NV + i];
      }
      assertEquals(
          (biped.torsoAngle(later, 0) - biped.torsoAngle(x, 0)) / h, biped.torsoRate(x, 0), 1e-8);
      assertEquals(-x[2], biped.torsoAngle(x, 0));
      assertEquals((later[0] - x[0]) / h, biped.speed(x, 0), 1e-8);
      assertEquals(x[0], biped.place(x, 0));
      for (int leg = 0; leg < Biped.LEGS; leg++) {
        assertEquals(
            (biped.thighAngle(later, 0, leg) - biped.thighAngle(x, 0, leg)) / h,
            biped.thighRate(x, 0, leg),
            1e-8);
        for (int joint = 0; joint < Biped.JOINTS; joint++) {
          assertEquals(x[Bipeds.LEG[leg] + joint], biped.jointAngle(x, 0, leg, joint));
          assertEquals(
              (biped.jointAngle(later, 0, leg, joint) - biped.jointAngle(x, 0, leg, joint)) / h,
              biped.jointRate(x, 0, leg, joint),
              1e-8);
        }
      }
    }
  }

  @Test
  void statesAreReadFromTheirPlaceInABatch() {
    double[] x = Bipeds.state(random);
    double[] batch = new double[3 * Bipeds.NX];
    System.arraycopy(x, 0, batch, 2 * Bipeds.NX, Bipeds.NX);
    int at = 2 * Bipeds.NX;
    assertEquals(biped.clearance(x, 0, 1), biped.clearance(batch, at, 1));
    assertEquals(biped.hipAheadOfAnkle(x, 0, 0), biped.hipAheadOfAnkle(batch, at, 0));
    assertEquals(biped.thighRate(x, 0, 1), biped.thighRate(batch, at, 1));
    assertEquals(biped.speed(x, 0), biped.speed(batch, at));
  }

  @Test
  void aSwimmerIsNoBiped() {
    IllegalArgumentException fault =
        assertThrows(
            IllegalArgumentException.class, () -> Biped.require(Bipeds.describe("swimmer")));
    assertEquals(
        "'swimmer' is not a biped whose two legs of thigh, leg and foot hang on the root",
        fault.getMessage());
  }
}
