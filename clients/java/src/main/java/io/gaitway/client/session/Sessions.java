package io.gaitway.client.session;

import io.gaitway.client.internal.Calls;
import io.gaitway.client.internal.Descriptions;
import io.gaitway.client.internal.Tensors;
import io.gaitway.client.internal.Times;
import io.gaitway.client.simulation.EnvironmentInfo;
import io.gaitway.proto.v1.AutoresetMode;
import io.gaitway.proto.v1.BoundsMode;
import io.gaitway.proto.v1.EnvironmentServiceGrpc;
import io.gaitway.proto.v1.GetSessionRequest;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.lang.ref.Cleaner;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The open sessions of one client, and the thread that renews their leases. */
public final class Sessions implements AutoCloseable {
  private static final Cleaner CLEANER = Cleaner.create();

  /** Time after which the renewing thread of a client without sessions ends. */
  private static final int IDLE_SECONDS = 10;

  private final Calls calls;
  private final Set<HeldSession> held = ConcurrentHashMap.newKeySet();
  private @Nullable ScheduledExecutorService renewals;

  /** Called by the client that they belong to. */
  public Sessions(Calls calls) {
    this.calls = calls;
  }

  /** As {@link io.gaitway.client.GaitwayClient#session}. */
  public Session open(String id, Map<String, Double> parameters, SessionOptions options) {
    io.gaitway.proto.v1.Session opened =
        calls
            .unary(
                EnvironmentServiceGrpc.getCreateSessionMethod(),
                SessionCodec.create(Descriptions.reference(id, parameters), options),
                "new session",
                calls.deadline(0))
            .getSession();
    EnvironmentInfo environment = Descriptions.environment(opened.getEnvironment(), id);
    requireSize(opened, options.environments());
    return add(opened, environment, options.renew(), true);
  }

  /** As {@link io.gaitway.client.GaitwayClient#attach}. */
  public Session attach(String sessionId) {
    io.gaitway.proto.v1.Session found = describe(calls, sessionId);
    return add(found, Descriptions.environment(found.getEnvironment()), false, false);
  }

  /** What the server says of a session. */
  static io.gaitway.proto.v1.Session describe(Calls calls, String sessionId) {
    GetSessionRequest request = GetSessionRequest.newBuilder().setSessionId(sessionId).build();
    io.gaitway.proto.v1.Session found =
        calls
            .unary(
                EnvironmentServiceGrpc.getGetSessionMethod(),
                request,
                "description of a session",
                calls.deadline(0))
            .getSession();
    if (!found.getId().equals(sessionId)) {
      throw Tensors.answer("it describes another session");
    }
    return found;
  }

  /** Takes a session that continues from another into care. */
  Session addFork(
      io.gaitway.proto.v1.Session fork, EnvironmentInfo environment, int size, boolean renew) {
    EnvironmentInfo found = Descriptions.environment(fork.getEnvironment(), environment.id());
    if (!found.modelDigest().equals(environment.modelDigest())) {
      throw Tensors.answer("the new session has another model");
    }
    requireSize(fork, size);
    return add(fork, found, renew, true);
  }

  private static void requireSize(io.gaitway.proto.v1.Session session, int asked) {
    if (session.getNumEnvironments() != asked) {
      throw Tensors.answer(
          "the session has %d environments instead of %d"
              .formatted(session.getNumEnvironments(), asked));
    }
  }

  private Session add(
      io.gaitway.proto.v1.Session message,
      EnvironmentInfo environment,
      boolean renew,
      boolean owned) {
    Duration lease = Times.decode(message.getLease(), "lease");
    if (message.getId().isEmpty()
        || message.getNumEnvironments() < 1
        || message.getMaxEpisodeSteps() < 0
        || lease.isZero()) {
      throw Tensors.answer(
          "a session with an id of %d characters has %d environments, %d steps and a lease of %s"
              .formatted(
                  message.getId().length(),
                  message.getNumEnvironments(),
                  message.getMaxEpisodeSteps(),
                  lease));
    }
    SessionOptions options =
        new SessionOptions(
            message.getNumEnvironments(),
            autoreset(message.getAutoresetMode()),
            message.getBoundsMode() == BoundsMode.BOUNDS_MODE_CLIP
                ? SessionOptions.Bounds.CLIP
                : SessionOptions.Bounds.REJECT,
            lease,
            message.getMaxEpisodeSteps(),
            renew);
    SessionCodec codec =
        new SessionCodec(
            message.getId(),
            message.getNumEnvironments(),
            environment.nx(),
            environment.nu(),
            !environment.rewardTerms().isEmpty());
    HeldSession hold = new HeldSession(calls, held, message.getId(), owned);
    Session session = new Session(this, calls, environment, codec, options, hold, message);
    hold.ownedBy(session);
    CLEANER.register(session, hold::ownerIsGone);
    if (renew) {
      hold.renewWith(renewals(), lease);
    }
    return session;
  }

  private static SessionOptions.Autoreset autoreset(AutoresetMode mode) {
    return switch (mode) {
      case AUTORESET_MODE_SAME_STEP -> SessionOptions.Autoreset.SAME_STEP;
      case AUTORESET_MODE_DISABLED -> SessionOptions.Autoreset.DISABLED;
      case AUTORESET_MODE_NEXT_STEP, AUTORESET_MODE_UNSPECIFIED, UNRECOGNIZED ->
          SessionOptions.Autoreset.NEXT_STEP;
    };
  }

  private synchronized ScheduledExecutorService renewals() {
    if (renewals == null) {
      ScheduledThreadPoolExecutor executor =
          new ScheduledThreadPoolExecutor(1, new DefaultThreadFactory("gaitway-renewal", true));
      executor.setRemoveOnCancelPolicy(true);
      executor.setKeepAliveTime(IDLE_SECONDS, TimeUnit.SECONDS);
      executor.allowCoreThreadTimeOut(true);
      renewals = executor;
    }
    return renewals;
  }

  /** Ends every session that is still in care. */
  @Override
  public void close() {
    held.forEach(HeldSession::close);
    synchronized (this) {
      if (renewals != null) {
        renewals.shutdownNow();
      }
    }
  }
}
