package io.gaitway.server.session;

import io.gaitway.proto.v1.AutoresetMode;
import io.gaitway.proto.v1.BoundsMode;
import io.gaitway.proto.v1.StepRequest;
import io.gaitway.proto.v1.StepResponse;
import io.gaitway.server.access.Audit;
import io.gaitway.server.access.Caller;
import io.gaitway.server.call.ServerOptions;
import io.gaitway.server.call.Workers;
import io.gaitway.server.catalog.Model;
import io.gaitway.server.usage.Account;
import io.gaitway.server.wire.Errors;
import io.gaitway.server.wire.RequestException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The sessions and their leases. A session whose lease has run out is no longer found, and its
 * place goes to the next one that asks.
 */
public final class Sessions implements AutoCloseable {
  /** How often sessions are looked for whose leases have run out, s. */
  private static final int SWEEP_SECONDS = 1;

  private static final int ID_BYTES = 16;

  private final ServerOptions options;
  private final InstantSource clock;
  private final InstantSource timeOfDay;
  private final Workers workers;
  private final SecureRandom random = new SecureRandom();
  private final LongAdder steps = new LongAdder();
  private final Map<String, LiveSession> sessions = new ConcurrentHashMap<>();
  private final Expiries expiries = new Expiries();
  private final SessionBudget budget;
  private final ScheduledExecutorService sweeper;
  private final ScheduledFuture<?> sweep;

