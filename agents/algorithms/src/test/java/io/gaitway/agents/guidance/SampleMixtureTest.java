package io.gaitway.agents.guidance;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gaitway.client.simulation.Controller;
import io.gaitway.client.simulation.Expansion;
import io.gaitway.client.simulation.Rollout;
import io.gaitway.client.simulation.RolloutRequest;
import io.gaitway.client.simulation.Trajectory;
import io.gaitway.optim.policy.GaussianMlp;
import io.gaitway.optim.policy.ImportanceSampledReturn;
import io.gaitway.optim.policy.ImportanceSampledReturn.Sample;
import io.gaitway.optim.trajopt.FakeSimulator;
import io.gaitway.optim.trajopt.GaussianTrajectory;
import io.gaitway.optim.trajopt.RandomLq;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.ejml.simple.SimpleMatrix;
import org.junit.jupiter.api.Test;

/** Importance sampling on a linear-Gaussian problem. */
class SampleMixtureTest {
  private static final int T = 4;
  private static final int NX = 2;
  private static final int NU = 1;
  private static final List<Integer> OBSERVATION = IntStream.range(0, NX).boxed().toList();

  private final Expansion problem = RandomLq.problem(new Random(8), T, NX, NU);
  private final FakeSimulator simulator = FakeSimulator.linearQuadratic(problem);
  private final SampleMixture mixture = new SampleMixture(simulator.environment(), OBSERVATION, T);
  private final GaussianMlp target =
      LinearPolicies.of(NX, new double[] {0.3, -0.2}, new double[] {0.1}, new double[] {0.5});
  private final GaussianMlp other =
      LinearPolicies.of(NX, new double[] {0.1, 0.1}, new double[] {-0.1}, new double[] {0.7});

  private static GaussianTrajectory guide() {
    Random random = new Random(9);
    return GaussianTrajectory.withMarginals(
        T,
        NX,
        NU,
        new double[(T + 1) * NX],
        random.doubles(T * NU, -0.3, 0.3).toArray(),
        random.doubles(T * NU * NX, -0.3, 0.3).toArray(),
        random.doubles(T * NU * NU, 0.3, 0.6).toArray(),
        new double[(T + 1) * NX * NX],
        new double[NU]);
  }

  private List<Rollout> rollouts(Controller controller, int count) {
    return simulator.rollout(
        new RolloutRequest(
            T,
            List.of(new double[NX]),
            List.of(controller),
            new Random(count).longs(count).boxed().toList(),
            List.of()));
  }

  /** E_π Σ_t c_t from the recursion of the state's mean and covariance. */
  private double expectedCost() {
    SimpleMatrix G = new SimpleMatrix(NU, NX, true, target.W2);
    SimpleMatrix g = new SimpleMatrix(NU, 1, true, new double[] {0.1});
    SimpleMatrix mean = new SimpleMatrix(NX, 1);
    SimpleMatrix covariance = new SimpleMatrix(NX, NX);
    double sum = 0;
    for (int t = 0; t < T; t++) {
      SimpleMatrix all = SimpleMatrix.identity(NX).concatRows(G);
      SimpleMatrix z = mean.concatRows(G.mult(mean).plus(g));
      SimpleMatrix spread = all.mult(covariance).mult(all.transpose());
      spread.set(NX, NX, spread.get(NX, NX) + target.std[0] * target.std[0]);
      SimpleMatrix H = new SimpleMatrix(NX + NU, NX + NU);
      SimpleMatrix h = new SimpleMatrix(NX + NU, 1);
      SimpleMatrix f = new SimpleMatrix(NX, NX + NU);
      for (int i = 0; i < NX; i++) {
        h.set(i, problem.lx[t * NX + i]);
        for (int j = 0; j < NX; j++) {
          H.set(i, j, problem.lxx[(t * NX + i) * NX + j]);
          f.set(i, j, problem.fx[(t * NX + i) * NX + j]);
        }
        H.set(NX, i, problem.lux[t * NX + i]);
        H.set(i, NX, problem.lux[t * NX + i]);
        f.set(i, NX, problem.fu[t * NX + i]);
      }
      h.set(NX, problem.lu[t]);
      H.set(NX, NX, problem.luu[t]);
      sum += quadratic(H, h, z, spread);
      mean = f.mult(z);
      covariance = f.mult(spread).mult(f.transpose());
    }
    SimpleMatrix H = new SimpleMatrix(NX, NX);
    SimpleMatrix h = new SimpleMatrix(NX, 1);
    for (int i = 0; i < NX; i++) {
      h.set(i, problem.lx[T * NX + i]);
      for (int j = 0; j < NX; j++) {
        H.set(i, j, problem.lxx[(T * NX + i) * NX + j]);
      }
    }
    return sum + quadratic(H, h, mean, covariance);
  }

  private static double quadratic(
      SimpleMatrix H, SimpleMatrix h, SimpleMatrix mean, SimpleMatrix covariance) {
    return 0.5 * mean.transpose().mult(H).mult(mean).get(0)
        + h.transpose().mult(mean).get(0)
        + 0.5 * H.mult(covariance).trace();
  }

