package io.gaitway.server;

import io.gaitway.server.log.RequestId;
import io.gaitway.server.wire.Errors;
import io.gaitway.server.wire.RequestException;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One call, as its transport sees it: counts the bytes of the message that is arriving, and refuses
 * the call when they are too many.
 */
final class Arrival extends ServerStreamTracer {
  private static final Context.Key<Arrival> OF_CALL = Context.key("gaitway-arrival");

  private final int maxMessageBytes;
  private final RequestId id;
  private final Consumer<Arrival> onEnd;
  private volatile @Nullable GuardedCall<?, ?> call;

  // Of the transport's thread.
  private boolean underWay;
  private long bytes;

  /**
   * Begins.
   *
   * @param onEnd is told when the call is over
   */
  Arrival(int maxMessageBytes, Metadata headers, Consumer<Arrival> onEnd) {
    this.maxMessageBytes = maxMessageBytes;
    this.onEnd = onEnd;
    id = RequestId.of(headers);
  }

  /** That of the call which this thread is handling. */
  static Arrival ofCall() {
    return OF_CALL.get();
  }

  RequestId id() {
    return id;
  }

  /** Says what can be refused. */
  void guarded(GuardedCall<?, ?> guarded) {
    call = guarded;
  }

  /** Ends the call with a fault, unless it has not reached its service or is over. */
  void refuse(Supplier<RequestException> fault) {
    GuardedCall<?, ?> guarded = call;
    if (guarded != null && !guarded.isOver()) {
      guarded.fail(fault.get());
    }
  }

  @Override
  public Context filterContext(Context context) {
    return id.in(context.withValue(OF_CALL, this));
  }

  @Override
  public void inboundMessage(int number) {
    underWay = true;
    bytes = 0;
  }

  @Override
  public void inboundWireSize(long more) {
    bytes += more;
    if (underWay && bytes > maxMessageBytes) {
      refuse(() -> Errors.messageTooLarge(maxMessageBytes));
    }
  }

  @Override
  public void inboundMessageRead(int number, long wireSize, long size) {
    underWay = false;
  }

  @Override
  public void streamClosed(Status status) {
    onEnd.accept(this);
  }
}
