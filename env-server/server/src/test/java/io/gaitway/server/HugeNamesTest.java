package io.gaitway.server;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.Message;
import io.gaitway.proto.dmenv.v1.EnvironmentGrpc;
import io.gaitway.proto.v1.CatalogServiceGrpc;
import io.gaitway.proto.v1.DynamicsServiceGrpc;
import io.gaitway.proto.v1.EnvironmentServiceGrpc;
import io.gaitway.proto.v1.EvaluationServiceGrpc;
import io.gaitway.proto.v1.UsageServiceGrpc;
import io.gaitway.server.call.ServerOptions;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.InternalMetadata;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.protobuf.ProtoMethodDescriptorSupplier;
import io.grpc.protobuf.ProtoUtils;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A huge name in any string of any request: what comes back fits into the headers that every client
 * takes, whatever the server repeats of it.
 */
@Timeout(120)
class HugeNamesTest {
  /** What gRPC's clients take of trailers unless told otherwise. */
  private static final int MOST = 8192;

  private static final int DEEPEST = 5;

  private static final Set<Status.Code> UNWANTED =
      Set.of(Status.Code.INTERNAL, Status.Code.UNKNOWN, Status.Code.DEADLINE_EXCEEDED);

  private static final List<ServiceDescriptor> SERVICES =
      List.of(
          CatalogServiceGrpc.getServiceDescriptor(),
          EnvironmentServiceGrpc.getServiceDescriptor(),
          DynamicsServiceGrpc.getServiceDescriptor(),
          EvaluationServiceGrpc.getServiceDescriptor(),
          UsageServiceGrpc.getServiceDescriptor(),
          EnvironmentGrpc.getServiceDescriptor());

  /** What leads past the first checks, by the name of a field. */
  private static final Map<String, String> FITTING =
      Map.of("environment", "cart", "id", "cart", "suite", "swimmer-still", "controller", "name");

  private static @Nullable Rig rig;

  @BeforeAll
  static void start() throws Exception {
    rig = Rig.tcp(ServerOptions.defaults());
  }

  @AfterAll
  static void stop() throws InterruptedException {
    Objects.requireNonNull(rig).close();
  }

  static Stream<Arguments> methods() {
    return SERVICES.stream()
        .flatMap(service -> service.getMethods().stream())
        .map(method -> Arguments.of(method.getFullMethodName(), method));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("methods")
  void whatIsRepeatedFitsIntoTheTrailers(String name, MethodDescriptor<?, ?> method)
      throws Exception {
    ProtoMethodDescriptorSupplier schema =
        (ProtoMethodDescriptorSupplier) Objects.requireNonNull(method.getSchemaDescriptor());
    Descriptor input = schema.getMethodDescriptor().getInputType();
    for (String huge : List.of("x".repeat(5000), "走".repeat(5000), "\u0001".repeat(5000))) {
      for (Message request : requests(input, huge, DEEPEST)) {
        End end = call(method, request);
        assertTrue(end.bytes() < MOST, () -> end.bytes() + " bytes for " + name);
        assertFalse(UNWANTED.contains(end.status().getCode()), () -> end + " of " + name);
      }
    }
  }

  /** How a call ended, and how much the trailers took. */
  private record End(Status status, int bytes) {}

  private static End call(MethodDescriptor<?, ?> method, Message request) throws Exception {
    ManagedChannel channel = Objects.requireNonNull(rig).channel;
    MethodDescriptor.Marshaller<Message> messages =
        ProtoUtils.marshaller(DynamicMessage.getDefaultInstance(request.getDescriptorForType()));
    MethodDescriptor<Message, InputStream> raw =
        method.toBuilder(messages, new Bytes()).setSchemaDescriptor(null).build();
    ClientCall<Message, InputStream> call =
        channel.newCall(raw, CallOptions.DEFAULT.withDeadlineAfter(60, TimeUnit.SECONDS));
    CompletableFuture<End> end = new CompletableFuture<>();
    call.start(
        new ClientCall.Listener<>() {
          @Override
          public void onClose(Status status, Metadata trailers) {
            end.complete(new End(status, size(status, trailers)));
          }
        },
        new Metadata());
    call.request(Integer.MAX_VALUE);
    call.sendMessage(request);
    call.halfClose();
    return end.get();
  }

  /** Answers that nobody reads. */
  private static final class Bytes implements MethodDescriptor.Marshaller<InputStream> {
    @Override
    public InputStream stream(InputStream value) {
      return value;
    }

    @Override
    public InputStream parse(InputStream stream) {
      return stream;
    }
  }

  /** Bytes of the trailers as HTTP/2 counts them, with the message escaped as gRPC does. */
  private static int size(Status status, Metadata trailers) {
    int size = 0;
    for (byte[] part : InternalMetadata.serialize(trailers)) {
      size += part.length * 4 / 3 + 32;
    }
    String message = String.valueOf(status.getDescription());
    return size + 3 * message.getBytes(StandardCharsets.UTF_8).length + 64;
  }

  /** Requests that are plausible but for one string, which is huge: one for every string. */
  private static List<Message> requests(Descriptor type, String huge, int depth) {
    Message plausible = plausible(type, depth);
    List<Message> requests = new ArrayList<>();
    for (FieldDescriptor field : type.getFields()) {
      for (Object value : values(field, huge, depth)) {
        Message.Builder request = plausible.toBuilder();
        requests.add(
            field.isRepeated()
                ? request.clearField(field).addRepeatedField(field, value).build()
                : request.setField(field, value).build());
      }
    }
    return requests;
  }

  private static List<Object> values(FieldDescriptor field, String huge, int depth) {
    if (field.getJavaType() == JavaType.STRING) {
      return List.of(huge);
    }
    return field.getJavaType() == JavaType.MESSAGE && depth > 0
        ? new ArrayList<>(requests(field.getMessageType(), huge, depth - 1))
        : List.of();
  }

  /** A message with the strings and the first messages that it can have. */
  private static Message plausible(Descriptor type, int depth) {
    DynamicMessage.Builder message = DynamicMessage.newBuilder(type);
    for (FieldDescriptor field : type.getFields()) {
      boolean first =
          field.getContainingOneof() == null
              || field.getContainingOneof().getField(0).equals(field);
      String fitting = FITTING.get(field.getName());
      if (field.getJavaType() == JavaType.STRING && !field.isRepeated() && fitting != null) {
        message.setField(field, fitting);
      } else if (field.getJavaType() == JavaType.MESSAGE
          && !field.isRepeated()
          && first
          && depth > 0) {
        message.setField(field, plausible(field.getMessageType(), depth - 1));
      }
    }
    return message.build();
  }
}
