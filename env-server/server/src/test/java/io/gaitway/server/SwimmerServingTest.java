package io.gaitway.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.proto.v1.AutoresetMode;
import io.gaitway.proto.v1.CheckDerivativesRequest;
import io.gaitway.proto.v1.CheckDerivativesResponse;
import io.gaitway.proto.v1.Controller;
import io.gaitway.proto.v1.CreateSessionRequest;
import io.gaitway.proto.v1.EnvironmentRef;
import io.gaitway.proto.v1.EnvironmentSpec;
import io.gaitway.proto.v1.GetEnvironmentRequest;
import io.gaitway.proto.v1.LinearizeRequest;
import io.gaitway.proto.v1.LinearizeResponse;
import io.gaitway.proto.v1.OpenLoopController;
import io.gaitway.proto.v1.ResetRequest;
import io.gaitway.proto.v1.RolloutPart;
import io.gaitway.proto.v1.RolloutRequest;
import io.gaitway.proto.v1.SampleInitialStatesRequest;
import io.gaitway.proto.v1.Session;
import io.gaitway.proto.v1.StepRequest;
import io.gaitway.proto.v1.StepResponse;
import io.gaitway.proto.v1.Tensor;
import io.gaitway.server.call.ServerOptions;
import io.gaitway.sim.task.CostHessian;
import io.gaitway.sim.task.Environment;
import io.gaitway.sim.task.Environments;
import io.gaitway.sim.task.Linearization;
import io.gaitway.sim.task.Workspace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The swimmer as served: the bits of the simulator, whatever the transport and the threads. */
class SwimmerServingTest {
  private static final EnvironmentRef SWIMMER =
      EnvironmentRef.newBuilder().setId("swimmer").build();
  private static final int T = 60;

  @Test
  void rolloutsHaveTheSameDigestOnEveryTransportAndNumberOfThreads() throws Exception {
    List<RolloutPart> expected = null;
    for (int threads = 1; threads <= 2; threads++) {
      for (boolean tcp : new boolean[] {false, true}) {
        ServerOptions options = ServerOptions.defaults().withThreads(threads);
        try (Rig rig = tcp ? Rig.tcp(options) : Rig.inProcess(options)) {
          List<RolloutPart> parts = rollouts(rig, 30);
          assertEquals(30, parts.size());
          assertEquals(32, parts.get(29).getSummary().getDigest().size());
          if (expected == null) {
            expected = parts;
          }
          assertEquals(expected, parts, "threads " + threads + ", tcp " + tcp);
        }
      }
    }
  }

  @Test
  void sessionsRolloutsAndTheSimulatorAgreeBitForBit() throws Exception {
    Environment environment = Environments.load().create("swimmer", Map.of());
    int nx = environment.spec().nx();
    int nu = environment.spec().nu();
    Workspace workspace = environment.newWorkspace();
    try (Rig rig = Rig.tcp(ServerOptions.defaults())) {
      double[] us = actions(nu);
      double[] rolled = Rig.doubles(rollouts(rig, 1).get(0).getStates());
      Session session =
          rig.environments
              .createSession(
                  CreateSessionRequest.newBuilder()
                      .setEnvironment(SWIMMER)
                      .setAutoresetMode(AutoresetMode.AUTORESET_MODE_DISABLED)
                      .build())
              .getSession();
      double[] x =
          Rig.doubles(
              rig.environments
                  .reset(
                      ResetRequest.newBuilder().setSessionId(session.getId()).addSeeds(3).build())
                  .getStates());
      for (int t = 0; t < T; t++) {
        assertArrayEquals(Arrays.copyOfRange(rolled, t * nx, (t + 1) * nx), x);
        double[] u = Arrays.copyOfRange(us, t * nu, (t + 1) * nu);
        StepResponse answer =
            rig.environments.step(
                StepRequest.newBuilder()
                    .setSessionId(session.getId())
                    .setActions(Rig.tensor(u, 1, nu))
                    .setWithCostTerms(true)
                    .build());
        double[] next = new double[nx];
        assertTrue(environment.step(workspace, x, 0, u, 0, next, 0));
        assertEquals(environment.cost(workspace, x, 0, u, 0), Rig.doubles(answer.getCosts())[0]);
        double[] terms = Rig.doubles(answer.getCostTerms());
        double control = 1e-5 * Arrays.stream(u).map(v -> v * v).sum();
        assertEquals(List.of(1L, 2L), answer.getCostTerms().getShapeList());
        assertEquals(control, terms[0], 1e-15 * control);
        assertEquals(Rig.doubles(answer.getCosts())[0], terms[0] + terms[1], 1e-12);
        x = Rig.doubles(answer.getStates());
        assertArrayEquals(next, x);
      }
    }
  }

