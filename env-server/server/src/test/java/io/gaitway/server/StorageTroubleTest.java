package io.gaitway.server;

import static io.gaitway.server.EvaluationRig.EPISODES;
import static io.gaitway.server.EvaluationRig.PLAIN;
import static io.gaitway.server.EvaluationRig.digests;
import static io.gaitway.server.EvaluationRig.undisturbed;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.proto.v1.EpisodeResult;
import io.gaitway.proto.v1.ListEvaluationsRequest;
import io.gaitway.proto.v1.RoundStates;
import io.gaitway.server.EvaluationRig.TestController;
import io.gaitway.server.call.EvaluationLimits;
import io.gaitway.server.call.ServerOptions;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A server whose database another process holds, or whose disk is full. */
@Timeout(120)
class StorageTroubleTest {
  private static final EvaluationLimits SMALL =
      new EvaluationLimits(10_000, 1000, Duration.ofDays(365), 1000, 200_000);

  @TempDir Path folder = Path.of("unset");

  private Path file() {
    return folder.resolve("evaluations.db");
  }

  /** Another program that uses the database. */
  private Connection other() throws SQLException {
    return DriverManager.getConnection("jdbc:sqlite:" + file());
  }

  private static void run(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static void requireReadable(EvaluationRig rig, String id) {
    assertEquals(id, rig.get(id).getEvaluation().getId());
    assertEquals(
        0,
        rig.evaluations
            .listEvaluations(ListEvaluationsRequest.getDefaultInstance())
            .getEvaluationsCount());
  }

  @Test
  void whatIsWrittenWaitsForOthersAndWhatIsReadDoesNot() throws Exception {
    try (EvaluationRig rig = EvaluationRig.on(file());
        Connection other = other()) {
      String id = rig.create(PLAIN, 2);
      TestController controller = rig.attach(id);
      RoundStates round = controller.round();
      run(other, "BEGIN IMMEDIATE");
      StatusRuntimeException refused =
          assertThrows(StatusRuntimeException.class, () -> rig.create(PLAIN, 0));
      assertEquals(Status.Code.UNAVAILABLE, refused.getStatus().getCode());
      assertEquals("STORAGE_UNAVAILABLE", Faults.info(refused).getReason());
      assertEquals(Map.of("cause", "locked"), Faults.info(refused).getMetadataMap());
      assertEquals(1, Faults.retry(refused).getRetryDelay().getSeconds());
      requireReadable(rig, id);
      // Rounds without an end of an episode write nothing, and the end of one waits.
      while (controller.results.isEmpty() && round.getSteps(0) < EvaluationRig.HORIZON - 1) {
        controller.answer(round);
        round = controller.round();
      }
      controller.answer(round);
      requireReadable(rig, id);
      assertEquals(0, rig.timer.pending());
      run(other, "ROLLBACK");
      RoundStates next = controller.round();
      assertEquals(List.of(2, 3), next.getEpisodesList());
      controller.answer(next);
      controller.finish();
      assertEquals(undisturbed(PLAIN, 0), digests(rig.get(id).getEpisodesList()));
      assertEquals(1, rig.get(id).getEvaluation().getAttachments());
    }
  }

  /**
   * Fills the database up to its bound, first all pages, then the one that episodes are in; what
   * was filled in is called filler.
   */
  private static void fill(Connection other) throws SQLException {
    run(other, "PRAGMA busy_timeout = 10000");
    for (int size = 4_000_000; size > 10; size /= 2) {
      insertUntilFull(
          other,
          "INSERT INTO evaluation (id, suite, principal, opened, used, message) VALUES"
              + " (hex(randomblob(8)), 'filler', 'p', 9000000000000, 9000000000000, zeroblob("
              + size
              + "))");
    }
    insertUntilFull(other, "INSERT INTO episode VALUES ('filler', random(), 1, zeroblob(40))");
    insertUntilFull(other, "INSERT INTO episode VALUES ('filler', random(), 1, NULL)");
  }

  private static void insertUntilFull(Connection other, String sql) throws SQLException {
    for (int i = 0; i < 10_000; i++) {
      try {
        run(other, sql);
      } catch (SQLException full) {
        assertTrue(String.valueOf(full.getMessage()).contains("SQLITE_FULL"), full.toString());
        return;
      }
    }
    throw new AssertionError("it never gets full");
  }

  @Test
  void whatWasEarnedOnAFullDiskIsKeptUntilThereIsRoom() throws Exception {
    ServerOptions options = ServerOptions.defaults().withEvaluations(SMALL);
    try (EvaluationRig rig = EvaluationRig.on(file(), options);
        Connection other = other()) {
      run(other, "PRAGMA max_page_count = 61"); // the server's bound, in pages of 4096 bytes
      String id = rig.create(PLAIN, 2);
      TestController controller = rig.attach(id);
      RoundStates round = controller.round();
      while (round.getSteps(0) < EvaluationRig.HORIZON - 1) {
        controller.answer(round);
        round = controller.round();
      }
      fill(other);
      controller.answer(round);
      rig.timer.fireRetry();
      rig.timer.fireRetry();
      StatusRuntimeException full = controller.fault();
      assertEquals(Status.Code.RESOURCE_EXHAUSTED, full.getStatus().getCode());
      assertEquals("STORAGE_FULL", Faults.info(full).getReason());
      assertTrue(Faults.retry(full).getRetryDelay().getSeconds() > 0);
      assertEquals(0, rig.get(id).getEpisodesCount());
      // It is not put away meanwhile, and nobody has to attach for it to be written.
      rig.timer.fireIdle();
      run(other, "DELETE FROM evaluation WHERE suite = 'filler'");
      run(other, "DELETE FROM episode WHERE evaluation = 'filler'");
      rig.timer.fireRetry();
      while (rig.get(id).getEpisodesCount() < 2) {
        Thread.onSpinWait();
      }
      TestController next = rig.attach(id, controller);
      next.finish();
      List<EpisodeResult> all = rig.get(id).getEpisodesList();
      assertEquals(EPISODES, all.size());
      assertEquals(undisturbed(PLAIN, 0), digests(all));
      assertEquals(
          List.of(1, 1, 1, 1, 1, 1), all.stream().map(EpisodeResult::getBeginnings).toList());
    }
  }

  @Test
  void oneUserCannotTakeAllTheRoom() throws Exception {
    EvaluationLimits limits = new EvaluationLimits(5, 3, Duration.ofDays(365), 1000, 1 << 30);
    try (EvaluationRig rig =
            EvaluationRig.on(file(), ServerOptions.defaults().withEvaluations(limits));
        Connection other = other()) {
      for (int i = 0; i < 3; i++) {
        rig.create(PLAIN, 0);
      }
      StatusRuntimeException refused =
          assertThrows(StatusRuntimeException.class, () -> rig.create(PLAIN, 0));
      assertEquals("CAPACITY_REACHED", Faults.info(refused).getReason());
      assertEquals(
          Map.of("resource", "unfinished evaluations", "limit", "3", "limit_of", "principal"),
          Faults.info(refused).getMetadataMap());
      run(other, "UPDATE evaluation SET principal = 'somebody else'");
      rig.create(PLAIN, 0);
      rig.create(PLAIN, 0);
      refused = assertThrows(StatusRuntimeException.class, () -> rig.create(PLAIN, 0));
      assertEquals(
          Map.of("resource", "unfinished evaluations", "limit", "5", "limit_of", "server"),
          Faults.info(refused).getMetadataMap());
    }
  }

  @Test
  void whatIsOldIsForgottenWithoutBeingAskedFor() throws Exception {
    try (EvaluationRig rig = EvaluationRig.on(file());
        Connection other = other()) {
      String id = rig.create(PLAIN, 0);
      run(other, "UPDATE evaluation SET opened = 0");
      rig.timer.fireSweep();
      StatusRuntimeException gone = null;
      while (gone == null) {
        try {
          rig.get(id);
        } catch (StatusRuntimeException e) {
          gone = e;
        }
      }
      assertEquals("EVALUATION_NOT_FOUND", Faults.info(gone).getReason());
    }
  }
}
