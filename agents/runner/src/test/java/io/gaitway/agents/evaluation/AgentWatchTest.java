package io.gaitway.agents.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.gaitway.client.evaluation.EpisodeResult;
import io.gaitway.client.evaluation.EvaluationInfo;
import io.gaitway.client.evaluation.EvaluationReport;
import io.gaitway.client.evaluation.Suite;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** When a program that should control an evaluation is given up. */
class AgentWatchTest {
  private static final long SECOND = 1_000_000_000L;

  private final AgentWatch watch =
      new AgentWatch(report(3, false).evaluation(), Duration.ofSeconds(10), 5 * SECOND);

  private static EvaluationReport report(int attachments, boolean controlled) {
    Suite suite = new Suite("s", "", List.of(), "1", 9, 2, 0, 0, Duration.ZERO, Duration.ZERO, "d");
    return new EvaluationReport(
        new EvaluationInfo(
            "id",
            suite,
            "c",
            "",
            Duration.ofSeconds(1),
            2,
            Instant.EPOCH,
            null,
            attachments,
            null,
            controlled),
        List.of());
  }

  @Test
  void oneThatNeverAttaches() {
    assertNull(watch.judge(report(3, false), 14 * SECOND));
    assertEquals("has not attached within 10 s", watch.judge(report(3, false), 15 * SECOND));
  }

  @Test
  void oneThatLeaves() {
    assertNull(watch.judge(report(4, true), 14 * SECOND));
    assertNull(watch.judge(report(4, true), 1000 * SECOND));
    assertNull(watch.judge(report(4, false), 1009 * SECOND));
    EpisodeResult missed =
        new EpisodeResult(
            0,
            EpisodeResult.Outcome.COMPLETED,
            EpisodeResult.Fault.DEADLINE_MISSED,
            "too late",
            9,
            1,
            0,
            1,
            "",
            1);
    EvaluationReport left = new EvaluationReport(report(4, false).evaluation(), List.of(missed));
    assertEquals(
        "left the evaluation and has not attached again within 10 s; its last fault was"
            + " DEADLINE_MISSED (too late)",
        watch.judge(left, 1010 * SECOND));
  }
}
