package io.gaitway.agents.algorithms;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.agents.api.Agent;
import io.gaitway.agents.api.IterationReport;
import io.gaitway.agents.api.Learner;
import io.gaitway.agents.guidance.AdaptationSettings;
import io.gaitway.client.simulation.Controller;
import io.gaitway.optim.policy.Architecture;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The presets, and what the schedules and the choice of a policy do. */
class VgpsTest {
  private final Vgps vgps = new Vgps();

  @Test
  void thePapersPresetHasNoneOfTheDeviations() {
    Vgps.Options paper = vgps.preset(Agent.PAPER_PRESET, "walker");
    assertEquals(paper, vgps.preset(Agent.PAPER_PRESET, "swimmer"));
    assertEquals(1, paper.guide().kappa());
    assertEquals(1, paper.adaptation().schedule().betaStart());
    assertEquals(0.1, paper.adaptation().beta(50));
    assertEquals(Math.sqrt(0.1), paper.adaptation().beta(25), 1e-15);
    assertEquals(0, paper.guide().padding());
    assertEquals(0, paper.imitation().rollouts());
    assertEquals(0, paper.policyRollouts());
    assertEquals(0, paper.adaptation().inflation(paper.guide().inflation(), 0));
    assertEquals(0, paper.adaptation().inflation(paper.guide().inflation(), 100));
    assertEquals(1, paper.adaptation().covarianceFactor(100));
    assertEquals(1, paper.imitation().residualShare());
    assertEquals(0, paper.imitation().minimumStd());
    assertEquals(0, paper.imitation().refitEvery());
  }

  @Test
  void theDefaultOfTheSwimmerIsThatOfEveryUnknownEnvironment() {
    Vgps.Options swimmer = vgps.preset(Agent.DEFAULT_PRESET, "swimmer");
    assertEquals(swimmer, vgps.preset(Agent.DEFAULT_PRESET, "eel"));
    assertEquals(1.5, swimmer.guide().kappa());
    assertEquals(1, swimmer.adaptation().beta(0));
    assertEquals(16, swimmer.adaptation().beta(75));
    assertEquals(60, swimmer.guide().padding());
    assertEquals(8, swimmer.imitation().samples());
    assertEquals(0, swimmer.imitation().rollouts());
    assertEquals(15, swimmer.adaptation().inflation(swimmer.guide().inflation(), 0));
    assertEquals(6, swimmer.adaptation().inflation(swimmer.guide().inflation(), 100));
    assertEquals(0.2, swimmer.imitation().residualShare());
    assertEquals(10, swimmer.imitation().fitIterations());
    assertEquals(25, swimmer.imitation().refitEvery());
  }

  @Test
  void theWalkersDefaultIsWiderAndEndsSharper() {
    Vgps.Options walker = vgps.preset(Agent.DEFAULT_PRESET, "walker");
    assertEquals(0.5, walker.guide().kappa());
    assertEquals(30, walker.adaptation().beta(45));
    assertEquals(60, walker.guide().padding());
    assertEquals(20, walker.imitation().samples());
    assertEquals(15, walker.imitation().rollouts());
    assertEquals(30, walker.policyRollouts());
    assertEquals(30, walker.adaptation().inflation(walker.guide().inflation(), 0));
    assertEquals(20, walker.adaptation().inflation(walker.guide().inflation(), 60));
    assertEquals(0.2, walker.imitation().residualShare());
    assertEquals(10, walker.imitation().fitIterations());
    assertEquals(0, walker.imitation().refitEvery());
    assertEquals(30, walker.guide().sweep().sweepStd());
    assertEquals(12, walker.guide().sweep().sweepSamples());
    assertEquals(30, walker.selection().validation());
  }

  @Test
  void theSmallPresetLetsTheTrajectoryYield() {
    Vgps.Options small = vgps.preset(Vgps.SMALL_PRESET, "walker");
    assertEquals(3, small.guide().kappa());
    assertEquals(1000, small.adaptation().beta(225));
    assertEquals(20, small.selection().validation());
    assertEquals(20, small.policyRollouts());
    assertEquals(1.15, small.patience());
    assertEquals(150, small.patienceFrom());
    assertEquals(1, small.adaptation().covarianceFactor(10));
    assertEquals(0.985, small.adaptation().covarianceFactor(11));
    assertEquals(8, small.adaptation().inflation(small.guide().inflation(), 250));
    assertEquals(0, small.imitation().residualShare());
    assertEquals(0.3, small.imitation().minimumStd());
  }

