package io.gaitway.server.dynamics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import io.gaitway.proto.v1.Activation;
import io.gaitway.proto.v1.CheckDerivativesRequest;
import io.gaitway.proto.v1.CheckDerivativesResponse;
import io.gaitway.proto.v1.Controller;
import io.gaitway.proto.v1.CostHessian;
import io.gaitway.proto.v1.EnvironmentRef;
import io.gaitway.proto.v1.EvaluateRequest;
import io.gaitway.proto.v1.EvaluateResponse;
import io.gaitway.proto.v1.GetServerInfoRequest;
import io.gaitway.proto.v1.KnotStatus;
import io.gaitway.proto.v1.LinearGaussianController;
import io.gaitway.proto.v1.LinearizeRequest;
import io.gaitway.proto.v1.LinearizeResponse;
import io.gaitway.proto.v1.MlpController;
import io.gaitway.proto.v1.MlpLayer;
import io.gaitway.proto.v1.OpenLoopController;
import io.gaitway.proto.v1.RolloutDetail;
import io.gaitway.proto.v1.RolloutPart;
import io.gaitway.proto.v1.RolloutRequest;
import io.gaitway.proto.v1.RolloutResponse;
import io.gaitway.proto.v1.RolloutStatus;
import io.gaitway.proto.v1.SampleInitialStatesRequest;
import io.gaitway.server.CartProvider;
import io.gaitway.server.Rig;
import io.gaitway.server.call.ServerOptions;
import io.gaitway.sim.random.CounterGaussian;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Evaluate, Linearize, Rollout and their kin, against the cart's closed forms. */
class DynamicsTest {
  private static final double H = CartProvider.H;
  private Rig rig;

  @BeforeEach
  void start() throws IOException {
    rig = Rig.inProcess(ServerOptions.defaults().withThreads(2));
  }

  @AfterEach
  void stop() throws InterruptedException {
    rig.close();
  }

  @Test
  void evaluateAnswersStatusesPerKnot() {
    EvaluateResponse answer =
        rig.dynamics.evaluate(
            EvaluateRequest.newBuilder()
                .setEnvironment(Rig.CART)
                .setStates(Rig.tensor(new double[] {0, 0, 0, 0, 0, 2000, 4.99, 1}, 4, 2))
                .setActions(Rig.tensor(new double[] {1, 0, 5, 0, 0, 0, 0, 0}, 4, 2))
                .build());
    assertEquals(
        List.of(
            KnotStatus.KNOT_STATUS_OK,
            KnotStatus.KNOT_STATUS_CLIPPED,
            KnotStatus.KNOT_STATUS_DIVERGED,
            KnotStatus.KNOT_STATUS_OK),
        answer.getStatusesList());
    double[] next = Rig.doubles(answer.getNextStates());
    assertArrayEquals(new double[] {H * H, H, 2 * H * H, 2 * H}, Arrays.copyOf(next, 4), 1e-15);
    assertTrue(Double.isNaN(next[4]) && Double.isNaN(next[5]));
    assertEquals(List.of(0, 0, 0, 1), Rig.bits(answer.getTerminated()));
    assertEquals(0.04, Rig.doubles(answer.getCosts())[1], 1e-15);
    assertFalse(answer.hasContactForces(), "not asked for");
  }

  /** Of the clipped action, and nothing where the step diverges. */
  @Test
  void evaluateAnswersContactForcesWhereTheyAreWanted() {
    EvaluateResponse answer =
        rig.dynamics.evaluate(
            EvaluateRequest.newBuilder()
                .setEnvironment(Rig.CART)
                .setStates(Rig.tensor(new double[] {1, 0, 3, 0, 0, 2000}, 3, 2))
                .setActions(Rig.tensor(new double[] {1, 0.5, 5, 0, 0, 0}, 3, 2))
                .setWithContacts(true)
                .build());
    assertEquals(List.of(3L, 2L, 2L), answer.getContactForces().getShapeList());
    double nan = Double.NaN;
    assertArrayEquals(
        new double[] {0, 11, 2, 19, 0, 13, 2, 17, nan, nan, nan, nan},
        Rig.doubles(answer.getContactForces()));
    assertEquals(2, Rig.doubles(answer.getNextStates())[3] / H + 3, 1e-12, "the rest is as ever");
    EvaluateResponse swimmer =
        rig.dynamics.evaluate(
            EvaluateRequest.newBuilder()
                .setEnvironment(EnvironmentRef.newBuilder().setId("swimmer"))
                .setStates(Rig.tensor(new double[20], 2, 10))
                .setActions(Rig.tensor(new double[4], 2, 2))
                .setWithContacts(true)
                .build());
    assertEquals(List.of(2L, 0L, 2L), swimmer.getContactForces().getShapeList());
  }

