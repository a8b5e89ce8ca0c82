package io.gaitway.server.dynamics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.proto.v1.CheckDerivativesRequest;
import io.gaitway.proto.v1.CheckDerivativesResponse;
import io.gaitway.proto.v1.DerivativeError;
import io.gaitway.proto.v1.DerivativeSide;
import io.gaitway.proto.v1.EnvironmentRef;
import io.gaitway.proto.v1.EvaluateRequest;
import io.gaitway.proto.v1.EvaluateResponse;
import io.gaitway.proto.v1.KnotStatus;
import io.gaitway.proto.v1.SampleInitialStatesRequest;
import io.gaitway.server.CartProvider;
import io.gaitway.server.Rig;
import io.gaitway.server.call.ServerOptions;
import io.gaitway.server.wire.Codec;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The dynamics as functions over gRPC: single transitions, initial states, checked derivatives. */
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

  /** The first corner is one at rest. */
  @Test
  void derivativesCanBeCheckedInCorners() {
    CheckDerivativesResponse report =
        rig.dynamics.checkDerivatives(
            CheckDerivativesRequest.newBuilder()
                .setEnvironment(Rig.CART)
                .setSamples(1)
                .setSeed(1)
                .setCorners(true)
                .build());
    DerivativeError worst = report.getErrors(report.getWorst());
    assertTrue(worst.getRelativeError() < 1e-9, report.toString());
    assertNotEquals(DerivativeSide.DERIVATIVE_SIDE_UNSPECIFIED, worst.getSide());
    double[] state = Codec.doubles("state", worst.getState(), Codec.ANY);
    assertEquals(0, state[state.length - 1]);
  }
}
