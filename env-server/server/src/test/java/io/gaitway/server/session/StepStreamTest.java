package io.gaitway.server.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.gaitway.proto.v1.AutoresetMode;
import io.gaitway.proto.v1.CreateSessionRequest;
import io.gaitway.proto.v1.ResetRequest;
import io.gaitway.proto.v1.Session;
import io.gaitway.proto.v1.StepRequest;
import io.gaitway.proto.v1.StepResponse;
import io.gaitway.proto.v1.StepStreamRequest;
import io.gaitway.proto.v1.StepStreamResponse;
import io.gaitway.server.Faults;
import io.gaitway.server.Rig;
import io.gaitway.server.call.ServerOptions;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** StepStream over TCP: order, pipelining, errors, re-attachment, backpressure. */
class StepStreamTest {
  private Rig rig;
  private Session session;

  /** Collects what comes back. */
  private static final class Inbox
      implements ClientResponseObserver<StepStreamRequest, StepStreamResponse> {
    final BlockingQueue<StepStreamResponse> answers = new LinkedBlockingQueue<>();
    final CountDownLatch ended = new CountDownLatch(1);
    private final boolean reads;
    volatile @Nullable Throwable error;
    private volatile @Nullable ClientCallStreamObserver<StepStreamRequest> call;

    Inbox(boolean reads) {
      this.reads = reads;
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<StepStreamRequest> observer) {
      call = observer;
      if (!reads) {
        observer.disableAutoRequestWithInitial(0);
      }
    }

    ClientCallStreamObserver<StepStreamRequest> call() {
      ClientCallStreamObserver<StepStreamRequest> present = call;
      assertNotNull(present);
      return present;
    }

    @Override
    public void onNext(StepStreamResponse answer) {
      answers.add(answer);
    }

    @Override
    public void onError(Throwable t) {
      error = t;
      ended.countDown();
    }

    @Override
    public void onCompleted() {
      ended.countDown();
    }

    StepStreamResponse take() throws InterruptedException {
      StepStreamResponse answer = answers.poll(10, TimeUnit.SECONDS);
      assertNotNull(answer, () -> "no answer; the stream ended with " + error);
      return answer;
    }

    StatusRuntimeException failure() throws InterruptedException {
      assertTrue(ended.await(10, TimeUnit.SECONDS));
      return (StatusRuntimeException) java.util.Objects.requireNonNull(error);
    }
  }

  @BeforeEach
  void start() throws IOException {
    rig = Rig.tcp(ServerOptions.defaults());
    session =
        rig.session(
            CreateSessionRequest.newBuilder()
                .setNumEnvironments(2)
                .setAutoresetMode(AutoresetMode.AUTORESET_MODE_SAME_STEP));
  }

  @AfterEach
  void stop() throws InterruptedException {
    rig.close();
  }

  private static StepStreamRequest step(@Nullable String id, int t) {
    StepRequest.Builder step =
        StepRequest.newBuilder()
            .setExpectedStep(t)
            .setActions(Rig.tensor(new double[] {Math.sin(t), 0.5, Math.cos(t), -0.5}, 2, 2));
    if (id != null) {
      step.setSessionId(id);
    }
    return StepStreamRequest.newBuilder().setStep(step).build();
  }

  @Test
  void pipelinedCommandsAreAnsweredInOrderWithTheBitsOfUnaryCalls() throws Exception {
    Session twin =
        rig.session(
            CreateSessionRequest.newBuilder()
                .setNumEnvironments(2)
                .setAutoresetMode(AutoresetMode.AUTORESET_MODE_SAME_STEP));
    Inbox inbox = new Inbox(true);
    StreamObserver<StepStreamRequest> out = rig.asyncEnvironments.stepStream(inbox);
    int n = 500;
    for (int t = 0; t < n; t++) {
      out.onNext(step(t == 0 ? session.getId() : null, t));
    }
    out.onNext(
        StepStreamRequest.newBuilder()
            .setReset(ResetRequest.newBuilder().addSeeds(5).addSeeds(6))
            .build());
    out.onCompleted();
    for (int t = 0; t < n; t++) {
      StepResponse unary = rig.environments.step(step(twin.getId(), t).getStep());
      assertEquals(unary, inbox.take().getStep());
    }
    assertEquals(List.of(5L, 6L), inbox.take().getReset().getSeedsList());
    assertTrue(inbox.ended.await(10, TimeUnit.SECONDS));
    assertEquals(null, inbox.error);
  }

