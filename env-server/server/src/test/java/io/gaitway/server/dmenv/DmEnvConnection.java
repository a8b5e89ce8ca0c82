package io.gaitway.server.dmenv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.proto.dmenv.v1.CreateWorldRequest;
import io.gaitway.proto.dmenv.v1.DestroyWorldRequest;
import io.gaitway.proto.dmenv.v1.EnvironmentGrpc;
import io.gaitway.proto.dmenv.v1.EnvironmentRequest;
import io.gaitway.proto.dmenv.v1.EnvironmentResponse;
import io.gaitway.proto.dmenv.v1.EnvironmentResponse.PayloadCase;
import io.gaitway.proto.dmenv.v1.JoinWorldRequest;
import io.gaitway.proto.dmenv.v1.JoinWorldResponse;
import io.gaitway.proto.dmenv.v1.LeaveWorldRequest;
import io.gaitway.proto.dmenv.v1.ResetRequest;
import io.gaitway.proto.dmenv.v1.ResetWorldRequest;
import io.gaitway.proto.dmenv.v1.StepRequest;
import io.gaitway.proto.dmenv.v1.StepResponse;
import io.gaitway.proto.dmenv.v1.Tensor;
import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A dm_env_rpc client: one call, which waits for the answer to each request. */
final class DmEnvConnection {
  static final long ACTION = 1;
  static final long OBSERVATION = 1;
  static final long REWARD = 2;

  private final BlockingQueue<EnvironmentResponse> answers = new LinkedBlockingQueue<>();
  private final CompletableFuture<Status> end = new CompletableFuture<>();
  private final StreamObserver<EnvironmentRequest> out;

  DmEnvConnection(Channel channel) {
    out =
        EnvironmentGrpc.newStub(channel)
            .process(
                new StreamObserver<>() {
                  @Override
                  public void onNext(EnvironmentResponse answer) {
                    answers.add(answer);
                  }

                  @Override
                  public void onError(Throwable t) {
                    end.completeExceptionally(t);
                  }

                  @Override
                  public void onCompleted() {
                    end.complete(Status.OK);
                  }
                });
  }

  /** Sends without waiting. */
  void post(EnvironmentRequest request) {
    out.onNext(request);
  }

