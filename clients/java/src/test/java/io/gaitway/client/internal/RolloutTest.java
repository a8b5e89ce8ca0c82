package io.gaitway.client.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.client.GaitwayClient;
import io.gaitway.client.error.GaitwayException;
import io.gaitway.client.fixture.FakeServer;
import io.gaitway.client.simulation.Controller;
import io.gaitway.client.simulation.Rollout;
import io.gaitway.client.simulation.RolloutRequest;
import io.gaitway.client.simulation.Simulator;
import io.gaitway.proto.v1.Activation;
import io.gaitway.proto.v1.RolloutPart;
import io.gaitway.proto.v1.RolloutResponse;
import io.gaitway.proto.v1.RolloutStatus;
import io.gaitway.proto.v1.RolloutSummary;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a rollout's parts become, what is sent for it, and what is done about bad answers. */
class RolloutTest {
  private static final int T = 6;
  private static final int NX = FakeServer.NX;
  private static final int NU = FakeServer.NU;

  private final FakeServer server = FakeServer.inProcess();
  private final GaitwayClient client = server.client().build();
  private final Simulator simulator = client.simulator("fake", Map.of());

  @AfterEach
  void close() {
    client.close();
    server.close();
  }

  private static double[] ramp(int from, int length) {
    double[] values = new double[length];
    Arrays.setAll(values, i -> from + i);
    return values;
  }

  /**
   * The rows of a rollout of {@code steps} steps whose arrays count up from the index times 1000.
   */
  private static List<RolloutPart> parts(int index, int steps, RolloutStatus status, int rows) {
    List<RolloutPart> parts = new ArrayList<>();
    for (int row = 0; row <= steps; row += rows) {
      int n = Math.min(rows, steps + 1 - row);
      boolean last = row + n == steps + 1;
      int controls = last ? n - 1 : n;
      RolloutPart.Builder part =
          RolloutPart.newBuilder()
              .setIndex(index)
              .setFirstRow(row)
              .setStates(Tensors.of(ramp(1000 * index + row * NX, n * NX), n, NX))
              .setActions(Tensors.of(ramp(1000 * index + row * NU, controls * NU), controls, NU))
              .setCosts(Tensors.of(ramp(1000 * index + row, n), n));
      if (last) {
        part.setSummary(
            RolloutSummary.newBuilder()
                .setStatus(status)
                .setSteps(steps)
                .setClipped(index % (steps + 1)));
      }
      parts.add(part.build());
    }
    return parts;
  }

  private static RolloutRequest request(int states) {
    return new RolloutRequest(
        T,
        Collections.nCopies(states, new double[NX]),
        List.of(new Controller.OpenLoop(new double[T * NU])),
        List.of(),
        List.of());
  }

