package io.gaitway.client;

import static io.gaitway.client.fixture.AlteredAnswers.fault;
import static io.gaitway.client.fixture.AlteredAnswers.shaped;
import static io.gaitway.client.fixture.AlteredAnswers.shorter;
import static io.gaitway.client.fixture.AlteredAnswers.typed;

import io.gaitway.client.fixture.AlteredAnswers;
import io.gaitway.client.fixture.AlteredServer;
import io.gaitway.client.simulation.Controller;
import io.gaitway.client.simulation.Expansion;
import io.gaitway.client.simulation.Rollout;
import io.gaitway.client.simulation.RolloutRequest;
import io.gaitway.client.simulation.Simulator;
import io.gaitway.client.simulation.Trajectory;
import io.gaitway.proto.v1.CheckDerivativesResponse;
import io.gaitway.proto.v1.DataType;
import io.gaitway.proto.v1.EvaluateResponse;
import io.gaitway.proto.v1.KnotStatus;
import io.gaitway.proto.v1.LinearizeResponse;
import io.gaitway.proto.v1.RolloutResponse;
import io.gaitway.proto.v1.RolloutStatus;
import io.gaitway.proto.v1.SampleInitialStatesResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Derivatives, rollouts and states that do not fit what was asked. */
@Timeout(60)
class DynamicsAnswersTest {
  private static final int T = 5;

  /** One that nobody could allocate. */
  private static final long HUGE = 1L << 40;

  static Stream<Arguments> faults() {
    List<Arguments> faults = new ArrayList<>();
    dynamics(faults);
    rollouts(faults);
    return faults.stream();
  }

  private static Simulator simulator(GaitwayClient client) {
    return client.simulator("walker", Map.of());
  }

  private static Rollout rollOut(GaitwayClient client) {
    Simulator simulator = simulator(client);
    double[] start = simulator.environment().initialState().meanState();
    Controller still = new Controller.OpenLoop(new double[T * simulator.environment().nu()]);
    return simulator.rollout(RolloutRequest.single(T, start, still)).get(0);
  }

  private static void linearize(GaitwayClient client) {
    Trajectory trajectory = rollOut(client).trajectory();
    simulator(client)
        .linearize(
            trajectory,
            Simulator.CostHessian.EXACT,
            new Expansion(T, trajectory.nx, trajectory.nu));
  }

  private static void contactForces(GaitwayClient client) {
    simulator(client).contactForces(rollOut(client).trajectory(), T);
  }

  private static void dynamics(List<Arguments> faults) {
    faults.add(
        fault(
            "fx has shape (%d) instead of (5, 18, 18)".formatted(HUGE),
            DynamicsAnswersTest::linearize,
            LinearizeResponse.getDefaultInstance(),
            answer -> answer.toBuilder().setFx(shaped(answer.getFx(), HUGE)).build()));
    faults.add(
        fault(
            "lu has type BOOL instead of FLOAT64",
            DynamicsAnswersTest::linearize,
            LinearizeResponse.getDefaultInstance(),
            answer ->
                answer.toBuilder().setLu(typed(answer.getLu(), DataType.DATA_TYPE_BOOL)).build()));
    faults.add(
        fault(
            "luu has 1439 bytes instead of 1440",
            DynamicsAnswersTest::linearize,
            LinearizeResponse.getDefaultInstance(),
            answer -> answer.toBuilder().setLuu(shorter(answer.getLuu())).build()));
    faults.add(
        fault(
            "knot 2 has an unknown status",
            DynamicsAnswersTest::linearize,
            LinearizeResponse.getDefaultInstance(),
            answer -> answer.toBuilder().setStatusesValue(2, 77).build()));
    faults.add(
        fault(
            "4 statuses came for 5 knots",
            DynamicsAnswersTest::contactForces,
            EvaluateResponse.getDefaultInstance(),
            answer ->
                answer.toBuilder()
                    .clearStatuses()
                    .addAllStatuses(answer.getStatusesList().subList(0, 4))
                    .build()));
    faults.add(
        fault(
            "knot 1 has an unknown status",
            DynamicsAnswersTest::contactForces,
            EvaluateResponse.getDefaultInstance(),
            answer ->
                answer.toBuilder().setStatuses(1, KnotStatus.KNOT_STATUS_UNSPECIFIED).build()));
    faults.add(
        fault(
            "contact_forces has shape () instead of (5, 8, 2)",
            DynamicsAnswersTest::contactForces,
            EvaluateResponse.getDefaultInstance(),
            answer -> answer.toBuilder().clearContactForces().build()));
    faults.add(
        fault(
            "states has shape (3, 6) instead of (1, 18)",
            client -> simulator(client).initialStates(1, 1),
            SampleInitialStatesResponse.getDefaultInstance(),
            answer -> answer.toBuilder().setStates(shaped(answer.getStates(), 3, 6)).build()));
    Consumer<GaitwayClient> check = client -> client.checkDerivatives("swimmer", Map.of(), 2, 1);
    faults.add(
        fault(
            "3 of 2 knots were checked",
            check,
            CheckDerivativesResponse.getDefaultInstance(),
            answer -> answer.toBuilder().setSamples(3).build()));
    faults.add(
        fault(
            "errors is number -1",
            check,
            CheckDerivativesResponse.getDefaultInstance(),
            answer -> answer.toBuilder().setWorst(-1).build()));
    faults.add(
        fault(
            "state has entries beyond those asked for",
            check,
            CheckDerivativesResponse.getDefaultInstance(),
            answer -> {
              CheckDerivativesResponse.Builder builder = answer.toBuilder();
              builder.getErrorsBuilder(0).setState(shaped(answer.getErrors(0).getState(), HUGE));
              return builder.build();
            }));
  }

