package io.gaitway.client.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.client.GaitwayClient;
import io.gaitway.client.error.ResourceExhaustedException;
import io.gaitway.client.error.SessionExpiredException;
import io.gaitway.client.fixture.FakeServer;
import io.gaitway.client.fixture.FakeSessions;
import io.gaitway.client.fixture.RealServer;
import io.gaitway.client.fixture.RealServer.Transport;
import io.gaitway.server.call.ServerOptions;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Sessions that nobody closes: their owner is collected, or the process ends. */
@Timeout(120)
class AbandonedSessionsTest {
  private static final SessionOptions QUIET = SessionOptions.defaults().withRenew(false);

  @TempDir Path folder = Path.of("");

  @Test
  void aServerDoesNotFillUpWithDroppedSessions() throws Exception {
    ServerOptions small = ServerOptions.defaults().withThreads(1).withMaxSessions(8);
    try (RealServer server = RealServer.start(Transport.TCP, folder, small);
        GaitwayClient client = server.client()) {
      for (int opened = 0; opened < 40; ) {
        try {
          client.session("swimmer", Map.of(), SessionOptions.defaults());
          opened++;
        } catch (ResourceExhaustedException full) {
          System.gc();
          Thread.sleep(20);
        }
      }
    }
  }

  @Test
  void aDroppedSessionEndsAtOnceAndARenewedOneToo() throws Exception {
    FakeSessions fake = new FakeSessions();
    try (FakeServer server = FakeServer.inProcess(fake);
        GaitwayClient client = server.client().build()) {
      client.session("fake", Map.of(), QUIET);
      client.session("fake", Map.of(), SessionOptions.defaults());
      awaitDeleted(fake, 2);
    }
    assertEquals(2, fake.deleted.get());
  }

  @Test
  void aSessionInUseStays() throws Exception {
    FakeSessions fake = new FakeSessions();
    try (FakeServer server = FakeServer.inProcess(fake);
        GaitwayClient client = server.client().build()) {
      StepStream stream = client.session("fake", Map.of(), QUIET).stream();
      client.session("fake", Map.of(), QUIET);
      awaitDeleted(fake, 1);
      assertEquals(1, stream.step(new double[] {1, 0}).step());
      stream.close();
    }
  }

  @Test
  void whatWasDetachedOrAttachedIsNotItsOwners() throws Exception {
    FakeSessions fake = new FakeSessions();
    try (FakeServer server = FakeServer.inProcess(fake);
        GaitwayClient client = server.client().build()) {
      client.session("fake", Map.of(), QUIET).detach();
      client.attach("0123456789abcdef");
      client.session("fake", Map.of(), QUIET);
      awaitDeleted(fake, 1);
      for (int i = 0; i < 5; i++) {
        System.gc();
        Thread.sleep(20);
      }
      assertEquals(1, fake.deleted.get());
    }
  }

  private static void awaitDeleted(FakeSessions fake, int count) throws InterruptedException {
    while (fake.deleted.get() < count) {
      System.gc();
      Thread.sleep(20);
    }
    assertEquals(count, fake.deleted.get());
  }

  @Test
  void aProcessEndsItsSessionsWhenItEnds() throws Exception {
    try (RealServer server = RealServer.start(Transport.TCP, folder, 1);
        GaitwayClient client = server.client()) {
      for (String ending : new String[] {"returns", "exits", "throws", "is terminated"}) {
        Process process = start(client.target(), ending);
        BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
        String id = String.valueOf(output.readLine());
        String kept = String.valueOf(output.readLine());
        assertEquals("swimmer", client.attach(id).environment().id());
        process.getOutputStream().close();
        if (ending.equals("is terminated")) {
          process.destroy();
        }
        assertTrue(process.waitFor(30, TimeUnit.SECONDS), ending);
        assertThrows(SessionExpiredException.class, () -> client.attach(id), ending);
        client.attach(kept).close();
      }
    }
  }

  /** What takes connections and never answers must not keep a process from ending. */
  @Test
  void aSilentServerDoesNotKeepAProcessFromEnding() throws Exception {
    FakeSessions fake = new FakeSessions();
    fake.keepsDeletions = true;
    try (FakeServer server = FakeServer.tcp(0, fake)) {
      Process process = start("127.0.0.1:" + server.port(), "returns");
      BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
      output.readLine();
      output.readLine();
      process.getOutputStream().close();
      assertTrue(process.waitFor(20, TimeUnit.SECONDS));
      assertEquals(1, fake.deleted.get());
    }
  }

  /** However many servers are silent, and even if one holds the thread that calls it. */
  @Test
  void manyServersThatAreStuckDoNotKeepAProcessFromEnding() throws Exception {
    Process process = start(Stuck.class);
    assertTrue(process.waitFor(60, TimeUnit.SECONDS));
    assertEquals(0, process.exitValue());
  }

  private static Process start(String target, String ending) throws IOException {
    return start(Leaver.class, target, ending);
  }

  private static Process start(Class<?> program, String... arguments) throws IOException {
    List<String> words =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                program.getName()));
    words.addAll(List.of(arguments));
    return new ProcessBuilder(words).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  /** Opens sessions on servers that do not end them, and leaves. */
  static final class Stuck {
    private Stuck() {}

    public static void main(String[] arguments) {
      for (int i = 0; i < 20; i++) {
        FakeSessions fake = new FakeSessions();
        fake.keepsDeletions = i > 0;
        fake.holdsDeletions = i == 0;
        FakeServer server = i % 2 == 0 ? FakeServer.inProcess(fake) : FakeServer.tcp(0, fake);
        server.client().build().session("fake", Map.of(), QUIET);
      }
      System.exit(0);
    }
  }

  /** Opens a session, another that it detaches, and leaves when its input ends. */
  static final class Leaver {
    private Leaver() {}

    public static void main(String[] arguments) throws IOException {
      GaitwayClient client = GaitwayClient.connect(arguments[0]);
      Session session = client.session("swimmer", Map.of(), SessionOptions.defaults());
      Session kept = client.session("swimmer", Map.of(), QUIET);
      kept.detach();
      System.out.println(session.id());
      System.out.println(kept.id());
      System.out.flush();
      System.in.read();
      switch (arguments[1]) {
        case "exits" -> System.exit(3);
        case "throws" -> throw new IllegalStateException("as it was told to");
        case "is terminated" -> sleep();
        default -> {}
      }
    }

    private static void sleep() {
      try {
        Thread.sleep(60_000);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
