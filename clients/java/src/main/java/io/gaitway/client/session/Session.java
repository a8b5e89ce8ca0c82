package io.gaitway.client.session;

import io.gaitway.client.GaitwayClient;
import io.gaitway.client.error.CancelledException;
import io.gaitway.client.error.FailedPreconditionException;
import io.gaitway.client.error.GaitwayException;
import io.gaitway.client.error.InvalidArgumentException;
import io.gaitway.client.error.SessionExpiredException;
import io.gaitway.client.error.StepOutOfOrderException;
import io.gaitway.client.error.StepUncertainException;
import io.gaitway.client.error.UnimplementedException;
import io.gaitway.client.internal.Calls;
import io.gaitway.client.internal.TimeLimit;
import io.gaitway.client.internal.Times;
import io.gaitway.client.simulation.EnvironmentInfo;
import io.gaitway.proto.v1.EnvironmentServiceGrpc;
import io.gaitway.proto.v1.ForkRequest;
import io.gaitway.proto.v1.RenewSessionRequest;
import io.gaitway.proto.v1.ResetRequest;
import io.gaitway.proto.v1.ResetResponse;
import io.gaitway.proto.v1.RestoreRequest;
import io.gaitway.proto.v1.SnapshotRequest;
import io.gaitway.proto.v1.StepRequest;
import io.gaitway.proto.v1.StepResponse;
import java.lang.ref.Reference;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * N environments of one kind that a server holds and steps together.
 *
 * <p>A session lives on the server until it is closed, until its lease runs out, or until this
 * process ends or has no reference to it any more; it outlives broken connections. One that was
 * {@linkplain io.gaitway.client.GaitwayClient#attach attached} or {@linkplain #detach detached} is
 * left to its lease when the process ends.
 *
 * <p>Steps are numbered, so that one whose answer got lost is asked for again without being carried
 * out twice. If that fails too, or a step takes too long, nobody can tell whether it was carried
 * out: the call throws a {@link StepUncertainException}, and the session asks the server for its
 * step number before the next one. {@link #step()} says the number.
 *
 * <p>Calls of several threads are carried out one after the other.
 */
public final class Session implements AutoCloseable {
  private final Sessions sessions;
  private final Calls calls;
  private final EnvironmentInfo environment;
  private final SessionCodec codec;
  private final SessionOptions options;
  private final HeldSession held;
  private final int window;
  private long step;
  private long resets;
  private boolean stepUnsure;
  private volatile @Nullable StepStream stream;
  private final AtomicBoolean closed = new AtomicBoolean();

  Session(
      Sessions sessions,
      Calls calls,
      EnvironmentInfo environment,
      SessionCodec codec,
      SessionOptions options,
      HeldSession held,
      io.gaitway.proto.v1.Session message) {
    this.sessions = sessions;
    this.calls = calls;
    this.environment = environment;
    this.codec = codec;
    this.options = options;
    this.held = held;
    step = message.getStep();
    resets = message.getResets();
    window = Math.max(1, message.getAnswerWindow());
  }

  /**
   * How far a session is.
   *
   * @param steps number of steps carried out
   * @param resets number of resets carried out
   */
  record Progress(long steps, long resets) {}

  /** The session's key: whoever knows it may use the session, see {@link GaitwayClient#attach}. */
  public String id() {
    return codec.id();
  }

  /** What the environments are, with the parameters in force. */
  public EnvironmentInfo environment() {
    return environment;
  }

  /** What the session was made with; an attached session is not renewed in the background. */
  public SessionOptions options() {
    return options;
  }

  /** Number of environments N. */
  public int size() {
    return codec.size();
  }

  /** Number of steps carried out; asks the server if the last step's fate is unknown. */
  public synchronized long step() {
    settle();
    return step;
  }

  /** Starts the next episode in every environment. */
  public Episodes reset() {
    return reset(Reset.all());
  }

  /**
   * Starts new episodes. A reset without seeds whose call fails by time or connection may have been
   * carried out, and each starts another episode; one with seeds can be made again without harm.
   *
   * @throws IllegalArgumentException if an array's length does not fit
   * @throws IllegalStateException while a stream is open
   */
  public synchronized Episodes reset(Reset reset) {
    requireNoStream();
    ResetRequest request = codec.reset(reset);
    // Without seeds a reset goes on to the next episode, so that a second one would skip an
    // episode.
    boolean known = !stepUnsure;
    // Until the answer has come; another reset or a stream needs to know how many there were.
    stepUnsure = true;
    ResetResponse response = calls.retrying(reset.seeds() != null, () -> reset(request));
    stepUnsure = !known;
    resets++;
    return codec.episodes(response);
  }

  private ResetResponse reset(ResetRequest request) {
    return calls.once(
        EnvironmentServiceGrpc.getResetMethod(), request, "reset", calls.deadline(size()));
  }

  /**
   * Advances every environment by one control step, exactly once.
   *
   * @param us actions, shape (N, nu)
   * @throws FailedPreconditionException if an environment needs a reset
   * @throws InvalidArgumentException if an action is not finite, or out of bounds where the session
   *     refuses that
   * @throws StepUncertainException if no answer came, although the step was sent: it may have been
   *     carried out, which {@link #step()} tells
   * @throws CancelledException if the thread was interrupted or the client closed; here too {@link
   *     #step()} tells how far the session is
   * @throws IllegalArgumentException if the array's length does not fit
   * @throws IllegalStateException while a stream is open
   */
  public synchronized StepResult step(double[] us) {
    requireNoStream();
    settle();
    StepRequest request = codec.step(step, us);
    StepResponse response;
    try {
      response = calls.retrying(true, () -> step(request));
    } catch (GaitwayException e) {
      throw stepUnsure && leavesOpen(e) ? new StepUncertainException(e, step) : e;
    }
    // Until the answer has proved to be one.
    stepUnsure = true;
    StepResult result = codec.result(response, step + 1);
    step = result.step();
    stepUnsure = false;
    return result;
  }

  private StepResponse step(StepRequest request) {
    try {
      return calls.once(
          EnvironmentServiceGrpc.getStepMethod(), request, "step", calls.deadline(size()));
    } catch (GaitwayException e) {
      // Only the server's refusal, or a call that never left, rules out that it was carried out.
      if (e instanceof StepOutOfOrderException || (e.reason().isEmpty() && !Calls.neverSent(e))) {
        stepUnsure = true;
      }
      throw e;
    }
  }

  /**
   * Whether a failure may have come after the command was carried out, and has no type that tells
   * so: a caller who gives up knows.
   */
  static boolean leavesOpen(GaitwayException e) {
    return e.reason().isEmpty()
        && !(e instanceof CancelledException)
        && !(e instanceof UnimplementedException);
  }

  /**
   * Opens a stream of steps, for many round trips or for steps sent ahead of their answers. One at
   * a time; while it is open, {@link #step} and {@link #reset} are its own.
   *
   * @throws IllegalStateException if one is open already
   */
  public synchronized StepStream stream() {
    requireNoStream();
    settle();
    StepStream opened = new StepStream(this, calls, codec, window, new Progress(step, resets));
    stream = opened;
    return opened;
  }

  /** Called by the stream when it ends, with how far it is if every answer came. */
  synchronized void streamEnded(Progress at, boolean unsure) {
    stream = null;
    step = at.steps();
    resets = at.resets();
    stepUnsure = unsure;
  }

  /**
   * Copies out everything that the environments' future depends on.
   *
   * @param environments indices of those wanted, repeats allowed; none for all
   */
  public Snapshot snapshot(int... environments) {
    SnapshotRequest.Builder request = SnapshotRequest.newBuilder().setSessionId(id());
    for (int environment : environments) {
      request.addEnvironments(environment);
    }
    SnapshotRequest message = request.build();
    try {
      return codec.snapshot(
          calls.unary(
              EnvironmentServiceGrpc.getSnapshotMethod(), message, "snapshot", calls.deadline(0)),
          environments.length == 0 ? size() : environments.length,
          environment.modelDigest());
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /**
   * Puts a snapshot into the environments. The session's step number goes on.
   *
   * @param environments indices of those that receive the snapshot's rows, in order; none for all
   * @throws FailedPreconditionException if the snapshot is of another model
   * @throws IllegalStateException while a stream is open
   */
  public synchronized void restore(Snapshot snapshot, int... environments) {
    requireNoStream();
    RestoreRequest.Builder request =
        RestoreRequest.newBuilder().setSessionId(id()).setSnapshot(snapshot.message());
    for (int environment : environments) {
      request.addEnvironments(environment);
    }
    RestoreRequest message = request.build();
    calls.unary(EnvironmentServiceGrpc.getRestoreMethod(), message, "restore", calls.deadline(0));
  }

  /**
   * Makes a new session that continues from this one, which does not change.
   *
   * @param environments for each environment of the new session the index of the one it continues
   *     from, repeats allowed; none for all in order
   */
  public Session fork(int... environments) {
    ForkRequest.Builder request = ForkRequest.newBuilder().setSessionId(id());
    for (int environment : environments) {
      request.addEnvironments(environment);
    }
    try {
      return sessions.addFork(
          calls
              .unary(
                  EnvironmentServiceGrpc.getForkMethod(),
                  request.build(),
                  "fork",
                  calls.deadline(0))
              .getSession(),
          environment,
          environments.length == 0 ? size() : environments.length,
          options.renew());
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /**
   * Renews the lease.
   *
   * @return when the session expires if nobody uses or renews it
   * @throws SessionExpiredException if it has expired
   */
  public Instant renew() {
    return renew(RenewSessionRequest.newBuilder().setSessionId(id()).build());
  }

  /**
   * Renews the lease and changes its duration, from now on.
   *
   * @return as {@link #renew()}
   * @throws IllegalArgumentException if the lease is zero or negative
   */
  public Instant renew(Duration lease) {
    return renew(
        RenewSessionRequest.newBuilder()
            .setSessionId(id())
            .setLease(Times.encode(TimeLimit.requirePositive("lease", lease)))
            .build());
  }

  private Instant renew(RenewSessionRequest request) {
    try {
      return held.renew(request);
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /** Stops caring for the session without ending it; it lives until its lease runs out. */
  public void detach() {
    held.release();
  }

  /**
   * Ends the session on the server. A server that cannot be reached is no error: the lease will end
   * the session. Does not wait for another thread's call, which may then find the session gone.
   */
  @Override
  public void close() {
    if (closed.getAndSet(true)) {
      return;
    }
    held.release();
    StepStream open = stream;
    if (open != null) {
      open.close();
    }
    held.delete();
  }

  /** Asks the server for the step number if it is in doubt. */
  private void settle() {
    if (stepUnsure) {
      io.gaitway.proto.v1.Session now = Sessions.describe(calls, id());
      step = now.getStep();
      resets = now.getResets();
      stepUnsure = false;
    }
  }

  private void requireNoStream() {
    if (stream != null) {
      throw new IllegalStateException(
          "the session has an open stream; use it, or close it before other commands");
    }
  }

  /** Names the session by the first characters of its id, which is a secret. */
  @Override
  public String toString() {
    return "Session[%s × %d, %s…]"
        .formatted(environment.id(), size(), id().substring(0, Math.min(8, id().length())));
  }
}
