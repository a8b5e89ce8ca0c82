package io.gaitway.bench;

import io.grpc.stub.StreamObserver;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Makes the next unary call in the callback that ends the one before. */
final class UnaryCalls<M> implements StreamObserver<M> {
  private final Consumer<StreamObserver<M>> call;
  private volatile @Nullable Throwable failure;
  private volatile CountDownLatch done = new CountDownLatch(0);
  private int left;
  private boolean answered;

  /**
   * Prepares.
   *
   * @param call starts one call whose answer goes to the observer
   */
  UnaryCalls(Consumer<StreamObserver<M>> call) {
    this.call = call;
  }

  /** Calls {@code calls} times, one after the other, and waits for the last answer. */
  void run(int calls) {
    left = calls;
    done = new CountDownLatch(1);
    call.accept(this);
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
    answered = true;
  }

  @Override
  public void onError(Throwable thrown) {
    failure = thrown;
    done.countDown();
  }

  @Override
  public void onCompleted() {
    if (!answered) {
      onError(new IllegalStateException("a call answered nothing"));
      return;
    }
    answered = false;
    if (--left > 0) {
      call.accept(this);
    } else {
      done.countDown();
    }
  }
}
