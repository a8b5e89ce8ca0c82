package io.gaitway.server.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Peers that would hold up an endpoint that waits for them, each beside one who only asks. */
@Timeout(120)
class MetricsEndpointTest {
  private final AtomicBoolean ready = new AtomicBoolean(true);
  private final List<Socket> sockets = new ArrayList<>();
  private MetricsEndpoint endpoint = open(MetricsEndpoint.PATIENCE);

  private MetricsEndpoint open(Duration patience) {
    try {
      return new MetricsEndpoint(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), ready::get, patience);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @BeforeEach
  void count() {
    endpoint.meters().counter("gaitway.test").increment(3);
  }

  @AfterEach
  void close() throws IOException {
    for (Socket socket : sockets) {
      socket.close();
    }
    endpoint.close();
  }

  @Test
  void metersAreShown() throws Exception {
    HttpResponse<String> answer = get("/metrics?name=all");
    assertEquals(200, answer.statusCode());
    assertTrue(answer.body().contains("gaitway_test_total 3.0"), answer.body());
    assertEquals(
        "text/plain; version=0.0.4; charset=utf-8",
        answer.headers().firstValue("content-type").orElse(""));
  }

  @Test
  void aServerThatDrainsIsAliveAndNotReady() throws Exception {
    assertEquals(200, get("/readyz").statusCode());
    ready.set(false);
    assertEquals(503, get("/readyz").statusCode());
    assertEquals(200, get("/healthz").statusCode());
  }

  @Test
  void otherPathsAndMethodsAreRefused() throws Exception {
    assertEquals(404, get("/metrics/../etc/passwd").statusCode());
    assertEquals(404, get("/").statusCode());
    HttpRequest post =
        request("/metrics").POST(HttpRequest.BodyPublishers.ofByteArray(new byte[200_000])).build();
    assertEquals(405, send(post).statusCode());
    HttpResponse<String> head =
        send(request("/metrics").method("HEAD", HttpRequest.BodyPublishers.noBody()).build());
    assertEquals(200, head.statusCode());
    requireServed();
  }

  @Test
  void halfARequestHoldsUpNobody() throws Exception {
    for (int i = 0; i < 20; i++) {
      say(connect(), "GET /metrics HTTP/1.1\r\nHost: a\r\n");
    }
    requireServed();
  }

  @Test
  void halfARequestEndsAfterATime() throws Exception {
    endpoint.close();
    endpoint = open(Duration.ofMillis(200));
    Socket slow = connect();
    say(slow, "GET /met");
    assertEquals(-1, slow.getInputStream().read(), "the connection is closed without an answer");
  }

  @Test
  void aThousandIdleConnectionsHoldUpNobody() throws Exception {
    Socket first = connect();
    for (int i = 0; i < 1000; i++) {
      connect();
    }
    requireServed();
    assertEquals(-1, first.getInputStream().read(), "the oldest connection gave way");
  }

  @Test
  void whoReadsNothingHoldsUpNobodyAndLittleMemory() throws Exception {
    for (int i = 0; i < 5000; i++) {
      endpoint.meters().counter("gaitway.test.many", "number", Integer.toString(i));
    }
    String request = "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n";
    Socket deaf = new Socket();
    sockets.add(deaf);
    deaf.setReceiveBufferSize(4096);
    deaf.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), endpoint.port()));
    say(deaf, request.repeat(200));
    requireServed();
    assertEquals(200, get("/metrics").statusCode());
    int answers = 0;
    try (InputStream in = deaf.getInputStream()) {
      String all = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      answers = all.split("HTTP/1.1 200", -1).length - 1;
    } catch (IOException reset) {
      // What was sent before the connection was ended may be lost.
    }
    assertTrue(answers < 200, "requests ahead of the reader are not answered");
  }

  @Test
  void hugeHeadersAreRefused() throws Exception {
    Socket talker = connect();
    say(talker, "GET /metrics HTTP/1.1\r\nX: " + "x".repeat(9000));
    String answer = new String(talker.getInputStream().readNBytes(12), StandardCharsets.UTF_8);
    assertEquals("HTTP/1.1 400", answer);
    say(connect(), "GET /" + "x".repeat(5000) + " HTTP/1.1\r\n\r\n");
    say(connect(), "\0\1\2 what is this\r\n\r\n");
    requireServed();
  }

  private void requireServed() throws Exception {
    assertEquals(200, get("/healthz").statusCode());
    assertTrue(get("/metrics").body().contains("gaitway_test_total 3.0"));
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), endpoint.port());
    sockets.add(socket);
    return socket;
  }

  private static void say(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    socket.getOutputStream().flush();
  }

  private HttpResponse<String> get(String path) throws Exception {
    return send(request(path).build());
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + endpoint.port() + path))
        .timeout(Duration.ofSeconds(60));
  }

  private static HttpResponse<String> send(HttpRequest request) throws Exception {
    return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
  }
}
