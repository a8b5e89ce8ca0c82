package io.gaitway.server.access;

import io.gaitway.server.wire.Errors;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;

/**
 * A call that ends with the token that it was made with: from then on nothing of it reaches the
 * service, and nothing that the service says reaches the client.
 */
final class RevocableCall<Q, R> extends SimpleForwardingServerCall<Q, R> {
  private final Grant grant;
  private final Runnable ending = this::revoke;
  private boolean closed;

  RevocableCall(ServerCall<Q, R> call, Grant grant) {
    super(call);
    this.grant = grant;
  }

  /** What is to be told of the call, instead of {@code listener}. */
  ServerCall.Listener<Q> listener(ServerCall.Listener<Q> listener) {
    grant.onEnd(ending);
    return new SimpleForwardingServerCallListener<Q>(listener) {
      @Override
      public void onMessage(Q message) {
        if (!isClosed()) {
          super.onMessage(message);
        }
      }

      @Override
      public void onHalfClose() {
        if (!isClosed()) {
          super.onHalfClose();
        }
      }

      @Override
      public void onCancel() {
        grant.forget(ending);
        super.onCancel();
      }

      @Override
      public void onComplete() {
        grant.forget(ending);
        super.onComplete();
      }
    };
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  private synchronized void revoke() {
    if (!closed) {
      closed = true;
      Errors.refuse(
          delegate(),
          Errors.unauthenticated("ended", "the token of this call was revoked, or has expired"));
    }
  }

  @Override
  public synchronized void sendHeaders(Metadata headers) {
    if (!closed) {
      super.sendHeaders(headers);
    }
  }

  @Override
  public synchronized void sendMessage(R message) {
    if (!closed) {
      super.sendMessage(message);
    }
  }

  @Override
  public synchronized void close(Status status, Metadata trailers) {
    if (!closed) {
      closed = true;
      super.close(status, trailers);
    }
  }
}
