package io.gaitway.client.session;

import io.gaitway.client.error.GaitwayException;
import io.gaitway.client.error.SessionExpiredException;
import io.gaitway.client.internal.Calls;
import io.gaitway.client.internal.Descriptions;
import io.gaitway.client.simulation.EnvironmentInfo;
import io.gaitway.proto.v1.AutoresetMode;
import io.gaitway.proto.v1.BoundsMode;
import io.gaitway.proto.v1.EnvironmentServiceGrpc;
import io.gaitway.proto.v1.GetSessionRequest;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The open sessions of one client, and the thread that renews their leases. */
public final class Sessions implements AutoCloseable {
  /** A lease is renewed so many times within its duration: two renewals may get lost. */
  private static final int RENEWALS_PER_LEASE = 3;

  private final Calls calls;
  private final Set<Session> cared = ConcurrentHashMap.newKeySet();
  private @Nullable ScheduledExecutorService renewals;

  /** Called by the client that they belong to. */
  public Sessions(Calls calls) {
    this.calls = calls;
  }

  /** As {@link io.gaitway.client.GaitwayClient#session}. */
  public Session open(String id, Map<String, Double> parameters, SessionOptions options) {
    return add(
        calls
            .unary(
                EnvironmentServiceGrpc.getCreateSessionMethod(),
                SessionCodec.create(Descriptions.reference(id, parameters), options),
                "new session",
                calls.deadline(0))
            .getSession(),
        options.renew());
  }

  /** As {@link io.gaitway.client.GaitwayClient#attach}. */
  public Session attach(String sessionId) {
    GetSessionRequest request = GetSessionRequest.newBuilder().setSessionId(sessionId).build();
    return add(
        calls
            .retrying(
                () ->
                    calls.unary(
                        EnvironmentServiceGrpc.getGetSessionMethod(),
                        request,
                        "description of a session",
                        calls.deadline(0)))
            .getSession(),
        false);
  }

  /** Takes a session of the server into care. */
  Session add(io.gaitway.proto.v1.Session message, boolean renew) {
    EnvironmentInfo environment = Descriptions.environment(message.getEnvironment());
    Duration lease =
        Duration.ofSeconds(message.getLease().getSeconds(), message.getLease().getNanos());
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
            message.getId(), message.getNumEnvironments(), environment.nx(), environment.nu());
    Session session = new Session(this, calls, environment, codec, options, message.getStep());
    cared.add(session);
    if (renew) {
      session.renewWith(schedule(session, lease));
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

  private synchronized ScheduledFuture<?> schedule(Session session, Duration lease) {
    if (renewals == null) {
      renewals =
          Executors.newSingleThreadScheduledExecutor(
              new DefaultThreadFactory("gaitway-renewal", true));
    }
    long period = Math.max(1, lease.toMillis() / RENEWALS_PER_LEASE);
    return renewals.scheduleWithFixedDelay(
        () -> renew(session), period, period, TimeUnit.MILLISECONDS);
  }

  private static void renew(Session session) {
    try {
      session.renew();
    } catch (SessionExpiredException e) {
      session.detach();
    } catch (GaitwayException e) {
      // The next renewal may do better; if none does, the session's next call says so.
    }
  }

  void remove(Session session) {
    cared.remove(session);
  }

  /** Ends every session that is still in care. */
  @Override
  public void close() {
    for (Session session : cared) {
      session.close();
    }
    synchronized (this) {
      if (renewals != null) {
        renewals.shutdownNow();
      }
    }
  }
}
