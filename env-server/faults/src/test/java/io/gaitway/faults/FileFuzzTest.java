package io.gaitway.faults;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.gaitway.address.Endpoint;
import io.gaitway.proto.v1.CreateSessionRequest;
import io.gaitway.proto.v1.EnvironmentRef;
import io.gaitway.proto.v1.EnvironmentServiceGrpc;
import io.gaitway.proto.v1.ResetRequest;
import io.gaitway.server.GaitwayServer;
import io.gaitway.server.access.Scope;
import io.gaitway.server.access.TokenFile;
import io.gaitway.sim.task.Environments;
import io.grpc.ManagedChannel;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.provider.MethodSource;

/** Files that a server or a client reads, with anything in them. */
class FileFuzzTest {
  private static final int DIGEST_BYTES = 32;

  private static Path folder;

  @BeforeAll
  static void makeFolder() throws IOException {
    folder = Files.createTempDirectory("gaitway-fuzz");
  }

  @AfterAll
  static void removeFolder() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }

  @MethodSource("tokenFiles")
  @FuzzTest
  void aFileOfTokensIsReadOrNamed(byte[] content) throws IOException {
    Path file = folder.resolve("tokens.json");
    write(file, content);
    try {
      new TokenFile(file).read();
    } catch (IOException e) {
      requireMessage(e, file.toString());
    }
  }

  static Stream<byte[]> tokenFiles() throws IOException {
    Path file = Files.createTempDirectory("gaitway-fuzz-tokens").resolve("tokens.json");
    new TokenFile(file).create("me", EnumSet.of(Scope.SIMULATE), Duration.ofDays(1));
    byte[] content = Files.readAllBytes(file);
    Files.delete(file);
    Files.delete(file.resolveSibling("tokens.json.lock"));
    Files.delete(file.getParent());
    return Stream.of(content, new byte[0]);
  }

  @MethodSource("sessionFiles")
  @FuzzTest
  void aServerStartsWhateverIsInItsFileOfSessions(byte[] content) throws Exception {
    Path file = folder.resolve("sessions");
    byte[] whole = Arrays.copyOf(content, content.length + DIGEST_BYTES);
    System.arraycopy(sha256(content), 0, whole, content.length, DIGEST_BYTES);
    write(file, whole);
    try (GaitwayServer server = start(file, "fuzz-sessions")) {
      server.drain();
    }
    Files.deleteIfExists(file);
  }

  private static GaitwayServer start(Path file, String name) throws IOException {
    return GaitwayServer.builder(Environments.load())
        .sessions(file)
        .start(InProcessServerBuilder.forName(name));
  }

  /** What a server writes, without the digest at its end. */
  static Stream<byte[]> sessionFiles() throws IOException {
    Path directory = Files.createTempDirectory("gaitway-fuzz-sessions");
    Path file = directory.resolve("sessions");
    ManagedChannel channel = InProcessChannelBuilder.forName("fuzz-writer").build();
    try (GaitwayServer server = start(file, "fuzz-writer")) {
      EnvironmentServiceGrpc.EnvironmentServiceBlockingStub calls =
          EnvironmentServiceGrpc.newBlockingStub(channel);
      String id =
          calls
              .createSession(
                  CreateSessionRequest.newBuilder()
                      .setEnvironment(EnvironmentRef.newBuilder().setId("swimmer"))
                      .build())
              .getSession()
              .getId();
      calls.reset(ResetRequest.newBuilder().setSessionId(id).build());
    } finally {
      channel.shutdownNow();
    }
    byte[] content = Files.readAllBytes(file);
    for (String name : Set.of("sessions", "sessions.lock")) {
      Files.deleteIfExists(directory.resolve(name));
    }
    Files.delete(directory);
    return Stream.of(Arrays.copyOf(content, content.length - DIGEST_BYTES));
  }

  @MethodSource("endpoints")
  @FuzzTest
  void anEndpointIsReadOrRefused(byte[] bytes) {
    String text = new String(bytes, UTF_8);
    Endpoint endpoint;
    try {
      endpoint = Endpoint.parse(text);
    } catch (IllegalArgumentException e) {
      requireMessage(e, "");
      return;
    }
    if (!Endpoint.parse(endpoint.toString()).equals(endpoint)) {
      throw new AssertionError("'%s' is read as another endpoint again".formatted(endpoint));
    }
  }

  static Stream<byte[]> endpoints() {
    return Stream.of(
            "127.0.0.1:7447",
            "[::1]:7447",
            "unix:/tmp/socket",
            "tls://host.example:7447?ca=ca.pem&cert=c.pem&key=k.pem&server_name=s&token_file=t",
            "tcp://localhost:1?token_file=a%20b")
        .map(text -> text.getBytes(UTF_8));
  }

  private static void requireMessage(Exception refusal, String named) {
    String message = refusal.getMessage();
    if (message == null || message.isBlank() || !message.contains(named)) {
      throw new AssertionError("the refusal does not say what is wrong", refusal);
    }
  }

  private static void write(Path file, byte[] content) throws IOException {
    if (!Files.exists(file)) {
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }
    Files.write(file, content);
  }

  private static byte[] sha256(byte[] content) throws NoSuchAlgorithmException {
    return MessageDigest.getInstance("SHA-256").digest(content);
  }
}
