package io.gaitway.server;

import static io.gaitway.server.EvaluationRig.EPISODES;
import static io.gaitway.server.EvaluationRig.HORIZON;
import static io.gaitway.server.EvaluationRig.PLAIN;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.gaitway.proto.v1.Attachment;
import io.gaitway.proto.v1.ControlRequest;
import io.gaitway.proto.v1.ControllerFault;
import io.gaitway.proto.v1.CreateEvaluationRequest;
import io.gaitway.proto.v1.DataType;
import io.gaitway.proto.v1.EpisodeResult;
import io.gaitway.proto.v1.Evaluation;
import io.gaitway.proto.v1.RoundStates;
import io.gaitway.proto.v1.Score;
import io.gaitway.proto.v1.Tensor;
import io.gaitway.server.EvaluationRig.TestController;
import io.gaitway.server.wire.Codec;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a controller does wrong, and what that costs it. */
@Timeout(60)
class ControllerFaultTest {
  @Test
  void silenceBeyondTheDeadlineCostsTheRound() throws Exception {
    try (EvaluationRig rig = EvaluationRig.inMemory()) {
      String id =
          rig.create(
              CreateEvaluationRequest.newBuilder()
                  .setSuite("plain")
                  .setController("slow")
                  .setParallel(4)
                  .setActionDeadline(Codec.duration(Duration.ofMillis(250))));
      TestController controller = rig.attach(id);
      controller.answer(controller.round());
      controller.round();
      assertEquals(Duration.ofMillis(250), rig.timer.fire());
      assertFault(
          controller.fault(),
          "DEADLINE_MISSED",
          "round 1 was not answered within 250 ms",
          "0,1,2,3");
      assertFaults(controller, 4, ControllerFault.CONTROLLER_FAULT_DEADLINE_MISSED, 1);
      TestController next = rig.attach(id);
      next.finish();
      assertEquals(2, next.results.size());
      Evaluation evaluation = rig.get(id).getEvaluation();
      Score score = evaluation.getScore();
      assertEquals(2, evaluation.getAttachments());
      assertEquals(EPISODES, score.getEpisodes());
      assertEquals(4, score.getControllerFaults());
      assertEquals(2.0 / EPISODES, score.getSurvival());
      assertEquals(0, rig.timer.pending());
    }
  }

  @Test
  void theFirstRoundOfAnAttachmentHasTimeToLoadThings() throws Exception {
    try (EvaluationRig rig = EvaluationRig.inMemory()) {
      CreateEvaluationRequest.Builder quick =
          CreateEvaluationRequest.newBuilder()
              .setSuite("plain")
              .setController("loads for long")
              .setParallel(2)
              .setActionDeadline(Codec.duration(Duration.ofMillis(5)));
      String id = rig.create(quick);
      TestController first = rig.attach(id);
      first.answer(first.round());
      first.round();
      first.breakOff();
      first.fault();
      TestController second = rig.attach(id, first);
      second.round();
      assertEquals(Duration.ofSeconds(10), rig.timer.fire());
      assertFault(
          second.fault(), "DEADLINE_MISSED", "round 1 was not answered within 10000 ms", "0,1");
      TestController patient =
          rig.attach(rig.create(quick.setActionDeadline(Codec.duration(Duration.ofMinutes(2)))));
      patient.round();
      assertEquals(Duration.ofMinutes(2), rig.timer.fire());
      patient.fault();
    }
  }

  private static void assertFault(
      StatusRuntimeException status, String fault, String detail, String episodes) {
    assertEquals(Status.Code.FAILED_PRECONDITION, status.getStatus().getCode());
    assertEquals("CONTROLLER_FAULT", Faults.info(status).getReason());
    assertEquals(
        Map.of("fault", fault, "detail", detail, "episodes", episodes),
        Faults.info(status).getMetadataMap());
  }

  /** Requires that these episodes ran on with zero actions. */
  private static void assertFaults(
      TestController controller, int count, ControllerFault fault, int controlledSteps) {
    assertEquals(count, controller.results.size());
    for (EpisodeResult result : controller.results.values()) {
      assertEquals(fault, result.getFault());
      assertEquals(controlledSteps, result.getControlledSteps());
      assertEquals(HORIZON, result.getSteps());
      assertFalse(result.getFaultDetail().isEmpty());
      controller.assertIsRollout(Map.of(), result);
    }
  }

