package io.gaitway.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.proto.v1.AutoresetMode;
import io.gaitway.proto.v1.Controller;
import io.gaitway.proto.v1.CreateSessionRequest;
import io.gaitway.proto.v1.EnvironmentRef;
import io.gaitway.proto.v1.EnvironmentSnapshot;
import io.gaitway.proto.v1.EvaluateRequest;
import io.gaitway.proto.v1.EvaluateResponse;
import io.gaitway.proto.v1.KnotStatus;
import io.gaitway.proto.v1.LinearizeRequest;
import io.gaitway.proto.v1.LinearizeResponse;
import io.gaitway.proto.v1.OpenLoopController;
import io.gaitway.proto.v1.ResetRequest;
import io.gaitway.proto.v1.RestoreRequest;
import io.gaitway.proto.v1.RolloutPart;
import io.gaitway.proto.v1.RolloutRequest;
import io.gaitway.proto.v1.RolloutStatus;
import io.gaitway.proto.v1.Session;
import io.gaitway.proto.v1.SnapshotRequest;
import io.gaitway.proto.v1.StepRequest;
import io.gaitway.proto.v1.StepResponse;
import io.gaitway.proto.v1.Tensor;
import io.gaitway.server.call.ServerOptions;
import io.gaitway.sim.task.CostHessian;
import io.gaitway.sim.task.Environment;
import io.gaitway.sim.task.Environments;
import io.gaitway.sim.task.Linearization;
import io.gaitway.sim.task.Workspace;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The walker as served: its contacts, its falls with what they cost, and states beyond sense. */
class WalkerServingTest {
  private static final EnvironmentRef WALKER = EnvironmentRef.newBuilder().setId("walker").build();
  private static final int NX = 18;
  private static final int NU = 6;
  private static final int T = 200;
  private static final double TORQUE = 4;

  /** What a step's torques cost: w_u ‖u‖². */
  private static final double ACTION_COST = 1e-4 * NU * TORQUE * TORQUE;

  private final Environment walker = Environments.load().create("walker", Map.of());
  private final Workspace workspace = walker.newWorkspace();

  /** With constant torques the walker falls from mid-gait; the rest of the horizon is charged. */
  @Test
  void aFallEndsARolloutAndCostsTheStepsThatItLeavesOut() throws Exception {
    RolloutPart part;
    try (Rig rig = Rig.tcp(ServerOptions.defaults())) {
      part = rollout(rig);
    }
    assertEquals(RolloutStatus.ROLLOUT_STATUS_TERMINATED, part.getSummary().getStatus());
    int steps = Math.toIntExact(part.getSummary().getSteps());
    assertTrue(steps > 10 && steps < T, "steps " + steps);
    double[] costs = Rig.doubles(part.getCosts());
    assertEquals(steps + 1, costs.length);
    double[] xs = Rig.doubles(part.getStates());
    double[] x = start();
    double[] u = torques(1);
    double total = 0;
    for (int t = 0; t < steps; t++) {
      assertFalse(walker.terminated(x, 0), "step " + t);
      assertArrayEquals(x, Arrays.copyOfRange(xs, t * NX, (t + 1) * NX));
      assertEquals(walker.cost(workspace, x, 0, u, 0), costs[t]);
      total += costs[t];
      assertTrue(walker.step(workspace, x, 0, u, 0, x, 0));
    }
    assertTrue(walker.terminated(x, 0));
    double charge = (T - steps) * (walker.spec().terminationCost() + ACTION_COST);
    assertEquals(walker.terminalCost(workspace, x, 0) + charge, costs[steps], 1e-10);
    assertEquals(total + costs[steps], part.getSummary().getTotalCost(), 1e-9);
  }

