package io.gaitway.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.server.certificate.Lab;
import io.gaitway.sim.task.Environments;
import io.grpc.ChannelCredentials;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthGrpc;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who can speak to a server with TLS, and with which certificates it starts. */
@Timeout(120)
class TlsTest {
  /** A ClientHello of TLS 1.1 that offers the ciphers of its day. */
  private static final byte[] HELLO_OF_TLS_1_1 =
      HexFormat.of()
          .parseHex("160301002f0100002b0302" + "11".repeat(32) + "000004c013002f" + "0100");

  @TempDir private Path directory = Path.of("");
  private Lab lab = new Lab(directory);

  @BeforeEach
  void certificates() {
    lab = Lab.in(directory.resolve("tls"));
  }

  private TlsFiles files(boolean mutual) {
    return new TlsFiles(
        lab.file("server.pem"), lab.file("server-key.pem"), mutual ? lab.file("ca.pem") : null);
  }

  private GaitwayServer start(boolean mutual) throws IOException {
    return GaitwayServer.builder(Environments.load())
        .start(Transports.tls(new InetSocketAddress("127.0.0.1", 0), files(mutual)));
  }

  private TlsChannelCredentials.Builder trusting() throws IOException {
    return TlsChannelCredentials.newBuilder().trustManager(lab.file("ca.pem").toFile());
  }

  private TlsChannelCredentials.Builder ann() throws IOException {
    return trusting()
        .keyManager(lab.file("client-ann.pem").toFile(), lab.file("client-ann-key.pem").toFile());
  }

  private static Status.Code call(GaitwayServer server, ChannelCredentials credentials)
      throws InterruptedException {
    ManagedChannel channel =
        Grpc.newChannelBuilderForAddress("127.0.0.1", server.port(), credentials).build();
    try {
      HealthGrpc.newBlockingStub(channel)
          .withDeadlineAfter(30, TimeUnit.SECONDS)
          .check(HealthCheckRequest.getDefaultInstance());
      return Status.Code.OK;
    } catch (StatusRuntimeException e) {
      return e.getStatus().getCode();
    } finally {
      channel.shutdownNow();
      channel.awaitTermination(5, TimeUnit.SECONDS);
    }
  }

  @Test
  void whoTrustsTheAuthorityIsServed() throws Exception {
    try (GaitwayServer server = start(false)) {
      assertEquals(Status.Code.OK, call(server, trusting().build()));
      assertEquals(Status.Code.OK, call(server, ann().build()));
      assertEquals(Status.Code.UNAVAILABLE, call(server, TlsChannelCredentials.create()));
      assertEquals(Status.Code.UNAVAILABLE, call(server, InsecureChannelCredentials.create()));
    }
  }

  @Test
  void nobodyTalksTheServerDownToAnOlderTls() throws Exception {
    try (GaitwayServer server = start(false);
        Socket socket = new Socket("127.0.0.1", server.port())) {
      socket.getOutputStream().write(HELLO_OF_TLS_1_1);
      socket.getOutputStream().flush();
      byte[] answer = socket.getInputStream().readAllBytes();
      // A fatal alert: protocol_version.
      assertEquals(21, answer[0]);
      assertEquals("0246", HexFormat.of().formatHex(answer, 5, 7));
    }
  }

  @Test
  void withAClientAuthorityOnlyItsClientsComeIn() throws Exception {
    try (GaitwayServer server = start(true)) {
      assertEquals(Status.Code.OK, call(server, ann().build()));
      assertEquals(Status.Code.UNAVAILABLE, call(server, trusting().build()));
      Lab other = Lab.in(directory.resolve("other"));
      ChannelCredentials stranger =
          trusting()
              .keyManager(
                  other.file("client-ann.pem").toFile(), other.file("client-ann-key.pem").toFile())
              .build();
      assertEquals(Status.Code.UNAVAILABLE, call(server, stranger));
      lab.expire();
      assertEquals(Status.Code.UNAVAILABLE, call(server, ann().build()));
    }
  }

  @Test
  void aRenewedCertificateIsTakenWhileTheServerRuns() throws Exception {
    try (GaitwayServer server = start(false)) {
      Certificate first = shown(server);
      assertEquals(first, shown(server));
      // So that they look newer, even to a file system that counts seconds.
      TimeUnit.MILLISECONDS.sleep(1100);
      lab.run("--server", "127.0.0.1");
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
      Certificate now = first;
      while (now.equals(first) && System.nanoTime() < deadline) {
        TimeUnit.MILLISECONDS.sleep(100);
        now = shown(server);
      }
      assertNotEquals(first, now);
      assertEquals(Status.Code.OK, call(server, trusting().build()));
    }
  }

  /** The certificate that a server shows to whoever takes any. */
  private static Certificate shown(GaitwayServer server) throws Exception {
    X509TrustManager trusting =
        new X509TrustManager() {
          @Override
          public void checkClientTrusted(X509Certificate[] chain, String type) {}

          @Override
          public void checkServerTrusted(X509Certificate[] chain, String type) {}

          @Override
          public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
          }
        };
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, new TrustManager[] {trusting}, null);
    try (SSLSocket socket =
        (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", server.port())) {
      var parameters = socket.getSSLParameters();
      parameters.setApplicationProtocols(new String[] {"h2"});
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      return socket.getSession().getPeerCertificates()[0];
    }
  }

  private String refusal(@Nullable TlsFiles files) {
    return String.valueOf(
        assertThrows(IOException.class, () -> (files == null ? files(false) : files).credentials())
            .getMessage());
  }

  @Test
  void whatDoesNotFitIsRefusedByName() throws Exception {
    Path nothing = Files.writeString(directory.resolve("nothing.pem"), "nothing");
    Path server = lab.file("server.pem");
    Path key = lab.file("server-key.pem");
    assertEquals(
        "--tls-certificate must hold certificates in PEM (BEGIN CERTIFICATE), but "
            + nothing
            + " does not",
        refusal(new TlsFiles(nothing, key, null)));
    assertEquals(
        "--tls-key must hold a private key in PKCS#8 (BEGIN PRIVATE KEY), but "
            + nothing
            + " does not",
        refusal(new TlsFiles(server, nothing, null)));
    assertEquals(
        "--tls-key %s is not the key of --tls-certificate %s"
            .formatted(lab.file("ca-key.pem"), server),
        refusal(new TlsFiles(server, lab.file("ca-key.pem"), null)));
    assertEquals(
        "--tls-client-ca must hold certificates in PEM (BEGIN CERTIFICATE), but "
            + nothing
            + " does not",
        refusal(new TlsFiles(server, key, nothing)));
    lab.expire();
    String said = refusal(null);
    assertTrue(
        said.matches("--tls-certificate .* is valid from .* to .*, which is not now; renew it"),
        said);
  }
}
