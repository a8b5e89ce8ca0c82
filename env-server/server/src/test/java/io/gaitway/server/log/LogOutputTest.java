package io.gaitway.server.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/** What stands in the log, and what it costs those who write it. */
@Timeout(60)
class LogOutputTest {
  private final ByteArrayOutputStream written = new ByteArrayOutputStream();

  /** A log of what this thread says: servers of earlier tests may still log in this JVM. */
  private LogOutput install(LogFormat format, LogLevel level) {
    LogOutput output =
        LogOutput.install(format, level, new PrintStream(written, true, StandardCharsets.UTF_8));
    long thread = Thread.currentThread().getId();
    output.setFilter(record -> record.getLongThreadID() == thread);
    output.flush();
    written.reset();
    return output;
  }

  @AfterEach
  void restore() throws Exception {
    LogManager.getLogManager().readConfiguration();
  }

  private List<String> lines(LogOutput output) {
    output.flush();
    return written.toString(StandardCharsets.UTF_8).lines().toList();
  }

  @Test
  void anEventIsALineOfKeysAndValues() {
    LogOutput output = install(LogFormat.TEXT, LogLevel.INFO);
    Event.of("call refused").with("method", "a/B").with("detail", "no \"x\"\nlevel=error").log();
    String line = lines(output).get(0);
    assertTrue(
        line.matches(
            "time=\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z level=info msg=\"call"
                + " refused\" logger=gaitway method=a/B detail=\"no \\\\\"x\\\\\"\\\\nlevel=error\""),
        line);
  }

  @Test
  void anEventIsALineOfJson() throws Exception {
    LogOutput output = install(LogFormat.JSON, LogLevel.INFO);
    Event.of("call refused").with("count", 3).with("detail", "no \"x\"\n").log();
    JsonNode line = new ObjectMapper().readTree(lines(output).get(0));
    assertEquals("info", line.get("level").asText());
    assertEquals("call refused", line.get("msg").asText());
    assertEquals(3, line.get("count").asInt());
    assertEquals("no \"x\"\n", line.get("detail").asText());
  }

  @Test
  void faultsOfThisProgramHaveAStackAndThoseOfLibrariesDoNot() {
    LogOutput output = install(LogFormat.TEXT, LogLevel.INFO);
    LoggerFactory.getLogger(LogOutputTest.class)
        .error("a {}", "defect", new IllegalStateException("x", new RuntimeException("y")));
    Logger.getLogger("io.grpc.internal.ServerImpl")
        .log(Level.WARNING, "Exception processing message", new RuntimeException("from a peer"));
    List<String> lines = lines(output);
    assertEquals(2, lines.size(), lines.toString());
    assertTrue(lines.get(0).contains("level=error msg=\"a defect\""), lines.get(0));
    assertTrue(lines.get(0).contains("LogOutputTest"), lines.get(0));
    assertTrue(lines.get(0).contains("caused by java.lang.RuntimeException: y"), lines.get(0));
    assertTrue(lines.get(1).endsWith("error=\"java.lang.RuntimeException: from a peer\""));
  }

  @Test
  void whatIsBelowTheLevelIsLeftOut() {
    LogOutput output = install(LogFormat.TEXT, LogLevel.WARN);
    Event.of("call refused").log();
    LoggerFactory.getLogger(LogOutputTest.class).debug("detail");
    assertEquals(List.of(), lines(output));
  }

  @Test
  void brokenConnectionsAreSeenWhenDebugging() {
    Logger connections = Logger.getLogger("io.grpc.netty.NettyServerHandler");
    LogOutput output = install(LogFormat.TEXT, LogLevel.INFO);
    connections.log(Level.WARNING, "Stream Error", new RuntimeException("reset"));
    assertEquals(List.of(), lines(output));
    output = install(LogFormat.TEXT, LogLevel.DEBUG);
    connections.log(Level.WARNING, "Stream Error", new RuntimeException("reset"));
    assertEquals(1, lines(output).size());
  }

  @Test
  void manyOfAKindAreCountedAndOtherKindsPass() throws Exception {
    LogOutput output = install(LogFormat.TEXT, LogLevel.INFO);
    for (int i = 0; i < 1000; i++) {
      Event.of("call refused", "DRAINING").log();
    }
    Event.of("call refused", "FIELD_MISSING").with("reason", "FIELD_MISSING").log();
    assertTrue(lines(output).stream().anyMatch(line -> line.contains("reason=FIELD_MISSING")));
    String text = "";
    while (!text.contains(" more\" of=\"call refused DRAINING\"")) {
      Thread.sleep(10);
      text = String.join("\n", lines(output));
    }
    // Two windows, if the second changed in between.
    assertTrue(
        text.lines().filter(l -> !l.contains("reason=")).count() <= 2 * Kinds.MOST + 2, text);
  }

  @Test
  void theAuditLogIsComplete() {
    LogOutput output = install(LogFormat.TEXT, LogLevel.INFO);
    for (int i = 0; i < 100; i++) {
      Event.audit("token.taken").with("id", i).log();
    }
    List<String> lines = lines(output);
    assertEquals(100, lines.size());
    assertTrue(lines.get(99).endsWith("logger=gaitway.audit id=99"), lines.get(99));
  }

  @Test
  void aLogThatNobodyReadsHoldsUpNobody() throws Exception {
    CountDownLatch reader = new CountDownLatch(1);
    OutputStream stuck =
        new OutputStream() {
          @Override
          public void write(int b) {
            try {
              reader.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          }
        };
    LogOutput.install(LogFormat.TEXT, LogLevel.INFO, new PrintStream(stuck));
    try {
      for (int i = 0; i < 10_000; i++) {
        Event.of("an event", Integer.toString(i)).log();
      }
    } finally {
      reader.countDown();
    }
  }

  @Test
  void whatWasLoggedBeforeAFlushIsWrittenAfterIt() {
    LogOutput output = install(LogFormat.TEXT, LogLevel.INFO);
    for (int i = 1; i <= 20_000; i++) {
      Event.audit("token.taken").with("id", i).log();
      output.flush();
      String text = written.toString(StandardCharsets.UTF_8);
      assertTrue(text.endsWith(" id=" + i + System.lineSeparator()), "line " + i);
      written.reset();
    }
  }

  @Test
  void aJvmThatIsToldToStopStillLogs() {
    LogOutput output = install(LogFormat.TEXT, LogLevel.INFO);
    LogManager.getLogManager().reset();
    Event.of("server stopped").log();
    assertFalse(lines(output).isEmpty());
  }

  /** As {@code LogManager.reset} does it, with something said between its two steps. */
  @Test
  void nothingIsLostWhileTheJvmTakesHandlersAway() {
    LogOutput output = install(LogFormat.TEXT, LogLevel.INFO);
    Handler[] handlers = Logger.getLogger("").getHandlers();
    for (int i = 0; i < handlers.length; i++) {
      Logger.getLogger("").removeHandler(handlers[i]);
      Event.audit("session.ended").with("id", i).log();
      handlers[i].close();
    }
    Event.audit("session.ended").with("id", handlers.length).log();
    List<String> lines = lines(output);
    assertEquals(handlers.length + 1, lines.size());
    for (int i = 0; i < lines.size(); i++) {
      assertTrue(lines.get(i).endsWith(" id=" + i), lines.get(i));
    }
  }
}
