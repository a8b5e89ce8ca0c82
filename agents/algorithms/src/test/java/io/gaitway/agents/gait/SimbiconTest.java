package io.gaitway.agents.gait;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.Random;
import org.junit.jupiter.api.Test;

class SimbiconTest {
  private static final double DT = 0.01;

  /** Gains of 1 and 0, so that a torque is what is missing to the target. */
  private static final Gait.Gains UNIT = new Gait.Gains(1, 1e-300);

  private static final Gait GAIT =
      new Gait(
          new Gait.Phase(0.5, -1.0, 0.25, -0.125, 0.1, 0, 0),
          new Gait.Phase(0.375, -0.5, 0.2, -0.0625, 0.05, 0, 0),
          0.1,
          0.03,
          UNIT,
          UNIT,
          UNIT,
          UNIT);

  private final Biped biped = new Biped(Bipeds.WALKER);
  private final double[] u = new double[Bipeds.NU];

  private static double[] standing(double height) {
    double[] x = new double[Bipeds.NX];
    x[1] = height;
    return x;
  }

  private Simbicon controller(Gait gait) {
    return new Simbicon(biped, DT, gait);
  }

  private double[] act(Simbicon controller, double[] x) {
    controller.act(x, 0, u, 0);
    return u.clone();
  }

  @Test
  void bothPhasesFollowTheirPoses() {
    Simbicon controller = controller(GAIT);
    double[] air = standing(1.5);
    double[] swing = {-0.5 + 0.03, -0.125, 0.1, 0.5, -1.0, 0.25};
    for (int t = 0; t < 10; t++) {
      assertArrayEquals(swing, act(controller, air), 1e-15, "step " + t);
    }
    double[] landing = {-0.375 + 0.03, -0.0625, 0.05, 0.375, -0.5, 0.2};
    assertArrayEquals(landing, act(controller, air), 1e-15, "the first phase ends after 0.1 s");
    assertEquals(0, controller.changes());
  }

  @Test
  void theSecondPhaseEndsAtTouchdownOrAfterSixTenthsOfASecond() {
    Simbicon touching = controller(GAIT);
    double[] air = standing(1.5);
    for (int t = 0; t < 15; t++) {
      act(touching, air);
    }
    assertEquals(0, touching.changes());
    double[] u = act(touching, standing(1.01 + 0.0029));
    assertEquals(1, touching.changes());
    double[] swingOfTheOther = {0.5, -1.0, 0.25, -0.5 + 0.03, -0.125, 0.1};
    assertArrayEquals(swingOfTheOther, u, 1e-15);

    Simbicon floating = controller(GAIT);
    for (int t = 0; t < 10 + 60; t++) {
      act(floating, air);
      assertEquals(0, floating.changes(), "step " + t);
    }
    act(floating, air);
    assertEquals(1, floating.changes());
  }

  /** A swing foot drags over the ground at first; that must not end the step. */
  @Test
  void touchingInTheFirstPhaseChangesNothing() {
    Simbicon controller = controller(GAIT);
    for (int t = 0; t < 11; t++) {
      act(controller, standing(1.0));
      assertEquals(0, controller.changes());
    }
    act(controller, standing(1.0));
    assertEquals(1, controller.changes());
  }

  @Test
  void feedbackMovesTheSwingThigh() {
    Gait.Phase phase = GAIT.swing();
    Gait fed =
        new Gait(
            new Gait.Phase(
                phase.swingHip(),
                phase.swingKnee(),
                phase.swingAnkle(),
                phase.stanceKnee(),
                phase.stanceAnkle(),
                0.7,
                0.3),
            GAIT.landing(),
            GAIT.swingDuration(),
            GAIT.torsoLean(),
            UNIT,
            UNIT,
            UNIT,
            UNIT);
    double[] x = standing(1.01);
    x[Bipeds.LEG[0]] = -0.2;
    x[Bipeds.NV] = 1.1;
    double ahead = 0.95 * Math.sin(0.2);
    double swingHip = 0.5 + 0.7 * ahead + 0.3 * 1.1;
    double[] u = act(controller(fed), x);
    assertEquals(swingHip, u[3], 1e-14);
    assertEquals(-swingHip + 0.03, u[0], 1e-14);
  }

  /** The torso's net torque, the reaction to both hips, is its own controller's. */
  @Test
  void theStanceHipLeavesTheTorsoItsTorque() {
    Random random = new Random(5);
    Gait gait = GaitSearch.FIRST_GUESS;
    for (int sample = 0; sample < 50; sample++) {
      double[] x = Bipeds.state(random);
      double[] u = act(controller(gait), x);
      double wanted =
          gait.torso().kp() * (x[2] - gait.torsoLean()) + gait.torso().kd() * x[Bipeds.NV + 2];
      assertEquals(wanted, -u[0] - u[3], 1e-10);
    }
  }

  @Test
  void mirroredStatesOnTheOtherLegGiveMirroredTorques() {
    Random random = new Random(6);
    Gait gait = GaitSearch.FIRST_GUESS;
    double[] air = standing(1.5);
    for (int sample = 0; sample < 20; sample++) {
      Simbicon right = controller(gait);
      Simbicon left = controller(gait);
      while (left.changes() == 0) {
        act(left, air);
      }
      double[] x = Bipeds.state(random);
      x[1] = 2;
      act(right, air);
      double[] expected = act(right, x);
      double[] mirrored = act(left, Bipeds.mirrored(x));
      assertNotEquals(expected[0], mirrored[0]);
      for (int j = 0; j < Biped.JOINTS; j++) {
        assertEquals(expected[j], mirrored[Biped.JOINTS + j]);
        assertEquals(expected[Biped.JOINTS + j], mirrored[j]);
      }
    }
  }
}
