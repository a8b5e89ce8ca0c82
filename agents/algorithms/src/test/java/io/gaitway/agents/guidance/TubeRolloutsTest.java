package io.gaitway.agents.guidance;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.gaitway.agents.api.Task;
import io.gaitway.client.simulation.Controller;
import io.gaitway.client.simulation.Expansion;
import io.gaitway.client.simulation.Rollout;
import io.gaitway.client.simulation.RolloutRequest;
import io.gaitway.optim.policy.Architecture;
import io.gaitway.optim.trajopt.FakeSimulator;
import io.gaitway.optim.trajopt.GaussianTrajectory;
import io.gaitway.optim.trajopt.NormalSampler;
import io.gaitway.optim.trajopt.RandomLq;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.commons.rng.simple.RandomSource;
import org.junit.jupiter.api.Test;

/** Rollouts of q on a linear problem, where its marginals are exact and nothing leaves the tube. */
class TubeRolloutsTest {
  private static final int T = 9;
  private static final int NX = 3;
  private static final int NU = 2;
  private static final GuideSettings SETTINGS =
      new GuideSettings(0.7, 0, 0.1, 0.5, new SweepSettings(0, 1, 1, 0.1), 10);

  private final Expansion problem = RandomLq.problem(new Random(3), T, NX, NU);
  private final FakeSimulator simulator = FakeSimulator.linearQuadratic(problem);
  private final GaussianTrajectory q = q();
  private final Visits visits = new Visits(NX);
  private final TubeRollouts tube = new TubeRollouts(simulator, q, visits);

  private GaussianTrajectory q() {
    List<Integer> observation = IntStream.range(0, NX).boxed().toList();
    Guide guide =
        new Guide(
            new Task<>(simulator, SETTINGS, observation, Architecture.of(NX), 0, 1, T), SETTINGS);
    guide.start();
    return guide.q();
  }

  private static NormalSampler normal() {
    return new NormalSampler(RandomSource.PHILOX_4X64.create(7));
  }

  @Test
  void wholeRolloutsBeginAtTheStart() {
    tube.addWhole(T, List.of(1L, 2L));
    int[] steps = IntStream.range(0, 2 * T).map(i -> i % T).toArray();
    assertArrayEquals(steps, visits.steps());
    assertArrayEquals(
        Arrays.copyOf(q.xs, NX), Arrays.copyOf(visits.states(), NX), "the first state");
  }

  @Test
  void shortOnesBeginAllOverTheHorizonAndEndWithIt() {
    tube.addShort(T, 4, List.of(1L, 2L, 3L), normal());
    assertArrayEquals(new int[] {0, 1, 2, 3, 3, 4, 5, 6, 6, 7, 8}, visits.steps());
  }

  /** The second begins in a state of knot 3's marginal, and goes on under the controller there. */
  @Test
  void aShortOneHasTheControllerOfItsSteps() {
    tube.addShort(T, 4, List.of(1L, 2L, 3L), normal());
    NormalSampler normal = normal();
    double[] x = new double[NX];
    q.sampleState(0, normal, x, 0);
    q.sampleState(3, normal, x, 0);
    double[] states = visits.states();
    assertArrayEquals(x, Arrays.copyOfRange(states, 4 * NX, 5 * NX));
    Controller.LinearGaussian controller = q.disturbedController();
    double[] u = new double[NU];
    q.action(3, x, 0, u, 0);
    double[] noise = controller.covariance(3).data;
    Rollout quiet = simulator.rollout(RolloutRequest.single(1, x, openLoop(u))).get(0);
    // The noise moves the next state by B ε: its deviation, at the very most eightfold, bounds it.
    double[] next = Arrays.copyOfRange(states, 5 * NX, 6 * NX);
    double[] expected = Arrays.copyOfRange(quiet.trajectory().xs, NX, 2 * NX);
    for (int i = 0; i < NX; i++) {
      double variance = 0;
      for (int j = 0; j < NU; j++) {
        for (int k = 0; k < NU; k++) {
          variance +=
              problem.fu[(3 * NX + i) * NU + j]
                  * noise[j * NU + k]
                  * problem.fu[(3 * NX + i) * NU + k];
        }
      }
      assertEquals(expected[i], next[i], 8 * Math.sqrt(variance));
    }
  }

  private static Controller openLoop(double[] u) {
    return new Controller.OpenLoop(u);
  }
}
