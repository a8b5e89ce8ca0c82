package io.gaitway.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.proto.v1.Controller;
import io.gaitway.proto.v1.CreateSessionRequest;
import io.gaitway.proto.v1.DynamicsServiceGrpc;
import io.gaitway.proto.v1.OpenLoopController;
import io.gaitway.proto.v1.RolloutRequest;
import io.gaitway.proto.v1.RolloutResponse;
import io.gaitway.proto.v1.Session;
import io.gaitway.server.call.ServerOptions;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.time.Duration;
import java.util.Collections;
import java.util.Iterator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A server that stops: what it refuses, what it lets finish. */
@Timeout(60)
class DrainingTest {
  @Test
  void aDrainingServerRefusesNewWorkAndSaysSo() throws Exception {
    try (Rig rig = Rig.tcp(ServerOptions.defaults())) {
      Session session = rig.session(CreateSessionRequest.newBuilder());
      rig.server.drain();
      StatusRuntimeException refused =
          assertThrows(
              StatusRuntimeException.class, () -> rig.environments.step(Rig.step(session, 0, 0)));
      assertEquals(Status.Code.UNAVAILABLE, refused.getStatus().getCode());
      assertEquals("DRAINING", Faults.info(refused).getReason());
      assertEquals(
          ServingStatus.NOT_SERVING,
          HealthGrpc.newBlockingStub(rig.channel)
              .check(HealthCheckRequest.getDefaultInstance())
              .getStatus());
      assertTrue(rig.server.shutdown(Duration.ofSeconds(5)));
    }
  }

  @Test
  void runningCallsFinishWhileTheServerShutsDown() throws Exception {
    try (Rig rig = Rig.tcp(ServerOptions.defaults().withThreads(1))) {
      Iterator<RolloutResponse> answers = rig.dynamics.rollout(rollouts(1000));
      int rollouts = answers.next().getPartsCount();
      CompletableFuture<Boolean> finished =
          CompletableFuture.supplyAsync(() -> rig.server.shutdown(Duration.ofSeconds(30)));
      StatusRuntimeException refused =
          assertThrows(
              StatusRuntimeException.class,
              () -> {
                for (int i = 0; i < 1000; i++) {
                  rig.environments.createSession(
                      CreateSessionRequest.newBuilder().setEnvironment(Rig.CART).build());
                }
              });
      assertEquals("DRAINING", Faults.info(refused).getReason());
      while (answers.hasNext()) {
        rollouts += answers.next().getPartsCount();
      }
      assertEquals(1000, rollouts);
      assertTrue(finished.get(30, TimeUnit.SECONDS), "nothing had to be cancelled");
    }
  }

  private static RolloutRequest rollouts(int number) {
    return RolloutRequest.newBuilder()
        .setEnvironment(Rig.CART)
        .setHorizon(1000)
        .setInitialStates(Rig.tensor(new double[2], 1, 2))
        .addControllers(
            Controller.newBuilder()
                .setOpenLoop(
                    OpenLoopController.newBuilder()
                        .setActions(Rig.tensor(new double[2000], 1000, 2))))
        .addAllSeeds(Collections.nCopies(number, 1L))
        .build();
  }

  @Test
  void callsThatOutliveTheGraceAreToldWhy() throws Exception {
    for (boolean tcp : new boolean[] {true, false}) {
      try (Rig rig =
          tcp ? Rig.tcp(ServerOptions.defaults()) : Rig.inProcess(ServerOptions.defaults())) {
        CompletableFuture<Throwable> end = new CompletableFuture<>();
        DynamicsServiceGrpc.newStub(rig.channel)
            .rollout(
                rollouts(5000),
                new ClientResponseObserver<RolloutRequest, RolloutResponse>() {
                  @Override
                  public void beforeStart(ClientCallStreamObserver<RolloutRequest> call) {
                    call.disableAutoRequestWithInitial(1); // Reads one answer, and waits.
                  }

                  @Override
                  public void onNext(RolloutResponse answer) {}

                  @Override
                  public void onError(Throwable thrown) {
                    end.complete(thrown);
                  }

                  @Override
                  public void onCompleted() {
                    end.complete(new AssertionError("the call ended well"));
                  }
                });
        while (rig.server.runningCalls() == 0) {
          Thread.sleep(1);
        }
        assertFalse(rig.server.shutdown(Duration.ofMillis(1)));
        StatusRuntimeException fault =
            assertInstanceOf(StatusRuntimeException.class, end.get(30, TimeUnit.SECONDS));
        assertEquals(Status.Code.UNAVAILABLE, fault.getStatus().getCode(), fault.toString());
        assertEquals("DRAINING", Faults.info(fault).getReason());
      }
    }
  }

  @Test
  void aWatchedHealthStatusDoesNotKeepTheServerUp() throws Exception {
    try (Rig rig = Rig.tcp(ServerOptions.defaults())) {
      Iterator<HealthCheckResponse> statuses =
          HealthGrpc.newBlockingStub(rig.channel).watch(HealthCheckRequest.getDefaultInstance());
      assertEquals(ServingStatus.SERVING, statuses.next().getStatus());
      assertTrue(rig.server.shutdown(Duration.ofMillis(200)), "no call had to be cancelled");
      assertEquals(ServingStatus.NOT_SERVING, statuses.next().getStatus());
      assertThrows(StatusRuntimeException.class, statuses::hasNext);
    }
  }
}
