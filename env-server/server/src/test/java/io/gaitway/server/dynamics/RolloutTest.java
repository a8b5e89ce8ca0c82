package io.gaitway.server.dynamics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import io.gaitway.proto.v1.Controller;
import io.gaitway.proto.v1.GetServerInfoRequest;
import io.gaitway.proto.v1.LinearGaussianController;
import io.gaitway.proto.v1.OpenLoopController;
import io.gaitway.proto.v1.RolloutDetail;
import io.gaitway.proto.v1.RolloutPart;
import io.gaitway.proto.v1.RolloutRequest;
import io.gaitway.proto.v1.RolloutResponse;
import io.gaitway.proto.v1.RolloutStatus;
import io.gaitway.server.CartProvider;
import io.gaitway.server.Rig;
import io.gaitway.server.call.ServerOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Rollouts over gRPC: their order, their ends, their bits. */
class RolloutTest {
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
}
