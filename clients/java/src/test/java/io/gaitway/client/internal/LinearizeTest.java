package io.gaitway.client.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.client.GaitwayClient;
import io.gaitway.client.error.DivergedException;
import io.gaitway.client.error.GaitwayException;
import io.gaitway.client.fixture.FakeServer;
import io.gaitway.client.simulation.Expansion;
import io.gaitway.client.simulation.Jacobians;
import io.gaitway.client.simulation.Simulator;
import io.gaitway.client.simulation.Trajectory;
import io.gaitway.proto.v1.KnotStatus;
import io.gaitway.proto.v1.LinearizeRequest;
import io.gaitway.proto.v1.LinearizeResponse;
import io.gaitway.proto.v1.TerminalKnot;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a linearisation's chunks become, and what is done about chunks that do not fit. */
class LinearizeTest {
  private static final int T = 20;
  private static final int NX = FakeServer.NX;
  private static final int NU = FakeServer.NU;

  private final Expansion expected = random();
  private final FakeServer server = FakeServer.inProcess();
  private final GaitwayClient client = server.client().build();
  private final Simulator simulator = client.simulator("fake", Map.of("length", 2.0));

  @AfterEach
  void close() {
    client.close();
    server.close();
  }

  private static Expansion random() {
    Expansion e = new Expansion(T, NX, NU);
    Random random = new Random(1);
    for (double[] array : arrays(e)) {
      Arrays.setAll(array, i -> random.nextGaussian());
    }
    return e;
  }

  private static double[][] arrays(Expansion e) {
    return new double[][] {e.fx, e.fu, e.l, e.lx, e.lu, e.lxx, e.lux, e.luu};
  }

  /** Knots {@code t} to {@code t + n} of the expected expansion. */
  private LinearizeResponse.Builder chunk(int t, int n) {
    LinearizeResponse.Builder chunk = LinearizeResponse.newBuilder().setFirstKnot(t);
    for (int i = 0; i < n; i++) {
      chunk.addStatuses(i % 2 == 0 ? KnotStatus.KNOT_STATUS_OK : KnotStatus.KNOT_STATUS_CLIPPED);
    }
    Expansion e = expected;
    return chunk
        .setCosts(Tensors.of(Arrays.copyOfRange(e.l, t, t + n), n))
        .setFx(Tensors.of(slice(e.fx, t, n, NX * NX), n, NX, NX))
        .setFu(Tensors.of(slice(e.fu, t, n, NX * NU), n, NX, NU))
        .setLx(Tensors.of(slice(e.lx, t, n, NX), n, NX))
        .setLu(Tensors.of(slice(e.lu, t, n, NU), n, NU))
        .setLxx(Tensors.of(slice(e.lxx, t, n, NX * NX), n, NX, NX))
        .setLux(Tensors.of(slice(e.lux, t, n, NU * NX), n, NU, NX))
        .setLuu(Tensors.of(slice(e.luu, t, n, NU * NU), n, NU, NU));
  }

  private static double[] slice(double[] array, int t, int n, int size) {
    return Arrays.copyOfRange(array, t * size, (t + n) * size);
  }

  private TerminalKnot.Builder terminal() {
    return TerminalKnot.newBuilder()
        .setStatus(KnotStatus.KNOT_STATUS_OK)
        .setCost(expected.l[T])
        .setLx(Tensors.of(slice(expected.lx, T, 1, NX), NX))
        .setLxx(Tensors.of(slice(expected.lxx, T, 1, NX * NX), NX, NX));
  }

  private void answer(LinearizeResponse.Builder... chunks) {
    server.linearize =
        (request, answers) -> {
          for (LinearizeResponse.Builder chunk : chunks) {
            answers.onNext(chunk.build());
          }
          answers.onCompleted();
        };
  }

