package io.gaitway.server;

import io.gaitway.server.access.Caller;
import io.gaitway.server.call.CallMemory;
import io.gaitway.server.call.RequestMemory;
import io.gaitway.server.log.RequestId;
import io.gaitway.server.wire.CallLocal;
import io.gaitway.server.wire.Errors;
import io.gaitway.server.wire.RequestException;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One call, as its transport sees it: counts the bytes of the message that is arriving, and refuses
 * the call when they are too many.
 */
final class Arrival extends ServerStreamTracer {
  private static final CallLocal<Arrival> OF_CALL = new CallLocal<>();

  /** Requests are counted in pieces of this size, and small ones not at all. */
  private static final int COUNTED_BYTES = 1 << 20;

  private static final Duration RETRY = Duration.ofSeconds(1);

  private final int maxMessageBytes;
  private final RequestMemory requests;
  private final CallLocal.Values values = new CallLocal.Values();
  private final RequestId id;
  private final CallMemory memory;
  private final Consumer<Arrival> onEnd;
  private volatile @Nullable GuardedCall<?, ?> call;

  // Of the transport's thread.
  private boolean underWay;
  private long bytes;

  /** Bytes that are counted as held, and for whom. */
  private long held;

  private @Nullable Caller holder;

  /**
   * Begins.
   *
   * @param onEnd is told when the call is over
   */
  Arrival(int maxMessageBytes, RequestMemory requests, Metadata headers, Consumer<Arrival> onEnd) {
    this.maxMessageBytes = maxMessageBytes;
    this.requests = requests;
    this.onEnd = onEnd;
    id = RequestId.give(values, headers);
    memory = CallMemory.give(values);
    OF_CALL.set(values, this);
  }

  /** That of the call which this thread is handling. */
  static Arrival ofCall() {
    return Objects.requireNonNull(OF_CALL.get());
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
    return values.in(context);
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
    } else if (underWay && bytes > held + COUNTED_BYTES) {
      hold();
    }
  }

  /** Counts some more of a large message, if it is known who sends it. */
  private void hold() {
    Caller caller = Caller.of(values);
    if (caller == null) {
      return;
    }
    if (requests.take(caller, COUNTED_BYTES)) {
      holder = caller;
      held += COUNTED_BYTES;
    } else {
      refuse(() -> Errors.capacity("bytes of large requests", requests.most(), RETRY));
    }
  }

  @Override
  public void inboundMessageRead(int number, long wireSize, long size) {
    underWay = false;
  }

  @Override
  public void streamClosed(Status status) {
    if (holder != null) {
      requests.giveBack(holder, held);
    }
    memory.close();
    onEnd.accept(this);
  }
}
