package io.gaitway.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.rpc.ErrorInfo;
import io.gaitway.proto.v1.Controller;
import io.gaitway.proto.v1.DynamicsServiceGrpc;
import io.gaitway.proto.v1.EnvironmentRef;
import io.gaitway.proto.v1.EvaluateRequest;
import io.gaitway.proto.v1.ListEnvironmentsRequest;
import io.gaitway.proto.v1.OpenLoopController;
import io.gaitway.proto.v1.RolloutDetail;
import io.gaitway.proto.v1.RolloutRequest;
import io.gaitway.proto.v1.RolloutResponse;
import io.gaitway.proto.v1.SampleInitialStatesRequest;
import io.gaitway.proto.v1.StepStreamRequest;
import io.gaitway.server.call.CallLimits;
import io.gaitway.sim.task.Environments;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What calls and connections may take, and what happens beyond. */
@Timeout(300)
class LimitsTest {
  private static final CallLimits DEFAULTS = CallLimits.defaults();
  private static final long MANY = 1_000_000;

  private final List<Rig> rigs = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (Rig rig : rigs) {
      rig.close();
    }
  }

  private Rig rig(
      long answerBytes, double seconds, int calls, long callsPerSecond, long stepsPerSecond)
      throws IOException {
    CallLimits limits =
        new CallLimits(
            answerBytes,
            DEFAULTS.requestBytes(),
            seconds,
            calls,
            callsPerSecond,
            stepsPerSecond,
            Duration.ofDays(1),
            Duration.ofHours(1),
            DEFAULTS.resetsPerSecond());
    GaitwayServer server =
        GaitwayServer.builder(Environments.load())
            .limits(limits)
            .start(Transports.tcp(new InetSocketAddress("127.0.0.1", 0)));
    Rig rig = connect(server);
    rigs.add(rig);
    return rig;
  }

  private static Rig connect(GaitwayServer server) {
    return Rig.on(
        server, NettyChannelBuilder.forAddress("127.0.0.1", server.port()).usePlaintext());
  }

  private static RolloutRequest rollout(int horizon) {
    return RolloutRequest.newBuilder()
        .setEnvironment(Rig.CART)
        .setInitialStates(Rig.tensor(new double[2], 1, 2))
        .setHorizon(horizon)
        .addControllers(
            Controller.newBuilder()
                .setOpenLoop(
                    OpenLoopController.newBuilder()
                        .setActions(Rig.tensor(new double[2 * horizon], horizon, 2))))
        .setDetail(RolloutDetail.ROLLOUT_DETAIL_SUMMARY)
        .build();
  }

  private static StatusRuntimeException refusal(Runnable call) {
    return assertThrows(StatusRuntimeException.class, call::run);
  }

  @Test
  void callsInASecondAreLimitedAndTheClientIsToldWhenToTryAgain() throws Exception {
    Rig rig = rig(DEFAULTS.answerBytes(), 600, 100, 3, MANY);
    StatusRuntimeException fault =
        refusal(
            () -> {
              for (int i = 0; i < 100; i++) {
                rig.catalog.listEnvironments(ListEnvironmentsRequest.getDefaultInstance());
              }
            });
    assertEquals(Status.Code.RESOURCE_EXHAUSTED, fault.getStatus().getCode());
    ErrorInfo info = Faults.info(fault);
    assertEquals("CAPACITY_REACHED", info.getReason());
    assertEquals("calls in a second", info.getMetadataOrThrow("resource"));
    assertEquals("3", info.getMetadataOrThrow("limit"));
    assertTrue(Faults.retry(fault).getRetryDelay().getNanos() > 0);
    Metadata trailers = Objects.requireNonNull(fault.getTrailers());
    String pushback =
        trailers.get(Metadata.Key.of("grpc-retry-pushback-ms", Metadata.ASCII_STRING_MARSHALLER));
    assertTrue(Integer.parseInt(pushback) <= 334, pushback);
  }

  @Test
  void stepsInASecondAreLimitedButOneRequestMayAskForMore() throws Exception {
    Rig rig = rig(DEFAULTS.answerBytes(), 600, 100, MANY, 10);
    rig.dynamics.rollout(rollout(25)).forEachRemaining(part -> {});
    StatusRuntimeException fault =
        refusal(() -> rig.dynamics.rollout(rollout(9)).forEachRemaining(part -> {}));
    assertEquals("control steps in a second", Faults.info(fault).getMetadataOrThrow("resource"));
  }

  @Test
  void whatWouldTakeTooLongIsRefusedBeforeItBegins() throws Exception {
    Rig rig = rig(DEFAULTS.answerBytes(), 1e-3, 100, MANY, MANY);
    rig.dynamics.rollout(rollout(10)).forEachRemaining(part -> {});
    StatusRuntimeException fault =
        refusal(() -> rig.dynamics.rollout(rollout(100_000)).forEachRemaining(part -> {}));
    assertEquals(Status.Code.OUT_OF_RANGE, fault.getStatus().getCode());
    assertEquals("WORK_LIMIT_EXCEEDED", Faults.info(fault).getReason());
    assertEquals(List.of("horizon"), Faults.fields(fault));
  }

  @Test
  void oneConnectionHasSoManyCalls() throws Exception {
    Rig rig = rig(DEFAULTS.answerBytes(), 600, 2, MANY, MANY);
    // gRPC's own limit makes a client wait; the server's holds against clients that do not.
    StreamObserver<StepStreamRequest> first = rig.asyncEnvironments.stepStream(new Silent<>());
    StreamObserver<StepStreamRequest> second = rig.asyncEnvironments.stepStream(new Silent<>());
    Rig other = connect(rig.server);
    rigs.add(other);
    other.catalog.listEnvironments(ListEnvironmentsRequest.getDefaultInstance());
    first.onCompleted();
    rig.catalog.listEnvironments(ListEnvironmentsRequest.getDefaultInstance());
    second.onCompleted();
  }

  private static final class Silent<M> implements StreamObserver<M> {
    @Override
    public void onNext(M message) {}

    @Override
    public void onError(Throwable thrown) {}

    @Override
    public void onCompleted() {}
  }

  @Test
  void answersThatNobodyReadsHoldUpTheirOwnConnection() throws Exception {
    Rig rig = rig(8 << 20, 600, 1000, MANY, MANY);
    SampleInitialStatesRequest large =
        SampleInitialStatesRequest.newBuilder()
            .setEnvironment(EnvironmentRef.newBuilder().setId("swimmer"))
            .setCount(40_000)
            .build();
    List<ClientCall<?, ?>> unread = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      var call =
          rig.channel.newCall(
              DynamicsServiceGrpc.getSampleInitialStatesMethod(), CallOptions.DEFAULT);
      call.start(new ClientCall.Listener<>() {}, new Metadata());
      call.sendMessage(large);
      call.halfClose();
      unread.add(call);
    }
    Rig other = connect(rig.server);
    rigs.add(other);
    for (int i = 0; i < 10; i++) {
      assertEquals(
          40_000, other.dynamics.sampleInitialStates(large).getStates().getShape(0), "call " + i);
      other.dynamics.evaluate(evaluation());
    }
    // Small answers get through on the connection itself.
    rig.dynamics.evaluate(evaluation());
    unread.forEach(call -> call.cancel("read enough", null));
    rig.dynamics.sampleInitialStates(large);
  }

  private static EvaluateRequest evaluation() {
    return EvaluateRequest.newBuilder()
        .setEnvironment(Rig.CART)
        .setStates(Rig.tensor(new double[2], 1, 2))
        .setActions(Rig.tensor(new double[2], 1, 2))
        .build();
  }

  @Test
  void aLongCallOfOneConnectionDoesNotHoldUpAnother() throws Exception {
    Rig rig = rig(DEFAULTS.answerBytes(), 600, 1000, MANY, Long.MAX_VALUE);
    RolloutRequest endless =
        RolloutRequest.newBuilder()
            .setEnvironment(
                EnvironmentRef.newBuilder()
                    .setId("swimmer")
                    .putParameters("links", 12)
                    .putParameters("substeps", 1000))
            .setInitialStates(Rig.tensor(new double[28], 1, 28))
            .setHorizon(20_000)
            .addControllers(
                Controller.newBuilder()
                    .setOpenLoop(
                        OpenLoopController.newBuilder()
                            .setActions(Rig.tensor(new double[11 * 20_000], 20_000, 11))))
            .setDetail(RolloutDetail.ROLLOUT_DETAIL_SUMMARY)
            .build();
    List<CompletableFuture<Status>> ends = new ArrayList<>();
    List<ClientCall<RolloutRequest, RolloutResponse>> calls = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      CompletableFuture<Status> end = new CompletableFuture<>();
      ClientCall<RolloutRequest, RolloutResponse> call =
          rig.channel.newCall(DynamicsServiceGrpc.getRolloutMethod(), CallOptions.DEFAULT);
      call.start(
          new ClientCall.Listener<>() {
            @Override
            public void onClose(Status status, Metadata trailers) {
              end.complete(status);
            }
          },
          new Metadata());
      call.request(1);
      call.sendMessage(endless);
      call.halfClose();
      calls.add(call);
      ends.add(end);
    }
    Rig other = connect(rig.server);
    rigs.add(other);
    for (int i = 0; i < 20; i++) {
      other.dynamics.evaluate(evaluation());
      other.dynamics.rollout(rollout(20_000)).forEachRemaining(part -> {});
    }
    assertTrue(ends.stream().noneMatch(CompletableFuture::isDone), "the calls still run");
    calls.forEach(call -> call.cancel("seen enough", null));
    for (CompletableFuture<Status> end : ends) {
      assertEquals(Status.Code.CANCELLED, end.get().getCode());
    }
    // What was cancelled has ended: all places are free for as much again.
    rig.dynamics.rollout(rollout(20_000)).forEachRemaining(part -> {});
  }
}