  EnvironmentResponse send(EnvironmentRequest request) {
    post(request);
    try {
      EnvironmentResponse answer = answers.poll(10, TimeUnit.SECONDS);
      assertNotNull(answer, () -> "no answer; the call: " + end);
      return answer;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** The error that a request must be answered with. */
  StatusRuntimeException refused(EnvironmentRequest request) {
    EnvironmentResponse answer = send(request);
    assertEquals(PayloadCase.ERROR, answer.getPayloadCase(), answer.toString());
    return StatusProto.toStatusRuntimeException(answer.getError());
  }

  /** Makes a world of carts. */
  String create(Map<String, Tensor> settings) {
    EnvironmentResponse answer =
        send(
            EnvironmentRequest.newBuilder()
                .setCreateWorld(
                    CreateWorldRequest.newBuilder()
                        .putSettings("environment", text("cart"))
                        .putAllSettings(settings))
                .build());
    assertEquals(PayloadCase.CREATE_WORLD, answer.getPayloadCase(), answer.toString());
    return answer.getCreateWorld().getWorldName();
  }

  JoinWorldResponse join(String world) {
    EnvironmentResponse answer = send(joining(world));
    assertEquals(PayloadCase.JOIN_WORLD, answer.getPayloadCase(), answer.toString());
    return answer.getJoinWorld();
  }

  /** The same as soon as the server has noticed that another connection is gone. */
  JoinWorldResponse joinSoon(String world) throws InterruptedException {
    for (long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10); ; Thread.sleep(5)) {
      EnvironmentResponse answer = send(joining(world));
      if (answer.hasJoinWorld()) {
        return answer.getJoinWorld();
      }
      assertTrue(System.nanoTime() < end, answer.toString());
    }
  }

  /** Steps with both forces and everything observed. */
  StepResponse step(double near, double far) {
    EnvironmentResponse answer = send(stepping(Map.of(ACTION, vector(near, far))));
    assertEquals(PayloadCase.STEP, answer.getPayloadCase(), answer.toString());
    return answer.getStep();
  }

  void leave() {
    EnvironmentResponse answer =
        send(
            EnvironmentRequest.newBuilder()
                .setLeaveWorld(LeaveWorldRequest.getDefaultInstance())
                .build());
    assertEquals(PayloadCase.LEAVE_WORLD, answer.getPayloadCase(), answer.toString());
  }

  /** Breaks the connection. */
  void breakOff() {
    out.onError(Status.CANCELLED.asRuntimeException());
  }

  /** Ends the connection in good order. */
  void close() throws Exception {
    out.onCompleted();
    assertEquals(Status.OK, end.get(10, TimeUnit.SECONDS));
    assertTrue(answers.isEmpty(), answers.toString());
  }

  /** The status that the call must end with. */
  StatusRuntimeException failure() throws Exception {
    Throwable thrown = end.handle((status, t) -> t).get(10, TimeUnit.SECONDS);
    return (StatusRuntimeException) Objects.requireNonNull(thrown, "the call ended without error");
  }

  static EnvironmentRequest joining(String world) {
    return EnvironmentRequest.newBuilder()
        .setJoinWorld(JoinWorldRequest.newBuilder().setWorldName(world))
        .build();
  }

  static EnvironmentRequest stepping(Map<Long, Tensor> actions) {
    return EnvironmentRequest.newBuilder()
        .setStep(
            StepRequest.newBuilder()
                .putAllActions(actions)
                .addRequestedObservations(OBSERVATION)
                .addRequestedObservations(REWARD))
        .build();
  }

  static EnvironmentRequest resetting(Map<String, Tensor> settings) {
    return EnvironmentRequest.newBuilder()
        .setReset(ResetRequest.newBuilder().putAllSettings(settings))
        .build();
  }

  static EnvironmentRequest resetting(String world, Map<String, Tensor> settings) {
    return EnvironmentRequest.newBuilder()
        .setResetWorld(ResetWorldRequest.newBuilder().setWorldName(world).putAllSettings(settings))
        .build();
  }

  static EnvironmentRequest destroying(String world) {
    return EnvironmentRequest.newBuilder()
        .setDestroyWorld(DestroyWorldRequest.newBuilder().setWorldName(world))
        .build();
  }

  static Tensor text(String... values) {
    return Tensor.newBuilder()
        .setStrings(Tensor.StringArray.newBuilder().addAllArray(List.of(values)))
        .build();
  }

  static Tensor whole(long... values) {
    Tensor.Int64Array.Builder array = Tensor.Int64Array.newBuilder();
    for (long value : values) {
      array.addArray(value);
    }
    return Tensor.newBuilder().setInt64S(array).build();
  }

  static Tensor number(double... values) {
    Tensor.DoubleArray.Builder array = Tensor.DoubleArray.newBuilder();
    for (double value : values) {
      array.addArray(value);
    }
    return Tensor.newBuilder().setDoubles(array).build();
  }

  static Tensor vector(double... values) {
    return number(values).toBuilder().addShape(values.length).build();
  }

  static double[] observation(StepResponse step) {
    return step.getObservationsOrThrow(OBSERVATION).getDoubles().getArrayList().stream()
        .mapToDouble(value -> value)
        .toArray();
  }

  static double reward(StepResponse step) {
    return step.getObservationsOrThrow(REWARD).getDoubles().getArray(0);
  }

  /** A scalar of 64 bits without a sign. */
  static Tensor unsigned(long bits) {
    return Tensor.newBuilder().setUint64S(Tensor.Uint64Array.newBuilder().addArray(bits)).build();
  }
}