  private void answer(List<RolloutPart> parts) {
    server.rollout =
        (request, answers) -> {
          for (RolloutPart part : parts) {
            answers.onNext(RolloutResponse.newBuilder().addParts(part).build());
          }
          answers.onCompleted();
        };
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 6, 7})
  void putsPartsOfAnySizeTogether(int rows) {
    List<RolloutPart> parts = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      parts.addAll(parts(i, T, RolloutStatus.ROLLOUT_STATUS_COMPLETED, rows));
    }
    answer(parts);
    List<Rollout> rollouts = simulator.rollout(request(3));
    assertEquals(3, rollouts.size());
    for (int i = 0; i < 3; i++) {
      Rollout rollout = rollouts.get(i);
      assertArrayEquals(ramp(1000 * i, (T + 1) * NX), rollout.trajectory().xs);
      assertArrayEquals(ramp(1000 * i, T * NU), rollout.trajectory().us);
      assertArrayEquals(ramp(1000 * i, T + 1), rollout.trajectory().costs);
      assertEquals(T, rollout.steps());
      assertEquals(i, rollout.clipped());
      assertFalse(rollout.diverged() || rollout.terminated());
      assertEquals((T + 1) * (1000.0 * i) + T * (T + 1) / 2.0, rollout.cost());
    }
  }

  @Test
  void severalPartsMayShareAMessage() {
    server.rollout =
        (request, answers) -> {
          answers.onNext(
              RolloutResponse.newBuilder()
                  .addAllParts(parts(0, T, RolloutStatus.ROLLOUT_STATUS_COMPLETED, 4))
                  .addAllParts(parts(1, T, RolloutStatus.ROLLOUT_STATUS_COMPLETED, 7))
                  .build());
          answers.onCompleted();
        };
    assertEquals(2, simulator.rollout(request(2)).size());
  }

  @Test
  void aRolloutThatEndedEarlyCostsWhatItsStepsAndItsLastStateCost() {
    answer(parts(0, 2, RolloutStatus.ROLLOUT_STATUS_TERMINATED, 7));
    Rollout rollout = simulator.rollout(request(1)).get(0);
    assertTrue(rollout.terminated());
    assertEquals(2, rollout.steps());
    assertArrayEquals(new double[] {0, 1, 0, 0, 0, 0, 2}, rollout.trajectory().costs);
    assertEquals(3, rollout.cost());
  }

  @Test
  void aDivergedRolloutIsInfinitelyDear() {
    answer(parts(0, 3, RolloutStatus.ROLLOUT_STATUS_DIVERGED, 7));
    Rollout rollout = simulator.rollout(request(1)).get(0);
    assertTrue(rollout.diverged());
    assertEquals(3, rollout.steps());
    assertEquals(Double.POSITIVE_INFINITY, rollout.cost());
  }

  @Test
  void theDigestTellsEveryBitApart() {
    answer(parts(0, T, RolloutStatus.ROLLOUT_STATUS_COMPLETED, 7));
    Rollout one = simulator.rollout(request(1)).get(0);
    Rollout other = simulator.rollout(request(1)).get(0);
    assertEquals(one.digest(), other.digest());
    for (double[] array :
        List.of(other.trajectory().xs, other.trajectory().us, other.trajectory().costs)) {
      double last = array[array.length - 1];
      array[array.length - 1] = Math.nextUp(last);
      assertFalse(one.digest().equals(other.digest()));
      array[array.length - 1] = last;
    }
    assertEquals(one.digest(), other.digest());
  }

  @Test
  void answersThatDoNotFitAreRefused() {
    RolloutStatus completed = RolloutStatus.ROLLOUT_STATUS_COMPLETED;
    refused("1 of 2 rollouts", parts(0, T, completed, 7));
    refused("row 0 of rollout 1 came where row 0 of rollout 0", parts(1, T, completed, 7));
    refused("row 4 of rollout 0 came where row 0", parts(0, T, completed, 4).subList(1, 2));
    refused("states has entries beyond", parts(0, T + 1, completed, T + 2));
    RolloutPart part = parts(0, T, completed, 7).get(0);
    refused(
        "rollout 0 has 7 rows for 5 steps",
        List.of(part.toBuilder().setSummary(part.getSummary().toBuilder().setSteps(5)).build()));
    refused(
        "actions has shape (5, 2) instead of (6, 2)",
        List.of(part.toBuilder().setActions(Tensors.of(new double[10], 5, NU)).build()));
  }

  private void refused(String words, List<RolloutPart> parts) {
    answer(parts);
    GaitwayException e = assertThrows(GaitwayException.class, () -> simulator.rollout(request(2)));
    assertEquals("INTERNAL", e.code());
    assertTrue(e.getMessage().contains(words), e.getMessage());
  }

  @Test
  void sendsControllersWithTheRowsThatTheHorizonNeeds() {
    List<io.gaitway.proto.v1.RolloutRequest> seen = new ArrayList<>();
    server.rollout =
        (request, answers) -> {
          seen.add(request);
          for (int i = 0; i < 4 * 2 * 4; i++) {
            answers.onNext(
                RolloutResponse.newBuilder()
                    .addAllParts(parts(i, T, RolloutStatus.ROLLOUT_STATUS_COMPLETED, 7))
                    .build());
          }
          answers.onCompleted();
        };
    int longer = T + 3;
    Controller gaussian =
        new Controller.LinearGaussian(
            longer,
            ramp(0, (longer + 1) * NX),
            ramp(0, longer * NU),
            ramp(1, longer * NU),
            ramp(2, longer * NU * NX),
            new double[0]);
    Controller mlp =
        new Controller.Mlp(
            List.of(2, 0),
            new Controller.Scaling(new double[] {1, 2}, new double[] {3, 4}, 5),
            List.of(
                new Controller.Layer(ramp(0, 10), ramp(0, 5), Controller.Activation.TANH),
                new Controller.Layer(ramp(0, 10), ramp(0, 2), Controller.Activation.LINEAR)),
            new Controller.Squashing(new double[] {6, 7}, new double[] {8, 9}),
            new double[] {0.5, 0.25});
    Controller plain =
        new Controller.Mlp(
            List.of(1),
            List.of(new Controller.Layer(ramp(0, 2), ramp(0, 2), Controller.Activation.SILU)),
            new double[0]);
    Controller open = new Controller.OpenLoop(ramp(3, longer * NU));
    List<Rollout> rollouts =
        simulator.rollout(
            new RolloutRequest(
                T,
                List.of(ramp(7, NX)),
                List.of(gaussian, mlp, open, plain),
                List.of(5L, -1L),
                List.of(1.0, 0.5, 0.25, 0.0)));
    assertEquals(32, rollouts.size());
    io.gaitway.proto.v1.RolloutRequest request = seen.get(0);
    assertEquals(T, request.getHorizon());
    assertEquals(List.of(5L, -1L), request.getSeedsList());
    assertEquals(List.of(1.0, 0.5, 0.25, 0.0), request.getStepSizesList());
    assertEquals(Tensors.of(ramp(7, NX), 1, NX), request.getInitialStates());
    var sent = request.getControllers(0).getLinearGaussian();
    assertEquals(Tensors.of(ramp(0, T * NX), T, NX), sent.getReferenceStates());
    assertEquals(Tensors.of(ramp(0, T * NU), T, NU), sent.getReferenceActions());
    assertEquals(Tensors.of(ramp(1, T * NU), T, NU), sent.getFeedforward());
    assertEquals(Tensors.of(ramp(2, T * NU * NX), T, NU, NX), sent.getFeedback());
    assertFalse(sent.hasNoiseCholesky());
    var net = request.getControllers(1).getMlp();
    assertEquals(List.of(2, 0), net.getInputsList());
    assertEquals(Activation.ACTIVATION_TANH, net.getLayers(0).getActivation());
    assertEquals(Activation.ACTIVATION_LINEAR, net.getLayers(1).getActivation());
    assertEquals(Tensors.of(ramp(0, 10), 5, 2), net.getLayers(0).getWeights());
    assertEquals(Tensors.of(ramp(0, 10), 2, 5), net.getLayers(1).getWeights());
    assertEquals(Tensors.of(new double[] {0.5, 0.25}, NU), net.getNoiseStd());
    assertEquals(Tensors.of(new double[] {1, 2}, 2), net.getScaling().getOffset());
    assertEquals(Tensors.of(new double[] {3, 4}, 2), net.getScaling().getScale());
    assertEquals(5, net.getScaling().getLimit());
    assertEquals(Tensors.of(new double[] {6, 7}, NU), net.getSquashing().getCentre());
    assertEquals(Tensors.of(new double[] {8, 9}, NU), net.getSquashing().getHalfRange());
    assertEquals(
        Tensors.of(ramp(3, T * NU), T, NU), request.getControllers(2).getOpenLoop().getActions());
    var bare = request.getControllers(3).getMlp();
    assertEquals(Activation.ACTIVATION_SILU, bare.getLayers(0).getActivation());
    assertFalse(bare.hasScaling() || bare.hasSquashing() || bare.hasNoiseStd());
  }

  @Test
  void arraysThatAreTooShortAreNamed() {
    double[] none = new double[0];
    wrong("controllers[0].us must have shape (T, nu), in all 12 entries, but has 11", open(11));
    wrong(
        "controllers[0].T must be at least the horizon, 6, but is 5",
        new Controller.LinearGaussian(5, none, none, none, none, none));
    wrong(
        "controllers[0].K must have shape (T, nu, nx), in all 36 entries, but has 1",
        new Controller.LinearGaussian(
            T, new double[T * NX], new double[T * NU], new double[T * NU], new double[1], none));
    wrong(
        "controllers[0].L must have shape (T, nu, nu), in all 24 entries, but has 1",
        new Controller.LinearGaussian(
            T,
            new double[T * NX],
            new double[T * NU],
            new double[T * NU],
            new double[T * NU * NX],
            new double[1]));
    wrong(
        "controllers[0].layers[1].W must have shape (2, 5), in all 10 entries, but has 3",
        new Controller.Mlp(
            List.of(0),
            List.of(
                new Controller.Layer(new double[5], new double[5], Controller.Activation.RELU),
                new Controller.Layer(new double[3], new double[2], Controller.Activation.LINEAR)),
            none));
    List<Controller.Layer> layers =
        List.of(new Controller.Layer(new double[2], new double[2], Controller.Activation.LINEAR));
    wrong(
        "controllers[0].scaling.scale must have shape (inputs), in all 1 entries, but has 0",
        new Controller.Mlp(
            List.of(0), new Controller.Scaling(new double[1], none, 1), layers, null, none));
    wrong(
        "controllers[0].squashing.halfRange must have shape (nu), in all 2 entries, but has 1",
        new Controller.Mlp(
            List.of(0),
            null,
            layers,
            new Controller.Squashing(new double[2], new double[1]),
            none));
  }

  private static Controller open(int length) {
    return new Controller.OpenLoop(new double[length]);
  }

  private void wrong(String message, Controller controller) {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> simulator.rollout(RolloutRequest.single(T, new double[NX], controller)));
    assertEquals(message, e.getMessage());
  }

  @Test
  void requestsForNothingAreRefused() {
    assertThrows(
        IllegalArgumentException.class,
        () -> simulator.rollout(RolloutRequest.single(0, new double[NX], open(12))));
    assertThrows(
        IllegalArgumentException.class,
        () -> simulator.rollout(RolloutRequest.single(T, new double[NX + 1], open(12))));
    assertThrows(
        IllegalArgumentException.class,
        () ->
            simulator.rollout(
                new RolloutRequest(T, List.of(), List.of(open(12)), List.of(), List.of())));
    assertThrows(
        IllegalArgumentException.class,
        () ->
            simulator.rollout(
                new RolloutRequest(T, List.of(new double[NX]), List.of(), List.of(), List.of())));
  }
}
