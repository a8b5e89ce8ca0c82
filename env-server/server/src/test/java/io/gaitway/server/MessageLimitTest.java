package io.gaitway.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.rpc.ErrorInfo;
import io.gaitway.proto.v1.CreateSessionRequest;
import io.gaitway.proto.v1.EnvironmentServiceGrpc;
import io.gaitway.proto.v1.LinearizeRequest;
import io.gaitway.proto.v1.Session;
import io.gaitway.proto.v1.StepRequest;
import io.gaitway.proto.v1.StepStreamRequest;
import io.gaitway.proto.v1.StepStreamResponse;
import io.gaitway.proto.v1.Tensor;
import io.gaitway.server.call.ServerOptions;
import io.grpc.CallOptions;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Requests that are no messages, or larger than the server takes. */
class MessageLimitTest extends BadInput {
  private static final int LIMIT = ServerOptions.defaults().maxMessageBytes();

  @Test
  void bytesThatAreNoMessageAreRefused() {
    MethodDescriptor<byte[], byte[]> step =
        MethodDescriptor.<byte[], byte[]>newBuilder()
            .setType(MethodDescriptor.MethodType.UNARY)
            .setFullMethodName(EnvironmentServiceGrpc.getStepMethod().getFullMethodName())
            .setRequestMarshaller(new RawBytes())
            .setResponseMarshaller(new RawBytes())
            .build();
    byte[] garbage = {(byte) 0xff, (byte) 0xff, 1, 2, 3};
    StatusRuntimeException fault =
        assertThrows(
            StatusRuntimeException.class,
            () -> ClientCalls.blockingUnaryCall(rig.channel, step, CallOptions.DEFAULT, garbage));
    assertEquals(Status.Code.INVALID_ARGUMENT, fault.getStatus().getCode(), fault.toString());
    assertEquals("MESSAGE_MALFORMED", Faults.info(fault).getReason());
    requireHealthy();
  }

  private static final class RawBytes implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] bytes) {
      return new ByteArrayInputStream(bytes);
    }

    @Override
    public byte[] parse(InputStream in) {
      try {
        return in.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("tooLarge")
  void messagesBeyondTheLimitAreRefused(int bytes) {
    StepRequest huge = huge(bytes);
    requireTooLarge(
        LIMIT, assertThrows(StatusRuntimeException.class, () -> rig.environments.step(huge)));
    requireTooLarge(
        LIMIT,
        assertThrows(
            StatusRuntimeException.class,
            () ->
                rig.dynamics
                    .linearize(
                        LinearizeRequest.newBuilder()
                            .setEnvironment(Rig.CART)
                            .setStates(huge.getActions())
                            .build())
                    .next()));
    requireHealthy();
  }

  static Stream<Integer> tooLarge() {
    return Stream.of(100_000_000, LIMIT);
  }

  @Test
  void compressedMessagesBeyondTheLimitAreRefused() {
    StepRequest huge = huge(LIMIT);
    requireTooLarge(
        LIMIT,
        assertThrows(
            StatusRuntimeException.class,
            () -> rig.environments.withCompression("gzip").step(huge)));
    requireHealthy();
  }

  @Test
  void aMessageBeyondTheLimitEndsAStreamAndNothingElse() throws Exception {
    Session own = rig.session(CreateSessionRequest.newBuilder().setNumEnvironments(2));
    CompletableFuture<StatusRuntimeException> end = new CompletableFuture<>();
    List<StepStreamResponse> answers = new CopyOnWriteArrayList<>();
    StreamObserver<StepStreamRequest> out = stepStream(rig, answers, end);
    StepStreamRequest good =
        StepStreamRequest.newBuilder().setStep(Rig.step(own, 0, 0, 0, 0)).build();
    out.onNext(good);
    out.onNext(StepStreamRequest.newBuilder().setStep(huge(100_000_000)).build());
    out.onNext(good);
    requireTooLarge(LIMIT, end.get(30, TimeUnit.SECONDS));
    assertEquals(1, answers.size(), "the command before it is answered, the one behind it is not");
    assertEquals(2, rig.environments.step(Rig.step(own, 0, 0, 0, 0)).getStep());
    requireHealthy();
  }

  @Test
  void theLimitHoldsToTheByte() throws Exception {
    int limit = 1000;
    ServerOptions options = ServerOptions.defaults().withMaxMessageBytes(limit);
    StepRequest full = huge(limit);
    full = huge(2 * limit - full.getSerializedSize());
    assertEquals(limit, full.getSerializedSize());
    StepRequest more = huge(full.getActions().getData().size() + 1);
    for (boolean tcp : new boolean[] {true, false}) {
      try (Rig small = tcp ? Rig.tcp(options) : Rig.inProcess(options)) {
        for (String encoding : List.of("identity", "gzip")) {
          var stub = small.environments.withCompression(encoding);
          StepRequest taken = full;
          assertEquals(
              "SESSION_EXPIRED",
              Faults.info(assertThrows(StatusRuntimeException.class, () -> stub.step(taken)))
                  .getReason());
          requireTooLarge(limit, assertThrows(StatusRuntimeException.class, () -> stub.step(more)));
        }
        CompletableFuture<StatusRuntimeException> end = new CompletableFuture<>();
        StreamObserver<StepStreamRequest> out = stepStream(small, new ArrayList<>(), end);
        out.onNext(StepStreamRequest.newBuilder().setStep(more).build());
        requireTooLarge(limit, end.get(10, TimeUnit.SECONDS));
        Session own = small.session(CreateSessionRequest.newBuilder().setNumEnvironments(2));
        assertEquals(1, small.environments.step(Rig.step(own, 0, 0, 0, 0)).getStep());
      }
    }
  }

  private static StreamObserver<StepStreamRequest> stepStream(
      Rig r, List<StepStreamResponse> answers, CompletableFuture<StatusRuntimeException> end) {
    return r.asyncEnvironments.stepStream(
        new StreamObserver<>() {
          @Override
          public void onNext(StepStreamResponse answer) {
            answers.add(answer);
          }

          @Override
          public void onError(Throwable thrown) {
            end.complete((StatusRuntimeException) thrown);
          }

          @Override
          public void onCompleted() {
            end.completeExceptionally(new AssertionError("the stream ended well"));
          }
        });
  }

  private static StepRequest huge(int bytes) {
    return StepRequest.newBuilder()
        .setSessionId(session.getId())
        .setActions(Tensor.newBuilder().setData(bytes(bytes)))
        .build();
  }

  private static void requireTooLarge(int limit, StatusRuntimeException fault) {
    assertEquals(Status.Code.RESOURCE_EXHAUSTED, fault.getStatus().getCode(), fault.toString());
    ErrorInfo info = Faults.info(fault);
    assertEquals("gaitway", info.getDomain());
    assertEquals("MESSAGE_TOO_LARGE", info.getReason());
    assertEquals(Map.of("limit", Integer.toString(limit)), info.getMetadataMap());
  }
}
