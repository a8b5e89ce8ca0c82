package io.gaitway.server;

import io.grpc.stub.ServerCallStreamObserver;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** A call whose every answer fails to leave, as one does that there is no memory to encode. */
public class FakeCall<M> extends ServerCallStreamObserver<M> {
  /** How the call ended; more than one entry if it was ended more than once. */
  public final List<Throwable> ends = new CopyOnWriteArrayList<>();

  /** What every attempt to send throws. */
  private final Throwable failure;

  /** Takes an unchecked exception or an error. */
  public FakeCall(Throwable failure) {
    this.failure = failure;
  }

  @Override
  public void onNext(M message) {
    if (failure instanceof Error error) {
      throw error;
    }
    throw (RuntimeException) failure;
  }

  @Override
  public void onError(Throwable thrown) {
    ends.add(thrown);
  }

  @Override
  public void onCompleted() {
    throw new AssertionError("the call was completed without an answer");
  }

  @Override
  public boolean isReady() {
    return true;
  }

  @Override
  public boolean isCancelled() {
    return false;
  }

  @Override
  public void setOnReadyThreshold(int bytes) {}

  @Override
  public void setOnReadyHandler(@Nullable Runnable handler) {}

  @Override
  public void setOnCancelHandler(@Nullable Runnable handler) {}

  @Override
  public void setOnCloseHandler(@Nullable Runnable handler) {}

  @Override
  public void disableAutoInboundFlowControl() {}

  @Override
  public void disableAutoRequest() {}

  @Override
  public void request(int count) {}

  @Override
  public void setCompression(String compression) {}

  @Override
  public void setMessageCompression(boolean enable) {}
}
