package io.gaitway.agents.guidance;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gaitway.agents.api.Task;
import io.gaitway.client.simulation.Controller;
import io.gaitway.client.simulation.Expansion;
import io.gaitway.client.simulation.Rollout;
import io.gaitway.client.simulation.RolloutRequest;
import io.gaitway.optim.policy.Architecture;
import io.gaitway.optim.policy.GaussianMlp;
import io.gaitway.optim.trajopt.FakeSimulator;
import io.gaitway.optim.trajopt.NormalSampler;
import io.gaitway.optim.trajopt.RandomLq;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.commons.rng.simple.RandomSource;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.junit.jupiter.api.Test;

/** The guide on linear-quadratic problems, where everything is known in closed form. */
class GuideTest {
  private static final int T = 6;
  private static final int NX = 3;
  private static final int NU = 2;

  private static final GuideSettings SETTINGS =
      new GuideSettings(
          0.7,
          0,
          0,
          0,
          new SweepSettings(0, 1, 1, 0.1),
          new DerivativeSettings(0, 1e-4, 0.1, false),
          10);

  private static AdaptationSettings adaptation(int policySamples) {
    return new AdaptationSettings(new BetaSchedule(1.3, 1.3, 1), 0, 1, 1, 0, policySamples);
  }

  private final FakeSimulator simulator;
  private final Guide guide;

  GuideTest() {
    Expansion problem = RandomLq.problem(new Random(3), T, NX, NU);
    simulator = FakeSimulator.linearQuadratic(problem);
    guide = guide(simulator, SETTINGS, T);
    guide.start();
  }

  /** A guide that has not started. */
  private static Guide guide(FakeSimulator simulator, GuideSettings settings, int horizon) {
    List<Integer> observation = IntStream.range(0, NX).boxed().toList();
    Architecture architecture = Architecture.of(NX);
    return new Guide(
        new Task<>(simulator, settings, observation, architecture, 0, 1, horizon), settings);
  }

  private static NormalSampler normal() {
    return new NormalSampler(RandomSource.PHILOX_4X64.create(7));
  }

  private static GaussianMlp policy(int seed) {
    return LinearPolicies.random(new Random(seed), NX, NU, 0.6);
  }

  /** −log of p(O | ζ) p(u | x) for a sequence of actions, a quadratic function of them. */
  private double energy(GaussianMlp policy, double[] us) {
    Rollout rollout =
        simulator
            .rollout(RolloutRequest.single(T, new double[NX], new Controller.OpenLoop(us)))
            .get(0);
    double energy = SETTINGS.kappa() * 1.3 * rollout.cost();
    for (int t = 0; t < T; t++) {
      energy -= policy.logDensity(rollout.trajectory().xs, t * NX, us, t * NU);
    }
    return energy;
  }

  /** log p(O | θ): the Gaussian integral over all actions. */
  private double logEvidence(GaussianMlp policy) {
    int n = T * NU;
    DMatrixRMaj H = new DMatrixRMaj(n, n);
    DMatrixRMaj g = new DMatrixRMaj(n, 1);
    double middle = energy(policy, new double[n]);
    double[] alone = new double[n];
    for (int i = 0; i < n; i++) {
      alone[i] = energy(policy, unit(n, i, i, 1));
      double opposite = energy(policy, unit(n, i, i, -1));
      g.set(i, 0, 0.5 * (alone[i] - opposite));
      H.set(i, i, alone[i] + opposite - 2 * middle);
      for (int j = 0; j < i; j++) {
        double entry = energy(policy, unit(n, i, j, 1)) - alone[i] - alone[j] + middle;
        H.set(i, j, entry);
        H.set(j, i, entry);
      }
    }
    DMatrixRMaj step = new DMatrixRMaj(n, 1);
    CommonOps_DDRM.solve(H.copy(), g, step);
    double least = middle - 0.5 * CommonOps_DDRM.dot(g, step);
    return -least + 0.5 * n * Math.log(2 * Math.PI) - 0.5 * Math.log(CommonOps_DDRM.det(H));
  }

  private static double[] unit(int n, int i, int j, double sign) {
    double[] us = new double[n];
    us[i] = sign;
    us[j] = sign;
    return us;
  }

