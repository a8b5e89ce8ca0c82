package io.gaitway.server.episode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.proto.v1.Controller;
import io.gaitway.proto.v1.CreateSessionRequest;
import io.gaitway.proto.v1.EnvironmentRef;
import io.gaitway.proto.v1.EvaluateRequest;
import io.gaitway.proto.v1.KnotStatus;
import io.gaitway.proto.v1.OpenLoopController;
import io.gaitway.proto.v1.ResetRequest;
import io.gaitway.proto.v1.RolloutPart;
import io.gaitway.proto.v1.RolloutRequest;
import io.gaitway.proto.v1.RolloutStatus;
import io.gaitway.proto.v1.Session;
import io.gaitway.proto.v1.StepResponse;
import io.gaitway.server.Rig;
import io.gaitway.server.call.ServerOptions;
import io.gaitway.server.catalog.Catalog;
import io.gaitway.server.catalog.Model;
import io.gaitway.sim.task.Environments;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The rules of an episode, which hold wherever one runs. */
class EpisodeTest {
  /** A cart without a spring: it stays where it is put, however far off that is. */
  private static final EnvironmentRef FREE =
      EnvironmentRef.newBuilder().setId("cart").putParameters("stiffness", 0).build();

  /** Its square is infinite, and so is the cart's cost there. */
  private static final double BEYOND = 1e200;

  private final Model cart =
      new Catalog(Environments.load(), 1).model("cart", Map.of("stiffness", 0.0));

  @Test
  void aCostThatIsNotFiniteIsDivergenceEverywhere() throws Exception {
    try (Rig rig = Rig.inProcess(ServerOptions.defaults())) {
      Session session =
          rig.environments
              .createSession(CreateSessionRequest.newBuilder().setEnvironment(FREE).build())
              .getSession();
      rig.environments.reset(
          ResetRequest.newBuilder()
              .setSessionId(session.getId())
              .setStates(Rig.tensor(new double[] {BEYOND, 0}, 1, 2))
              .build());
      StepResponse step = rig.environments.step(Rig.step(session, 0, 0));
      assertEquals(List.of(1), Rig.bits(step.getDiverged()));
      assertEquals(List.of(1), Rig.bits(step.getTruncated()));
      assertEquals(List.of(0), Rig.bits(step.getTerminated()));
      assertArrayEquals(new double[] {BEYOND, 0}, Rig.doubles(step.getStates()));

      RolloutPart rollout = rollout(rig, BEYOND);
      assertEquals(RolloutStatus.ROLLOUT_STATUS_DIVERGED, rollout.getSummary().getStatus());
      assertEquals(0, rollout.getSummary().getSteps());

      assertEquals(
          List.of(KnotStatus.KNOT_STATUS_DIVERGED),
          rig.dynamics
              .evaluate(
                  EvaluateRequest.newBuilder()
                      .setEnvironment(FREE)
                      .setStates(Rig.tensor(new double[] {BEYOND, 0}, 1, 2))
                      .setActions(Rig.tensor(new double[2], 1, 2))
                      .build())
              .getStatusesList());
    }
  }

  @Test
  void aTerminalCostThatIsNotFiniteIsDivergenceToo() throws Exception {
    try (Rig rig = Rig.inProcess(ServerOptions.defaults())) {
      // The running cost there, 1e308, is finite; the terminal cost is ten times that.
      RolloutPart rollout = rollout(rig, 1e154);
      assertEquals(RolloutStatus.ROLLOUT_STATUS_DIVERGED, rollout.getSummary().getStatus());
      assertEquals(1, rollout.getSummary().getSteps());
      assertEquals(Double.POSITIVE_INFINITY, rollout.getSummary().getTotalCost());
      assertEquals(Double.POSITIVE_INFINITY, Rig.doubles(rollout.getCosts())[1]);
    }
  }

  private static RolloutPart rollout(Rig rig, double position) {
    return rig.dynamics
        .rollout(
            RolloutRequest.newBuilder()
                .setEnvironment(FREE)
                .setHorizon(3)
                .setInitialStates(Rig.tensor(new double[] {position, 0}, 1, 2))
                .addControllers(
                    Controller.newBuilder()
                        .setOpenLoop(
                            OpenLoopController.newBuilder()
                                .setActions(Rig.tensor(new double[6], 3, 2))))
                .build())
        .next()
        .getParts(0);
  }

  @Test
  void anActionThatIsNotFiniteIsNotClippedButDiverges() {
    cart.with(
        scratch -> {
          Stepper stepper = new Stepper(cart, scratch);
          double[] u = {Double.POSITIVE_INFINITY, 0};
          assertFalse(stepper.step(new double[2], 0, u, 0, new double[2], 0));
          assertFalse(stepper.clipped());
          return stepper;
        });
  }

  @Test
  void aNegativeZeroSurvivesClipping() {
    cart.with(
        scratch -> {
          Stepper stepper = new Stepper(cart, scratch);
          assertTrue(stepper.step(new double[2], 0, new double[] {-0.0, 9}, 0, new double[2], 0));
          assertArrayEquals(new double[] {-0.0, 1}, stepper.applied());
          assertTrue(stepper.clipped());
          return stepper;
        });
  }

  @Test
  void aTrajectoryThatGrowsHoldsWhatAWholeOneHolds() {
    int horizon = 50;
    Trajectory whole = Trajectory.whole(cart, horizon, false);
    Trajectory growing = Trajectory.growing(cart, horizon);
    assertEquals(cart.nx, growing.states().length);
    for (Trajectory trajectory : List.of(whole, growing)) {
      trajectory.states()[1] = 0.25;
      cart.with(
          scratch -> {
            Stepper stepper = new Stepper(cart, scratch);
            while (!trajectory.isOver()) {
              double push = Math.sin(trajectory.steps());
              trajectory.advance(stepper, new double[] {push, 3 * push}, 0);
            }
            return trajectory;
          });
    }
    assertEquals(Trajectory.Outcome.COMPLETED, growing.outcome());
    assertEquals(horizon, growing.steps());
    assertEquals(whole.clipped(), growing.clipped());
    assertEquals(whole.totalCost(), growing.totalCost());
    assertArrayEquals(whole.digest(), growing.digest());
    long bytes = 8L * (growing.states().length + growing.actions().length + growing.costs().length);
    assertEquals(Trajectory.bytes(cart, horizon), bytes);
  }
}
