package io.gaitway.client.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.client.GaitwayClient;
import io.gaitway.client.error.CancelledException;
import io.gaitway.client.error.FailedPreconditionException;
import io.gaitway.client.error.InvalidArgumentException;
import io.gaitway.client.error.NotFoundException;
import io.gaitway.client.error.PermissionDeniedException;
import io.gaitway.client.fixture.RealServer;
import io.gaitway.client.fixture.RealServer.Transport;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Evaluations against a real server. */
@Timeout(120)
class EvaluationsTest {
  private static final String SUITE = "swimmer-still";
  private static final int EPISODES = 10;

  @TempDir Path folder = Path.of("");

  private RealServer server(Transport transport) throws Exception {
    return RealServer.start(transport, folder, 1);
  }

  /** Pushes with a torque that depends on the state. */
  private static void swim(ControllerFunction.Round round, double[] us) {
    int nx = round.states().length / round.size();
    int nu = us.length / round.size();
    for (int i = 0; i < round.size(); i++) {
      for (int j = 0; j < nu; j++) {
        us[i * nu + j] = 40 * round.states()[i * nx + 2 + j] - round.steps().get(i) % 7;
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void aControllerIsEvaluated(Transport transport) throws Exception {
    try (RealServer server = server(transport);
        GaitwayClient client = server.client()) {
      Evaluations evaluations = client.evaluations();
      EvaluationInfo opened =
          evaluations.create(
              new EvaluationOptions(SUITE, "swim", "pushes", Duration.ofSeconds(20), 4));
      assertEquals(Duration.ofSeconds(20), opened.actionDeadline());
      assertEquals(4, opened.parallel());
      assertNull(opened.endTime());
      assertNull(opened.score());
      List<EpisodeResult> told = new ArrayList<>();
      List<ControllerFunction.Task> tasks = new ArrayList<>();
      List<EpisodeResult> results =
          evaluations.control(
              opened.id(),
              new ControllerFunction() {
                @Override
                public void begin(Task task) {
                  tasks.add(task);
                }

                @Override
                public void act(Round round, double[] us) {
                  swim(round, us);
                }

                @Override
                public void ended(EpisodeResult result) {
                  told.add(result);
                }
              });
      assertEquals(told, results);
      assertEquals(client.environment("swimmer", Map.of()), tasks.get(0).environment());
      assertTrue(tasks.get(0).evaluation().controlled());
      EvaluationReport report = evaluations.get(opened.id());
      assertEquals(results, report.episodes());
      assertEquals(
          IntStream.range(0, EPISODES).boxed().toList(),
          results.stream().map(EpisodeResult::episode).toList());
      assertTrue(results.stream().allMatch(EpisodeResult::survived));
      EvaluationInfo.Score score = report.evaluation().score();
      assertNotNull(score);
      assertEquals(1, score.survival());
      assertTrue(score.costLower() <= score.cost() && score.cost() <= score.costUpper());
      assertNotNull(report.evaluation().endTime());
      List<EvaluationInfo> board = evaluations.leaderboard(SUITE);
      assertEquals(1, board.size());
      // Who runs the server is its admin over a Unix socket, and sees the ids.
      assertEquals(transport == Transport.UNIX ? opened.id() : "", board.get(0).id());
      assertEquals("pushes", board.get(0).description());
      if (transport == Transport.UNIX) {
        evaluations.remove(opened.id());
        assertEquals(List.of(), evaluations.leaderboard(SUITE));
      } else {
        assertThrows(PermissionDeniedException.class, () -> evaluations.remove(opened.id()));
      }
    }
  }

  @Test
  void whatIsRefusedIsToldByType() throws Exception {
    try (RealServer server = server(Transport.IN_PROCESS);
        GaitwayClient client = server.client()) {
      Evaluations evaluations = client.evaluations();
      assertEquals(
          "UNKNOWN_SUITE",
          assertThrows(
                  NotFoundException.class,
                  () -> evaluations.create(EvaluationOptions.of("none", "x")))
              .reason());
      assertEquals(
          "controller",
          assertThrows(
                  InvalidArgumentException.class,
                  () -> evaluations.create(EvaluationOptions.of(SUITE, "")))
              .field());
      assertEquals(
          "EVALUATION_NOT_FOUND",
          assertThrows(
                  NotFoundException.class, () -> evaluations.control("none", EvaluationsTest::swim))
              .reason());
    }
  }

  @Test
  void aFaultEndsTheControlAndTheRestGoesOn() throws Exception {
    try (RealServer server = server(Transport.IN_PROCESS);
        GaitwayClient client = server.client()) {
      Evaluations evaluations = client.evaluations();
      String id =
          evaluations
              .create(new EvaluationOptions(SUITE, "slow", "", Duration.ofMillis(50), 4))
              .id();
      FailedPreconditionException fault =
          assertThrows(
              FailedPreconditionException.class,
              () ->
                  evaluations.control(
                      id,
                      (round, us) -> {
                        if (round.number() > 0) {
                          awaitTheEnd(evaluations, id);
                        }
                      }));
      assertEquals("CONTROLLER_FAULT", fault.reason());
      assertEquals("DEADLINE_MISSED", fault.metadata().get("fault"));
      assertEquals("0,1,2,3", fault.metadata().get("episodes"));
    }
  }

  /** Waits until the deadline has cost the round. */
  private static void awaitTheEnd(Evaluations evaluations, String id) {
    while (evaluations.get(id).episodes().isEmpty()) {
      Thread.onSpinWait();
    }
  }

  @Test
  void whatAControllerThrowsEndsTheControl() throws Exception {
    try (RealServer server = server(Transport.TCP);
        GaitwayClient client = server.client()) {
      Evaluations evaluations = client.evaluations();
      String id = evaluations.create(EvaluationOptions.of(SUITE, "throws")).id();
      IllegalStateException own = new IllegalStateException("mine");
      assertSame(
          own,
          assertThrows(
              IllegalStateException.class,
              () ->
                  evaluations.control(
                      id,
                      (round, us) -> {
                        throw own;
                      })));
      assertEquals(EPISODES, evaluations.control(id, EvaluationsTest::swim).size());
      assertEquals(2, evaluations.get(id).evaluation().attachments());
    }
  }

  @Test
  void anInterruptGivesControlBack() throws Exception {
    try (RealServer server = server(Transport.IN_PROCESS);
        GaitwayClient client = server.client()) {
      Evaluations evaluations = client.evaluations();
      String id = evaluations.create(EvaluationOptions.of(SUITE, "interrupted")).id();
      assertThrows(
          CancelledException.class,
          () -> evaluations.control(id, (round, us) -> Thread.currentThread().interrupt()));
      assertTrue(Thread.interrupted());
      assertEquals(EPISODES, evaluations.control(id, EvaluationsTest::swim).size());
    }
  }
}
