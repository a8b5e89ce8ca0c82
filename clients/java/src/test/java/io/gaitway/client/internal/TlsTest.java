package io.gaitway.client.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.client.GaitwayClient;
import io.gaitway.client.error.UnavailableException;
import io.gaitway.client.fixture.Certificate;
import io.gaitway.client.fixture.FakeServer;
import io.grpc.TlsServerCredentials;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class TlsTest {
  @TempDir static Path folder;

  private static Certificate here;
  private static Certificate elsewhere;

  @BeforeAll
  static void make() throws Exception {
    here = Certificate.make(folder, "here", "ip:127.0.0.1,dns:localhost");
    elsewhere = Certificate.make(folder, "elsewhere", "dns:sim.example.org");
  }

  private static FakeServer serve(Certificate certificate) throws IOException {
    return FakeServer.tls(
        TlsServerCredentials.create(
            certificate.certificate().toFile(), certificate.key().toFile()));
  }

  private static void call(String target) {
    try (GaitwayClient client = GaitwayClient.connect(target)) {
      assertEquals("fake", client.environment("fake", Map.of()).id());
    }
  }

  private static String failure(String target) {
    return assertThrows(UnavailableException.class, () -> call(target)).getMessage();
  }

  @Test
  void aServerIsKnownByItsCertificate() throws IOException {
    try (FakeServer server = serve(here)) {
      call("tls://127.0.0.1:%d?ca=%s".formatted(server.port(), here.certificate()));
      call("tls://localhost:%d?ca=%s".formatted(server.port(), here.certificate()));
    }
  }

  @Test
  void theCertificateMayBeOfAnotherName() throws IOException {
    try (FakeServer server = serve(elsewhere)) {
      String target = "tls://127.0.0.1:%d?ca=%s".formatted(server.port(), elsewhere.certificate());
      String message = failure(target);
      assertTrue(message.contains("server_name=NAME"), message);
      call(target + "&server_name=sim.example.org");
    }
  }

  @Test
  void aStrangerIsNotTrusted() throws IOException {
    try (FakeServer server = serve(here)) {
      for (String ca : new String[] {"", "?ca=" + elsewhere.certificate()}) {
        String message = failure("tls://127.0.0.1:%d%s".formatted(server.port(), ca));
        assertTrue(message.contains("?ca=FILE"), message);
      }
    }
  }

  @Test
  void theClientMayHaveToShowACertificateToo() throws IOException {
    try (FakeServer server =
        FakeServer.tls(
            TlsServerCredentials.newBuilder()
                .keyManager(here.certificate().toFile(), here.key().toFile())
                .trustManager(elsewhere.certificate().toFile())
                .clientAuth(TlsServerCredentials.ClientAuth.REQUIRE)
                .build())) {
      String target = "tls://127.0.0.1:%d?ca=%s".formatted(server.port(), here.certificate());
      assertThrows(UnavailableException.class, () -> call(target));
      call(target + "&cert=%s&key=%s".formatted(elsewhere.certificate(), elsewhere.key()));
    }
  }

  @Test
  void plaintextMeetsTls() throws IOException {
    try (FakeServer server = serve(here)) {
      String message = failure("127.0.0.1:" + server.port());
      assertTrue(message.contains("speaks TLS; write tls://127.0.0.1:" + server.port()), message);
    }
  }

  @Test
  void tlsMeetsPlaintext() {
    try (FakeServer server = FakeServer.tcp()) {
      String message = failure("tls://127.0.0.1:" + server.port());
      assertTrue(message.contains("does not speak TLS; write 127.0.0.1:" + server.port()), message);
    }
  }

  @Test
  void anHttp1ServerIsNoGaitwayServer() throws Exception {
    try (ServerSocket http = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
      Thread thread = new Thread(() -> answer(http));
      thread.start();
      String message = failure("127.0.0.1:" + http.getLocalPort());
      assertTrue(message.contains("speaks HTTP/1, so it is no Gaitway server"), message);
      http.close();
      thread.join();
    }
  }

  private static void answer(ServerSocket http) {
    byte[] answer =
        "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            .getBytes(StandardCharsets.US_ASCII);
    while (!http.isClosed()) {
      try (Socket socket = http.accept()) {
        socket.getInputStream().read(new byte[100]);
        socket.getOutputStream().write(answer);
        socket.getOutputStream().flush();
        socket.shutdownOutput();
        socket.getInputStream().readAllBytes();
      } catch (IOException e) {
        // The next one, unless it is closed.
      }
    }
  }

  @Test
  void filesThatCannotBeReadAreNamed() throws IOException {
    Path nonsense = Files.writeString(folder.resolve("nonsense.pem"), "nonsense");
    for (String file : new String[] {folder.resolve("none.pem").toString(), nonsense.toString()}) {
      String message =
          String.valueOf(
              assertThrows(
                      IllegalArgumentException.class, () -> call("tls://127.0.0.1:1?ca=" + file))
                  .getMessage());
      assertTrue(message.contains(file), message);
    }
  }
}
