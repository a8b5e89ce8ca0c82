package io.gaitway.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.proto.v1.EnvironmentServiceGrpc;
import io.gaitway.proto.v1.GetServerInfoRequest;
import io.gaitway.proto.v1.StepRequest;
import io.gaitway.server.call.ServerOptions;
import io.gaitway.server.log.RequestId;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a failed call is called. */
@Timeout(60)
class RequestIdTest {
  private Rig rig;

  @BeforeEach
  void start() throws Exception {
    rig = Rig.tcp(ServerOptions.defaults());
  }

  @AfterEach
  void stop() throws Exception {
    rig.close();
  }

  @Test
  void aCallThatFailsReturnsTheNameThatItCameWith() {
    assertEquals("run-7:step.12_a", idOfFailure("run-7:step.12_a"));
  }

  @Test
  void aCallWithoutANameGetsOneOfItsOwn() {
    String first = idOfFailure(null);
    assertTrue(first.matches("[0-9a-f]{16}"), first);
    assertNotEquals(first, idOfFailure(null));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "x\"y", "ü", "level=error"})
  void namesThatCouldForgeALogAreReplaced(String name) {
    String id = idOfFailure(name);
    assertTrue(id.matches("[0-9a-f]{16}"), id);
  }

  @Test
  void aLongNameIsReplaced() {
    assertEquals("x".repeat(64), idOfFailure("x".repeat(64)));
    assertTrue(idOfFailure("x".repeat(65)).matches("[0-9a-f]{16}"));
  }

  @Test
  void aCallThatSucceedsReturnsNone() {
    AtomicReference<Metadata> trailers = new AtomicReference<>();
    rig.catalog
        .withInterceptors(
            MetadataUtils.newCaptureMetadataInterceptor(new AtomicReference<>(), trailers))
        .getServerInfo(GetServerInfoRequest.getDefaultInstance());
    Metadata received = trailers.get();
    assertFalse(received == null || received.containsKey(RequestId.KEY), String.valueOf(received));
  }

  private String idOfFailure(@Nullable String name) {
    EnvironmentServiceGrpc.EnvironmentServiceBlockingStub stub = rig.environments;
    if (name != null) {
      Metadata headers = new Metadata();
      headers.put(RequestId.KEY, name);
      stub = stub.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
    }
    EnvironmentServiceGrpc.EnvironmentServiceBlockingStub named = stub;
    StatusRuntimeException fault =
        assertThrows(
            StatusRuntimeException.class,
            () -> named.step(StepRequest.newBuilder().setSessionId("none").build()));
    Metadata trailers = fault.getTrailers();
    String id = trailers == null ? null : trailers.get(RequestId.KEY);
    if (id == null) {
      throw new AssertionError("no request id in " + trailers);
    }
    return id;
  }
}
