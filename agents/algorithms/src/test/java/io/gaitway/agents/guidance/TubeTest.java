package io.gaitway.agents.guidance;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.gaitway.client.simulation.Rollout;
import io.gaitway.client.simulation.Trajectory;
import io.gaitway.optim.trajopt.GaussianTrajectory;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class TubeTest {
  private static final int T = 5;

  /** A nominal at 1, whose first entry has a deviation of 0.1 and whose second has none. */
  private static GaussianTrajectory q() {
    double[] xs = new double[(T + 1) * 2];
    Arrays.fill(xs, 1);
    double[] covariances = new double[T];
    Arrays.fill(covariances, 1);
    double[] Sigma = new double[(T + 1) * 4];
    for (int t = 0; t <= T; t++) {
      Sigma[t * 4] = 0.01;
    }
    return GaussianTrajectory.withMarginals(
        T, 2, 1, xs, new double[T], new double[T * 2], covariances, Sigma, new double[1]);
  }

  /** A rollout at the nominal, but for one entry of one state, so many steps long. */
  private static Rollout rollout(int steps, int t, int entry, double value) {
    Trajectory trajectory = new Trajectory(T, 2, 1);
    Arrays.fill(trajectory.xs, 1);
    trajectory.xs[t * 2 + entry] = value;
    return new Rollout(trajectory, steps, false, steps < T, 0);
  }

  private static int[] stepsInside(Rollout rollout) {
    Visits visits = new Visits(2);
    new Tube(q()).add(visits, List.of(rollout));
    return visits.steps();
  }

  @Test
  void sixDeviationsAreInside() {
    assertArrayEquals(new int[] {0, 1, 2, 3, 4}, stepsInside(rollout(T, 3, 0, 1.59)));
    assertArrayEquals(new int[] {0, 1, 2, 3, 4}, stepsInside(rollout(T, 3, 0, 0.41)));
  }

  /** What comes after is left out, also where it is inside again. */
  @Test
  void endsWhereARolloutLeaves() {
    assertArrayEquals(new int[] {0, 1, 2}, stepsInside(rollout(T, 3, 0, 1.61)));
    assertArrayEquals(new int[] {0}, stepsInside(rollout(T, 1, 0, 0.39)));
    assertArrayEquals(new int[] {}, stepsInside(rollout(T, 0, 0, 2)));
  }

  @Test
  void anEntryThatHardlyVariesHasRoomOfItsOwn() {
    assertArrayEquals(new int[] {0, 1, 2, 3, 4}, stepsInside(rollout(T, 2, 1, 1.059)));
    assertArrayEquals(new int[] {0, 1}, stepsInside(rollout(T, 2, 1, 1.061)));
  }

  /** The state in which an episode ended has no action. */
  @Test
  void theLastStateIsNotAnExample() {
    assertArrayEquals(new int[] {0, 1}, stepsInside(rollout(2, 4, 0, 9)));
  }
}
