package io.gaitway.agents.measure;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.agents.run.EelSimulator;
import io.gaitway.client.simulation.EnvironmentInfo;
import io.gaitway.client.simulation.Rollout;
import io.gaitway.client.simulation.Trajectory;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The eel is asked for 1 m/s over 50 steps of 0.04 s, that is for 2 m; the reference costs 10. */
class JudgementTest {
  private static final int T = 50;
  private static final double FROM = -3;

  private final Judgement judgement = new Judgement(eel(1), 10);

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

  @Test
  void theWayIsTheTargets() {
    Judgement back = new Judgement(eel(-1), 10);
    assertTrue(back.success(rollout(-1.01, 10, T, false, false)));
    assertFalse(back.success(rollout(1.01, 10, T, false, false)));
    assertTrue(new Judgement(eel(0), 10).success(rollout(-0.1, 10, T, false, false)));
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