  /** From a guide and two policies that are not the one whose cost is asked for. */
  @Test
  void importanceSamplingFindsTheExpectedCost() {
    int count = 30_000;
    GaussianTrajectory q = guide();
    mixture.addGuiding(q, rollouts(q.controller(), count), 1);
    mixture.addOnPolicy(other, rollouts(other.controller(), count / 2), 1);
    double exact = expectedCost();
    double estimate =
        -new ImportanceSampledReturn(mixture.samples(2), target, 0).estimate(target) / 2;
    double bruteForce =
        rollouts(target.controller(), count).stream()
            .mapToDouble(Rollout::cost)
            .average()
            .orElseThrow();
    double deviation =
        Math.sqrt(
            rollouts(target.controller(), count).stream()
                .mapToDouble(rollout -> Math.pow(rollout.cost() - exact, 2))
                .average()
                .orElseThrow());
    double error = deviation / Math.sqrt(count);
    assertEquals(exact, bruteForce, 4 * error);
    assertEquals(exact, estimate, 6 * error);
    double unweighted =
        mixture.samples(2).stream()
                .mapToDouble(sample -> Arrays.stream(sample.rewards()).sum())
                .average()
                .orElseThrow()
            / -2;
    assertTrue(Math.abs(unweighted - exact) > 30 * error, "the weights had nothing to do");
  }

  @Test
  void densityIsThatOfTheMixtureByShares() {
    GaussianTrajectory q = guide();
    mixture.addGuiding(q, rollouts(q.controller(), 3), 1);
    mixture.addOnPolicy(other, rollouts(other.controller(), 1), 1);
    Sample sample = mixture.samples(1).get(3);
    double logQ = 0;
    double logPi = 0;
    for (int t = 0; t < T; t++) {
      logQ += q.logDensity(t, sample.xs(), t * NX, sample.us(), t);
      logPi += other.logDensity(sample.xs(), t * NX, sample.us(), t);
      assertEquals(
          Math.log(0.75 * Math.exp(logQ) + 0.25 * Math.exp(logPi)), sample.logQ()[t], 1e-12);
    }
  }

  /** A fall after the second step: what it costs belongs to the two steps that were left out. */
  @Test
  void stepsAfterAFallAreChargedFor() {
    Trajectory trajectory = new Trajectory(T, NX, NU);
    System.arraycopy(new double[] {1, 2, 0, 0, 14}, 0, trajectory.costs, 0, T + 1);
    mixture.addOnPolicy(other, List.of(new Rollout(trajectory, 2, false, true, 0)), 1);
    Sample sample = mixture.samples(3).get(0);
    assertEquals(2, sample.steps());
    assertArrayEquals(new double[] {-3, -6, -21, -21}, sample.rewards(), 1e-12);
    assertEquals(sample.logQ()[1], sample.logQ()[3]);
  }

  @Test
  void forgetsTheOldestOfAKind() {
    GaussianTrajectory q = guide();
    mixture.addGuiding(q, rollouts(q.controller(), 1), 1);
    for (int n = 2; n < 6; n++) {
      mixture.addOnPolicy(other, rollouts(other.controller(), n), 2);
    }
    assertTrue(mixture.hasGuides());
    assertEquals(1 + 4 + 5, mixture.samples(1).size());
    mixture.addGuiding(q, rollouts(q.controller(), 7), 1);
    assertEquals(4 + 5 + 7, mixture.samples(1).size());
  }

  @Test
  void whatIsHeldIsNotForgotten() {
    GaussianTrajectory q = guide();
    mixture.addGuiding(q, rollouts(q.controller(), 1), 1);
    mixture.holdGuides();
    mixture.addOnPolicy(other, rollouts(other.controller(), 2), 1);
    mixture.holdNewestPolicy();
    for (int n = 3; n < 6; n++) {
      mixture.addGuiding(q, rollouts(q.controller(), 10 * n), 1);
      mixture.addOnPolicy(other, rollouts(other.controller(), n), 1);
      assertEquals(1 + 2 + 10 * n + n, mixture.samples(1).size());
    }
    mixture.holdNewestPolicy();
    mixture.addOnPolicy(other, rollouts(other.controller(), 6), 1);
    assertEquals(1 + 50 + 5 + 6, mixture.samples(1).size());
  }

  @Test
  void divergedTrajectoriesAreLeftOut() {
    assertFalse(
        mixture.addOnPolicy(
            other, List.of(new Rollout(new Trajectory(T, NX, NU), 1, true, false, 0)), 1));
    assertTrue(mixture.isEmpty());
    assertFalse(mixture.hasGuides());
  }

  @Test
  void restoredMixtureIsTheSame() {
    GaussianTrajectory q = guide();
    mixture.addGuiding(q, rollouts(q.controller(), 2), 1);
    mixture.addOnPolicy(other, rollouts(other.controller(), 3), 1);
    ObjectNode state = JsonNodeFactory.instance.objectNode();
    mixture.save(state);
    SampleMixture restored = new SampleMixture(simulator.environment(), OBSERVATION, T);
    restored.restore(state);
    List<Sample> before = mixture.samples(1);
    List<Sample> after = restored.samples(1);
    assertEquals(before.size(), after.size());
    for (int i = 0; i < before.size(); i++) {
      assertArrayEquals(before.get(i).us(), after.get(i).us());
      assertArrayEquals(before.get(i).logQ(), after.get(i).logQ());
      assertArrayEquals(before.get(i).rewards(), after.get(i).rewards());
    }
  }
}
