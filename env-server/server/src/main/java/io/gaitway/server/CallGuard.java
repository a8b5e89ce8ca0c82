package io.gaitway.server;

import io.gaitway.server.MessageLimit.Malformed;
import io.gaitway.server.MessageLimit.TooLarge;
import io.gaitway.server.wire.Errors;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;

/**
 * The outermost interceptor: whatever is wrong with a call, its client gets one fault that says so,
 * and gRPC none to log.
 */
final class CallGuard implements ServerInterceptor {
  private final int maxMessageBytes;
  private final FailedCalls failures;

  CallGuard(int maxMessageBytes, FailedCalls failures) {
    this.maxMessageBytes = maxMessageBytes;
    this.failures = failures;
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    Arrival arrival = Arrival.ofCall();
    GuardedCall<Q, R> guarded = new GuardedCall<>(call, arrival.id(), failures);
    arrival.guarded(guarded);
    try {
      return new Listener<>(next.startCall(guarded, headers), guarded);
    } catch (RuntimeException e) {
      guarded.fail(e);
      return new ServerCall.Listener<>() {};
    }
  }

  private final class Listener<Q> extends SimpleForwardingServerCallListener<Q> {
    private final GuardedCall<Q, ?> call;

    Listener(ServerCall.Listener<Q> service, GuardedCall<Q, ?> call) {
      super(service);
      this.call = call;
    }

    @Override
    public void onMessage(Q message) {
      if (message instanceof TooLarge) {
        call.fail(Errors.messageTooLarge(maxMessageBytes));
      } else if (message instanceof Malformed) {
        call.fail(Errors.malformed());
      } else if (!call.isOver()) {
        try {
          super.onMessage(message);
        } catch (RuntimeException e) {
          call.fail(Errors.isMalformed(e) ? Errors.malformed() : e);
        }
      }
    }

    @Override
    public void onHalfClose() {
      if (!call.isOver()) {
        try {
          super.onHalfClose();
        } catch (RuntimeException e) {
          call.fail(e);
        }
      }
    }
  }
}