  @Test
  void linearizeAnswersTheSimulatorsBitsInContact() throws Exception {
    try (Rig rig = Rig.tcp(ServerOptions.defaults())) {
      RolloutPart part = rollout(rig);
      int steps = Math.toIntExact(part.getSummary().getSteps());
      double[] xs = Rig.doubles(part.getStates());
      double[] us = Rig.doubles(part.getActions());
      List<LinearizeResponse> chunks = new ArrayList<>();
      rig.dynamics
          .linearize(
              LinearizeRequest.newBuilder()
                  .setEnvironment(WALKER)
                  .setStates(part.getStates())
                  .setActions(part.getActions())
                  .setTerminalKnot(true)
                  .setChunkKnots(7)
                  .build())
          .forEachRemaining(chunks::add);
      Linearization knot = new Linearization(NX, NU);
      int t = 0;
      for (LinearizeResponse chunk : chunks) {
        for (int i = 0; i < chunk.getStatusesCount(); i++, t++) {
          assertEquals(KnotStatus.KNOT_STATUS_OK, chunk.getStatuses(i));
          assertTrue(walker.linearize(workspace, xs, t * NX, us, t * NU, CostHessian.EXACT, knot));
          assertArrayEquals(knot.fx, row(chunk.getFx(), i, NX * NX));
          assertArrayEquals(knot.fu, row(chunk.getFu(), i, NX * NU));
          assertArrayEquals(knot.lx, row(chunk.getLx(), i, NX));
        }
      }
      assertEquals(steps, t);
    }
  }

  @Test
  void aFallInASessionIsChargedAndStartsTheNextEpisode() throws Exception {
    try (Rig rig = Rig.inProcess(ServerOptions.defaults())) {
      Session session =
          rig.environments
              .createSession(
                  CreateSessionRequest.newBuilder()
                      .setEnvironment(WALKER)
                      .setAutoresetMode(AutoresetMode.AUTORESET_MODE_SAME_STEP)
                      .setMaxEpisodeSteps(T)
                      .build())
              .getSession();
      rig.environments.reset(
          ResetRequest.newBuilder()
              .setSessionId(session.getId())
              .addSeeds(5)
              .setStates(Rig.tensor(start(), 1, NX))
              .build());
      double[] x = start();
      double[] u = torques(1);
      for (int t = 1; t <= T; t++) {
        double cost = walker.cost(workspace, x, 0, u, 0);
        assertTrue(walker.step(workspace, x, 0, u, 0, x, 0));
        StepResponse answer =
            rig.environments.step(
                StepRequest.newBuilder()
                    .setSessionId(session.getId())
                    .setActions(Rig.tensor(u, 1, NU))
                    .build());
        if (t == 10) {
          throughASnapshot(rig, session.getId());
        }
        if (!walker.terminated(x, 0)) {
          assertEquals(List.of(0), Rig.bits(answer.getTerminated()));
          assertEquals(cost, Rig.doubles(answer.getCosts())[0]);
          continue;
        }
        assertEquals(List.of(1), Rig.bits(answer.getTerminated()));
        assertEquals(List.of(0), Rig.bits(answer.getTruncated()));
        assertEquals(
            cost + (T - t) * (walker.spec().terminationCost() + ACTION_COST),
            Rig.doubles(answer.getCosts())[0],
            1e-10);
        assertEquals(1, answer.getResetsCount());
        assertArrayEquals(x, Rig.doubles(answer.getResets(0).getFinalState()));
        double[] next = new double[NX];
        walker.sampleInitialState(5, answer.getResets(0).getEpisode(), next, 0);
        assertArrayEquals(next, Rig.doubles(answer.getStates()));
        return;
      }
      throw new AssertionError("it never falls");
    }
  }

