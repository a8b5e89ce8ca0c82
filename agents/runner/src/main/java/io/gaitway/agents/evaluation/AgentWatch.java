package io.gaitway.agents.evaluation;

import io.gaitway.agents.console.Quantities;
import io.gaitway.client.evaluation.EpisodeResult;
import io.gaitway.client.evaluation.EvaluationInfo;
import io.gaitway.client.evaluation.EvaluationReport;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Judges from what an evaluation tells whether the program that should control it still does its
 * part. While a program is attached its deadline watches over it; this watches over the rest.
 */
public final class AgentWatch {
  private final int attachmentsBefore;
  private final Duration patience;
  private long lastControlled;

  /**
   * Begins to watch.
   *
   * @param begun the evaluation before the program was started
   * @param patience longest time without a controller
   * @param now as {@link System#nanoTime} tells it
   */
  public AgentWatch(EvaluationInfo begun, Duration patience, long now) {
    attachmentsBefore = begun.attachments();
    this.patience = patience;
    lastControlled = now;
  }

  /** What is wrong, in words that continue a sentence about the program; null if nothing is. */
  public @Nullable String judge(EvaluationReport report, long now) {
    if (report.evaluation().controlled() || report.evaluation().endTime() != null) {
      lastControlled = now;
    }
    if (now - lastControlled < patience.toNanos()) {
      return null;
    }
    String time = Quantities.duration(patience.toMillis() / 1e3);
    if (!hasAttached(report)) {
      return "has not attached within " + time;
    }
    String fault = lastFault(report.episodes());
    return "left the evaluation and has not attached again within "
        + time
        + (fault == null ? "" : "; its last fault was " + fault);
  }

  /** Whether the program has attached at all. */
  public boolean hasAttached(EvaluationReport report) {
    return report.evaluation().attachments() > attachmentsBefore;
  }

  /** Name and cause of the last fault of a controller; null if there was none. */
  public static @Nullable String lastFault(List<EpisodeResult> episodes) {
    String last = null;
    for (EpisodeResult episode : episodes) {
      if (episode.fault() != EpisodeResult.Fault.NONE) {
        last = episode.fault() + " (" + episode.faultDetail() + ")";
      }
    }
    return last;
  }
}
