package io.gaitway.server.evaluation;

import com.google.common.util.concurrent.MoreExecutors;
import io.gaitway.proto.v1.Evaluation;
import io.gaitway.server.wire.Codec;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The evaluations of a server: those in its database, and of these the ones under way. */
public final class EvaluationRegister implements AutoCloseable {
  /** Most evaluations in the database that have not ended. */
  static final int MAX_UNFINISHED = 10_000;

  /** Time after which an evaluation that was never controlled may be forgotten. */
  static final Duration UNUSED_LIFE = Duration.ofHours(24);

  private static final int ID_BYTES = 16;

  /** Costs that are NaN, of evaluations in which nothing counts, come last. */
  private static final Comparator<Evaluation> BEST_FIRST =
      Comparator.comparing((Evaluation evaluation) -> evaluation.getSuite().getId())
          .thenComparing(Comparator.comparingDouble((Evaluation e) -> -e.getScore().getSurvival()))
          .thenComparingDouble(evaluation -> evaluation.getScore().getCost())
          .thenComparingLong(evaluation -> evaluation.getEndTime().getSeconds())
          .thenComparingInt(evaluation -> evaluation.getEndTime().getNanos());

  private final Suites suites;
  private final Supplier<EvaluationStore> opener;
  private final DeadlineTimer timer;
  private final InstantSource clock;
  private final Executor workers;
  private final int maxLive;
  private final SecureRandom random = new SecureRandom();

  // Guarded by this.
  private final Map<String, LiveEvaluation> live = new LinkedHashMap<>(16, 0.75f, true);
  private @Nullable EvaluationStore store;

  /**
   * Prepares.
   *
   * @param opener opens the database, when it is first needed
   * @param timer to be closed with this
   * @param workers run the episodes
   * @param maxLive most evaluations with running episodes
   */
  public EvaluationRegister(
      Suites suites,
      Supplier<EvaluationStore> opener,
      DeadlineTimer timer,
      InstantSource clock,
      Executor workers,
      int maxLive) {
    this.suites = suites;
    this.opener = opener;
    this.timer = timer;
    this.clock = clock;
    this.workers = workers;
    this.maxLive = maxLive;
  }

  /** The suites. */
  Suites suites() {
    return suites;
  }

  /** Most evaluations that can be ready to be controlled. */
  int maxLive() {
    return maxLive;
  }

  /**
   * Opens the database now rather than when it is first needed.
   *
   * @throws StoreException if that fails
   */
  public void open() {
    store();
  }

  private synchronized EvaluationStore store() {
    EvaluationStore opened = store;
    if (opened == null) {
      opened = opener.get();
      store = opened;
    }
    return opened;
  }

  /**
   * Opens an evaluation.
   *
   * @param request suite, controller, description, deadline and parallel episodes, all checked
   * @return the evaluation with id and time; empty if there are too many that have not ended
   */
  Optional<Evaluation> create(Evaluation request) {
    Instant now = clock.instant();
    store().forgetUnused(now.minus(UNUSED_LIFE));
    if (store().unfinished() >= MAX_UNFINISHED) {
      return Optional.empty();
    }
    byte[] id = new byte[ID_BYTES];
    random.nextBytes(id);
    Evaluation evaluation =
        request.toBuilder()
            .setId(Base64.getUrlEncoder().withoutPadding().encodeToString(id))
            .setCreateTime(Codec.timestamp(now))
            .build();
    store().create(evaluation, now);
    return Optional.of(evaluation);
  }

  /** Finds an evaluation with its finished episodes and their score. */
  Optional<EvaluationStore.Stored> find(String id) {
    return store().find(id).map(this::completed);
  }

  /** Adds what the database does not hold. */
  private EvaluationStore.Stored completed(EvaluationStore.Stored stored) {
    Evaluation evaluation = stored.evaluation();
    Evaluation.Builder completed =
        evaluation.toBuilder().setControlled(isControlled(evaluation.getId()));
    if (!evaluation.hasScore() && !stored.episodes().isEmpty()) {
      completed.setScore(Scoring.of(stored.episodes(), evaluation.getSuite().getSeed()));
    }
    return new EvaluationStore.Stored(completed.build(), stored.episodes());
  }

  private synchronized boolean isControlled(String id) {
    LiveEvaluation found = live.get(id);
    return found != null && found.isControlled();
  }

  /**
   * Makes an evaluation ready to be controlled. Where too many are, one that nobody controls, and
   * that was asked for the longest ago, is put away: its running episodes will begin again.
   *
   * @param suite the evaluation's
   * @return empty if somebody controls each of those that are ready
   */
  synchronized Optional<LiveEvaluation> ready(EvaluationStore.Stored stored, SuiteModel suite) {
    String id = stored.evaluation().getId();
    live.values().removeIf(LiveEvaluation::isOver);
    LiveEvaluation found = live.get(id);
    if (found == null) {
      if (live.size() >= maxLive && !putOneAway()) {
        return Optional.empty();
      }
      found =
          new LiveEvaluation(
              suite, stored, store(), timer, clock, MoreExecutors.newSequentialExecutor(workers));
      live.put(id, found);
    }
    return Optional.of(found);
  }

  private boolean putOneAway() {
    for (Map.Entry<String, LiveEvaluation> entry : live.entrySet()) {
      if (!entry.getValue().isControlled()) {
        live.remove(entry.getKey());
        return true;
      }
    }
    return false;
  }

  /**
   * The leaderboard.
   *
   * @param suite name of a suite, or empty for all
   * @return evaluations that have ended, the best of each suite first, without their ids
   */
  List<Evaluation> leaderboard(String suite) {
    return store().ended(suite).stream()
        .sorted(BEST_FIRST)
        .map(evaluation -> evaluation.toBuilder().clearId().build())
        .toList();
  }

  /** Closes the database; nothing may run any more. */
  @Override
  public synchronized void close() {
    timer.close();
    EvaluationStore opened = store;
    if (opened != null) {
      opened.close();
    }
  }
}
