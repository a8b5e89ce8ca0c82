package io.gaitway.server.call;

import io.gaitway.server.wire.Errors;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;

/** Answers unary calls. */
public final class Unary {
  private Unary() {}

  /** Answers with what {@code work} returns, or with the status of what it throws. */
  public static <M> void answer(StreamObserver<M> out, Supplier<M> work) {
    try {
      out.onNext(work.get());
    } catch (Throwable t) {
      Ending.fail(out, t);
      return;
    }
    Ending.complete(out);
  }

  /** As {@link #answer}, on another thread. */
  public static <M> void answerOn(Executor executor, StreamObserver<M> out, Supplier<M> work) {
    try {
      executor.execute(() -> answer(out, work));
    } catch (RejectedExecutionException e) {
      Ending.fail(out, Errors.draining());
    }
  }
}