  @Test
  void linearizeAnswersTheExpansionOfATrajectory() {
    List<LinearizeResponse> chunks =
        linearize(
            LinearizeRequest.newBuilder()
                .setStates(Rig.tensor(new double[] {1, 2, 3, 4, 5, 6}, 3, 2))
                .setActions(Rig.tensor(new double[] {0.5, 0.25, 2, -1}, 2, 2))
                .setTerminalKnot(true));
    assertEquals(1, chunks.size());
    LinearizeResponse chunk = chunks.get(0);
    assertEquals(2, chunk.getStatusesCount());
    assertArrayEquals(
        new double[] {1 - H * H, H, -H, 1, 1 - H * H, H, -H, 1}, Rig.doubles(chunk.getFx()));
    assertArrayEquals(
        new double[] {H * H, 2 * H * H, H, 2 * H}, Arrays.copyOf(Rig.doubles(chunk.getFu()), 4));
    assertArrayEquals(new double[] {2.01, 0, 6.04, 0}, Rig.doubles(chunk.getLx()), 1e-15);
    assertArrayEquals(new double[] {0.03, 0.005, 0.1, -0.02}, Rig.doubles(chunk.getLu()), 1e-15);
    assertEquals(List.of(2L, 2L, 2L), chunk.getLux().getShapeList());
    assertArrayEquals(new double[] {0.02, 0, 0, 0, 0.02, 0, 0, 0}, Rig.doubles(chunk.getLux()));
    assertEquals(250, chunk.getTerminal().getCost());
    assertArrayEquals(new double[] {100, 0}, Rig.doubles(chunk.getTerminal().getLx()));
    assertArrayEquals(new double[] {20, 0, 0, 0}, Rig.doubles(chunk.getTerminal().getLxx()));
  }

  @Test
  void theGaussNewtonHessianIsAskedForByName() {
    LinearizeRequest.Builder request =
        LinearizeRequest.newBuilder()
            .setStates(Rig.tensor(new double[] {1, 2}, 1, 2))
            .setActions(Rig.tensor(new double[] {0, 0}, 1, 2));
    assertTrue(linearize(request).get(0).hasLux());
    request.setCostHessian(CostHessian.COST_HESSIAN_GAUSS_NEWTON);
    assertFalse(linearize(request).get(0).hasLux(), "an all-zero lux is left out");
    assertFalse(linearize(request).get(0).hasTerminal());
  }

  @Test
  void clippedEntriesHaveNoDerivatives() {
    LinearizeResponse chunk =
        linearize(
                LinearizeRequest.newBuilder()
                    .setStates(Rig.tensor(new double[] {1, 0}, 1, 2))
                    .setActions(Rig.tensor(new double[] {7, 0.5}, 1, 2)))
            .get(0);
    assertEquals(KnotStatus.KNOT_STATUS_CLIPPED, chunk.getStatuses(0));
    double v = H * (2 + 1 - 1);
    assertArrayEquals(new double[] {1 + H * v, v}, Rig.doubles(chunk.getNextStates()), 1e-15);
    assertArrayEquals(new double[] {0, 2 * H * H, 0, 2 * H}, Rig.doubles(chunk.getFu()), 1e-15);
    assertArrayEquals(new double[] {0, 0.01}, Rig.doubles(chunk.getLu()), 1e-15);
    assertArrayEquals(new double[] {2.04, 0}, Rig.doubles(chunk.getLx()), 1e-15);
    assertArrayEquals(new double[] {0, 0, 0, 0.02}, Rig.doubles(chunk.getLuu()), 1e-15);
    assertFalse(chunk.hasLux());
  }

