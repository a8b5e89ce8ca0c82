package io.gaitway.server.call;

import io.gaitway.server.wire.Errors;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A call that answers each request of a stream with one message, in order: carries out one request
 * at a time, on whatever thread, and asks for the next only while the client reads the answers.
 */
public abstract class AnswerStream<Q, A> implements StreamObserver<Q> {
  private final Admission admission;
  private final ServerCallStreamObserver<A> out;
  private final Runnable onDrain = () -> finish(Errors.draining());
  protected final Job job;

  /** Whether a request is being carried out. */
  private boolean busy;

  /** Whether the client does not read as fast as it asks. */
  private boolean waiting;

  /** How the call is to end once it is not busy: complete if it holds the call, or failed. */
  private @Nullable Object end;

  private boolean closed;

  protected AnswerStream(Admission admission, Job job, ServerCallStreamObserver<A> out) {
    this.admission = admission;
    this.job = job;
    this.out = out;
  }

  /** Starts listening; to be called before the service's method returns. */
  public final void open() {
    out.disableAutoRequest();
    out.setOnReadyHandler(this::ready);
    out.setOnCancelHandler(this::cancelled);
    out.setOnCloseHandler(this::cancelled);
    out.request(1);
    admission.onDrain(onDrain);
  }

  /**
   * Begins to carry out a request; {@link #answer} is to be called for it once. What is thrown ends
   * the call.
   */
  protected abstract void begin(Q request);

  /** The call is over, in whatever way, and nothing is being carried out. */
  protected void ended() {}

  /** Answers the request that was begun; what {@code work} throws ends the call. */
  protected final void answer(Supplier<A> work) {
    A answer;
    try {
      answer = work.get();
    } catch (Throwable t) {
      idle(null, t);
      return;
    }
    idle(answer, null);
  }

  @Override
  public final void onNext(Q request) {
    synchronized (this) {
      if (closed || end != null) {
        return;
      }
      busy = true;
    }
    try {
      admission.admit();
      begin(request);
    } catch (Throwable t) {
      idle(null, t);
    }
  }

  @Override
  public final void onError(Throwable cancelled) {
    cancelled();
  }

  @Override
  public final void onCompleted() {
    finish(out);
  }

  /** Takes note that a request has been carried out. */
  private synchronized void idle(@Nullable A answer, @Nullable Throwable failure) {
    busy = false;
    if (!closed && answer != null) {
      try {
        out.onNext(answer);
      } catch (Throwable t) {
        end = t;
      }
    }
    if (failure != null) {
      end = failure;
    }
    if (closed || end != null) {
      close();
    } else if (out.isReady()) {
      out.request(1);
    } else {
      waiting = true;
    }
  }

  private synchronized void ready() {
    if (waiting && !closed && out.isReady()) {
      waiting = false;
      out.request(1);
    }
  }

  /** Ends the call when nothing is being carried out. */
  private synchronized void finish(Object how) {
    if (end == null) {
      end = how;
    }
    if (!busy) {
      close();
    }
  }

  private void cancelled() {
    job.cancel();
    synchronized (this) {
      boolean before = closed;
      closed = true;
      if (!busy && !before) {
        leave();
      }
    }
  }

  private void close() {
    boolean open = !closed;
    closed = true;
    try {
      leave();
    } finally {
      if (open && end instanceof Throwable thrown) {
        Ending.fail(out, thrown);
      } else if (open) {
        Ending.complete(out);
      }
    }
  }

  private void leave() {
    admission.forget(onDrain);
    ended();
  }
}