  @Test
  void anActionThatIsNotFiniteCostsItsEpisodeAlone() throws Exception {
    try (EvaluationRig rig = EvaluationRig.inMemory()) {
      TestController controller = rig.attach(rig.create(PLAIN, 3));
      RoundStates first = controller.round();
      controller.answer(first);
      RoundStates second = controller.round();
      double[] us = Rig.doubles(controller.law(second));
      us[3] = Double.NaN;
      controller.answer(second.getRound(), Rig.tensor(us, 3, 2));
      RoundStates third = controller.round();
      assertEquals(List.of(0, 2, 3), third.getEpisodesList());
      assertEquals(List.of(2, 2, 0), third.getStepsList());
      assertFaults(controller, 1, ControllerFault.CONTROLLER_FAULT_NON_FINITE_ACTION, 1);
      assertEquals("far is NaN at step 1", controller.result(1).getFaultDetail());
      controller.answer(third);
      controller.finish();
      controller.results.values().forEach(result -> controller.assertIsRollout(Map.of(), result));
      assertEquals(EPISODES, controller.results.size());
    }
  }

  static List<Arguments> malformed() {
    return List.of(
        Arguments.of(
            (UnaryOperator<Tensor>) right -> Rig.tensor(new double[8], 4, 2),
            "actions.actions has shape (4, 2); expected (3, 2)"),
        Arguments.of(
            (UnaryOperator<Tensor>) right -> Rig.tensor(new double[6], 6),
            "actions.actions has shape (6); expected (3, 2)"),
        Arguments.of(
            (UnaryOperator<Tensor>)
                right -> right.toBuilder().setDtype(DataType.DATA_TYPE_BOOL).build(),
            "actions.actions has entries of type DATA_TYPE_BOOL; expected DATA_TYPE_FLOAT64"),
        Arguments.of(
            (UnaryOperator<Tensor>)
                right -> right.toBuilder().setData(right.getData().substring(1)).build(),
            "actions.actions has 47 bytes; expected 48"),
        Arguments.of(
            (UnaryOperator<Tensor>) right -> Tensor.getDefaultInstance(),
            "actions.actions is missing"));
  }

  @ParameterizedTest(name = "{1}")
  @MethodSource("malformed")
  void actionsOfAnotherFormCostTheRound(UnaryOperator<Tensor> spoil, String detail)
      throws Exception {
    try (EvaluationRig rig = EvaluationRig.inMemory()) {
      TestController controller = rig.attach(rig.create(PLAIN, 3));
      RoundStates round = controller.round();
      controller.answer(round.getRound(), spoil.apply(controller.law(round)));
      assertFault(controller.fault(), "MALFORMED_ACTIONS", detail, "0,1,2");
      assertFaults(controller, 3, ControllerFault.CONTROLLER_FAULT_MALFORMED_ACTIONS, 0);
    }
  }

  @Test
  void aMessageWithoutActionsCostsTheRound() throws Exception {
    try (EvaluationRig rig = EvaluationRig.inMemory()) {
      String id = rig.create(PLAIN, 2);
      TestController controller = rig.attach(id);
      controller.round();
      controller.requests.onNext(
          ControlRequest.newBuilder()
              .setAttach(Attachment.newBuilder().setEvaluationId(id))
              .build());
      assertFault(controller.fault(), "MALFORMED_ACTIONS", "the message holds no actions", "0,1");
    }
  }

  @Test
  void whoIsOutOfStepLosesTheCallAndNoEpisode() throws Exception {
    try (EvaluationRig rig = EvaluationRig.inMemory()) {
      String id = rig.create(PLAIN, 2);
      TestController controller = rig.attach(id);
      RoundStates round = controller.round();
      Tensor actions = controller.law(round);
      for (int i = 0; i < 1000; i++) {
        controller.answer(round.getRound(), actions);
      }
      RoundStates second = controller.round();
      assertFault(
          controller.fault(), "OUT_OF_TURN", "round 0 was answered, but round 1 was asked", "");
      assertEquals(0, rig.timer.pending());
      TestController early = rig.attach(id, controller);
      assertEquals(second, early.round());
      early.answer(second.getRound() + 1, actions);
      assertFault(early.fault(), "OUT_OF_TURN", "round 2 was answered, but round 1 was asked", "");
      assertEquals(0, rig.get(id).getEpisodesCount());
      TestController next = rig.attach(id, early);
      assertEquals(second, next.round());
      next.answer(second);
      next.finish();
      assertEquals(3, rig.get(id).getEvaluation().getAttachments());
      assertEquals(0, rig.get(id).getEvaluation().getScore().getControllerFaults());
      next.results.values().forEach(result -> next.assertIsRollout(Map.of(), result));
    }
  }
}
