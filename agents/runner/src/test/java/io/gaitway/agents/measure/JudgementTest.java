package io.gaitway.agents.measure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.agents.run.EelSimulator;
import io.gaitway.client.simulation.EnvironmentInfo;
import io.gaitway.client.simulation.EnvironmentInfo.Goal;
import io.gaitway.client.simulation.Rollout;
import io.gaitway.client.simulation.Trajectory;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The eel is asked for 1 m/s over 50 steps of 0.04 s, that is for 2 m; the reference costs 10. */
class JudgementTest {
  private static final int T = 50;
  private static final double FROM = -3;

  private final Judgement judgement = new Judgement(eel(1), 10, null);

  @Test
  void aSuccessArrivesAtABearableCost() {
    assertTrue(judgement.success(rollout(2, 10, T, false, false)));
    assertTrue(judgement.success(rollout(1.01, 30, T, false, false)));
  }

  @Test
  void standingStillIsUprightButNoSuccess() {
    Rollout standing = rollout(0, 10, T, false, false);
    assertTrue(Judgement.upright(standing));
    assertFalse(judgement.success(standing));
    assertFalse(judgement.success(rollout(0.99, 10, T, false, false)));
    assertFalse(judgement.success(rollout(-2, 10, T, false, false)));
  }

  @Test
  void threeTimesTheCostIsTheMost() {
    assertFalse(judgement.success(rollout(2, 30.1, T, false, false)));
  }

  @Test
  void whatEndsEarlyIsNotUpright() {
    for (Rollout rollout :
        List.of(
            rollout(2, 10, T - 1, true, false),
            // In its very last step.
            rollout(2, 10, T, true, false),
            rollout(2, 10, T - 1, false, true))) {
      assertFalse(Judgement.upright(rollout));
      assertFalse(judgement.success(rollout));
    }
  }

  /** Nobody knows whether more can be done than the best that is known. */
  @Test
  void whereTheReferenceFallsShortItsWayIsWhatCounts() {
    Judgement far = new Judgement(eel(1), 10, rollout(1, 10, T, false, false).trajectory());
    assertFalse(far.success(rollout(0.99, 10, T, false, false)));
    Judgement near = new Judgement(eel(1), 10, rollout(0.8, 10, T, false, false).trajectory());
    assertTrue(near.success(rollout(0.41, 10, T, false, false)));
    assertFalse(near.success(rollout(0.39, 10, T, false, false)));
    Judgement back = new Judgement(eel(-1), 10, rollout(-0.8, 10, T, false, false).trajectory());
    assertTrue(back.success(rollout(-0.41, 10, T, false, false)));
    assertFalse(back.success(rollout(0.41, 10, T, false, false)));
  }

  @Test
  void theWayIsTheTargets() {
    Judgement back = new Judgement(eel(-1), 10, null);
    assertTrue(back.success(rollout(-1.01, 10, T, false, false)));
    assertFalse(back.success(rollout(1.01, 10, T, false, false)));
    assertTrue(new Judgement(eel(0), 10, null).success(rollout(-0.1, 10, T, false, false)));
  }

  /** A goal may ask for less of the way and more of the cost, for no way, or for nothing. */
  @Test
  void theGoalIsTheEnvironments() {
    Rollout rollout = rollout(0.5, 45, T, false, false);
    assertFalse(new Judgement(eel(new Goal(0, 1, 0.26, 4.5)), 10, null).success(rollout));
    assertFalse(new Judgement(eel(new Goal(0, 1, 0.25, 4.4)), 10, null).success(rollout));
    assertTrue(new Judgement(eel(new Goal(0, 1, 0.25, 4.5)), 10, null).success(rollout));
    assertTrue(new Judgement(eel(new Goal(1, 0, 0, 4.5)), 10, null).success(rollout));
    assertTrue(new Judgement(eel(new Goal(-1, 0, 0, 4.5)), 10, null).success(rollout));
    assertTrue(new Judgement(eel((Goal) null), 1, null).success(rollout));
    assertFalse(
        new Judgement(eel((Goal) null), 1, null).success(rollout(2, 10, T - 1, true, false)));
  }

  @Test
  void wordsSayWhatTheGoalAsks() {
    assertEquals(
        "stays upright over the whole horizon, travels at least 0.5 × target speed × time, or that part of DDP's way if DDP does not, and costs"
            + " at most 3 × DDP",
        Judgement.inWords(new Goal(0, 1.2, 0.5, 3)));
    assertEquals(
        "stays upright over the whole horizon, and costs at most 1.5 × DDP",
        Judgement.inWords(new Goal(-1, 0, 0, 1.5)));
    assertEquals("stays upright over the whole horizon", Judgement.inWords(null));
  }

  private static EnvironmentInfo eel(@Nullable Goal goal) {
    return EelSimulator.withGoal(eel(1), goal);
  }

  private static Rollout rollout(
      double way, double cost, int steps, boolean terminated, boolean diverged) {
    Trajectory trajectory = new Trajectory(T, 10, 2);
    trajectory.xs[0] = FROM;
    trajectory.xs[T * 10] = FROM + way;
    trajectory.costs[0] = cost;
    return new Rollout(trajectory, steps, diverged, terminated, 0);
  }

  private static EnvironmentInfo eel(double targetSpeed) {
    return EelSimulator.info(T, "digest", "", targetSpeed);
  }
}