  private static void rollouts(List<Arguments> faults) {
    Consumer<GaitwayClient> ask = DynamicsAnswersTest::rollOut;
    faults.add(
        fault(
            "states has entries beyond those asked for: %d rows, of at most 6".formatted(HUGE),
            ask,
            RolloutResponse.getDefaultInstance(),
            answer -> edit(answer, part -> part.setStates(shaped(part.getStates(), HUGE, 18)))));
    faults.add(
        fault(
            "states has shape (-1, 18)",
            ask,
            RolloutResponse.getDefaultInstance(),
            answer -> edit(answer, part -> part.setStates(shaped(part.getStates(), -1, 18)))));
    faults.add(
        fault(
            "actions has shape (6, 5) instead of (5, 6)",
            ask,
            RolloutResponse.getDefaultInstance(),
            answer -> edit(answer, part -> part.setActions(shaped(part.getActions(), 6, 5)))));
    faults.add(
        fault(
            "costs has shape () instead of (6)",
            ask,
            RolloutResponse.getDefaultInstance(),
            answer -> edit(answer, part -> part.clearCosts())));
    faults.add(
        fault(
            "has status ROLLOUT_STATUS_UNSPECIFIED after 5 of 5 steps",
            ask,
            RolloutResponse.getDefaultInstance(),
            answer ->
                edit(
                    answer,
                    part ->
                        part.getSummaryBuilder()
                            .setStatus(RolloutStatus.ROLLOUT_STATUS_UNSPECIFIED))));
    faults.add(
        fault(
            "has 6 clipped steps of 5",
            ask,
            RolloutResponse.getDefaultInstance(),
            answer -> edit(answer, part -> part.getSummaryBuilder().setClipped(6))));
    faults.add(
        fault(
            "it goes on after the last of 1 rollouts",
            ask,
            RolloutResponse.getDefaultInstance(),
            answer -> answer.toBuilder().addParts(answer.getParts(0)).build()));
  }

  private static RolloutResponse edit(
      RolloutResponse answer, Consumer<io.gaitway.proto.v1.RolloutPart.Builder> change) {
    RolloutResponse.Builder builder = answer.toBuilder();
    change.accept(builder.getPartsBuilder(0));
    return builder.build();
  }

  @ParameterizedTest
  @MethodSource("faults")
  void anAnswerThatDoesNotFitIsAFault(
      String words, Consumer<GaitwayClient> question, Consumer<AlteredServer> alteration)
      throws IOException {
    AlteredAnswers.check(words, question, alteration);
  }
}
