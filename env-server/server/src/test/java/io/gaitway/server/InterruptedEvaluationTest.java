package io.gaitway.server;

import static io.gaitway.server.EvaluationRig.EPISODES;
import static io.gaitway.server.EvaluationRig.HORIZON;
import static io.gaitway.server.EvaluationRig.PLAIN;
import static io.gaitway.server.EvaluationRig.digests;
import static io.gaitway.server.EvaluationRig.undisturbed;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.proto.v1.EpisodeResult;
import io.gaitway.proto.v1.Evaluation;
import io.gaitway.proto.v1.ListEvaluationsRequest;
import io.gaitway.proto.v1.RoundStates;
import io.gaitway.server.EvaluationRig.TestController;
import io.gaitway.server.call.ServerOptions;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** Evaluations whose controller, connection or server changes before they end. */
@Timeout(60)
class InterruptedEvaluationTest {
  @TempDir Path folder = Path.of("unset");

  @Test
  void aNewcomerTakesOverTheVeryRound() throws Exception {
    try (EvaluationRig rig = EvaluationRig.inMemory()) {
      String id = rig.create(PLAIN, 2);
      TestController first = rig.attach(id);
      first.answer(first.round());
      RoundStates asked = first.round();
      TestController second = rig.attach(id, first);
      assertEquals(asked, second.round());
      StatusRuntimeException fault = first.fault();
      assertEquals(Status.Code.ABORTED, fault.getStatus().getCode());
      assertEquals("CONTROL_TAKEN_OVER", Faults.info(fault).getReason());
      assertEquals(
          Map.of("evaluation", id.substring(0, 8) + "…"), Faults.info(fault).getMetadataMap());
      rig.timer.awaitOne();
      first.answer(asked.getRound(), Rig.tensor(new double[4], 2, 2));
      second.answer(asked);
      second.finish();
      assertEquals(EPISODES, second.results.size());
      second.results.values().forEach(result -> second.assertIsRollout(Map.of(), result));
      assertEquals(undisturbed(PLAIN, 0), digests(rig.get(id).getEpisodesList()));
      assertEquals(2, rig.get(id).getEvaluation().getAttachments());
    }
  }

  @Test
  void aBrokenConnectionIsNoFault() throws Exception {
    try (EvaluationRig rig = EvaluationRig.inMemory()) {
      String id = rig.create(PLAIN, 2);
      TestController first = rig.attach(id);
      first.answer(first.round());
      RoundStates asked = first.round();
      first.breakOff();
      first.fault();
      TestController second = rig.attach(id, first);
      assertEquals(asked, second.round());
      second.requests.onCompleted();
      second.requireEnd();
      TestController third = rig.attach(id, second);
      assertEquals(asked, third.round());
      third.answer(asked);
      third.finish();
      assertEquals(undisturbed(PLAIN, 0), digests(rig.get(id).getEpisodesList()));
      assertEquals(3, rig.get(id).getEvaluation().getAttachments());
      assertEquals(EPISODES, rig.get(id).getEvaluation().getScore().getSurvival() * EPISODES);
    }
  }

  @Test
  void theAlarmOfABrokenConnectionDoesNotGoOff() throws Exception {
    try (EvaluationRig rig = EvaluationRig.inMemory()) {
      String id = rig.create(PLAIN, 2);
      TestController first = rig.attach(id);
      first.round();
      first.breakOff();
      first.fault();
      TestController second = rig.attach(id, first);
      second.round();
      rig.timer.fire();
      assertEquals("CONTROLLER_FAULT", Faults.info(second.fault()).getReason());
      assertEquals(0, rig.timer.pending());
    }
  }

  /** The files of a database as a power cut would leave them. */
  private Path snapshot(Path file, String name) throws Exception {
    Path copy = Files.createDirectories(folder.resolve(name)).resolve("evaluations.db");
    Files.copy(file, copy);
    Path log = file.resolveSibling(file.getFileName() + "-wal");
    Files.copy(log, copy.resolveSibling(copy.getFileName() + "-wal"));
    return copy;
  }

