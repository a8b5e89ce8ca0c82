package io.gaitway.server.call;

import io.gaitway.server.wire.Errors;
import io.grpc.stub.ServerCallStreamObserver;
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

  /** As {@link #answer}, when the job's turn comes. */
  public static <M> void answerLater(
      StreamObserver<M> out, Job job, double nanos, Supplier<M> work) {
    begin(out, () -> job.later(nanos, 0, () -> answer(out, work)));
  }

  /** As {@link #answer}, on another thread. */
  public static <M> void answerOn(Executor executor, StreamObserver<M> out, Supplier<M> work) {
    try {
      executor.execute(() -> answer(out, work));
    } catch (RejectedExecutionException e) {
      Ending.fail(out, Errors.draining());
    }
  }

  /** Ends a call's job when nobody waits for it; to be called before the service's method ends. */
  public static Job cancelling(StreamObserver<?> out, Job job) {
    // Every observer that gRPC hands to a service knows whether its call was cancelled.
    ((ServerCallStreamObserver<?>) out).setOnCancelHandler(job::cancel);
    return job;
  }

  /** Begins to answer: what {@code begin} throws fails the call. */
  public static void begin(StreamObserver<?> out, Runnable begin) {
    try {
      begin.run();
    } catch (RejectedExecutionException e) {
      Ending.fail(out, Errors.draining());
    } catch (Throwable t) {
      Ending.fail(out, t);
    }
  }
}
