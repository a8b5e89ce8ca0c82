package io.gaitway.server.call;

import io.gaitway.server.wire.Errors;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;

/**
 * A call that answers each request of a stream with one message, in order: carries requests out as
 * they come, and asks for more only while the client reads the answers.
 */
public abstract class AnswerStream<Q, A> implements StreamObserver<Q> {
  private final Admission admission;
  private final ServerCallStreamObserver<A> out;
  private final Runnable onDrain = this::drain;

  private boolean waiting;
  private boolean closed;

  protected AnswerStream(Admission admission, ServerCallStreamObserver<A> out) {
    this.admission = admission;
    this.out = out;
  }

  /** Starts listening; to be called before the service's method returns. */
  public final void open() {
    out.disableAutoRequest();
    out.setOnReadyHandler(this::ready);
    out.setOnCancelHandler(this::end);
    out.setOnCloseHandler(this::end);
    out.request(1);
    admission.onDrain(onDrain);
  }

  /**
   * The answer to a request; what it throws ends the call. Runs for one request at a time, on the
   * thread that handles the call.
   */
  protected abstract A answer(Q request);

  /** The call is over, in whatever way; may be told more than once. */
  protected void ended() {}

  @Override
  public final synchronized void onNext(Q request) {
    if (closed) {
      return;
    }
    try {
      admission.admit();
      out.onNext(answer(request));
    } catch (Throwable t) {
      close(t);
      return;
    }
    if (out.isReady()) {
      out.request(1);
    } else {
      waiting = true;
    }
  }

  @Override
  public final synchronized void onError(Throwable cancelled) {
    end();
  }

  @Override
  public final synchronized void onCompleted() {
    if (!closed) {
      end();
      Ending.complete(out);
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
    try {
      end();
    } finally {
      Ending.fail(out, thrown);
    }
  }

  private synchronized void end() {
    closed = true;
    admission.forget(onDrain);
    ended();
  }
}