  @Test
  void badKnotsAreDataAndTheOthersGoOn() {
    double nan = Double.NaN;
    LinearizeResponse chunk =
        linearize(
                LinearizeRequest.newBuilder()
                    .setStates(Rig.tensor(new double[] {1, 5000, 1, 2, nan, 0, 1, nan}, 4, 2))
                    .setActions(Rig.tensor(new double[] {0, 0, 0, 0, 0, 0}, 3, 2))
                    .setTerminalKnot(true)
                    .setAllowNonFinite(true))
            .get(0);
    assertEquals(
        List.of(
            KnotStatus.KNOT_STATUS_DIVERGED,
            KnotStatus.KNOT_STATUS_OK,
            KnotStatus.KNOT_STATUS_NON_FINITE_INPUT),
        chunk.getStatusesList());
    double[] fx = Rig.doubles(chunk.getFx());
    for (int i = 0; i < 12; i++) {
      assertEquals(i < 4 || i >= 8, Double.isNaN(fx[i]));
    }
    assertEquals(KnotStatus.KNOT_STATUS_NON_FINITE_INPUT, chunk.getTerminal().getStatus());
    assertTrue(Double.isNaN(chunk.getTerminal().getCost()));
  }

  @Test
  void chunksJoinToTheSameArrays() {
    int T = 1000;
    Random random = new Random(1);
    double[] xs = random.doubles((T + 1) * 2, -1, 1).toArray();
    double[] us = random.doubles(T * 2, -1, 1).toArray();
    LinearizeRequest.Builder request =
        LinearizeRequest.newBuilder()
            .setStates(Rig.tensor(xs, T + 1, 2))
            .setActions(Rig.tensor(us, T, 2))
            .setTerminalKnot(true)
            .setChunkKnots(T);
    ByteString whole = linearize(request).get(0).getLx().getData();
    List<LinearizeResponse> chunks = linearize(request.setChunkKnots(7));
    assertEquals(143, chunks.size());
    ByteString joined = ByteString.EMPTY;
    int knot = 0;
    for (LinearizeResponse chunk : chunks) {
      assertEquals(knot, chunk.getFirstKnot());
      knot += chunk.getStatusesCount();
      joined = joined.concat(chunk.getLx().getData());
      assertEquals(chunk == chunks.get(142), chunk.hasTerminal());
    }
    assertEquals(T, knot);
    assertEquals(whole, joined);
  }

  @Test
  void noKnotsAreAnsweredByOneEmptyChunk() {
    List<LinearizeResponse> chunks =
        linearize(
            LinearizeRequest.newBuilder()
                .setStates(Rig.tensor(new double[] {2, 0}, 1, 2))
                .setActions(Rig.tensor(new double[0], 0, 2))
                .setTerminalKnot(true));
    assertEquals(1, chunks.size());
    assertEquals(40, chunks.get(0).getTerminal().getCost());
  }

  @Test
  void openLoopRolloutsApplyAndRecordClippedActions() throws Exception {
    RolloutPart part =
        rollout(
                RolloutRequest.newBuilder()
                    .setHorizon(2)
                    .setInitialStates(Rig.tensor(new double[] {0, 0}, 1, 2))
                    .addControllers(openLoop(9, 0, 0.5, 0))
                    .setWithDigest(true))
            .get(0);
    double[] xs = {0, 0, 2 * H * H, 2 * H, 0, 0};
    xs[5] = xs[3] + H * (0.5 - xs[2]);
    xs[4] = xs[2] + H * xs[5];
    assertArrayEquals(xs, Rig.doubles(part.getStates()), 1e-15);
    assertArrayEquals(new double[] {2, 0, 0.5, 0}, Rig.doubles(part.getActions()));
    double p = xs[2];
    double[] costs = {0.04, p * p + 0.0025 + 0.01 * p, 10 * xs[4] * xs[4]};
    assertArrayEquals(costs, Rig.doubles(part.getCosts()), 1e-15);
    assertEquals(RolloutStatus.ROLLOUT_STATUS_COMPLETED, part.getSummary().getStatus());
    assertEquals(2, part.getSummary().getSteps());
    assertEquals(1, part.getSummary().getClipped());
    assertEquals(costs[0] + costs[1] + costs[2], part.getSummary().getTotalCost(), 1e-15);
    ByteBuffer bytes = ByteBuffer.allocate(13 * 8).order(ByteOrder.LITTLE_ENDIAN);
    for (var tensor : List.of(part.getStates(), part.getActions(), part.getCosts())) {
      for (double value : Rig.doubles(tensor)) {
        bytes.putDouble(value);
      }
    }
    assertEquals(
        ByteString.copyFrom(MessageDigest.getInstance("SHA-256").digest(bytes.array())),
        part.getSummary().getDigest());
  }