  /** Huge speeds, deep in the ground, upside down: each has a status, and no result is NaN. */
  @Test
  void absurdStatesHaveAStatus() throws Exception {
    double[] sizes = {1, 1e3, 1e6, 1e20, 1e100, 1e300};
    SplittableRandom random = new SplittableRandom(4);
    int n = 20 * sizes.length;
    double[] xs = new double[n * NX];
    Arrays.setAll(xs, i -> random.nextDouble(-1, 1) * sizes[i / NX % sizes.length]);
    double[] us = random.doubles((long) n * NU, -300, 300).toArray();
    try (Rig rig = Rig.tcp(ServerOptions.defaults())) {
      assertTimeout(
          Duration.ofSeconds(20),
          () -> {
            EvaluateResponse evaluated =
                rig.dynamics.evaluate(
                    EvaluateRequest.newBuilder()
                        .setEnvironment(WALKER)
                        .setStates(Rig.tensor(xs, n, NX))
                        .setActions(Rig.tensor(us, n, NU))
                        .build());
            checkRows(evaluated.getStatusesList(), NX, evaluated.getNextStates());
            checkRows(evaluated.getStatusesList(), 1, evaluated.getCosts());
            int[] knots = new int[1];
            rig.dynamics
                .linearize(
                    LinearizeRequest.newBuilder()
                        .setEnvironment(WALKER)
                        .setStates(Rig.tensor(xs, n, NX))
                        .setActions(Rig.tensor(us, n, NU))
                        .build())
                .forEachRemaining(
                    chunk -> {
                      knots[0] += chunk.getStatusesCount();
                      checkRows(chunk.getStatusesList(), NX, chunk.getNextStates());
                      checkRows(chunk.getStatusesList(), NX * NX, chunk.getFx());
                      checkRows(chunk.getStatusesList(), NX * NU, chunk.getFu());
                    });
            assertEquals(n, knots[0]);
          });
    }
  }

  /** Rows that are OK hold finite numbers, those that diverged none. */
  private static void checkRows(List<KnotStatus> statuses, int size, Tensor tensor) {
    for (int i = 0; i < statuses.size(); i++) {
      boolean finite = Arrays.stream(row(tensor, i, size)).allMatch(Double::isFinite);
      assertEquals(statuses.get(i) == KnotStatus.KNOT_STATUS_OK, finite, "row " + i);
      assertTrue(finite || statuses.get(i) == KnotStatus.KNOT_STATUS_DIVERGED, "row " + i);
    }
  }

  private double[] start() {
    return walker.spec().initialState().mean().stream().mapToDouble(a -> a).toArray();
  }

  /** Puts what a snapshot holds, with the torques' cost so far, back where it came from. */
  private static void throughASnapshot(Rig rig, String session) {
    EnvironmentSnapshot snapshot =
        rig.environments
            .snapshot(SnapshotRequest.newBuilder().setSessionId(session).build())
            .getSnapshot();
    assertEquals(1, snapshot.getActionCostsCount());
    assertEquals(10 * ACTION_COST, snapshot.getActionCosts(0), 1e-12);
    rig.environments.reset(ResetRequest.newBuilder().setSessionId(session).build());
    rig.environments.restore(
        RestoreRequest.newBuilder().setSessionId(session).setSnapshot(snapshot).build());
  }

  private RolloutPart rollout(Rig rig) {
    List<RolloutPart> parts = new ArrayList<>();
    rig.dynamics
        .rollout(
            RolloutRequest.newBuilder()
                .setEnvironment(WALKER)
                .setHorizon(T)
                .setInitialStates(Rig.tensor(start(), 1, NX))
                .addControllers(
                    Controller.newBuilder()
                        .setOpenLoop(
                            OpenLoopController.newBuilder()
                                .setActions(Rig.tensor(torques(T), T, NU))))
                .build())
        .forEachRemaining(message -> parts.addAll(message.getPartsList()));
    assertEquals(1, parts.size());
    return parts.get(0);
  }

  private static double[] torques(int steps) {
    double[] us = new double[steps * NU];
    Arrays.fill(us, TORQUE);
    return us;
  }

  private static double[] row(Tensor tensor, int row, int size) {
    return Arrays.copyOfRange(Rig.doubles(tensor), row * size, (row + 1) * size);
  }
}
