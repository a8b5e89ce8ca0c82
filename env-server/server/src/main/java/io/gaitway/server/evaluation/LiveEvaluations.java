package io.gaitway.server.evaluation;

import io.gaitway.server.call.ServerOptions;
import io.gaitway.server.wire.Errors;
import io.gaitway.server.wire.RequestException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The evaluations that have running episodes in memory, within limits. Nobody gets more than three
 * quarters of the room, so that some is left for the others.
 */
final class LiveEvaluations {
  private static final String CONTROLLED = "controlled evaluations";

  private final ServerOptions options;
  private final Duration retry;

  // Guarded by this; by id, what was asked for the longest ago first.
  private final Map<String, LiveEvaluation> live = new LinkedHashMap<>(16, 0.75f, true);

  /** How many times an evaluation has been put away. */
  private long departures;

  /**
   * None yet.
   *
   * @param retry when to try again if there is no room
   */
  LiveEvaluations(ServerOptions options, Duration retry) {
    this.options = options;
    this.retry = retry;
  }

  synchronized boolean isControlled(String id) {
    LiveEvaluation found = live.get(id);
    return found != null && found.isControlled();
  }

  synchronized long departures() {
    return departures;
  }

  synchronized List<LiveEvaluation> all() {
    return List.copyOf(live.values());
  }

  /**
   * The evaluation of an id, for a call that is to attach or to stay away. Where there are too
   * many, or where they could take too much memory, one that nobody controls, and that was asked
   * for the longest ago, is put away: its running episodes will begin again.
   *
   * @param before departures when the database was read
   * @param beginning makes it of what the database said
   * @return empty if what the database said may be old
   * @throws RequestException if there is no room beside those that somebody controls
   */
  synchronized Optional<LiveEvaluation> enter(
      String id, String principal, long before, Supplier<LiveEvaluation> beginning) {
    LiveEvaluation found = live.get(id);
    if (found == null) {
      // The very evaluation may have finished episodes and left since the database was read.
      if (departures != before) {
        return Optional.empty();
      }
      found = beginning.get();
      makeRoom(found.bytes(), principal);
      makeRoom(found.bytes(), null);
      live.put(id, found);
    }
    found.expect(principal);
    return Optional.of(found);
  }

  /** What one principal may have of so much. */
  private static long share(long most) {
    return Math.max(1, most - most / 4);
  }

  /** Makes room within the part of a principal, or within the whole. */
  private void makeRoom(long needed, @Nullable String principal) {
    boolean part = principal != null;
    long mostInNumber = part ? share(options.maxSessions()) : options.maxSessions();
    long mostBytes = part ? share(options.maxEvaluationBytes()) : options.maxEvaluationBytes();
    while (true) {
      List<LiveEvaluation> those =
          live.values().stream()
              .filter(each -> principal == null || each.user().equals(principal))
              .toList();
      boolean tooMany = those.size() >= mostInNumber;
      long taken = those.stream().mapToLong(LiveEvaluation::bytes).sum();
      if (!tooMany && needed <= mostBytes - taken) {
        return;
      }
      Optional<LiveEvaluation> idle = those.stream().filter(LiveEvaluation::isIdle).findFirst();
      if (needed > mostBytes || (idle.isEmpty() && !tooMany)) {
        throw Errors.evaluationBytes(needed, mostBytes, part, retry);
      }
      if (idle.isEmpty()) {
        throw part
            ? Errors.principalCapacity(CONTROLLED, mostInNumber, those.size(), retry)
            : Errors.capacity(CONTROLLED, mostInNumber, retry);
      }
      putAway(idle.get());
    }
  }

  /** Forgets the running episodes of an evaluation, unless somebody controls it. */
  synchronized void putAway(LiveEvaluation evaluation) {
    if (evaluation.isIdle() && live.remove(evaluation.id(), evaluation)) {
      departures++;
      evaluation.forget();
    }
  }
}