  @Test
  void drawnActionsAreThoseBeforeClipping() {
    RolloutRequest.Builder request =
        RolloutRequest.newBuilder()
            .setHorizon(2)
            .setInitialStates(Rig.tensor(new double[] {0, 0}, 1, 2))
            .addControllers(openLoop(9, 0, 0.5, 0))
            .setWithDigest(true);
    RolloutPart applied = rollout(request).get(0);
    RolloutPart drawn = rollout(request.setDrawnActions(true)).get(0);
    assertArrayEquals(new double[] {9, 0, 0.5, 0}, Rig.doubles(drawn.getActions()));
    assertEquals(applied.getStates(), drawn.getStates());
    assertEquals(applied.getCosts(), drawn.getCosts());
    assertEquals(1, drawn.getSummary().getClipped());
    assertNotEquals(applied.getSummary().getDigest(), drawn.getSummary().getDigest());
    assertTrue(
        rig.catalog
            .getServerInfo(GetServerInfoRequest.getDefaultInstance())
            .getCapabilitiesList()
            .contains("rollout.drawn_actions"));
  }

  @Test
  void linearGaussianControllersFollowTheirFormula() {
    double[] x0 = {0.3, -0.2};
    double alpha = 0.5;
    long seed = 77;
    RolloutPart part =
        rollout(
                RolloutRequest.newBuilder()
                    .setHorizon(1)
                    .setInitialStates(Rig.tensor(x0, 1, 2))
                    .addControllers(linearGaussian(1))
                    .addSeeds(seed)
                    .addStepSizes(alpha))
            .get(0);
    CounterGaussian noise = new CounterGaussian();
    noise.start(seed, 0, 0);
    double e0 = noise.next();
    double e1 = noise.next();
    double dx0 = 0.3 - 0.1;
    double dx1 = -0.2 - 0.2;
    double u0 = 0.01 + alpha * 0.2 + 0.5 * dx0 - 0.25 * dx1 + 0.1 * e0;
    double u1 = 0.02 + alpha * 0.1 + 0.3 * dx0 + 0.1 * dx1 + 0.05 * e0 + 0.2 * e1;
    assertArrayEquals(new double[] {u0, u1}, Rig.doubles(part.getActions()), 1e-15);
  }

  @Test
  void networksFollowTheirFormula() {
    for (Activation activation :
        List.of(
            Activation.ACTIVATION_SOFTPLUS,
            Activation.ACTIVATION_TANH,
            Activation.ACTIVATION_RELU)) {
      MlpController mlp =
          MlpController.newBuilder()
              .addAllInputs(List.of(1, 0))
              .addLayers(layer(new double[] {1, -2, 0.5, 3, -1, 1}, 3, 2, 0.1, -0.2, 0.3))
              .addLayers(
                  layer(new double[] {1, 0.5, -0.5, -1, 0.25, 2, 0.5, 1, -1}, 3, 3, 0, 0.1, 0.2))
              .addLayers(layer(new double[] {0.1, 0.2, 0.3, -0.1, 0.2, -0.3}, 2, 3, 0.01, 0.02))
              .setActivation(activation)
              .setNoiseStd(Rig.tensor(new double[] {0.1, 0.2}, 2))
              .build();
      double[] z = {-0.2, 0.3};
      double[] hidden =
          activate(
              activation, 0.1 + z[0] - 2 * z[1], -0.2 + 0.5 * z[0] + 3 * z[1], 0.3 - z[0] + z[1]);
      double[] second =
          activate(
              activation,
              hidden[0] + 0.5 * hidden[1] - 0.5 * hidden[2],
              0.1 - hidden[0] + 0.25 * hidden[1] + 2 * hidden[2],
              0.2 + 0.5 * hidden[0] + hidden[1] - hidden[2]);
      double[] mean = {
        0.01 + 0.1 * second[0] + 0.2 * second[1] + 0.3 * second[2],
        0.02 - 0.1 * second[0] + 0.2 * second[1] - 0.3 * second[2]
      };
      RolloutRequest.Builder request =
          RolloutRequest.newBuilder()
              .setHorizon(1)
              .setInitialStates(Rig.tensor(new double[] {0.3, -0.2}, 1, 2))
              .addControllers(Controller.newBuilder().setMlp(mlp));
      assertArrayEquals(mean, Rig.doubles(rollout(request).get(0).getActions()), 1e-14);
      CounterGaussian noise = new CounterGaussian();
      noise.start(5, 0, 0);
      mean[0] += 0.1 * noise.next();
      mean[1] += 0.2 * noise.next();
      request.addSeeds(5);
      assertArrayEquals(mean, Rig.doubles(rollout(request).get(0).getActions()), 1e-14);
    }
  }

