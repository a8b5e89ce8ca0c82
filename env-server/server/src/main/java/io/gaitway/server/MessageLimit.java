package io.gaitway.server;

import io.gaitway.server.wire.Errors;
import io.grpc.BindableService;
import io.grpc.Context;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.KnownLength;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Refuses request messages beyond a size with an ErrorInfo, which gRPC's own limit cannot add. On a
 * network transport a call is refused as soon as more bytes of a message have come than are
 * allowed, so no call makes the server hold more; what arrives at once, in process or by
 * decompression, is refused before it is parsed.
 *
 * <p>To be used as stream tracer factory and, by {@link #guard}, on every service; the transport
 * itself must let all sizes pass.
 */
final class MessageLimit extends ServerStreamTracer.Factory {
  private static final Context.Key<Arrival> ARRIVAL = Context.key("gaitway-arrival");

  private final int limit;

  /**
   * Prepares.
   *
   * @param limit largest request message, bytes
   */
  MessageLimit(int limit) {
    this.limit = limit;
  }

  /** The same service, whose calls are refused when a message is too large. */
  ServerServiceDefinition guard(BindableService service) {
    return ServerInterceptors.intercept(
        ServerInterceptors.useMarshalledMessages(
            service.bindService(), new Requests(), new Responses()),
        new Interceptor());
  }

  @Override
  public ServerStreamTracer newServerStreamTracer(String method, Metadata headers) {
    return new Arrival();
  }

  /** Counts the bytes of the message that is arriving; runs on the transport's thread. */
  private final class Arrival extends ServerStreamTracer {
    private Runnable refusal = () -> {};
    private boolean underWay;
    private long bytes;

    @Override
    public Context filterContext(Context context) {
      return context.withValue(ARRIVAL, this);
    }

    @Override
    public void inboundMessage(int number) {
      underWay = true;
      bytes = 0;
    }

    @Override
    public void inboundWireSize(long more) {
      bytes += more;
      if (underWay && bytes > limit) {
        refusal.run();
      }
    }

    @Override
    public void inboundMessageRead(int number, long wireSize, long size) {
      underWay = false;
    }
  }

  /** Hands requests on as their bytes, or {@link TooLarge}. */
  private final class Requests implements Marshaller<InputStream> {
    @Override
    public InputStream stream(InputStream request) {
      return request;
    }

    @Override
    public InputStream parse(InputStream in) {
      try {
        if (in instanceof KnownLength) {
          return in.available() > limit ? new TooLarge() : in;
        }
        byte[] request = in.readNBytes(limit);
        return in.read() >= 0 ? new TooLarge() : new ByteArrayInputStream(request);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Hands answers on as their bytes. */
  private static final class Responses implements Marshaller<InputStream> {
    @Override
    public InputStream stream(InputStream response) {
      return response;
    }

    @Override
    public InputStream parse(InputStream response) {
      return response;
    }
  }

  /** Stands for a message that is too large to be looked at. */
  private static final class TooLarge extends InputStream {
    @Override
    public int read() {
      return -1;
    }
  }

  private final class Interceptor implements ServerInterceptor {
    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
      Guarded<Q, R> guarded = new Guarded<>(call);
      ARRIVAL.get().refusal = guarded::refuse;
      return new SimpleForwardingServerCallListener<>(next.startCall(guarded, headers)) {
        @Override
        public void onMessage(Q message) {
          if (message instanceof TooLarge) {
            guarded.refuse();
          } else if (!guarded.isClosed()) {
            super.onMessage(message);
          }
        }

        @Override
        public void onHalfClose() {
          if (!guarded.isClosed()) {
            super.onHalfClose();
          }
        }
      };
    }
  }

  /** A call that may be closed by its service and by the limit; the first wins. */
  private final class Guarded<Q, R> extends SimpleForwardingServerCall<Q, R> {
    private final AtomicBoolean closed = new AtomicBoolean();

    Guarded(ServerCall<Q, R> call) {
      super(call);
    }

    boolean isClosed() {
      return closed.get();
    }

    void refuse() {
      StatusRuntimeException fault = Errors.toStatus(Errors.messageTooLarge(limit));
      Metadata details = fault.getTrailers();
      close(fault.getStatus(), details == null ? new Metadata() : details);
    }

    @Override
    public void sendMessage(R message) {
      // Nobody reads an answer to a call that the limit has closed.
      if (!closed.get()) {
        super.sendMessage(message);
      }
    }

    @Override
    public void close(Status status, Metadata trailers) {
      if (closed.compareAndSet(false, true)) {
        super.close(status, trailers);
      }
    }
  }
}
