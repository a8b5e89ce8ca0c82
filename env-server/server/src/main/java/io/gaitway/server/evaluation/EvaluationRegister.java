package io.gaitway.server.evaluation;

import com.google.common.util.concurrent.MoreExecutors;
import io.gaitway.proto.v1.Evaluation;
import io.gaitway.server.call.ServerOptions;
import io.gaitway.server.wire.Codec;
import io.gaitway.server.wire.Errors;
import io.gaitway.server.wire.RequestException;
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

  /** When to try again if every evaluation that there is room for is being controlled. */
  private static final Duration RETRY = Duration.ofSeconds(10);

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
  private final ServerOptions options;
  private final SecureRandom random = new SecureRandom();

  // Guarded by this.
  private final Map<String, LiveEvaluation> live = new LinkedHashMap<>(16, 0.75f, true);
  private @Nullable EvaluationStore store;

  /** How many times an evaluation has been put away. */
  private long departures;

  /**
   * Prepares.
   *
   * @param opener opens the database, when it is first needed
   * @param timer to be closed with this
   * @param workers run the episodes
   * @param options say how many evaluations may have running episodes, how much memory these may
   *     take, and how long an evaluation waits for a controller
   */
  public EvaluationRegister(
      Suites suites,
      Supplier<EvaluationStore> opener,
      DeadlineTimer timer,
      InstantSource clock,
      Executor workers,
      ServerOptions options) {
    this.suites = suites;
    this.opener = opener;
    this.timer = timer;
    this.clock = clock;
    this.workers = workers;
    this.options = options;
  }

  /** The suites. */
  Suites suites() {
    return suites;
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
   * Makes an evaluation ready for a call, which is to attach or to stay away. Where there are too
   * many, or where they could take too much memory, one that nobody controls, and that was asked
   * for the longest ago, is put away: its running episodes will begin again.
   *
   * @param suite the evaluation's
   * @throws RequestException if it has no episodes left, or if there is no room beside those that
   *     somebody controls
   */
  LiveEvaluation ready(String id, SuiteModel suite) {
    while (true) {
      long before = departures();
      EvaluationStore.Stored stored =
          store()
              .find(id)
              .filter(each -> !each.evaluation().hasEndTime())
              .orElseThrow(() -> Errors.evaluationOver(id));
      synchronized (this) {
        // Otherwise the very evaluation may have finished episodes and left since it was read.
        if (live.containsKey(id) || departures == before) {
          return ready(stored, suite);
        }
      }
    }
  }

  private synchronized long departures() {
    return departures;
  }

  private synchronized LiveEvaluation ready(EvaluationStore.Stored stored, SuiteModel suite) {
    String id = stored.evaluation().getId();
    LiveEvaluation found = live.get(id);
    if (found == null) {
      found =
          new LiveEvaluation(
              suite,
              stored,
              store(),
              timer,
              clock,
              MoreExecutors.newSequentialExecutor(workers),
              options.evaluationIdle(),
              this::putAway);
      makeRoom(found.bytes());
      live.put(id, found);
    }
    found.expect();
    return found;
  }

  private void makeRoom(long bytes) {
    long most = options.maxEvaluationBytes();
    while (live.size() >= options.maxSessions() || bytes > most - bytes()) {
      LiveEvaluation idle =
          live.values().stream().filter(each -> !each.isControlled()).findFirst().orElse(null);
      if (bytes > most || (idle == null && live.size() < options.maxSessions())) {
        throw Errors.evaluationBytes(bytes, most, RETRY);
      }
      if (idle == null) {
        throw Errors.capacity("controlled evaluations", options.maxSessions(), RETRY);
      }
      putAway(idle);
    }
  }

  private long bytes() {
    return live.values().stream().mapToLong(LiveEvaluation::bytes).sum();
  }

  /** Forgets the running episodes of an evaluation that nobody controls. */
  private synchronized void putAway(LiveEvaluation evaluation) {
    boolean free = evaluation.isOver() || !evaluation.isControlled();
    if (free && live.remove(evaluation.id(), evaluation)) {
      departures++;
      evaluation.forget();
    }
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