  @Test
  void rolloutsComeInTheOrderOfTheirIndices() {
    RolloutRequest.Builder request =
        RolloutRequest.newBuilder()
            .setHorizon(3)
            .setInitialStates(Rig.tensor(new double[] {0, 0, 1, 0}, 2, 2))
            .addControllers(linearGaussian(3))
            .addControllers(openLoop(1, 0, 1, 0, 1, 0))
            .addAllSeeds(List.of(1L, 2L, 3L))
            .addAllStepSizes(List.of(1.0, 0.5, 0.25, 0.0));
    List<RolloutPart> parts = rollout(request);
    assertEquals(48, parts.size());
    for (int i = 0; i < 48; i++) {
      assertEquals(i, parts.get(i).getIndex());
      int start = i / 24;
      assertEquals(start, Rig.doubles(parts.get(i).getStates())[0]);
      boolean open = i / 12 % 2 == 1;
      RolloutPart alone =
          rollout(
                  request
                      .clone()
                      .clearInitialStates()
                      .setInitialStates(Rig.tensor(new double[] {start, 0}, 1, 2))
                      .clearControllers()
                      .addControllers(request.getControllers(open ? 1 : 0))
                      .clearSeeds()
                      .addSeeds(request.getSeeds(i / 4 % 3))
                      .clearStepSizes()
                      .addStepSizes(request.getStepSizes(i % 4)))
              .get(0);
      assertEquals(alone.toBuilder().setIndex(i).build(), parts.get(i));
    }
    assertNotEquals(parts.get(0).getActions(), parts.get(1).getActions());
    assertNotEquals(parts.get(0).getActions(), parts.get(4).getActions());
  }

  @Test
  void divergenceAndFallsAreData() {
    double[] starts = {0, 995, 0, 0, 4.9, 2};
    List<RolloutPart> parts =
        rollout(
            RolloutRequest.newBuilder()
                .setHorizon(50)
                .setInitialStates(Rig.tensor(starts, 3, 2))
                .addControllers(openLoop(new double[100]))
                .addControllers(linearGaussianExploding(50)));
    assertEquals(RolloutStatus.ROLLOUT_STATUS_TERMINATED, parts.get(0).getSummary().getStatus());
    assertEquals(1, parts.get(0).getSummary().getSteps());
    assertEquals(RolloutStatus.ROLLOUT_STATUS_COMPLETED, parts.get(2).getSummary().getStatus());
    assertEquals(51, Rig.doubles(parts.get(2).getCosts()).length);
    RolloutPart exploded = parts.get(3);
    assertEquals(RolloutStatus.ROLLOUT_STATUS_DIVERGED, exploded.getSummary().getStatus());
    assertEquals(1, exploded.getSummary().getSteps());
    assertEquals(4, Rig.doubles(exploded.getStates()).length);
    assertEquals(2, Rig.doubles(exploded.getActions()).length);
    assertEquals(Double.POSITIVE_INFINITY, Rig.doubles(exploded.getCosts())[1]);
    assertEquals(Double.POSITIVE_INFINITY, exploded.getSummary().getTotalCost());
    RolloutPart fallen = parts.get(4);
    assertEquals(RolloutStatus.ROLLOUT_STATUS_TERMINATED, fallen.getSummary().getStatus());
    double last = Rig.doubles(fallen.getStates())[2];
    assertTrue(last > 5);
    assertArrayEquals(
        new double[] {4.9 * 4.9, 10 * last * last}, Rig.doubles(fallen.getCosts()), 1e-12);
  }

