package io.gaitway.agents.experiment;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.agents.measure.Judgement;
import io.gaitway.agents.run.EelSimulator;
import io.gaitway.client.simulation.Controller;
import io.gaitway.client.simulation.EnvironmentInfo;
import io.gaitway.client.simulation.Rollout;
import io.gaitway.client.simulation.RolloutRequest;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Policies from perturbed starts. */
class PerturbationTest {
  @Test
  void perturbedStatesDifferFromTheMeanByTheDeviation() {
    EnvironmentInfo eel = EelSimulator.info(40, "digest");
    List<double[]> starts = Perturbation.starts(eel, 2000, 5, 0.03);
    for (int i = 0; i < eel.nx(); i++) {
      int entry = i;
      double mean = starts.stream().mapToDouble(x -> x[entry]).average().orElseThrow();
      double square = starts.stream().mapToDouble(x -> x[entry] * x[entry]).average().orElseThrow();
      double std = eel.state().get(i).name().matches("root_[xy]") ? 0 : 0.03;
      assertEquals(0, mean, 4 * std / Math.sqrt(2000));
      assertEquals(std, Math.sqrt(square), 4 * std / Math.sqrt(4000));
    }
    assertArrayEquals(starts.get(7), Perturbation.starts(eel, 10, 5, 0.03).get(7));
    assertTrue(starts.get(7)[3] != Perturbation.starts(eel, 10, 6, 0.03).get(7)[3]);
  }

  @Test
  void perturbationCountsThoseThatStayUpright() {
    // Only the turn at the start can be beyond the angle: without torques the eel turns back.
    EelSimulator eel = new EelSimulator(40, "digest", 0.1);
    Controller.Mlp still =
        new Controller.Mlp(
            List.of(2),
            List.of(
                new Controller.Layer(new double[2], new double[2], Controller.Activation.LINEAR)),
            new double[0]);
    long expected =
        Perturbation.starts(eel.environment(), 100, 3, 0.1).stream()
            .filter(x -> Judgement.upright(rollout(eel, x, still)))
            .count();
    assertTrue(expected > 10 && expected < 90, "upright " + expected);
    Perturbation quiet = Perturbation.of(eel, still, 40, 100, 3, 0.1);
    assertEquals(expected / 100.0, quiet.deterministic());
    assertEquals(expected / 100.0, quiet.stochastic());
    Controller.Mlp shaken =
        new Controller.Mlp(still.inputs(), still.layers(), new double[] {150, 150});
    Perturbation noisy = Perturbation.of(eel, shaken, 40, 100, 3, 0.1);
    assertEquals(expected / 100.0, noisy.deterministic());
    assertTrue(noisy.stochastic() < 0.8 * noisy.deterministic(), noisy::toString);
  }

  private static Rollout rollout(EelSimulator eel, double[] start, Controller controller) {
    return eel.rollout(RolloutRequest.single(40, start, controller)).get(0);
  }
}
