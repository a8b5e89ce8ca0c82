package io.gaitway.server;

import io.gaitway.proto.v1.ResetRequest;
import io.gaitway.proto.v1.StepRequest;
import io.gaitway.proto.v1.StepStreamRequest;
import io.gaitway.proto.v1.StepStreamResponse;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;

/**
 * One StepStream call: carries out the commands as they come, and asks for more only while the
 * client reads the answers. It holds no session: when the connection breaks, nothing is lost and
 * nothing leaks.
 */
final class CommandStream implements StreamObserver<StepStreamRequest> {
  private final Sessions sessions;
  private final Admission admission;
  private final ServerCallStreamObserver<StepStreamResponse> out;
  private final Runnable onDrain = this::drain;

  private String sessionId = "";
  private boolean waiting;
  private boolean closed;

  CommandStream(
      Sessions sessions, Admission admission, ServerCallStreamObserver<StepStreamResponse> out) {
    this.sessions = sessions;
    this.admission = admission;
    this.out = out;
  }

  /** Starts listening; to be called before the service's method returns. */
  void open() {
    out.disableAutoRequest();
    out.setOnReadyHandler(this::ready);
    out.setOnCancelHandler(this::forget);
    out.setOnCloseHandler(this::forget);
    out.request(1);
    admission.onDrain(onDrain);
  }

  @Override
  public synchronized void onNext(StepStreamRequest request) {
    if (closed) {
      return;
    }
    StepStreamResponse answer;
    try {
      admission.admit();
      answer = carryOut(request);
    } catch (Throwable t) {
      close(t);
      return;
    }
    out.onNext(answer);
    if (out.isReady()) {
      out.request(1);
    } else {
      waiting = true;
    }
  }

  private StepStreamResponse carryOut(StepStreamRequest request) {
    StepStreamResponse.Builder answer = StepStreamResponse.newBuilder();
    switch (request.getCommandCase()) {
      case STEP -> {
        StepRequest step = request.getStep();
        answer.setStep(sessions.step(attach(step.getSessionId()), step));
      }
      case RESET -> {
        ResetRequest reset = request.getReset();
        answer.setReset(sessions.use(attach(reset.getSessionId())).reset(reset));
      }
      case COMMAND_NOT_SET -> throw Errors.missing("command");
    }
    return answer.build();
  }

  /** The session that a command means: the one it names, or the one before. */
  private String attach(String id) {
    if (!id.isEmpty()) {
      sessionId = id;
    }
    return sessionId;
  }

  @Override
  public synchronized void onError(Throwable cancelled) {
    closed = true;
    forget();
  }

  @Override
  public synchronized void onCompleted() {
    if (!closed) {
      closed = true;
      out.onCompleted();
    }
  }

  private synchronized void ready() {
    if (waiting && !closed && out.isReady()) {
      waiting = false;
      out.request(1);
    }
  }

  private synchronized void drain() {
    if (!closed) {
      close(Errors.draining());
    }
  }

  private void close(Throwable thrown) {
    closed = true;
    out.onError(Errors.toStatus(thrown));
  }

  private void forget() {
    admission.forget(onDrain);
  }
}