  /** The horizon's end has its terminal cost there too where q goes on beyond it. */
  @Test
  void costOfTheMeanIsThatOfItsRollout() {
    Expansion problem = RandomLq.problem(new Random(3), T, NX, NU);
    FakeSimulator longer = FakeSimulator.linearQuadratic(problem);
    int horizon = T - 2;
    GuideSettings padded =
        new GuideSettings(
            0.7,
            2,
            0,
            0,
            new SweepSettings(0, 1, 1, 0.1),
            new DerivativeSettings(0, 1e-4, 0.1, false),
            10);
    Guide guide = guide(longer, padded, horizon);
    guide.start();
    guide.adapt(policy(1), adaptation(0), 1, 1, normal());
    double[] us = Arrays.copyOf(guide.q().us, horizon * NU);
    Rollout mean =
        longer
            .rollout(RolloutRequest.single(horizon, new double[NX], new Controller.OpenLoop(us)))
            .get(0);
    assertEquals(mean.cost(), guide.cost(), 1e-12);
    assertTrue(Math.abs(mean.trajectory().costs[horizon]) > 1e-3, "no terminal cost to forget");
  }

  /** Once q is the posterior, the bound is tight. */
  @Test
  void lowerBoundOfTheAdaptedGuideIsTheEvidence() {
    GaussianMlp policy = policy(1);
    Guide.Adaptation adapted = guide.adapt(policy, adaptation(0), 1, 1, normal());
    assertEquals(logEvidence(policy), guide.lowerBound(adapted, policy), 1e-6);
  }

  @Test
  void lowerBoundOfAnotherGuideIsLower() {
    GaussianMlp policy = policy(1);
    Guide.Adaptation elsewhere = guide.adapt(policy(2), adaptation(0), 1, 1, normal());
    double bound = guide.lowerBound(elsewhere, policy);
    assertTrue(bound < logEvidence(policy) - 0.1, "bound " + bound);
  }

  /** ∫ q log [p(O) p / q] by drawing from q: the densities themselves instead of their moments. */
  @Test
  void lowerBoundAgreesWithSamples() {
    GaussianMlp policy = policy(1);
    Guide.Adaptation elsewhere = guide.adapt(policy(2), adaptation(0), 1, 1, normal());
    double bound = guide.lowerBound(elsewhere, policy);
    int count = 20_000;
    double sum = 0;
    double squares = 0;
    RolloutRequest request =
        new RolloutRequest(
            T,
            List.of(new double[NX]),
            List.of(guide.q().controller()),
            new Random(5).longs(count).boxed().toList(),
            List.of());
    for (Rollout rollout : simulator.rollout(request)) {
      double[] xs = rollout.trajectory().xs;
      double[] us = rollout.trajectory().us;
      double value = -energy(policy, us);
      for (int t = 0; t < T; t++) {
        value -= guide.q().logDensity(t, xs, t * NX, us, t * NU);
      }
      sum += value;
      squares += value * value;
    }
    double mean = sum / count;
    double error = Math.sqrt((squares / count - mean * mean) / count);
    assertEquals(mean, bound, 4 * error);
    assertTrue(error < 0.05, "the samples say little: standard error " + error);
  }

  @Test
  void savedGuideIsRestoredToTheBit() {
    guide.adapt(policy(1), adaptation(0), 1, 1, normal());
    ObjectNode state = JsonNodeFactory.instance.objectNode();
    guide.save(state);
    Guide restored = guide(simulator, SETTINGS, T);
    restored.restore(state);
    assertEquals(guide.cost(), restored.cost());
    for (int t = 0; t <= guide.q().T; t++) {
      assertArrayEquals(guide.q().SigmaL[t].data, restored.q().SigmaL[t].data);
    }
    guide.adapt(policy(2), adaptation(3), 1, 2, normal());
    restored.adapt(policy(2), adaptation(3), 1, 2, normal());
    assertArrayEquals(guide.q().K, restored.q().K);
  }

  @Test
  void rolloutsBeginAtTheStartOrNearIt() {
    Controller controller = policy(5).controller();
    List<Long> seeds = LongStream.range(0, 400).boxed().toList();
    List<Rollout> exact = guide.rollouts(controller, seeds);
    List<Rollout> same = guide.rollouts(controller, seeds, 0, normal());
    List<Rollout> near = guide.rollouts(controller, seeds, 0.2, normal());
    double square = 0;
    for (int n = 0; n < seeds.size(); n++) {
      assertArrayEquals(exact.get(n).trajectory().xs, same.get(n).trajectory().xs);
      assertArrayEquals(exact.get(n).trajectory().us, same.get(n).trajectory().us);
      for (int i = 0; i < NX; i++) {
        double off = near.get(n).trajectory().xs[i] - exact.get(n).trajectory().xs[i];
        square += off * off;
      }
    }
    int count = seeds.size() * NX;
    assertEquals(0.04, square / count, 4 * 0.04 * Math.sqrt(2.0 / count));
  }
}
