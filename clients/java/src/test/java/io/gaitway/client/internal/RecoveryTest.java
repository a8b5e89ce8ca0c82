package io.gaitway.client.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.client.GaitwayClient;
import io.gaitway.client.error.UnavailableException;
import io.gaitway.client.fixture.FakeServer;
import io.gaitway.client.fixture.FakeSessions;
import io.gaitway.client.session.Session;
import io.gaitway.client.session.SessionOptions;
import io.grpc.Status;
import java.nio.channels.ClosedChannelException;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A server that was away and has come back. */
@Timeout(60)
class RecoveryTest {
  /** Long enough that gRPC would wait for seconds before it tried to connect again. */
  private static final long OUTAGE_MILLIS = 3500;

  @Tag("all")
  @Test
  void theFirstCallAfterAnOutageFindsTheServer() throws Exception {
    FakeServer first = FakeServer.tcp(0, new FakeSessions());
    try (GaitwayClient client = first.client().build()) {
      open(client);
      first.close();
      long began = System.nanoTime();
      while (System.nanoTime() - began < TimeUnit.MILLISECONDS.toNanos(OUTAGE_MILLIS)) {
        assertThrows(UnavailableException.class, () -> open(client));
        Thread.sleep(50);
      }
      FakeSessions sessions = new FakeSessions();
      try (FakeServer second = FakeServer.tcp(first.port(), sessions)) {
        assertEquals(first.port(), second.port());
        // A call that is made once, since a second one would make a second session.
        open(client).close();
        assertEquals(1, sessions.deleted.get());
      }
    }
  }

  /** gRPC gives it the code of what nobody knows. */
  @Test
  void aConnectionThatBreaksWhileACallBeginsIsLost() {
    Status broken = Status.UNKNOWN.withDescription("channel closed");
    assertTrue(Calls.isLost(broken.withCause(new ClosedChannelException())));
    assertFalse(Calls.isLost(broken));
    assertFalse(Calls.isLost(Status.INTERNAL.withCause(new ClosedChannelException())));
  }

  private static Session open(GaitwayClient client) {
    return client.session("fake", Map.of(), SessionOptions.defaults().withRenew(false));
  }
}