  @Test
  void aRefusedCommandEndsTheStreamAndTheSessionStays() throws Exception {
    Inbox inbox = new Inbox(true);
    StreamObserver<StepStreamRequest> out = rig.asyncEnvironments.stepStream(inbox);
    out.onNext(step(session.getId(), 0));
    out.onNext(step(null, 1));
    out.onNext(step(null, 7));
    out.onNext(step(null, 2));
    StatusRuntimeException fault = inbox.failure();
    assertEquals(Status.Code.ABORTED, fault.getStatus().getCode());
    assertEquals("STEP_OUT_OF_ORDER", Faults.info(fault).getReason());
    assertEquals(2, inbox.answers.size());

    Inbox again = new Inbox(true);
    StreamObserver<StepStreamRequest> reattached = rig.asyncEnvironments.stepStream(again);
    reattached.onNext(step(session.getId(), 1));
    reattached.onNext(step(session.getId(), 2));
    List<StepStreamResponse> before = new ArrayList<>(inbox.answers);
    assertEquals(before.get(1), again.take(), "the duplicate is answered from memory");
    assertEquals(3, again.take().getStep().getStep());
    reattached.onCompleted();
  }

  @Test
  void emptyAndUnnamedCommandsAreRefused() throws Exception {
    Inbox empty = new Inbox(true);
    rig.asyncEnvironments.stepStream(empty).onNext(StepStreamRequest.getDefaultInstance());
    assertEquals("FIELD_MISSING", Faults.info(empty.failure()).getReason());
    Inbox unnamed = new Inbox(true);
    rig.asyncEnvironments.stepStream(unnamed).onNext(step(null, 0));
    assertEquals(List.of("session_id"), Faults.fields(unnamed.failure()));
  }

  @Test
  void aClientThatDoesNotReadStopsItsOwnStream() throws Exception {
    Inbox inbox = new Inbox(false);
    StreamObserver<StepStreamRequest> out = rig.asyncEnvironments.stepStream(inbox);
    int n = 20_000;
    for (int t = 0; t < n; t++) {
      out.onNext(step(session.getId(), t));
    }
    long before = -1;
    long now = stepOfSession();
    for (int i = 0; i < 100 && (now == 0 || now != before); i++) {
      TimeUnit.MILLISECONDS.sleep(50);
      before = now;
      now = stepOfSession();
    }
    assertTrue(now > 0 && now < n, "stopped after " + now + " of " + n);
    inbox.call().request(n);
    for (int t = 1; t <= n; t++) {
      assertEquals(t, inbox.take().getStep().getStep());
    }
    out.onCompleted();
  }

  @Test
  void aBrokenConnectionLosesNothing() throws Exception {
    Inbox inbox = new Inbox(true);
    StreamObserver<StepStreamRequest> out = rig.asyncEnvironments.stepStream(inbox);
    out.onNext(step(session.getId(), 0));
    inbox.take();
    out.onError(Status.CANCELLED.asRuntimeException());
    Inbox again = new Inbox(true);
    StreamObserver<StepStreamRequest> reattached = rig.asyncEnvironments.stepStream(again);
    reattached.onNext(step(session.getId(), 1));
    assertEquals(2, again.take().getStep().getStep());
    reattached.onCompleted();
  }

  @Test
  void anIdleStreamDoesNotKeepItsSession() throws Exception {
    Inbox inbox = new Inbox(true);
    StreamObserver<StepStreamRequest> out = rig.asyncEnvironments.stepStream(inbox);
    out.onNext(step(session.getId(), 0));
    inbox.take();
    rig.advance(java.time.Duration.ofMinutes(6));
    out.onNext(step(null, 1));
    assertEquals("SESSION_EXPIRED", Faults.info(inbox.failure()).getReason());
  }

  @Test
  void drainingEndsOpenStreams() throws Exception {
    Inbox inbox = new Inbox(true);
    StreamObserver<StepStreamRequest> out = rig.asyncEnvironments.stepStream(inbox);
    out.onNext(step(session.getId(), 0));
    inbox.take();
    rig.server.drain();
    StatusRuntimeException fault = inbox.failure();
    assertEquals(Status.Code.UNAVAILABLE, fault.getStatus().getCode());
    assertEquals("DRAINING", Faults.info(fault).getReason());
    assertFalse(inbox.call().isReady());
  }

  private long stepOfSession() {
    return rig.find(session).getStep();
  }
}