  @Test
  void finishedEpisodesSurviveTheServer() throws Exception {
    Path file = folder.resolve("a").resolve("evaluations.db");
    String id;
    Path left;
    List<EpisodeResult> kept;
    try (EvaluationRig rig = EvaluationRig.on(file)) {
      id = rig.create(PLAIN, 2);
      TestController controller = rig.attach(id);
      while (controller.results.size() < 2) {
        controller.answer(controller.round());
      }
      controller.answer(controller.round());
      controller.round();
      left = snapshot(file, "left");
      kept = rig.get(id).getEpisodesList();
      assertEquals(2, kept.size());
    }
    try (EvaluationRig rig = EvaluationRig.on(left)) {
      assertEquals(kept, rig.get(id).getEpisodesList());
      TestController controller = rig.attach(id);
      RoundStates round = controller.round();
      assertEquals(List.of(2, 3), round.getEpisodesList());
      assertEquals(List.of(0, 0), round.getStepsList());
      assertEquals(2, controller.evaluation().getScore().getEpisodes());
      controller.answer(round);
      controller.finish();
      List<EpisodeResult> all = rig.get(id).getEpisodesList();
      assertEquals(
          List.of(1, 1, 2, 2, 1, 1), all.stream().map(EpisodeResult::getBeginnings).toList());
      assertEquals(undisturbed(PLAIN, 0), digests(all));
      assertEquals(2, rig.get(id).getEvaluation().getAttachments());
    }
    // A regular end, and the leaderboard from the file.
    try (EvaluationRig rig = EvaluationRig.on(left)) {
      assertEquals(1, leaderboard(rig, "plain").size());
      assertTrue(rig.get(id).getEvaluation().hasEndTime());
    }
  }

  @Test
  void twoServersOfOneFileDoNotMixTheirEpisodes() throws Exception {
    Path file = folder.resolve("evaluations.db");
    try (EvaluationRig one = EvaluationRig.sharing(file);
        EvaluationRig other = EvaluationRig.sharing(file)) {
      String id = one.create(PLAIN, 2);
      TestController first = one.attach(id);
      first.answer(first.round());
      TestController second = other.attach(id);
      second.finish();
      for (int t = 1; t < HORIZON; t++) {
        first.answer(first.round());
      }
      assertEquals("CONTROL_TAKEN_OVER", Faults.info(first.fault()).getReason());
      assertEquals(undisturbed(PLAIN, 0), digests(one.get(id).getEpisodesList()));
      assertEquals("EVALUATION_OVER", Faults.info(one.attach(id).fault()).getReason());
    }
  }

  private static List<Evaluation> leaderboard(EvaluationRig rig, String suite) {
    return rig.evaluations
        .listEvaluations(ListEvaluationsRequest.newBuilder().setSuite(suite).build())
        .getEvaluationsList();
  }

  private static void assertRefused(
      Status.Code code, String reason, String message, Executable call) {
    assertRefusal(code, reason, message, assertThrows(StatusRuntimeException.class, call));
  }

  private static void assertRefusal(
      Status.Code code, String reason, String message, StatusRuntimeException fault) {
    assertEquals(code, fault.getStatus().getCode());
    assertEquals(reason, Faults.info(fault).getReason());
    assertEquals(message, fault.getStatus().getDescription());
  }

  @Test
  void aDrainingServerPausesEvaluations() throws Exception {
    try (EvaluationRig rig = EvaluationRig.inMemory()) {
      String id = rig.create(PLAIN, 2);
      TestController controller = rig.attach(id);
      controller.round();
      rig.server.drain();
      assertEquals("DRAINING", Faults.info(controller.fault()).getReason());
      assertEquals("DRAINING", Faults.info(rig.attach(id).fault()).getReason());
      assertRefused(
          Status.Code.UNAVAILABLE,
          "DRAINING",
          "the server is shutting down and takes no new work",
          () -> rig.create(PLAIN, 0));
      assertEquals(0, rig.get(id).getEpisodesCount());
      assertEquals(ServingStatus.NOT_SERVING, rig.health());
    }
  }

  @Test
  void aMessageThatIsTooLargePausesTheEvaluation() throws Exception {
    ServerOptions options = ServerOptions.defaults().withMaxMessageBytes(1000);
    try (EvaluationRig rig = EvaluationRig.with(options)) {
      String id = rig.create(PLAIN, 2);
      TestController controller = rig.attach(id);
      RoundStates round = controller.round();
      controller.answer(round.getRound(), Rig.tensor(new double[200], 100, 2));
      assertEquals("MESSAGE_TOO_LARGE", Faults.info(controller.fault()).getReason());
      TestController next = rig.attach(id, controller);
      assertEquals(round, next.round());
      next.answer(round);
      next.finish();
    }
  }
}
