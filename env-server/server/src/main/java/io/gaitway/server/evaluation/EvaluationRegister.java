package io.gaitway.server.evaluation;

import com.google.common.util.concurrent.MoreExecutors;
import io.gaitway.proto.v1.Evaluation;
import io.gaitway.proto.v1.Suite;
import io.gaitway.server.access.Principal;
import io.gaitway.server.call.EvaluationLimits;
import io.gaitway.server.wire.Codec;
import io.gaitway.server.wire.Errors;
import io.gaitway.server.wire.RequestException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** The evaluations of a server: those in its database, and of these the ones under way. */
final class EvaluationRegister {
  /** When to try again if every evaluation that there is room for is being controlled. */
  private static final Duration RETRY = Duration.ofSeconds(10);

  /** When to try again if too many are stored that have not ended. */
  private static final Duration RETRY_OPENING = Duration.ofMinutes(1);

  /** How often to look for what has been kept for long enough. */
  private static final Duration SWEEP = Duration.ofHours(1);

  private static final int ID_BYTES = 16;

  private final Suites suites;
  private final Facilities facilities;
  private final EvaluationLimits limits;
  private final LiveEvaluations live;
  private final SecureRandom random = new SecureRandom();

  EvaluationRegister(Suites suites, Facilities facilities) {
    this.suites = suites;
    this.facilities = facilities;
    limits = facilities.options().evaluations();
    live = new LiveEvaluations(facilities.options(), RETRY);
    facilities.timer().schedule(SWEEP, this::sweep);
  }

  /** The suites. */
  Suites suites() {
    return suites;
  }

  private void sweep() {
    if (facilities.storage().isOpen()) {
      facilities
          .storage()
          .write(
              store -> {
                store.retention().forgetOld(limits, facilities.clock().instant());
                return true;
              });
    }
    facilities.timer().schedule(SWEEP, this::sweep);
  }

  /**
   * Opens an evaluation.
   *
   * @param request suite, controller, description, deadline and parallel episodes, all checked
   * @param principal name of the principal that it belongs to
   * @return the evaluation with id and time; {@link RequestException} if too many are stored
   */
  CompletableFuture<Evaluation> create(Evaluation request, String principal) {
    Instant now = facilities.clock().instant();
    byte[] id = new byte[ID_BYTES];
    random.nextBytes(id);
    Evaluation evaluation =
        request.toBuilder()
            .setId(Base64.getUrlEncoder().withoutPadding().encodeToString(id))
            .setCreateTime(Codec.timestamp(now))
            .build();
    return facilities
        .storage()
        .write(
            store -> {
              store.retention().forgetOld(limits, now);
              requireRoom(store.retention(), principal);
              store.create(evaluation, principal, now);
              return evaluation;
            });
  }

  private void requireRoom(Retention stored, String principal) {
    long held = stored.unfinished(principal);
    if (held >= limits.maxUnfinishedOfPrincipal()) {
      throw Errors.principalCapacity(
          "unfinished evaluations", limits.maxUnfinishedOfPrincipal(), held, RETRY_OPENING);
    }
    if (stored.unfinished() >= limits.maxUnfinished()) {
      throw Errors.capacity("unfinished evaluations", limits.maxUnfinished(), RETRY_OPENING);
    }
    while (stored.bytes() > limits.maxStoredBytes()) {
      if (!stored.makeRoom()) {
        throw Errors.capacity(
            "bytes of stored evaluations", limits.maxStoredBytes(), RETRY_OPENING);
      }
    }
  }

  /** Finds an evaluation with its finished episodes and their score. */
  CompletableFuture<Optional<EvaluationStore.Stored>> find(String id) {
    return facilities
        .storage()
        .read(store -> store.find(id))
        .thenApplyAsync(found -> found.map(this::completed), facilities.compute());
  }

  /** Adds what the database does not hold. */
  private EvaluationStore.Stored completed(EvaluationStore.Stored stored) {
    Evaluation evaluation = stored.evaluation();
    Evaluation.Builder completed =
        evaluation.toBuilder().setControlled(live.isControlled(evaluation.getId()));
    if (!evaluation.hasScore() && !stored.episodes().isEmpty()) {
      completed.setScore(Scoring.of(stored.episodes(), evaluation.getSuite().getSeed()));
    }
    return new EvaluationStore.Stored(completed.build(), stored.principal(), stored.episodes());
  }

