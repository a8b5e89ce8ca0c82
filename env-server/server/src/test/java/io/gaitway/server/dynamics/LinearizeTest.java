package io.gaitway.server.dynamics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import io.gaitway.proto.v1.CostHessian;
import io.gaitway.proto.v1.EnvironmentRef;
import io.gaitway.proto.v1.KnotStatus;
import io.gaitway.proto.v1.LinearizeRequest;
import io.gaitway.proto.v1.LinearizeResponse;
import io.gaitway.server.CartProvider;
import io.gaitway.server.Rig;
import io.gaitway.server.call.ServerOptions;
import io.gaitway.sim.robots.Swimmer;
import io.gaitway.sim.task.Environment;
import io.gaitway.sim.task.Workspace;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Expansions of trajectories over gRPC. */
class LinearizeTest {
  private static final double H = CartProvider.H;

  private static final EnvironmentRef SWIMMER =
      EnvironmentRef.newBuilder().setId("swimmer").build();

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
  void theDynamicsAloneAreTheSameBitsWithoutTheCost() {
    LinearizeRequest.Builder request =
        LinearizeRequest.newBuilder()
            .setStates(Rig.tensor(new double[] {1, 2, 3, 4, Double.NaN, 0}, 3, 2))
            .setActions(Rig.tensor(new double[] {0.5, 0.25, 7, -1, 0, 0}, 3, 2))
            .setAllowNonFinite(true);
    LinearizeResponse all = linearize(request).get(0);
    LinearizeResponse dynamics = linearize(request.setDynamicsOnly(true)).get(0);
    LinearizeResponse.Builder expected =
        all.toBuilder().clearCosts().clearLx().clearLu().clearLxx().clearLux().clearLuu();
    assertEquals(expected.build(), dynamics);
    assertEquals(KnotStatus.KNOT_STATUS_NON_FINITE_INPUT, dynamics.getStatuses(2));
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

  /** Chunk by chunk, and with zeros for what is clipped. */
  @Test
  void secondDerivativesAndThoseByParametersAreTheEnvironments() {
    int n = 5;
    Random random = new Random(4);
    double[] xs = random.doubles(n * 10, -1, 1).toArray();
    double[] us = random.doubles(n * 2, -100, 100).toArray();
    double[] lambda = random.doubles(n * 10, -1, 1).toArray();
    us[2 * 3] = 151; // the bound is 150
    List<LinearizeResponse> chunks =
        linearize(
            LinearizeRequest.newBuilder()
                .setStates(Rig.tensor(xs, n, 10))
                .setActions(Rig.tensor(us, n, 2))
                .setMultipliers(Rig.tensor(lambda, n, 10))
                .addAllParameters(List.of("medium_density", "target_speed", "dt"))
                .setChunkKnots(2)
                .setDynamicsOnly(true),
            SWIMMER);
    Environment swimmer = new Swimmer().create(Map.of());
    Workspace workspace = swimmer.newWorkspace();
    List<Environment.Slope> slopes =
        Stream.of("medium_density", "target_speed", "dt")
            .map(name -> swimmer.slope(name, value -> new Swimmer().create(Map.of(name, value))))
            .toList();
    double[] curvature = new double[144];
    double[] fp = new double[30];
    us[2 * 3] = 150;
    assertEquals(3, chunks.size());
    for (int t = 0; t < n; t++) {
      assertTrue(swimmer.curvature(workspace, xs, 10 * t, us, 2 * t, lambda, 10 * t, curvature));
      assertTrue(swimmer.differentiateBy(workspace, slopes, xs, 10 * t, us, 2 * t, fp));
      for (int j = 0; j < 12 && t == 3; j++) {
        curvature[10 * 12 + j] = 0;
        curvature[j * 12 + 10] = 0;
      }
      LinearizeResponse chunk = chunks.get(t / 2);
      double[] found = Rig.doubles(chunk.getCurvature());
      assertArrayEquals(curvature, Arrays.copyOfRange(found, t % 2 * 144, (t % 2 + 1) * 144));
      found = Rig.doubles(chunk.getFp());
      assertArrayEquals(fp, Arrays.copyOfRange(found, t % 2 * 30, (t % 2 + 1) * 30));
    }
    assertEquals(List.of(1L, 12L, 12L), chunks.get(2).getCurvature().getShapeList());
    assertEquals(List.of(1L, 10L, 3L), chunks.get(2).getFp().getShapeList());
    assertFalse(chunks.get(0).hasCosts());
  }

  @Test
  void moreDerivativesAreRefusedWhereThereAreNone() {
    LinearizeRequest.Builder request =
        LinearizeRequest.newBuilder()
            .setStates(Rig.tensor(new double[2], 1, 2))
            .setActions(Rig.tensor(new double[2], 1, 2))
            .setMultipliers(Rig.tensor(new double[2], 1, 2));
    assertRefused(
        request, Rig.CART, "multipliers must be absent: the dynamics of cart have no second");
    LinearizeRequest.Builder swimmers =
        LinearizeRequest.newBuilder()
            .setStates(Rig.tensor(new double[10], 1, 10))
            .setActions(Rig.tensor(new double[2], 1, 2));
    assertRefused(
        swimmers.addParameters("armature").addParameters("links"),
        SWIMMER,
        "parameters[1] must be one of ");
    assertRefused(
        swimmers.setParameters(1, "armature"),
        SWIMMER,
        "parameters[1] must be another than those before it, but is armature");
    assertRefused(
        swimmers.clearParameters().setMultipliers(Rig.tensor(new double[9], 1, 9)),
        SWIMMER,
        "multipliers has shape (1, 9); expected (1, 10)");
    double[] infinite = new double[10];
    infinite[3] = Double.POSITIVE_INFINITY;
    assertRefused(
        swimmers.setMultipliers(Rig.tensor(infinite, 1, 10)),
        SWIMMER,
        "multipliers holds Infinity at flat index 3");
  }

  private void assertRefused(
      LinearizeRequest.Builder request, EnvironmentRef environment, String message) {
    StatusRuntimeException refused =
        assertThrows(StatusRuntimeException.class, () -> linearize(request, environment));
    assertEquals(Status.Code.INVALID_ARGUMENT, refused.getStatus().getCode());
    String said = String.valueOf(refused.getStatus().getDescription());
    assertTrue(said.startsWith(message), said);
  }

  private List<LinearizeResponse> linearize(LinearizeRequest.Builder request) {
    return linearize(request, Rig.CART);
  }

  private List<LinearizeResponse> linearize(
      LinearizeRequest.Builder request, EnvironmentRef environment) {
    List<LinearizeResponse> chunks = new ArrayList<>();
    rig.dynamics
        .linearize(request.setEnvironment(environment).build())
        .forEachRemaining(chunks::add);
    return chunks;
  }
}
