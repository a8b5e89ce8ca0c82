package io.gaitway.client.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.address.Endpoint;
import io.gaitway.address.Token;
import io.gaitway.client.GaitwayClient;
import io.gaitway.client.error.PermissionDeniedException;
import io.gaitway.client.error.UnauthenticatedException;
import io.gaitway.client.fixture.FakeServer;
import io.gaitway.client.simulation.Simulator;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class TokenTest {
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  /** A door that one token opens. */
  private static final class Door implements ServerInterceptor {
    volatile @Nullable String opens;
    volatile Status refusal = Status.UNAUTHENTICATED.withDescription("no");
    final List<String> shown = new CopyOnWriteArrayList<>();

    Door(@Nullable String opens) {
      this.opens = opens;
    }

    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
      String value = String.valueOf(headers.get(AUTHORIZATION));
      shown.add(value);
      if (opens == null || value.equals("Bearer " + opens)) {
        return next.startCall(call, headers);
      }
      call.close(refusal, new Metadata());
      return new ServerCall.Listener<>() {};
    }
  }

  @Test
  void everyCallCarriesTheToken() {
    Door door = new Door("s3cret");
    try (FakeServer server = FakeServer.tcp(door);
        GaitwayClient client = server.client().token("s3cret").build()) {
      Simulator simulator = client.simulator("fake", Map.of());
      assertThrows(
          RuntimeException.class,
          () ->
              simulator.evaluate(
                  new double[FakeServer.NX], new double[FakeServer.NU], transitions()));
      assertThrows(RuntimeException.class, () -> linearize(simulator));
      assertEquals(3, door.shown.size());
      assertEquals(List.of("Bearer s3cret"), door.shown.stream().distinct().toList());
      assertFalse(client.target().contains("s3cret"));
    }
  }

  private static io.gaitway.client.simulation.Transitions transitions() {
    return new io.gaitway.client.simulation.Transitions(1, FakeServer.NX);
  }

  private static void linearize(Simulator simulator) {
    simulator.linearizeDynamics(
        new double[FakeServer.NX],
        new double[FakeServer.NU],
        new io.gaitway.client.simulation.Jacobians(1, FakeServer.NX, FakeServer.NU));
  }

  @Test
  void withoutOneNothingIsSent() {
    Door door = new Door(null);
    try (FakeServer server = FakeServer.tcp(door);
        GaitwayClient client = server.client().build()) {
      client.simulator("fake", Map.of());
      assertEquals(List.of("null"), door.shown);
    }
  }

  @Test
  void aFileIsReadAgainWhenItsTokenIsRefused(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("token");
    Files.writeString(file, "old\n");
    Door door = new Door("old");
    try (FakeServer server = FakeServer.tcp(door);
        GaitwayClient client =
            GaitwayClient.connect(
                "tcp://127.0.0.1:%d?token_file=%s".formatted(server.port(), file))) {
      client.simulator("fake", Map.of());
      Files.writeString(file, "new\n");
      door.opens = "new";
      client.simulator("fake", Map.of());
      assertEquals(List.of("Bearer old", "Bearer old", "Bearer new"), door.shown);

      door.opens = "another";
      UnauthenticatedException e =
          assertThrows(UnauthenticatedException.class, () -> client.simulator("fake", Map.of()));
      assertEquals(4, door.shown.size(), "there is no other token to try");
      assertTrue(e.getMessage().contains("token_file=FILE"), e.getMessage());
      assertFalse(e.getMessage().contains("Bearer"), e.getMessage());

      // A file that changes with every look at it is looked at once.
      Files.writeString(file, "third\n");
      assertThrows(UnauthenticatedException.class, () -> client.simulator("fake", Map.of()));
      assertEquals(6, door.shown.size());
    }
  }

  @Test
  void whatIsNotAllowedSaysSo() {
    Door door = new Door("s3cret");
    door.refusal = Status.PERMISSION_DENIED.withDescription("scope simulate is missing");
    try (FakeServer server = FakeServer.tcp(door);
        GaitwayClient client = server.client().token("other").build()) {
      PermissionDeniedException e =
          assertThrows(PermissionDeniedException.class, () -> client.simulator("fake", Map.of()));
      assertTrue(e.getMessage().contains("scope simulate is missing"), e.getMessage());
    }
  }

  @Test
  void aFileThatIsNotThereIsToldAtOnce(@TempDir Path folder) {
    String target = "tcp://127.0.0.1:1?token_file=" + folder.resolve("none");
    String message =
        String.valueOf(
            assertThrows(IllegalArgumentException.class, () -> GaitwayClient.connect(target))
                .getMessage());
    assertTrue(message.contains("none' cannot be read"), message);
  }

  @Test
  void anotherProcessIsToldTheFileAndNeverTheToken() {
    Target.Remote bare = new Target.Remote(Endpoint.parse("tls://a:1"));
    Channels.Connection connection = Channels.open(bare, null, 1 << 20, "test");
    try {
      Target.Remote given = new Target.Remote(bare.endpoint().withToken(new Token.Given("s3cret")));
      assertEquals("tls://a:1", new Calls(connection, bare, TimeLimit.NONE).access().server());
      String message =
          assertThrows(
                  UnsupportedOperationException.class,
                  () -> new Calls(connection, given, TimeLimit.NONE).access())
              .getMessage();
      assertNotNull(message);
      assertTrue(message.contains("token_file") && !message.contains("s3cret"), message);
    } finally {
      connection.close();
    }
  }
}