  /**
   * Makes an evaluation ready for a call, which is to attach or to stay away.
   *
   * @param principal who makes the call
   * @return the evaluation; {@link RequestException} if it has none of this id, if it has no
   *     episodes left, if its suite is not what it was, or if there is no room beside those that
   *     somebody controls
   */
  CompletableFuture<LiveEvaluation> ready(String id, Principal principal) {
    return facilities
        .storage()
        .read(store -> unfinished(store, id, principal))
        .thenApplyAsync(stored -> suite(stored.evaluation().getSuite()), facilities.compute())
        .thenCompose(suite -> ready(id, suite, principal));
  }

  private CompletableFuture<LiveEvaluation> ready(
      String id, SuiteModel suite, Principal principal) {
    long before = live.departures();
    return facilities
        .storage()
        .read(store -> unfinished(store, id, principal))
        .thenCompose(
            stored ->
                live.enter(id, principal.name(), before, () -> begin(suite, stored))
                    .map(CompletableFuture::completedFuture)
                    .orElseGet(() -> ready(id, suite, principal)));
  }

  private static EvaluationStore.Stored unfinished(
      EvaluationStore store, String id, Principal principal) {
    EvaluationStore.Stored stored =
        store
            .find(id)
            .filter(found -> principal.mayUse(found.principal()))
            .orElseThrow(() -> Errors.evaluationNotFound("attach.evaluation_id", id));
    if (stored.evaluation().hasEndTime()) {
      throw Errors.evaluationOver(id);
    }
    return stored;
  }

  /** The suite of an evaluation, if this server still runs the very same; may compile models. */
  private SuiteModel suite(Suite expected) {
    SuiteModel suite =
        suites
            .find(expected.getId())
            .orElseThrow(() -> Errors.unknownSuite(expected.getId(), suites.ids()));
    if (!suite.suite().getDigest().equals(expected.getDigest())) {
      throw Errors.suiteChanged(expected.getId(), expected.getDigest(), suite.suite().getDigest());
    }
    return suite;
  }

  private LiveEvaluation begin(SuiteModel suite, EvaluationStore.Stored stored) {
    return new LiveEvaluation(
        suite,
        stored,
        facilities,
        MoreExecutors.newSequentialExecutor(facilities.compute()),
        live::putAway);
  }

  /** A part of the leaderboard, and where the next part begins, if there is one. */
  record Page(List<Evaluation> evaluations, Optional<LeaderboardPlace> next) {}

  /** Number of evaluations with running episodes. */
  int running() {
    return live.all().size();
  }

  /** Memory that their running episodes hold, bytes. */
  long bytes() {
    return live.all().stream().mapToLong(LiveEvaluation::bytes).sum();
  }

  /**
   * A part of the leaderboard.
   *
   * @param suite name of a suite, or empty for all
   * @param after place that it follows
   * @param most entries
   * @param withIds whether the evaluations have their ids
   * @return evaluations that have ended, the best of each suite first
   */
  CompletableFuture<Page> leaderboard(
      String suite, LeaderboardPlace after, int most, boolean withIds) {
    return facilities
        .storage()
        .read(
            store -> {
              List<EvaluationStore.Entry> found = store.leaderboard(suite, after, most + 1);
              List<EvaluationStore.Entry> shown = found.subList(0, Math.min(most, found.size()));
              return new Page(
                  shown.stream()
                      .map(entry -> withIds ? entry.evaluation() : withoutId(entry.evaluation()))
                      .toList(),
                  found.size() > most
                      ? Optional.of(shown.get(most - 1).place())
                      : Optional.empty());
            });
  }

  private static Evaluation withoutId(Evaluation evaluation) {
    return evaluation.toBuilder().clearId().build();
  }

  /** Removes an evaluation that has ended; false if there is none of this id. */
  CompletableFuture<Boolean> remove(String id) {
    return facilities.storage().write(store -> store.retention().remove(id));
  }

  /** Has whatever is not in the database written, if that is possible now. */
  void save() {
    live.all().forEach(LiveEvaluation::save);
  }
}
