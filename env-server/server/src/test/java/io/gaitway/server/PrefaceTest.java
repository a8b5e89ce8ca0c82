package io.gaitway.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.proto.v1.GetServerInfoRequest;
import io.gaitway.server.call.ServerOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Those who come to the port and do not speak gRPC. */
@Timeout(60)
class PrefaceTest {
  private final List<LogRecord> logged = new ArrayList<>();
  private final Handler recorder =
      new Handler() {
        @Override
        public void publish(LogRecord record) {
          if (record.getLevel().intValue() >= Level.INFO.intValue()) {
            synchronized (logged) {
              logged.add(record);
            }
          }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };
  private Rig rig;

  @BeforeEach
  void start() throws IOException {
    rig = Rig.tcp(ServerOptions.defaults());
    Logger.getLogger("").addHandler(recorder);
  }

  @AfterEach
  void stop() throws Exception {
    Logger.getLogger("").removeHandler(recorder);
    rig.close();
  }

  @Test
  void anHttpRequestIsToldWhatThisPortSpeaks() throws Exception {
    String answer = say("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
    assertTrue(answer.startsWith("HTTP/1.1 400 Bad Request\r\n"), answer);
    assertTrue(answer.contains("This port speaks gRPC."), answer);
    requireServed();
    assertEquals(1, logged().size(), logged().toString());
  }

  @Test
  void aTlsHelloIsHungUpOn() throws Exception {
    assertEquals("", say("\26\3\1\2\0\1\0\1\374\3\3"));
    requireServed();
    assertEquals(1, logged().size(), logged().toString());
  }

  @Test
  void whoScansPortsLeavesNoTrace() throws Exception {
    new Socket(InetAddress.getLoopbackAddress(), rig.server.port()).close();
    try (Socket reset = new Socket(InetAddress.getLoopbackAddress(), rig.server.port())) {
      reset.setSoLinger(true, 0);
    }
    assertEquals("", say("\0\0\0\0 what is this\r\n"));
    try (Socket half = new Socket(InetAddress.getLoopbackAddress(), rig.server.port())) {
      half.getOutputStream().write("PR".getBytes(StandardCharsets.US_ASCII));
    }
    requireServed();
    assertEquals(List.of(), logged());
  }

  private List<String> logged() {
    synchronized (logged) {
      return logged.stream().map(r -> r.getLoggerName() + ": " + r.getMessage()).toList();
    }
  }

  private String say(String text) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), rig.server.port())) {
      socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
      socket.getOutputStream().flush();
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private void requireServed() {
    assertTrue(
        rig.catalog
            .getServerInfo(GetServerInfoRequest.getDefaultInstance())
            .getServer()
            .startsWith("gaitway"));
  }
}