  private Expansion linearize() {
    Expansion actual = new Expansion(T, NX, NU);
    for (double[] array : arrays(actual)) {
      Arrays.fill(array, Double.NaN);
    }
    simulator.linearize(new Trajectory(T, NX, NU), Simulator.CostHessian.GAUSS_NEWTON, actual);
    return actual;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 7, 10, T})
  void putsChunksOfAnySizeTogether(int size) {
    server.linearize =
        (request, answers) -> {
          for (int t = 0; t < T; t += size) {
            int n = Math.min(size, T - t);
            LinearizeResponse.Builder chunk = chunk(t, n);
            answers.onNext((t + n == T ? chunk.setTerminal(terminal()) : chunk).build());
          }
          answers.onCompleted();
        };
    double[][] actual = arrays(linearize());
    for (int i = 0; i < actual.length; i++) {
      assertArrayEquals(arrays(expected)[i], actual[i]);
    }
  }

  @Test
  void theDynamicsAloneNeedNoneOfTheCostsArrays() {
    List<LinearizeRequest> seen = new ArrayList<>();
    server.linearize =
        (request, answers) -> {
          seen.add(request);
          answers.onNext(dynamics(0, 3).build());
          answers.onNext(dynamics(3, T - 3).build());
          answers.onCompleted();
        };
    Jacobians actual = new Jacobians(T, NX, NU);
    double[] xs = new Random(2).doubles(T * NX).toArray();
    double[] us = new Random(3).doubles(T * NU).toArray();
    simulator.linearizeDynamics(xs, us, actual);
    assertArrayEquals(expected.fx, actual.fx);
    assertArrayEquals(expected.fu, actual.fu);
    assertArrayEquals(slice(expected.fu, 4, 1, NX * NU), actual.fu(4).data);
    assertTrue(seen.get(0).getDynamicsOnly());
    assertArrayEquals(xs, Tensors.doubles(seen.get(0).getStates(), "states", T, NX));
    assertArrayEquals(us, Tensors.doubles(seen.get(0).getActions(), "actions", T, NU));
  }

  @Test
  void answersAboutTheDynamicsThatDoNotFitAreRefused() {
    answer(dynamics(0, 19));
    refusedJacobians("19 of 20 knots");
    answer(dynamics(0, 5), dynamics(7, 4));
    refusedJacobians("knots 7 to 10 came where 5");
    answer(dynamics(0, T).clearFu());
    refusedJacobians("fu has shape");
  }

  @Test
  void secondDerivativesAndThoseByParametersComeInChunks() {
    List<LinearizeRequest> seen = new ArrayList<>();
    int nz = NX + NU;
    double[] curvature = new Random(5).doubles(T * nz * nz).toArray();
    double[] fp = new Random(6).doubles(T * NX * 2).toArray();
    server.linearize =
        (request, answers) -> {
          seen.add(request);
          for (int t = 0; t < T; t += T / 2) {
            LinearizeResponse.Builder chunk = dynamics(t, T / 2);
            if (request.hasMultipliers()) {
              chunk.setCurvature(Tensors.from(curvature, t * nz * nz, T / 2, nz, nz));
            } else {
              chunk.setFp(Tensors.from(fp, t * NX * 2, T / 2, NX, 2));
            }
            answers.onNext(chunk.build());
          }
          answers.onCompleted();
        };
    double[] xs = new Random(2).doubles(T * NX).toArray();
    double[] us = new Random(3).doubles(T * NU).toArray();
    double[] lambda = new Random(4).doubles(T * NX).toArray();
    double[] out = new double[curvature.length];
    simulator.curvature(xs, us, lambda, out);
    assertArrayEquals(curvature, out);
    out = new double[fp.length];
    simulator.differentiateBy(List.of("mass", "friction"), xs, us, out);
    assertArrayEquals(fp, out);
    assertArrayEquals(lambda, Tensors.doubles(seen.get(0).getMultipliers(), "multipliers", T, NX));
    assertEquals(List.of("mass", "friction"), seen.get(1).getParametersList());
    for (LinearizeRequest request : seen) {
      assertArrayEquals(xs, Tensors.doubles(request.getStates(), "states", T, NX));
      assertArrayEquals(us, Tensors.doubles(request.getActions(), "actions", T, NU));
      assertTrue(request.getDynamicsOnly());
    }
    IllegalArgumentException odd =
        assertThrows(
            IllegalArgumentException.class,
            () -> simulator.curvature(xs, us, lambda, new double[nz * nz + 1]));
    assertTrue(
        String.valueOf(odd.getMessage()).startsWith("out must have room for knots of "),
        odd.getMessage());
    assertThrows(
        IllegalArgumentException.class,
        () -> simulator.differentiateBy(List.of(), xs, us, new double[0]));
  }

  @Test
  void aKnotWhoseDynamicsDivergeIsMarked() {
    answer(dynamics(0, T).setStatuses(2, KnotStatus.KNOT_STATUS_DIVERGED));
    boolean[] expected = new boolean[T];
    expected[2] = true;
    assertArrayEquals(expected, jacobians().diverged);
  }

  private LinearizeResponse.Builder dynamics(int t, int n) {
    return chunk(t, n).clearCosts().clearLx().clearLu().clearLxx().clearLux().clearLuu();
  }

  private Jacobians jacobians() {
    Jacobians out = new Jacobians(T, NX, NU);
    simulator.linearizeDynamics(new double[T * NX], new double[T * NU], out);
    return out;
  }

  private void refusedJacobians(String part) {
    GaitwayException e = assertThrows(GaitwayException.class, this::jacobians);
    assertTrue(e.getMessage().contains(part), e.getMessage());
  }

  @Test
  void anAbsentCrossDerivativeIsZero() {
    answer(chunk(0, 5), chunk(5, 15).clearLux().setTerminal(terminal()));
    double[] lux = linearize().lux;
    assertArrayEquals(slice(expected.lux, 0, 5, NU * NX), slice(lux, 0, 5, NU * NX));
    assertArrayEquals(new double[15 * NU * NX], slice(lux, 5, 15, NU * NX));
  }

  @Test
  void sendsTheTrajectoryAndTheModelItMeans() {
    List<LinearizeRequest> seen = new ArrayList<>();
    server.linearize =
        (request, answers) -> {
          seen.add(request);
          answers.onNext(chunk(0, T).setTerminal(terminal()).build());
          answers.onCompleted();
        };
    Trajectory trajectory = new Trajectory(T, NX, NU);
    Arrays.setAll(trajectory.xs, i -> i / 7.0);
    Arrays.setAll(trajectory.us, i -> -i / 3.0);
    simulator.linearize(trajectory, Simulator.CostHessian.GAUSS_NEWTON, new Expansion(T, NX, NU));
    LinearizeRequest request = seen.get(0);
    assertEquals("fake", request.getEnvironment().getId());
    assertEquals(Map.of("length", 2.0), request.getEnvironment().getParametersMap());
    assertEquals("abc", request.getEnvironment().getModelDigest());
    assertTrue(request.getTerminalKnot());
    assertEquals(
        io.gaitway.proto.v1.CostHessian.COST_HESSIAN_GAUSS_NEWTON, request.getCostHessian());
    assertArrayEquals(trajectory.xs, Tensors.doubles(request.getStates(), "states", T + 1, NX));
    assertArrayEquals(trajectory.us, Tensors.doubles(request.getActions(), "actions", T, NU));
    assertEquals(List.of(T + 1L, (long) NX), request.getStates().getShapeList());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 6, T - 1})
  void aDivergedKnotIsNamed(int knot) {
    LinearizeResponse.Builder chunk = chunk(0, T).setTerminal(terminal());
    answer(chunk.setStatuses(knot, KnotStatus.KNOT_STATUS_DIVERGED));
    DivergedException e = assertThrows(DivergedException.class, this::linearize);
    assertEquals(knot, e.knot());
    assertTrue(e.getMessage().contains("knot " + knot), e.getMessage());
  }

  @Test
  void answersThatDoNotFitAreRefused() {
    refused("19 of 20 knots", chunk(0, 19).setTerminal(terminal()));
    refused("without the terminal knot", chunk(0, T));
    refused("0 of 20 knots");
    refused("knots 7 to 10 came where 5", chunk(0, 5), chunk(7, 4));
    refused("knots 4 to 9 came where 5", chunk(0, 5), chunk(4, 6));
    LinearizeResponse.Builder tooMany = chunk(0, T);
    refused("knots 0 to 20 came", tooMany.addStatuses(KnotStatus.KNOT_STATUS_OK));
    refused("fx has shape (1, 3, 3) instead of (5, 3, 3)", chunk(0, 5).setFx(chunk(0, 1).getFx()));
  }

  private void refused(String words, LinearizeResponse.Builder... chunks) {
    answer(chunks);
    GaitwayException e = assertThrows(GaitwayException.class, this::linearize);
    assertEquals("INTERNAL", e.code());
    assertTrue(e.getMessage().contains(words), e.getMessage());
  }

  @Test
  void arraysOfAnotherEnvironmentAreRefusedBeforeTheyAreSent() {
    Simulator.CostHessian hessian = Simulator.CostHessian.EXACT;
    assertThrows(
        IllegalArgumentException.class,
        () -> simulator.linearize(new Trajectory(T, 4, NU), hessian, new Expansion(T, NX, NU)));
    assertThrows(
        IllegalArgumentException.class,
        () -> simulator.linearize(new Trajectory(T, NX, NU), hessian, new Expansion(T, NX, 3)));
    assertThrows(
        IllegalArgumentException.class,
        () -> simulator.linearize(new Trajectory(T, NX, NU), hessian, new Expansion(7, NX, NU)));
  }
}