  @Test
  void summariesAgreeWithTrajectoriesAndLongOnesAreSplit() {
    int T = 60_000;
    RolloutRequest.Builder request =
        RolloutRequest.newBuilder()
            .setHorizon(T)
            .setInitialStates(Rig.tensor(new double[] {0.5, 0}, 1, 2))
            .addControllers(openLoop(new double[2 * T]))
            .setWithDigest(true);
    List<RolloutPart> parts = rollout(request);
    assertTrue(parts.size() > 2);
    List<RolloutPart> summary = rollout(request.setDetail(RolloutDetail.ROLLOUT_DETAIL_SUMMARY));
    assertEquals(1, summary.size());
    assertFalse(summary.get(0).hasStates());
    assertEquals(parts.get(parts.size() - 1).getSummary(), summary.get(0).getSummary());
    int row = 0;
    for (RolloutPart part : parts) {
      assertEquals(row, part.getFirstRow());
      row += Math.toIntExact(part.getStates().getShape(0));
      assertEquals(part == parts.get(parts.size() - 1), part.hasSummary());
      assertTrue(part.getSerializedSize() < 1 << 20);
    }
    assertEquals(T + 1, row);
  }

  @Test
  void theSameRequestGivesTheSameBitsOnEveryTransportAndNumberOfThreads() throws Exception {
    RolloutRequest.Builder request =
        RolloutRequest.newBuilder()
            .setHorizon(200)
            .setInitialStates(Rig.tensor(new double[] {0, 0, 1, 0, -0.5, 0.1}, 3, 2))
            .addControllers(linearGaussian(200))
            .setWithDigest(true);
    for (long seed = 0; seed < 40; seed++) {
      request.addSeeds(seed);
    }
    List<RolloutPart> expected = rollout(request);
    assertEquals(
        120, expected.stream().map(part -> part.getSummary().getDigest()).distinct().count());
    for (int threads = 1; threads <= 2; threads++) {
      try (Rig other = Rig.tcp(ServerOptions.defaults().withThreads(threads))) {
        assertEquals(expected, rollout(other, request));
      }
      try (Rig other = Rig.inProcess(ServerOptions.defaults().withThreads(threads))) {
        assertEquals(expected, rollout(other, request));
      }
    }
  }

  @Test
  void initialStatesAreThoseOfTheEpisodes() {
    double[] states =
        Rig.doubles(
            rig.dynamics
                .sampleInitialStates(
                    SampleInitialStatesRequest.newBuilder()
                        .setEnvironment(Rig.CART)
                        .setSeed(9)
                        .setFirstEpisode(5)
                        .setCount(3)
                        .build())
                .getStates());
    double[] expected = new double[6];
    for (int i = 0; i < 3; i++) {
      new CartProvider().create(java.util.Map.of()).sampleInitialState(9, 5 + i, expected, 2 * i);
    }
    assertArrayEquals(expected, states);
  }

  @Test
  void derivativesCanBeChecked() {
    CheckDerivativesResponse report =
        rig.dynamics.checkDerivatives(
            CheckDerivativesRequest.newBuilder()
                .setEnvironment(Rig.CART)
                .setSamples(10)
                .setSeed(1)
                .build());
    assertEquals(10, report.getSamples());
    assertEquals(9, report.getErrorsCount());
    assertTrue(report.getErrors(report.getWorst()).getRelativeError() < 1e-9, report.toString());
  }

