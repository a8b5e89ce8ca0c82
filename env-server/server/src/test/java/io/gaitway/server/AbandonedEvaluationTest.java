package io.gaitway.server;

import static io.gaitway.server.EvaluationRig.EPISODES;
import static io.gaitway.server.EvaluationRig.HORIZON;
import static io.gaitway.server.EvaluationRig.PLAIN;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.gaitway.proto.v1.EpisodeResult;
import io.gaitway.proto.v1.RoundStates;
import io.gaitway.server.EvaluationRig.TestController;
import io.gaitway.server.call.ServerOptions;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Evaluations that their controllers leave, the memory they hold, and what ends them early. */
@Timeout(60)
class AbandonedEvaluationTest {
  /** What two episodes take at most: states and costs of H + 1 rows, actions of H, in doubles. */
  private static final long TWO_EPISODES = 2 * 8 * ((HORIZON + 1) * (2 + 1) + HORIZON * 2);

  @Test
  void whatNobodyControlsGivesUpItsRunningEpisodes() throws Exception {
    try (EvaluationRig rig = EvaluationRig.inMemory()) {
      String id = rig.create(PLAIN, 2);
      TestController first = rig.attach(id);
      while (first.results.size() < 2) {
        first.answer(first.round());
      }
      first.answer(first.round());
      first.round();
      first.breakOff();
      first.fault();
      rig.timer.fireIdle();
      TestController second = rig.attach(id);
      RoundStates round = second.round();
      assertEquals(List.of(2, 3), round.getEpisodesList());
      assertEquals(List.of(0, 0), round.getStepsList());
      second.answer(round);
      second.finish();
      assertEquals(
          List.of(1, 1, 2, 2, 1, 1),
          rig.get(id).getEpisodesList().stream().map(EpisodeResult::getBeginnings).toList());
    }
  }

  @Test
  void whoComesBackInTimeFindsTheEpisodesAsTheyWere() throws Exception {
    try (EvaluationRig rig = EvaluationRig.inMemory()) {
      String id = rig.create(PLAIN, 2);
      TestController first = rig.attach(id);
      first.answer(first.round());
      RoundStates asked = first.round();
      first.requests.onCompleted();
      first.requireEnd();
      TestController second = rig.attach(id, first);
      assertEquals(asked, second.round());
      second.requests.onCompleted();
      second.requireEnd();
      rig.timer.fireIdle();
      TestController third = rig.attach(id);
      assertEquals(List.of(0, 0), third.round().getStepsList());
    }
  }

  @Test
  void theMemoryOfControlledEvaluationsIsBounded() throws Exception {
    // One user has three quarters.
    long most = 2 * TWO_EPISODES * 4 / 3 + 1;
    ServerOptions options = ServerOptions.defaults().withMaxEvaluationBytes(most);
    try (EvaluationRig rig = EvaluationRig.with(options)) {
      TestController first = rig.attach(rig.create(PLAIN, 2));
      first.round();
      rig.attach(rig.create(PLAIN, 2)).round();
      String id = rig.create(PLAIN, 2);
      assertNoRoom(rig.attach(id).fault(), TWO_EPISODES);
      first.requests.onCompleted();
      first.requireEnd();
      TestController third = rig.attach(id);
      third.round();
      assertNoRoom(rig.attach(rig.create(PLAIN, 0)).fault(), TWO_EPISODES / 2 * EPISODES);
    }
  }

  private static void assertNoRoom(StatusRuntimeException fault, long needed) {
    long most = 2 * TWO_EPISODES * 4 / 3 + 1;
    long limit = most - most / 4;
    assertEquals(Status.Code.RESOURCE_EXHAUSTED, fault.getStatus().getCode());
    assertEquals("CAPACITY_REACHED", Faults.info(fault).getReason());
    assertEquals(
        Map.of(
            "resource",
            "bytes of controlled evaluations",
            "limit",
            Long.toString(limit),
            "limit_of",
            "principal"),
        Faults.info(fault).getMetadataMap());
    assertEquals(
        "the evaluation's episodes may take "
            + needed
            + " bytes, and all that you control may take "
            + limit
            + "; wait until another one has ended, or ask for fewer parallel episodes",
        fault.getStatus().getDescription());
    assertEquals(10, Faults.retry(fault).getRetryDelay().getSeconds());
  }

  @Test
  void anErrorEndsTheCallAndNotTheServer() throws Exception {
    try (EvaluationRig rig = EvaluationRig.inMemory()) {
      String id = rig.create(PLAIN, 2);
      rig.timer.setBroken(true);
      TestController unlucky = rig.attach(id);
      unlucky.round();
      assertEquals("INTERNAL", Faults.info(unlucky.fault()).getReason());
      rig.timer.setBroken(false);
      TestController next = rig.attach(id);
      next.finish();
      assertEquals(EPISODES, next.results.size());
    }
  }
}
