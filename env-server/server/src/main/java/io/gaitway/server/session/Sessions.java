package io.gaitway.server.session;

import io.gaitway.proto.v1.AutoresetMode;
import io.gaitway.proto.v1.BoundsMode;
import io.gaitway.proto.v1.CreateSessionRequest;
import io.gaitway.proto.v1.StepRequest;
import io.gaitway.proto.v1.StepResponse;
import io.gaitway.server.call.ServerOptions;
import io.gaitway.server.call.Workers;
import io.gaitway.server.catalog.Model;
import io.gaitway.server.usage.Account;
import io.gaitway.server.wire.Errors;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * The sessions and their leases. A session whose lease has run out is not found any more and gives
 * its place to the next that asks.
 */
public final class Sessions {
  private static final int ID_BYTES = 16;

  private final ServerOptions options;
  private final InstantSource clock;
  private final Workers workers;
  private final SecureRandom random = new SecureRandom();
  private final LongAdder steps = new LongAdder();
  private final Map<String, LiveSession> sessions = new ConcurrentHashMap<>();

  public Sessions(ServerOptions options, InstantSource clock, Workers workers) {
    this.options = options;
    this.clock = clock;
    this.workers = workers;
  }

  /** Makes a session. */
  public LiveSession create(Model model, CreateSessionRequest request) {
    int most = options.maxEnvironmentsPerSession();
    Errors.requireRange("num_environments", request.getNumEnvironments(), 0, most);
    Errors.requireRange("max_episode_steps", request.getMaxEpisodeSteps(), 0, Integer.MAX_VALUE);
    AutoresetMode autoreset =
        Errors.requireKnown(
            "autoreset_mode", request.getAutoresetMode(), request.getAutoresetModeValue());
    if (autoreset == AutoresetMode.AUTORESET_MODE_UNSPECIFIED) {
      autoreset = AutoresetMode.AUTORESET_MODE_NEXT_STEP;
    }
    BoundsMode bounds =
        Errors.requireKnown("bounds_mode", request.getBoundsMode(), request.getBoundsModeValue());
    if (bounds == BoundsMode.BOUNDS_MODE_UNSPECIFIED) {
      bounds = BoundsMode.BOUNDS_MODE_REJECT;
    }
    Duration lease = request.hasLease() ? lease(request.getLease()) : options.defaultLease();
    int steps =
        request.getMaxEpisodeSteps() == 0 ? model.spec.horizon() : request.getMaxEpisodeSteps();
    EnvironmentBatch batch =
        new EnvironmentBatch(model, Math.max(1, request.getNumEnvironments()), autoreset, steps);
    for (int i = 0; i < batch.size; i++) {
      batch.seed(i, random.nextLong());
    }
    return add(batch, bounds, lease);
  }

  /** Makes a session that continues from another. */
  LiveSession fork(LiveSession session, List<Integer> environments) {
    EnvironmentBatch batch = session.fork(environments, options.maxEnvironmentsPerSession());
    return add(batch, session.bounds, session.lease());
  }

  private LiveSession add(EnvironmentBatch batch, BoundsMode bounds, Duration lease) {
    byte[] bytes = new byte[ID_BYTES];
    random.nextBytes(bytes);
    String id = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    Instant now = clock.instant();
    LiveSession session = new LiveSession(id, batch, bounds, lease, now);
    synchronized (sessions) {
      removeExpired(now);
      if (sessions.size() >= options.maxSessions()) {
        throw Errors.capacity("sessions", options.maxSessions(), untilNextExpiry(now));
      }
      sessions.put(id, session);
    }
    return session;
  }

  /** Finds a session and renews its lease. */
  public LiveSession use(String id) {
    if (id.isEmpty()) {
      throw Errors.missing("session_id");
    }
    Instant now = clock.instant();
    LiveSession session = sessions.get(id);
    if (session != null && !session.expiry().isAfter(now)) {
      sessions.remove(id);
      session = null;
    }
    if (session == null) {
      throw Errors.sessionExpired(id);
    }
    session.renew(now);
    return session;
  }

  /** Whether there is a session; does not renew its lease. */
  public boolean holds(String id) {
    LiveSession session = sessions.get(id);
    return session != null && session.expiry().isAfter(clock.instant());
  }

  /** Finds a session and gives it a lease of another duration. */
  LiveSession renew(String id, Duration lease) {
    LiveSession session = use(id);
    session.lease(lease);
    session.renew(clock.instant());
    return session;
  }

  /**
   * Carries out a Step of the session named by {@code id}; to be called on the thread that handles
   * the call, whose account it counts for.
   */
  public StepResponse step(String id, StepRequest request) {
    LiveSession session = use(id);
    Account account = Account.ofCall();
    StepResponse answer = account.timed(() -> session.step(request, account, workers));
    steps.add(session.batch.size);
    return answer;
  }

  /** Control steps of single environments so far. */
  public long steps() {
    return steps.sum();
  }

  /** Ends a session, if it is there. */
  public void delete(String id) {
    sessions.remove(id);
  }

  /** Number of sessions whose lease has not run out. */
  public int count() {
    removeExpired(clock.instant());
    return sessions.size();
  }

  /** Checks a lease asked for. */
  Duration lease(com.google.protobuf.Duration asked) {
    long most = options.maxLease().toSeconds();
    // Checked in parts, since a message can hold what no Duration can.
    boolean allowed =
        asked.getSeconds() >= 0
            && asked.getSeconds() <= most
            && asked.getNanos() >= 0
            && asked.getNanos() < 1_000_000_000;
    Duration lease =
        allowed ? Duration.ofSeconds(asked.getSeconds(), asked.getNanos()) : Duration.ZERO;
    if (lease.isZero() || lease.compareTo(options.maxLease()) > 0) {
      throw Errors.outOfRange(
          "lease",
          "%d s + %d ns".formatted(asked.getSeconds(), asked.getNanos()),
          "more than 0 s, at most %d s".formatted(most));
    }
    return lease;
  }

  private void removeExpired(Instant now) {
    sessions.values().removeIf(session -> !session.expiry().isAfter(now));
  }

  private Duration untilNextExpiry(Instant now) {
    return sessions.values().stream()
        .map(session -> Duration.between(now, session.expiry()))
        .min(Duration::compareTo)
        .orElse(Duration.ofSeconds(1));
  }
}