  @Test
  void abandonedRolloutsStop() {
    RolloutRequest request =
        RolloutRequest.newBuilder()
            .setEnvironment(Rig.CART)
            .setHorizon(100)
            .setInitialStates(Rig.tensor(new double[] {0, 0}, 1, 2))
            .addControllers(openLoop(new double[200]))
            .addAllSeeds(java.util.Collections.nCopies(50_000, 1L))
            .build();
    Iterator<RolloutResponse> answers = rig.dynamics.rollout(request);
    assertTrue(answers.hasNext());
    assertThrows(
        io.grpc.StatusRuntimeException.class,
        () ->
            rig.dynamics
                .withDeadlineAfter(20, java.util.concurrent.TimeUnit.MILLISECONDS)
                .rollout(request)
                .forEachRemaining(ignored -> {}));
    // The abandoned call holds no thread: another is answered while it is not read.
    assertEquals(1, rollout(RolloutRequest.newBuilder(request).clearSeeds()).size());
  }

  private List<LinearizeResponse> linearize(LinearizeRequest.Builder request) {
    List<LinearizeResponse> chunks = new ArrayList<>();
    rig.dynamics.linearize(request.setEnvironment(Rig.CART).build()).forEachRemaining(chunks::add);
    return chunks;
  }

  private List<RolloutPart> rollout(RolloutRequest.Builder request) {
    return rollout(rig, request);
  }

  private static List<RolloutPart> rollout(Rig on, RolloutRequest.Builder request) {
    List<RolloutPart> parts = new ArrayList<>();
    on.dynamics
        .rollout(request.setEnvironment(Rig.CART).build())
        .forEachRemaining(message -> parts.addAll(message.getPartsList()));
    return parts;
  }

  private static Controller openLoop(double... us) {
    return Controller.newBuilder()
        .setOpenLoop(OpenLoopController.newBuilder().setActions(Rig.tensor(us, us.length / 2, 2)))
        .build();
  }

  private static Controller linearGaussian(int T) {
    return Controller.newBuilder()
        .setLinearGaussian(
            LinearGaussianController.newBuilder()
                .setReferenceStates(repeat(T, new double[] {0.1, 0.2}, 2))
                .setReferenceActions(repeat(T, new double[] {0.01, 0.02}, 2))
                .setFeedforward(repeat(T, new double[] {0.2, 0.1}, 2))
                .setFeedback(repeat(T, new double[] {0.5, -0.25, 0.3, 0.1}, 2, 2))
                .setNoiseCholesky(repeat(T, new double[] {0.1, 99, 0.05, 0.2}, 2, 2)))
        .build();
  }

  /** Feedback that leaves the finite numbers in the second step. */
  private static Controller linearGaussianExploding(int T) {
    return Controller.newBuilder()
        .setLinearGaussian(
            linearGaussian(T).getLinearGaussian().toBuilder()
                .setReferenceStates(repeat(T, new double[] {0, 0}, 2))
                .setFeedback(repeat(T, new double[] {1e308, 1e308, 1e308, 1e308}, 2, 2))
                .setFeedforward(Rig.tensor(firstThen(T, 0, 1e308), T, 2))
                .setReferenceActions(Rig.tensor(firstThen(T, 0, 1e308), T, 2))
                .clearNoiseCholesky())
        .build();
  }

  private static double[] firstThen(int T, double first, double then) {
    double[] values = new double[2 * T];
    Arrays.fill(values, then);
    values[0] = first;
    values[1] = first;
    return values;
  }

  private static io.gaitway.proto.v1.Tensor repeat(int T, double[] row, long... shape) {
    double[] values = new double[T * row.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = row[i % row.length];
    }
    long[] full = new long[shape.length + 1];
    full[0] = T;
    System.arraycopy(shape, 0, full, 1, shape.length);
    return Rig.tensor(values, full);
  }

  private static MlpLayer layer(double[] weights, int rows, int columns, double... biases) {
    return MlpLayer.newBuilder()
        .setWeights(Rig.tensor(weights, rows, columns))
        .setBiases(Rig.tensor(biases, rows))
        .build();
  }

  private static double[] activate(Activation activation, double... z) {
    return Arrays.stream(z)
        .map(
            v ->
                switch (activation) {
                  case ACTIVATION_SOFTPLUS -> Math.log(1 + Math.exp(v));
                  case ACTIVATION_TANH -> Math.tanh(v);
                  default -> Math.max(0, v);
                })
        .toArray();
  }
}