  /**
   * Makes none yet.
   *
   * @param clock what leases run on; must not jump
   * @param timeOfDay what answers have their dates from; may be set meanwhile
   */
  public Sessions(
      ServerOptions options, InstantSource clock, InstantSource timeOfDay, Workers workers) {
    this.options = options;
    this.clock = clock;
    this.timeOfDay = timeOfDay;
    this.workers = workers;
    budget = new SessionBudget(options);
    sweeper =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "gaitway-leases");
              thread.setDaemon(true);
              return thread;
            });
    // Also when nobody asks for a session any more, for until then each holds its memory.
    sweep =
        sweeper.scheduleWithFixedDelay(
            this::endExpired, SWEEP_SECONDS, SWEEP_SECONDS, TimeUnit.SECONDS);
  }

  /** Ends the thread that looks at the leases. */
  @Override
  public void close() {
    sweep.cancel(false);
    sweeper.shutdown();
  }

  /** Most environments in a session. */
  int maxEnvironments() {
    return options.maxEnvironmentsPerSession();
  }

  /** The lease of a session that asks for none. */
  public Duration defaultLease() {
    return options.defaultLease();
  }

  /** Makes a session; its environments have seeds drawn at random. */
  public LiveSession create(Model model, SessionPlan plan) {
    return make(cost(model, plan.environments(), plan.autoreset()), () -> build(model, plan));
  }

  private LiveSession build(Model model, SessionPlan plan) {
    int steps = plan.maxEpisodeSteps() == 0 ? model.spec.horizon() : plan.maxEpisodeSteps();
    EnvironmentBatch batch =
        new EnvironmentBatch(model, plan.environments(), plan.autoreset(), steps);
    for (int i = 0; i < batch.size; i++) {
      batch.seed(i, random.nextLong());
    }
    return add(batch, plan.bounds(), plan.lease());
  }

  /** Makes a session that continues from another. */
  LiveSession fork(LiveSession session, List<Integer> environments) {
    int size = environments.isEmpty() ? session.batch.size : environments.size();
    Errors.requireRange(
        "environments (their number)", size, 1, options.maxEnvironmentsPerSession());
    return make(
        cost(session.batch.model, size, session.batch.autoreset),
        () -> add(session.fork(environments), session.bounds, session.lease()));
  }

  private LiveSession add(EnvironmentBatch batch, BoundsMode bounds, Duration lease) {
    byte[] bytes = new byte[ID_BYTES];
    random.nextBytes(bytes);
    String id = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    LiveSession session =
        new LiveSession(
            id,
            Caller.ofCall().principal().name(),
            batch,
            bounds,
            cost(batch.model, batch.size, batch.autoreset),
            lease,
            clock.instant());
    hold(session);
    Audit.note("session.created", id);
    return session;
  }

  private void hold(LiveSession session) {
    sessions.put(session.id, session);
    expiries.put(session);
  }

  /**
   * Goes on with a session of a server before this one, with its whole lease from now on, and
   * whatever the limits are now.
   *
   * @throws RequestException if the model is another one
   */
  void takeOver(SessionRecord saved, Model model) {
    saved.requireModel(model);
    SessionPlan plan = saved.plan();
    EnvironmentBatch batch =
        new EnvironmentBatch(model, plan.environments(), plan.autoreset(), plan.maxEpisodeSteps());
    batch.resume(saved.arrays());
    SessionCost cost = cost(model, batch.size, batch.autoreset);
    LiveSession session =
        new LiveSession(
            saved.id(), saved.owner(), batch, plan.bounds(), cost, plan.lease(), clock.instant());
    session.resume(saved.step(), saved.resets());
    saved.answers().forEach(session.answers::add);
    budget.add(session.owner, cost);
    hold(session);
  }

  /** Every session whose lease has not run out. */
  List<LiveSession> all() {
    endExpired();
    return List.copyOf(sessions.values());
  }

  private SessionCost cost(Model model, int environments, AutoresetMode autoreset) {
    return SessionCost.of(model, environments, autoreset, options.sessions());
  }

  /** Takes room for a session and then makes it; the room is given back if that fails. */
  private LiveSession make(SessionCost cost, Supplier<LiveSession> maker) {
    endExpired();
    String principal = Caller.ofCall().principal().name();
    budget.take(principal, cost, () -> expiries.untilNext(clock.instant()));
    boolean made = false;
    try {
      LiveSession session = maker.get();
      made = true;
      return session;
    } finally {
      if (!made) {
        budget.giveBack(principal, cost);
      }
    }
  }

  private void end(LiveSession session) {
    if (sessions.remove(session.id, session)) {
      expiries.remove(session);
      budget.giveBack(session.owner, session.cost);
    }
  }

  /** Finds a session of the caller and renews its lease. */
  public LiveSession use(String id) {
    if (id.isEmpty()) {
      throw Errors.missing("session_id");
    }
    Instant now = clock.instant();
    LiveSession session = sessions.get(id);
    if (session != null && !session.expiry().isAfter(now)) {
      end(session);
      session = null;
    }
    if (session == null || !isOfCaller(session)) {
      throw Errors.sessionExpired(id);
    }
    session.renew(now);
    return session;
  }

  /** The date at which a session expires if nobody uses or renews it. */
  Instant expireTime(LiveSession session) {
    return timeOfDay.instant().plus(Duration.between(clock.instant(), session.expiry()));
  }

  /** Whether there is a session; does not renew its lease. */
  public boolean holds(String id) {
    LiveSession session = sessions.get(id);
    return session != null && session.expiry().isAfter(clock.instant());
  }

  /** Whether there is a session that the caller may use; does not renew its lease. */
  public boolean holdsForCaller(String id) {
    LiveSession session = sessions.get(id);
    return session != null && holds(id) && isOfCaller(session);
  }

  private static boolean isOfCaller(LiveSession session) {
    return Caller.ofCall().principal().mayUse(session.owner);
  }

  /** Finds a session and gives it a lease of another duration. */
  LiveSession renew(String id, Duration lease) {
    LiveSession session = use(id);
    session.lease(lease);
    session.renew(clock.instant());
    expiries.put(session);
    return session;
  }

  /**
   * Starts an episode in every environment of the session named by {@code id}.
   *
   * @param seeds to put in force first, shape (N), or null to keep those in force
   * @param reader reads what came of it, before anything else can happen to the environments
   */
  public <T> T reset(String id, long @Nullable [] seeds, Function<EnvironmentBatch, T> reader) {
    LiveSession session = use(id);
    synchronized (session) {
      session.reset(null, seeds, null);
      return reader.apply(session.batch);
    }
  }

  /**
   * Carries out the next step of the session named by {@code id}; to be called on the thread that
   * handles the call, whose account it counts for.
   *
   * @param actions shape (N, nu), finite
   * @param reader reads what came of it, before anything else can happen to the environments
   */
  public <T> T step(String id, double[] actions, Function<EnvironmentBatch, T> reader) {
    return step(
        use(id),
        (session, account) -> {
          synchronized (session) {
            session.step(actions, account, workers);
            return reader.apply(session.batch);
          }
        });
  }

  /** As {@link #step(String, double[], Function)}, in messages. */
  StepResponse step(LiveSession session, StepRequest request) {
    return step(session, (same, account) -> SessionMessages.step(same, request, account, workers));
  }

  private <T> T step(LiveSession session, BiFunction<LiveSession, Account, T> work) {
    Account account = Account.ofCall();
    T answer = account.timed(() -> work.apply(session, account));
    steps.add(session.batch.size);
    return answer;
  }

  /** Control steps of single environments so far. */
  public long steps() {
    return steps.sum();
  }

  /** Ends a session of the caller, if it is there. */
  public void delete(String id) {
    LiveSession session = sessions.get(id);
    if (session != null && isOfCaller(session)) {
      end(session);
      Audit.note("session.deleted", id);
    }
  }

  /** Number of sessions whose lease has not run out. */
  public int count() {
    endExpired();
    return sessions.size();
  }

  /** Most memory that the sessions can come to take, as counted against the limits. */
  public long bytes() {
    return budget.bytes();
  }

  /** Number of environments in all sessions. */
  public long environments() {
    return budget.environments();
  }

  /** Checks a lease asked for, in seconds and nanoseconds of whatever size. */
  public Duration lease(long seconds, long nanos) {
    long most = options.maxLease().toSeconds();
    // Checked in parts, since a message can hold what no Duration can.
    boolean allowed = seconds >= 0 && seconds <= most && nanos >= 0 && nanos < 1_000_000_000;
    Duration lease = allowed ? Duration.ofSeconds(seconds, nanos) : Duration.ZERO;
    if (lease.isZero() || lease.compareTo(options.maxLease()) > 0) {
      throw Errors.outOfRange(
          "lease",
          "%d s + %d ns".formatted(seconds, nanos),
          "more than 0 s, at most %d s".formatted(most));
    }
    return lease;
  }

  private void endExpired() {
    expiries.takeExpired(clock.instant()).forEach(this::end);
  }
}