  @Test
  void fewUnitsWalkBestWithTheSmallPreset() {
    assertEquals(Vgps.SMALL_PRESET, vgps.bestPreset("walker", Architecture.of(5)));
    assertEquals(Agent.DEFAULT_PRESET, vgps.bestPreset("walker", Architecture.of(10)));
    assertEquals(Agent.DEFAULT_PRESET, vgps.bestPreset("swimmer", Architecture.of(5)));
  }

  @Test
  void thereIsNoOtherPreset() {
    IllegalArgumentException fault =
        assertThrows(IllegalArgumentException.class, () -> vgps.preset("best", "swimmer"));
    assertEquals("vgps has no preset 'best'", fault.getMessage());
  }

  private static Map<String, Double> iterate(Learner learner, int iterations) {
    Map<String, Double> scalars = Map.of();
    learner.start();
    for (int iteration = 1; iteration <= iterations; iteration++) {
      scalars = learner.iterate(iteration).scalars();
    }
    return scalars;
  }

  private Learner learner(double patience, int patienceFrom) {
    return LearningProblem.learner(
        vgps,
        Agent.DEFAULT_PRESET,
        Map.of(
            "validation", "3",
            "patience", Double.toString(patience),
            "patience_from", Integer.toString(patienceFrom)));
  }

  /**
   * After two iterations at a time the schedules go back and forth while no policy is good enough.
   */
  @Test
  void schedulesWaitForThePolicy() {
    AdaptationSettings schedule = vgps.preset(Agent.DEFAULT_PRESET, "fake").adaptation();
    double hopeless = 1e-9;
    double patient = 1e9;
    assertEquals(schedule.beta(1), beta(learner(hopeless, 0)));
    assertEquals(schedule.beta(5), beta(learner(patient, 0)));
    assertEquals(schedule.beta(2 + 2 - 1 + 2 - 1), beta(learner(hopeless, 4)));
    assertEquals(schedule.beta(2 + 2 + 1 + 1 + 1), beta(learner(patient, 4)));
    assertEquals(schedule.beta(5), beta(learner(0, 4)));
  }

  /** After five iterations. */
  private static @Nullable Double beta(Learner learner) {
    return iterate(learner, 5).get(IterationReport.BETA);
  }

  private static double[] weights(int policyRollouts, int iterations) {
    Learner learner =
        LearningProblem.learner(
            new Vgps(),
            Agent.DEFAULT_PRESET,
            Map.of("policy_rollouts", Integer.toString(policyRollouts)));
    iterate(learner, iterations);
    return learner.policy().controller().layers().get(0).W();
  }

  /** There is a last policy to run from the second iteration on. */
  @Test
  void thePolicysOwnStatesJoinThoseOfTheGuide() {
    assertArrayEquals(weights(0, 1), weights(7, 1));
    assertFalse(Arrays.equals(weights(0, 2), weights(7, 2)));
    assertArrayEquals(weights(7, 2), weights(7, 2));
  }

  /** The result is the policy whose rollouts cost least, not the last one. */
  @Test
  void validationKeepsTheBestPolicy() {
    Learner learner = learner(0, 0);
    learner.start();
    double least = Double.POSITIVE_INFINITY;
    List<Controller.Layer> best = List.of();
    boolean kept = false;
    for (int iteration = 1; iteration <= 12; iteration++) {
      double cost =
          Objects.requireNonNull(
              learner.iterate(iteration).scalars().get(IterationReport.VALIDATION_COST));
      if (cost < least) {
        least = cost;
        best = learner.policy().controller().layers();
      } else {
        kept = true;
      }
      assertArrayEquals(best.get(0).W(), learner.policy().controller().layers().get(0).W());
      assertArrayEquals(best.get(1).W(), learner.policy().controller().layers().get(1).W());
    }
    assertTrue(kept, "every policy was better than the last one: nothing was tested");
  }
}
