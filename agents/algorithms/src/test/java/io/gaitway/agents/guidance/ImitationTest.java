package io.gaitway.agents.guidance;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gaitway.agents.api.ExactDoubles;
import io.gaitway.agents.api.Task;
import io.gaitway.client.simulation.Rollout;
import io.gaitway.client.simulation.Trajectory;
import io.gaitway.optim.policy.Architecture;
import io.gaitway.optim.trajopt.FakeSimulator;
import io.gaitway.optim.trajopt.GaussianTrajectory;
import io.gaitway.optim.trajopt.Ilqr;
import io.gaitway.optim.trajopt.NormalSampler;
import io.gaitway.optim.trajopt.RandomLq;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.apache.commons.rng.simple.RandomSource;
import org.junit.jupiter.api.Test;

class ImitationTest {
  private static final int T = 160;
  private static final int NX = 3;
  private static final int NU = 2;
  private static final int ROLLOUTS = 40;

  private static final GuideSettings GUIDE =
      new GuideSettings(
          1,
          0,
          0.01,
          0.5,
          new SweepSettings(0, 1, 1, 0.1),
          new DerivativeSettings(0, 1e-4, 0.1, false),
          10);

  private static final ImitationSettings SETTINGS =
      new ImitationSettings(1, ROLLOUTS, 1, 1, 0, 1, 1, 1, 0, 1e-6);

  /**
   * A guide around the origin whose variances are too small by a factor: rollouts leave in time.
   */
  private static Guide narrow(Task<?> task, double factor) {
    Ilqr ilqr = new Ilqr(task.simulator(), T, Ilqr.Options.defaults());
    Ilqr.Solution still = ilqr.solve(new Trajectory(T, NX, NU));
    GaussianTrajectory q =
        GaussianTrajectory.of(
            still, new GaussianTrajectory.Width(new double[NX], 1, new double[NU]));
    double[] Sigma = Arrays.stream(q.Sigma).map(variance -> factor * variance).toArray();
    ObjectNode state = JsonNodeFactory.instance.objectNode();
    GuideState.put(state, q);
    ExactDoubles.put(state, "Sigma", Sigma);
    ExactDoubles.put(state, "costs", still.nominal().costs);
    Guide guide = new Guide(task, GUIDE);
    guide.restore(state);
    return guide;
  }

  /** Rollouts are cut off where nothing of them is left to see, which does not change what is. */
  @Test
  void theStatesOfRolloutsAreThoseOfWholeOnes() {
    FakeSimulator simulator =
        FakeSimulator.linearQuadratic(RandomLq.problem(new Random(3), T, NX, NU));
    Task<?> task = new Task<>(simulator, SETTINGS, List.of(0, 1, 2), Architecture.of(2), 0, 1, T);
    Guide guide = narrow(task, 0.2);
    List<Long> seeds = LongStream.range(0, ROLLOUTS).boxed().toList();
    NormalSampler normal = new NormalSampler(RandomSource.PHILOX_4X64.create(3));
    Visits visits =
        new Imitation(task, SETTINGS).visits(guide, normal, count -> seeds.subList(0, count));
    List<Rollout> whole = guide.rollouts(guide.q().disturbedController(), seeds);
    Tube tube = new Tube(guide.q());
    Visits expected = new Visits(NX);
    tube.add(expected, whole);
    int[] steps = visits.steps();
    double[] states = visits.states();
    assertArrayEquals(expected.steps(), Arrays.copyOfRange(steps, T, steps.length));
    assertArrayEquals(expected.states(), Arrays.copyOfRange(states, NX * T, states.length));
    List<Integer> inside = whole.stream().map(tube::stepsInside).toList();
    assertTrue(inside.stream().anyMatch(n -> n < 100), "none leaves soon: " + inside);
    assertTrue(inside.stream().anyMatch(n -> n > 130), "none stays long: " + inside);
  }
}
