package io.gaitway.server.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.proto.v1.AutoresetMode;
import io.gaitway.proto.v1.BoundsMode;
import io.gaitway.proto.v1.CreateSessionRequest;
import io.gaitway.proto.v1.DeleteSessionRequest;
import io.gaitway.proto.v1.ForkRequest;
import io.gaitway.proto.v1.Session;
import io.gaitway.server.Faults;
import io.gaitway.server.Rig;
import io.gaitway.server.call.ServerOptions;
import io.gaitway.server.call.SessionLimits;
import io.gaitway.server.call.TestWorkers;
import io.gaitway.server.call.Workers;
import io.gaitway.server.catalog.Catalog;
import io.gaitway.sim.task.Environments;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** What sessions of one principal may take, and what gives it back. */
class SessionBudgetTest {
  private static final CreateSessionRequest EIGHT =
      CreateSessionRequest.newBuilder().setEnvironment(Rig.CART).setNumEnvironments(8).build();

  private static Rig rig(int sessions, long environments, long bytes) throws Exception {
    return Rig.inProcess(
        ServerOptions.defaults()
            .withThreads(1)
            .withSessions(
                new SessionLimits(
                    sessions, 2 * environments, environments, 2 * bytes, bytes, 512, 1 << 20)));
  }

  private static Session create(Rig rig) {
    return rig.environments.createSession(EIGHT).getSession();
  }

  private static Map<String, String> refusal(Rig rig) {
    StatusRuntimeException full = assertThrows(StatusRuntimeException.class, () -> create(rig));
    assertEquals("CAPACITY_REACHED", Faults.info(full).getReason());
    return Faults.info(full).getMetadataMap();
  }

  @Test
  void sessionsAreCountedByPrincipal() throws Exception {
    try (Rig rig = rig(2, 1000, 1 << 30)) {
      Session first = create(rig);
      create(rig);
      assertEquals(
          Map.of("resource", "sessions", "limit", "2", "limit_of", "principal"), refusal(rig));
      rig.environments.deleteSession(
          DeleteSessionRequest.newBuilder().setSessionId(first.getId()).build());
      create(rig);
      rig.advance(Duration.ofMinutes(6));
      create(rig);
      create(rig);
    }
  }

  @Test
  void environmentsAndForksAreCounted() throws Exception {
    try (Rig rig = rig(100, 20, 1 << 30)) {
      Session session = rig.session(EIGHT.toBuilder());
      create(rig);
      assertEquals(
          Map.of("resource", "environments", "limit", "20", "limit_of", "principal"), refusal(rig));
      ForkRequest.Builder fork = ForkRequest.newBuilder().setSessionId(session.getId());
      assertThrows(StatusRuntimeException.class, () -> rig.environments.fork(fork.build()));
      rig.environments.fork(fork.addAllEnvironments(List.of(0, 1, 2, 3)).build());
    }
  }

  @Test
  void memoryIsCountedBeforeASessionIsMade() throws Exception {
    try (Rig rig = rig(100, 1000, 600_000)) {
      create(rig);
      Map<String, String> refusal = refusal(rig);
      assertEquals("bytes of sessions", refusal.get("resource"));
      assertEquals("600000", refusal.get("limit"));
      CreateSessionRequest one = EIGHT.toBuilder().setNumEnvironments(1).build();
      rig.environments.createSession(one);
    }
  }

  @Test
  void largeSessionsKeepFewerAnswers() throws Exception {
    try (Rig rig = rig(100, 10_000, 1L << 40)) {
      int last = Integer.MAX_VALUE;
      for (int n : new int[] {16, 256, 1024}) {
        Session session =
            rig.session(
                CreateSessionRequest.newBuilder()
                    .setNumEnvironments(n)
                    .setAutoresetMode(AutoresetMode.AUTORESET_MODE_SAME_STEP));
        assertTrue(session.getAnswerWindow() < last && session.getAnswerWindow() >= 4);
        last = session.getAnswerWindow();
      }
    }
  }

  @Test
  void sessionsGoWithTheirLeasesThoughNobodyAsks() throws Exception {
    AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);
    ServerOptions options = ServerOptions.defaults().withThreads(1);
    SessionPlan plan =
        new SessionPlan(
            1,
            AutoresetMode.AUTORESET_MODE_DISABLED,
            BoundsMode.BOUNDS_MODE_CLIP,
            0,
            Duration.ofMinutes(5));
    try (Workers workers = TestWorkers.of(1);
        Sessions sessions = new Sessions(options, now::get, now::get, workers)) {
      sessions.create(new Catalog(Environments.load(), 1).model("cart", Map.of()), plan);
      assertTrue(sessions.bytes() > 0);
      now.set(Instant.EPOCH.plus(Duration.ofMinutes(6)));
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
      while (sessions.bytes() > 0 && System.nanoTime() < end) {
        TimeUnit.MILLISECONDS.sleep(20);
      }
      assertEquals(0, sessions.bytes());
    }
  }
}
