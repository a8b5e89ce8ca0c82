package io.gaitway.agents.algorithms;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.agents.api.Learner;
import io.gaitway.agents.api.Reference;
import io.gaitway.agents.api.Settings;
import io.gaitway.agents.api.Start;
import io.gaitway.agents.api.Task;
import io.gaitway.client.simulation.Controller;
import io.gaitway.client.simulation.Expansion;
import io.gaitway.client.simulation.RolloutRequest;
import io.gaitway.client.simulation.Simulator;
import io.gaitway.optim.policy.Architecture;
import io.gaitway.optim.policy.Policy;
import io.gaitway.optim.trajopt.FakeSimulator;
import io.gaitway.optim.trajopt.RandomLq;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** One policy for several starts. */
class StartsTest {
  private static final int T = 12;
  private static final int PADDING = 2;
  private static final int LAST_STEP = 4;
  private static final int NX = 3;
  private static final int NU = 2;
  private static final String PULL = "pull";

  private final Expansion problem =
      stationary(RandomLq.problem(new Random(6), LAST_STEP + T + PADDING, NX, NU));
  private final Simulator simulator = FakeSimulator.linearQuadratic(problem, PULL, 1);
  private final List<Start> starts =
      List.of(
          new Start(Map.of(PULL, -1.5), null),
          new Start(Map.of(PULL, 1.5), 2),
          new Start(Map.of(), LAST_STEP));

  /** Every knot is the first one. */
  private static Expansion stationary(Expansion e) {
    for (double[] array : List.of(e.fx, e.fu, e.lu, e.lux, e.luu)) {
      repeat(array, array.length / e.T);
    }
    repeat(e.lx, NX);
    repeat(e.lxx, NX * NX);
    Arrays.fill(e.l, 20);
    return e;
  }

  private static void repeat(double[] array, int size) {
    for (int at = size; at < array.length; at++) {
      array[at] = array[at - size];
    }
  }

  private Learner learner(List<String> parameters) {
    Vgps vgps = new Vgps();
    return vgps.learner(
        new Task<>(
            simulator,
            Settings.merge(
                vgps.preset("default", "fake"),
                Map.of("padding", "" + PADDING, "samples", "6", "first_fit_iterations", "40")),
            parameters,
            IntStream.range(0, NX).boxed().toList(),
            Architecture.of(6),
            5,
            20,
            T,
            starts));
  }

  private double cost(Policy policy, Reference reference, Start start) {
    Simulator at = simulator.with(start.parameters());
    double[] x1 = Arrays.copyOf(reference.trajectory().xs, NX);
    Controller.Mlp quiet = policy.controller().withoutNoise();
    return at.rollout(RolloutRequest.single(T, x1, quiet)).get(0).cost();
  }

  /** Excess over the optimum in the mean over starts, for a policy of so many iterations. */
  private double excess(Learner learner, int iterations) {
    List<Reference> references = learner.start().all();
    for (int i = 1; i <= iterations; i++) {
      learner.iterate(i);
    }
    double sum = 0;
    for (int i = 0; i < starts.size(); i++) {
      sum += cost(learner.policy(), references.get(i), starts.get(i)) - references.get(i).cost();
    }
    return sum / starts.size();
  }

  @Test
  void aPolicyThatSeesTheParameterActsByIt() {
    Learner seeing = learner(List.of(PULL));
    double excess = excess(seeing, 4);
    Policy policy = seeing.policy();
    assertEquals(List.of(PULL), policy.controller().parameters());
    assertEquals(NX, policy.nx());
    double blind = excess(learner(List.of()), 4);
    assertTrue(excess < 0.2 * blind, excess + " with the parameter, " + blind + " without");
    double[] left = new double[NU];
    double[] right = new double[NU];
    policy.at(Map.of(PULL, -1.0)).mean(new double[NX], 0, left, 0);
    policy.at(Map.of(PULL, 1.0)).mean(new double[NX], 0, right, 0);
    assertTrue(left[0] * right[0] < 0, Arrays.toString(left) + Arrays.toString(right));
  }

  @Test
  void aStartWithinTheSolutionIsAStateOfIt() {
    List<Reference> references = learner(List.of(PULL)).start().all();
    assertEquals(starts.size(), references.size());
    assertArrayEquals(new double[NX], Arrays.copyOf(references.get(0).trajectory().xs, NX));
    // As long as the base has to be: so it is the same problem, and its optimum is the only one.
    double[] whole =
        new Vgps()
            .learner(
                new Task<>(
                    simulator,
                    Settings.merge(new Vgps().preset("default", "fake"), Map.of("padding", "0")),
                    List.of(0, 1, 2),
                    Architecture.of(6),
                    5,
                    20,
                    LAST_STEP + T + PADDING))
            .start()
            .trajectory()
            .xs;
    for (int i = 1; i < starts.size(); i++) {
      int step = Objects.requireNonNull(starts.get(i).step());
      double[] expected = Arrays.copyOfRange(whole, step * NX, (step + 1) * NX);
      double[] state = Arrays.copyOf(references.get(i).trajectory().xs, NX);
      assertArrayEquals(expected, state, 1e-6);
      assertTrue(Math.abs(expected[0]) > 1e-3, Arrays.toString(expected));
    }
  }

  @Test
  void aLearnerThatIsRestoredGoesOnWithTheSameBits() {
    Learner undisturbed = learner(List.of(PULL));
    undisturbed.start();
    Learner first = learner(List.of(PULL));
    first.start();
    undisturbed.iterate(1);
    first.iterate(1);
    Learner second = learner(List.of(PULL));
    second.restore(first.save());
    for (int i = 2; i <= 3; i++) {
      assertEquals(undisturbed.iterate(i), second.iterate(i));
    }
    assertEquals(undisturbed.save(), second.save());
  }
}
