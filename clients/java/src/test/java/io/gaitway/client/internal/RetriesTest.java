package io.gaitway.client.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gaitway.address.Address;
import io.gaitway.client.error.GaitwayException;
import io.gaitway.proto.v1.AdminServiceGrpc;
import io.gaitway.proto.v1.AgentServiceGrpc;
import io.gaitway.proto.v1.CatalogServiceGrpc;
import io.gaitway.proto.v1.DynamicsServiceGrpc;
import io.gaitway.proto.v1.EnvironmentServiceGrpc;
import io.gaitway.proto.v1.EvaluationServiceGrpc;
import io.gaitway.proto.v1.UsageServiceGrpc;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RetriesTest {
  private static final Path CONFIG = Path.of("..", "..", "proto", "service-config.json");
  private static final boolean WRITE = Boolean.getBoolean("gaitway.conformance.write");
  private static final ObjectMapper MAPPER =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private static final List<ServiceDescriptor> SERVICES =
      List.of(
          AdminServiceGrpc.getServiceDescriptor(),
          AgentServiceGrpc.getServiceDescriptor(),
          CatalogServiceGrpc.getServiceDescriptor(),
          DynamicsServiceGrpc.getServiceDescriptor(),
          EnvironmentServiceGrpc.getServiceDescriptor(),
          EvaluationServiceGrpc.getServiceDescriptor(),
          UsageServiceGrpc.getServiceDescriptor());

  /** With {@code -Dgaitway.conformance.write=true} the file is written instead. */
  @Test
  void theServiceConfigIsWhatTheContractSays() throws IOException {
    String made = MAPPER.writeValueAsString(serviceConfig()) + "\n";
    if (WRITE) {
      Files.writeString(CONFIG, made);
    }
    assertEquals(made, Files.readString(CONFIG));
  }

  private static ObjectNode serviceConfig() {
    ObjectNode config = MAPPER.createObjectNode();
    ObjectNode method = config.putArray("methodConfig").addObject();
    ArrayNode names = method.putArray("name");
    Map<String, MethodDescriptor<?, ?>> sorted = new TreeMap<>();
    SERVICES.forEach(
        service ->
            service.getMethods().forEach(each -> sorted.put(each.getFullMethodName(), each)));
    for (MethodDescriptor<?, ?> each : sorted.values()) {
      if (Retries.isRepeatable(each)) {
        names
            .addObject()
            .put("service", each.getServiceName())
            .put("method", each.getBareMethodName());
      }
    }
    ObjectNode policy = method.putObject("retryPolicy");
    policy.put("maxAttempts", Retries.MAX_ATTEMPTS);
    policy.put("initialBackoff", Retries.INITIAL_BACKOFF_SECONDS + "s");
    policy.put("maxBackoff", Retries.MAX_BACKOFF_SECONDS + "s");
    policy.put("backoffMultiplier", Retries.BACKOFF_MULTIPLIER);
    policy.putArray("retryableStatusCodes").add("UNAVAILABLE").add("RESOURCE_EXHAUSTED");
    return config;
  }

  @Test
  void whatMakesSomethingIsNotRepeatable() {
    assertTrue(Retries.isRepeatable(DynamicsServiceGrpc.getRolloutMethod()));
    assertFalse(Retries.isRepeatable(EnvironmentServiceGrpc.getCreateSessionMethod()));
    assertFalse(Retries.isRepeatable(EnvironmentServiceGrpc.getStepMethod()));
  }

  @ParameterizedTest
  @CsvSource({"1, 200, 300", "2, 800, 1200", "3, 3200, 4800", "4, 6400, 9600"})
  void pausesGrow(int made, long least, long most) {
    long pause = pause(Status.UNAVAILABLE, null, made, true, true).orElseThrow();
    assertTrue(least <= pause && pause <= most, () -> made + ": " + pause);
  }

  @Test
  void aServerThatNeverAnsweredIsAskedTwice() {
    assertTrue(pause(Status.UNAVAILABLE, null, 1, true, false).isPresent());
    assertTrue(pause(Status.UNAVAILABLE, null, 2, true, false).isEmpty());
    assertTrue(pause(Status.UNAVAILABLE, null, 5, true, true).isEmpty());
  }

  @Test
  void whatMayHaveBeenCarriedOutIsMadeOnce() {
    Status refused = Status.UNAVAILABLE.withCause(new ConnectException("Connection refused"));
    assertTrue(pause(Status.UNAVAILABLE, null, 1, false, true).isEmpty());
    assertTrue(pause(refused, null, 1, false, true).isPresent());
  }

  @ParameterizedTest
  @CsvSource({
    "UNAVAILABLE, 40, 40",
    "UNAVAILABLE, -1, -1",
    "UNAVAILABLE, soon, -1",
    "RESOURCE_EXHAUSTED, 0, 0",
    "RESOURCE_EXHAUSTED, 4000, 4000",
    "RESOURCE_EXHAUSTED, -1, -1",
    "RESOURCE_EXHAUSTED, , -1",
    "INTERNAL, 40, -1",
  })
  void theServerSaysWhen(Status.Code code, @Nullable String pushback, long pause) {
    OptionalLong told = pause(Status.fromCode(code), pushback, 1, true, true);
    assertEquals(pause, told.orElse(-1));
  }

  private static OptionalLong pause(
      Status status, @Nullable String pushback, int made, boolean repeatable, boolean answered) {
    Metadata trailers = new Metadata();
    if (pushback != null) {
      trailers.put(
          Metadata.Key.of("grpc-retry-pushback-ms", Metadata.ASCII_STRING_MARSHALLER), pushback);
    }
    Errors.Attempt attempt =
        new Errors.Attempt("test", new Target.Remote(Address.parse("127.0.0.1:1")), TimeLimit.NONE);
    GaitwayException failure = Errors.translate(status, trailers, attempt);
    return Retries.pause(failure, made, repeatable, answered);
  }
}
