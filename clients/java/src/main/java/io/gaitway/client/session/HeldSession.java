package io.gaitway.client.session;

import io.gaitway.client.error.CancelledException;
import io.gaitway.client.error.DeadlineExceededException;
import io.gaitway.client.error.GaitwayException;
import io.gaitway.client.error.SessionExpiredException;
import io.gaitway.client.error.UnavailableException;
import io.gaitway.client.internal.Calls;
import io.gaitway.client.internal.TimeLimit;
import io.gaitway.client.internal.Times;
import io.gaitway.proto.v1.DeleteSessionRequest;
import io.gaitway.proto.v1.EnvironmentServiceGrpc;
import io.gaitway.proto.v1.RenewSessionRequest;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The life of a session on the server, apart from the {@link Session} that its owner has: it is
 * renewed while the owner is there, and ended when the owner was collected, or when the process
 * ends. It knows its owner without keeping it alive.
 */
final class HeldSession {
  /** A server that does not answer must not keep a program from ending. */
  private static final TimeLimit CLOSE_DEADLINE = TimeLimit.of("close", Duration.ofSeconds(5));

  /** Longest time that a process takes to end its sessions when it ends itself. */
  private static final Duration EXIT = Duration.ofSeconds(2);

  /** A lease is renewed so many times within its duration: two renewals may get lost. */
  private static final int RENEWALS_PER_LEASE = 3;

  /** Every session of this process that is held. */
  private static final Set<HeldSession> ALL = ConcurrentHashMap.newKeySet();

  static {
    try {
      Runtime.getRuntime().addShutdownHook(new Thread(HeldSession::endAll, "gaitway-sessions"));
    } catch (IllegalStateException e) {
      // The process is ending already: its leases will end what it makes now.
    }
  }

  private final Calls calls;
  private final Set<HeldSession> siblings;
  private final String id;
  private final boolean owned;
  private final AtomicBoolean released = new AtomicBoolean();
  private volatile WeakReference<Session> owner = new WeakReference<>(null);
  private volatile @Nullable ScheduledFuture<?> renewal;

  /**
   * Holds a session.
   *
   * @param siblings the sessions of the same client
   * @param owned whether this process made the session, so that it ends with it
   */
  HeldSession(Calls calls, Set<HeldSession> siblings, String id, boolean owned) {
    this.calls = calls;
    this.siblings = siblings;
    this.id = id;
    this.owned = owned;
    siblings.add(this);
    ALL.add(this);
  }

  void ownedBy(Session session) {
    owner = new WeakReference<>(session);
  }

  /** Renews the lease in the background until the session is released. */
  void renewWith(ScheduledExecutorService executor, Duration lease) {
    long period = Math.max(1, lease.toMillis() / RENEWALS_PER_LEASE);
    ScheduledFuture<?> task =
        executor.scheduleWithFixedDelay(
            this::renewInBackground, period, period, TimeUnit.MILLISECONDS);
    renewal = task;
    if (released.get()) {
      task.cancel(false);
    }
  }

  private void renewInBackground() {
    try {
      renew(RenewSessionRequest.newBuilder().setSessionId(id).build());
    } catch (SessionExpiredException e) {
      release();
    } catch (GaitwayException e) {
      // The next renewal may do better; if none does, the session's next call says so.
    }
  }

  Instant renew(RenewSessionRequest request) {
    return Times.decode(
        calls
            .unary(
                EnvironmentServiceGrpc.getRenewSessionMethod(),
                request,
                "renewal of a session",
                calls.deadline(0))
            .getExpireTime(),
        "expire_time");
  }

  /** Stops caring for the session; true the first time. */
  boolean release() {
    if (released.getAndSet(true)) {
      return false;
    }
    siblings.remove(this);
    ALL.remove(this);
    ScheduledFuture<?> task = renewal;
    if (task != null) {
      task.cancel(false);
    }
    return true;
  }

  /** Ends the session, through its owner if that is still there. */
  void close() {
    Session session = owner.get();
    if (session != null) {
      session.close();
    } else if (release()) {
      delete();
    }
  }

  /** Ends the session on the server, and waits for it. */
  void delete() {
    try {
      calls.once(
          EnvironmentServiceGrpc.getDeleteSessionMethod(),
          deletion(),
          "end of a session",
          CLOSE_DEADLINE);
    } catch (UnavailableException | DeadlineExceededException | CancelledException e) {
      // Nothing is lost: the session ends by itself when its lease runs out.
    }
  }

  /** Called when the owner has been collected, by the one thread that sees to all such. */
  void ownerIsGone() {
    if (release() && owned) {
      calls.send(
          EnvironmentServiceGrpc.getDeleteSessionMethod(), deletion(), CLOSE_DEADLINE, () -> {});
    }
  }

  private DeleteSessionRequest deletion() {
    return DeleteSessionRequest.newBuilder().setSessionId(id).build();
  }

  /**
   * Ends all sessions of this process at the same time. Another thread tells the servers: one of
   * them may be in this process, and hold whoever calls it.
   */
  private static void endAll() {
    Set<HeldSession> ending = Set.copyOf(ALL);
    CountDownLatch running = new CountDownLatch(ending.size());
    Thread telling = new Thread(() -> endAll(ending, running), "gaitway-sessions-end");
    telling.setDaemon(true);
    telling.start();
    try {
      running.await(EXIT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void endAll(Set<HeldSession> ending, CountDownLatch running) {
    TimeLimit limit = TimeLimit.of("exit", EXIT);
    for (HeldSession session : ending) {
      if (session.owned && session.release()) {
        session.calls.send(
            EnvironmentServiceGrpc.getDeleteSessionMethod(),
            session.deletion(),
            limit,
            running::countDown);
      } else {
        running.countDown();
      }
    }
  }
}
