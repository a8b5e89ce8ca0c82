package io.gaitway.faults;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.gaitway.server.GaitwayServer;
import io.gaitway.server.Transports;
import io.gaitway.server.metrics.MetricsEndpoint;
import io.gaitway.sim.task.Environments;
import io.grpc.ManagedChannel;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.NettyChannelBuilder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.provider.MethodSource;

/** Bytes that somebody sends to the ports of a server. */
class PortFuzzTest {
  private static final int PATIENCE_SECONDS = 10;

  private static GaitwayServer server;
  private static MetricsEndpoint metrics;
  private static ManagedChannel channel;

  @BeforeAll
  static void start() throws IOException {
    InetSocketAddress anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    metrics = new MetricsEndpoint(anyPort, () -> true);
    server =
        GaitwayServer.builder(Environments.load())
            .meters(metrics.meters())
            .start(Transports.tcp(anyPort));
    channel = NettyChannelBuilder.forAddress("127.0.0.1", server.port()).usePlaintext().build();
  }

  @AfterAll
  static void stop() {
    channel.shutdownNow();
    server.close();
    metrics.close();
  }

  @MethodSource("openings")
  @FuzzTest
  void thePortOfGrpcServesTheNextClient(byte[] sent) throws IOException {
    send(server.port(), sent);
    HealthGrpc.newBlockingStub(channel)
        .withDeadlineAfter(PATIENCE_SECONDS, TimeUnit.SECONDS)
        .check(HealthCheckRequest.getDefaultInstance());
  }

  @MethodSource("openings")
  @FuzzTest
  void thePortOfMetricsServesTheNextClient(byte[] sent) throws IOException {
    send(metrics.port(), sent);
    String answer =
        send(
            metrics.port(),
            "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                .getBytes(US_ASCII));
    if (!answer.startsWith("HTTP/1.1 200 ")) {
      throw new AssertionError("the metrics page answers " + answer);
    }
  }

  /** Sends bytes and no more; returns what comes back until the server has closed as well. */
  private static String send(int port, byte[] bytes) throws IOException {
    ByteArrayOutputStream answer = new ByteArrayOutputStream();
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(PATIENCE_SECONDS * 1000);
      OutputStream out = socket.getOutputStream();
      out.write(bytes);
      socket.shutdownOutput();
      socket.getInputStream().transferTo(answer);
    } catch (SocketTimeoutException e) {
      throw new AssertionError("a connection whose client has gone stays open", e);
    } catch (SocketException e) {
      // The server has closed it at once.
    }
    return answer.toString(US_ASCII);
  }

  /** Where the fuzzer begins. */
  static Stream<byte[]> openings() {
    String preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    String settings = "\0\0\0\4\0\0\0\0\0";
    String ping = "\0\0\10\6\0\0\0\0\0" + "12345678";
    String reset = "\0\0\4\3\0\0\0\0\1" + "\0\0\0\10";
    return Stream.of(
            preface + settings,
            preface + settings + ping + reset,
            "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
            "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
            "GET /readyz HTTP/1.0\r\n\r\n",
            "POST /metrics HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello",
            "\26\3\1\2\0\1\0\1\374\3\3")
        .map(text -> text.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
  }
}
