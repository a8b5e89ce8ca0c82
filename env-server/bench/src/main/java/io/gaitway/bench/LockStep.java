package io.gaitway.bench;

import io.grpc.stub.StreamObserver;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Sends the next request of a stream when the answer to the one before has come. */
final class LockStep<M> implements StreamObserver<M> {
  private volatile @Nullable Throwable failure;
  private volatile Runnable send = () -> {};
  private volatile CountDownLatch done = new CountDownLatch(0);
  private int left;

  /** Sends a request {@code calls} times and waits for the last answer. */
  <Q> void run(StreamObserver<Q> out, Q request, int calls) {
    left = calls;
    done = new CountDownLatch(1);
    Consumer<Q> next = out::onNext;
    send = () -> next.accept(request);
    send.run();
    try {
      done.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    if (failure != null) {
      throw new IllegalStateException(failure);
    }
  }

  @Override
  public void onNext(M answer) {
    if (--left > 0) {
      send.run();
    } else {
      done.countDown();
    }
  }

  @Override
  public void onError(Throwable thrown) {
    failure = thrown;
    done.countDown();
  }

  @Override
  public void onCompleted() {
    done.countDown();
  }
}
