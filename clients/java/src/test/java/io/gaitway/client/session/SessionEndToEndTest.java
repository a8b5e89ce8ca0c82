package io.gaitway.client.session;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.client.GaitwayClient;
import io.gaitway.client.error.FailedPreconditionException;
import io.gaitway.client.error.InvalidArgumentException;
import io.gaitway.client.error.ResourceExhaustedException;
import io.gaitway.client.error.SessionExpiredException;
import io.gaitway.client.fixture.RealServer;
import io.gaitway.client.fixture.RealServer.Transport;
import io.gaitway.server.call.ServerOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Sessions against a real server. */
@Timeout(120)
class SessionEndToEndTest {
  private static final int N = 3;

  @TempDir Path folder = Path.of("");

  private static Session open(GaitwayClient client) {
    return client.session(
        "swimmer", Map.of(), SessionOptions.defaults().withEnvironments(N).withMaxEpisodeSteps(20));
  }

  private static double[] us(Random random, Session session) {
    double[] us = new double[session.size() * session.environment().nu()];
    Arrays.setAll(us, i -> 0.5 * (2 * random.nextDouble() - 1));
    return us;
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void unaryAndStreamedStepsHaveTheSameBitsByEveryWay(Transport transport) throws IOException {
    List<double[]> expected = new ArrayList<>();
    try (RealServer server = RealServer.start(Transport.IN_PROCESS, folder, 1);
        GaitwayClient client = server.client();
        Session session = open(client)) {
      Random random = new Random(1);
      expected.add(session.reset(Reset.seeds(1, 2, -3)).states());
      for (int i = 0; i < 30; i++) { // Over the end of an episode.
        expected.add(session.step(us(random, session)).states());
      }
    }
    try (RealServer server = RealServer.start(transport, folder, 2);
        GaitwayClient client = server.client();
        Session session = open(client);
        StepStream stream = session.stream()) {
      Random random = new Random(1);
      stream.sendReset(Reset.seeds(1, 2, -3));
      for (int i = 0; i < 30; i++) {
        stream.sendStep(us(random, session));
      }
      Episodes episodes = stream.receiveReset();
      assertArrayEquals(new long[] {1, 2, -3}, episodes.seeds());
      assertArrayEquals(new long[N], episodes.episodes());
      assertArrayEquals(expected.get(0), episodes.states(), 0);
      for (int i = 0; i < 30; i++) {
        assertArrayEquals(expected.get(i + 1), stream.receiveStep().states(), 0);
      }
    }
  }

  @Test
  void aSnapshotContinuesWithTheSameBitsOnAnotherServer() throws IOException {
    try (RealServer server = RealServer.start(Transport.TCP, folder, 1);
        RealServer other = RealServer.start(Transport.IN_PROCESS, folder, 1);
        GaitwayClient client = server.client();
        GaitwayClient otherClient = other.client();
        Session session = open(client);
        Session there = open(otherClient)) {
      Random random = new Random(2);
      session.reset(Reset.seeds(1, 2, 3));
      session.step(us(random, session));
      byte[] bytes = session.snapshot().toBytes();
      Snapshot snapshot = Snapshot.fromBytes(bytes);
      assertEquals(session.snapshot(), snapshot);
      assertEquals(N, snapshot.size());
      assertEquals("swimmer", snapshot.environmentId());
      assertEquals(session.environment().modelDigest(), snapshot.modelDigest());
      there.restore(snapshot);
      try (Session fork = session.fork();
          Session first = session.fork(2, 0)) {
        assertEquals(2, first.size());
        double[] us = us(random, session);
        double[] next = session.step(us).states();
        assertArrayEquals(next, there.step(us).states(), 0);
        assertArrayEquals(next, fork.step(us).states(), 0);
        int nx = session.environment().nx();
        int nu = session.environment().nu();
        double[] two = new double[2 * nu];
        System.arraycopy(us, 2 * nu, two, 0, nu);
        System.arraycopy(us, 0, two, nu, nu);
        double[] states = first.step(two).states();
        assertArrayEquals(Arrays.copyOfRange(next, 2 * nx, 3 * nx), Arrays.copyOf(states, nx), 0);
        session.restore(session.snapshot(1), 0);
      }
      try (Session six = otherClient.session("swimmer", Map.of("links", 6.0), oneEnvironment())) {
        FailedPreconditionException e =
            assertThrows(FailedPreconditionException.class, () -> six.restore(session.snapshot(0)));
        assertEquals("SNAPSHOT_MODEL_MISMATCH", e.reason());
      }
    }
  }

  private static SessionOptions oneEnvironment() {
    return SessionOptions.defaults();
  }

  @Test
  void autoresetDoesWhatItSays() throws IOException {
    try (RealServer server = RealServer.start(Transport.IN_PROCESS, folder, 1);
        GaitwayClient client = server.client()) {
      SessionOptions options = SessionOptions.defaults().withMaxEpisodeSteps(2);
      double[] us = {0.1, 0.1};
      try (Session session = client.session("swimmer", Map.of(), options)) {
        assertEquals(options.withMaxEpisodeSteps(2), session.options());
        session.reset(Reset.seeds(4));
        assertFalse(session.step(us).truncated()[0]);
        assertTrue(session.step(us).truncated()[0]);
        StepResult next = session.step(us);
        assertFalse(next.truncated()[0]);
        assertEquals(1, next.resets().size());
        assertEquals(4, next.resets().get(0).seed());
        assertEquals(1, next.resets().get(0).episode());
        assertEquals(0, next.resets().get(0).finalState().length);
      }
      SessionOptions same = options.withAutoreset(SessionOptions.Autoreset.SAME_STEP);
      try (Session session = client.session("swimmer", Map.of(), same)) {
        session.reset(Reset.seeds(4));
        session.step(us);
        StepResult last = session.step(us);
        assertTrue(last.truncated()[0]);
        assertEquals(10, last.resets().get(0).finalState().length);
      }
      SessionOptions disabled = options.withAutoreset(SessionOptions.Autoreset.DISABLED);
      try (Session session = client.session("swimmer", Map.of(), disabled)) {
        session.reset(Reset.seeds(4));
        session.step(us);
        session.step(us);
        FailedPreconditionException e =
            assertThrows(FailedPreconditionException.class, () -> session.step(us));
        assertEquals("NEEDS_RESET", e.reason());
        assertEquals(1, session.reset().episodes()[0]);
        assertEquals(3, session.step(us).step());
      }
    }
  }

  @Test
  void masksAndStatesChooseWhatIsReset() throws IOException {
    try (RealServer server = RealServer.start(Transport.TCP, folder, 1);
        GaitwayClient client = server.client();
        Session session = open(client)) {
      double[] before = session.reset(Reset.seeds(1, 2, 3)).states();
      int nx = session.environment().nx();
      double[] states = new double[N * nx];
      Arrays.fill(states, 0.125);
      Episodes after = session.reset(Reset.all().withStates(states).withMask(false, true, false));
      assertArrayEquals(Arrays.copyOf(before, nx), Arrays.copyOf(after.states(), nx), 0);
      assertEquals(0.125, after.states()[nx]);
      assertArrayEquals(new long[] {0, 1, 0}, after.episodes());
    }
  }

  @Test
  void boundsAreKeptOrActionsClipped() throws IOException {
    try (RealServer server = RealServer.start(Transport.TCP, folder, 1);
        GaitwayClient client = server.client();
        Session strict = client.session("swimmer", Map.of(), oneEnvironment());
        Session clipping =
            client.session(
                "swimmer", Map.of(), oneEnvironment().withBounds(SessionOptions.Bounds.CLIP))) {
      double limit = strict.environment().action().get(0).upper();
      double[] us = {2 * limit, 0};
      strict.reset(Reset.seeds(1));
      InvalidArgumentException e =
          assertThrows(InvalidArgumentException.class, () -> strict.step(us));
      assertEquals("ACTION_OUT_OF_BOUNDS", e.reason());
      assertEquals(1, strict.step(new double[] {limit, 0}).step());
      clipping.reset(Reset.seeds(1));
      StepResult clipped = clipping.step(us);
      assertTrue(clipped.clipped()[0]);
      assertFalse(clipping.step(new double[] {0, 0}).clipped()[0]);
    }
  }

  @Test
  void aSessionOutlivesItsClientButNotItsLease() throws Exception {
    try (RealServer server = RealServer.start(Transport.TCP, folder, 1);
        GaitwayClient client = server.client()) {
      String id;
      double[] us = {0.1, -0.1};
      try (GaitwayClient leaving = server.client()) {
        Session session = leaving.session("swimmer", Map.of(), oneEnvironment());
        session.reset(Reset.seeds(8));
        session.step(us);
        id = session.id();
        session.detach();
      }
      Session session = client.attach(id);
      assertEquals(1, session.step());
      assertEquals(2, session.step(us).step());
      Instant expiry = session.renew(Duration.ofHours(1));
      assertTrue(expiry.isAfter(Instant.now().plusSeconds(3000)), expiry.toString());
      session.renew(Duration.ofMillis(50));
      Thread.sleep(300);
      SessionExpiredException e =
          assertThrows(SessionExpiredException.class, () -> session.step(us));
      assertEquals("SESSION_EXPIRED", e.reason());
      session.close(); // Already gone, and no error.
      assertThrows(SessionExpiredException.class, () -> client.attach(id));
    }
  }

  @Test
  void aShortLeaseIsKeptAliveInTheBackground() throws Exception {
    try (RealServer server = RealServer.start(Transport.TCP, folder, 1);
        GaitwayClient client = server.client();
        Session session =
            client.session(
                "swimmer", Map.of(), oneEnvironment().withLease(Duration.ofSeconds(6)))) {
      session.reset(Reset.seeds(1));
      Thread.sleep(8000);
      assertEquals(1, session.step(new double[] {0, 0}).step());
    }
  }

  @Test
  void aServerWithoutRoomSaysWhenToTryAgain() throws IOException {
    ServerOptions small = ServerOptions.defaults().withThreads(1).withMaxSessions(16);
    try (RealServer server = RealServer.start(Transport.TCP, folder, small);
        GaitwayClient client = server.client()) {
      int most = client.serverInfo().limits().maxSessions();
      SessionOptions quiet = oneEnvironment().withRenew(false);
      List<Session> kept = new ArrayList<>();
      for (int i = 0; i < most; i++) {
        kept.add(client.session("swimmer", Map.of(), quiet));
      }
      ResourceExhaustedException e =
          assertThrows(
              ResourceExhaustedException.class, () -> client.session("swimmer", Map.of(), quiet));
      assertEquals("CAPACITY_REACHED", e.reason());
      assertTrue(e.retryDelay().isPresent());
      assertEquals(most, kept.size());
    }
  }
}
