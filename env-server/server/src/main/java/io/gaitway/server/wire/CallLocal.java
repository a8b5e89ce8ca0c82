package io.gaitway.server.wire;

import io.grpc.Context;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A variable of which every call has its own, as a {@link ThreadLocal} has one for every thread.
 * All of a call are in one value of its context, made when the call arrives: a context for each of
 * them would be switched to and back in every callback.
 */
public final class CallLocal<T> {
  private static final Context.Key<Values> OF_CALL = Context.key("gaitway-call");
  private static final AtomicInteger COUNT = new AtomicInteger();

  private final int index = COUNT.getAndIncrement();

  /**
   * Those of one call. They are set by the thread that takes the call in, before others work for
   * it.
   */
  public static final class Values {
    private static final int MOST = 8;
    private final @Nullable Object[] values = new @Nullable Object[MOST];

    /** A context in which they are found. */
    public Context in(Context context) {
      return context.withValue(OF_CALL, this);
    }
  }

  /** The value in the call that this thread is handling; null if it has none. */
  public @Nullable T get() {
    Values values = OF_CALL.get();
    return values == null ? null : of(values);
  }

  /** The value in a call; null if it has none. */
  @SuppressWarnings("unchecked") // Only this object sets what is at its index.
  public @Nullable T of(Values call) {
    return (T) call.values[index];
  }

  /** Sets the value in the call that this thread is handling. */
  public void set(T value) {
    set(OF_CALL.get(), value);
  }

  /** Sets the value in a call. */
  public void set(Values call, T value) {
    call.values[index] = value;
  }
}