  @Test
  void linearizeAnswersTheSimulatorsBits() throws Exception {
    Environment environment = Environments.load().create("swimmer", Map.of("links", 5.0));
    EnvironmentRef five = SWIMMER.toBuilder().putParameters("links", 5).build();
    int nx = environment.spec().nx();
    int nu = environment.spec().nu();
    double[] xs = new double[(T + 1) * nx];
    double[] us = actions(nu);
    Workspace workspace = environment.newWorkspace();
    environment.sampleInitialState(1, 2, xs, 0);
    for (int t = 0; t < T; t++) {
      assertTrue(environment.step(workspace, xs, t * nx, us, t * nu, xs, (t + 1) * nx));
    }
    try (Rig rig = Rig.tcp(ServerOptions.defaults())) {
      EnvironmentSpec spec =
          rig.catalog
              .getEnvironment(GetEnvironmentRequest.newBuilder().setEnvironment(five).build())
              .getEnvironment();
      assertEquals(nx, spec.getStateCount());
      assertEquals(environment.spec().modelDigest(), spec.getModelDigest());
      List<LinearizeResponse> chunks = new ArrayList<>();
      rig.dynamics
          .linearize(
              LinearizeRequest.newBuilder()
                  .setEnvironment(five)
                  .setStates(Rig.tensor(xs, T + 1, nx))
                  .setActions(Rig.tensor(us, T, nu))
                  .setTerminalKnot(true)
                  .setChunkKnots(13)
                  .build())
          .forEachRemaining(chunks::add);
      Linearization knot = new Linearization(nx, nu);
      int t = 0;
      for (LinearizeResponse chunk : chunks) {
        for (int i = 0; i < chunk.getStatusesCount(); i++, t++) {
          assertTrue(
              environment.linearize(workspace, xs, t * nx, us, t * nu, CostHessian.EXACT, knot));
          assertArrayEquals(knot.fx, row(chunk.getFx(), i, nx * nx));
          assertArrayEquals(knot.fu, row(chunk.getFu(), i, nx * nu));
          assertArrayEquals(knot.lx, row(chunk.getLx(), i, nx));
          assertArrayEquals(knot.lxx, row(chunk.getLxx(), i, nx * nx));
          assertArrayEquals(knot.luu, row(chunk.getLuu(), i, nu * nu));
        }
      }
      assertEquals(T, t);
    }
  }

  @Test
  void derivativesHoldOverTheWire() throws Exception {
    try (Rig rig = Rig.inProcess(ServerOptions.defaults())) {
      CheckDerivativesResponse report =
          rig.dynamics.checkDerivatives(
              CheckDerivativesRequest.newBuilder()
                  .setEnvironment(SWIMMER)
                  .setSamples(10)
                  .setSeed(2)
                  .build());
      assertTrue(
          report.getErrors(report.getWorst()).getRelativeError() < 1e-6,
          report.getErrors(report.getWorst()).getEntry());
    }
  }

  private static double[] actions(int nu) {
    double[] us = new double[T * nu];
    for (int i = 0; i < us.length; i++) {
      us[i] = 10 * StrictMath.sin(0.37 * i);
    }
    return us;
  }

  private static List<RolloutPart> rollouts(Rig rig, int count) {
    Tensor starts =
        rig.dynamics
            .sampleInitialStates(
                SampleInitialStatesRequest.newBuilder()
                    .setEnvironment(SWIMMER)
                    .setSeed(3)
                    .setCount(count)
                    .build())
            .getStates();
    List<RolloutPart> parts = new ArrayList<>();
    rig.dynamics
        .rollout(
            RolloutRequest.newBuilder()
                .setEnvironment(SWIMMER)
                .setHorizon(T)
                .setInitialStates(starts)
                .addControllers(
                    Controller.newBuilder()
                        .setOpenLoop(
                            OpenLoopController.newBuilder()
                                .setActions(Rig.tensor(actions(2), T, 2))))
                .setWithDigest(true)
                .build())
        .forEachRemaining(message -> parts.addAll(message.getPartsList()));
    return parts;
  }

  private static double[] row(Tensor tensor, int row, int size) {
    return Arrays.copyOfRange(Rig.doubles(tensor), row * size, (row + 1) * size);
  }
}
