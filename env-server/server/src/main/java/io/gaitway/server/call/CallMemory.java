package io.gaitway.server.call;

import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.List;

/** What is to be given back when a call's last answer has left, or its connection is gone. */
public final class CallMemory {
  private static final Context.Key<CallMemory> OF_CALL = Context.key("gaitway-call-memory");

  private List<Runnable> actions = new ArrayList<>();
  private boolean closed;

  private CallMemory() {}

  /** Makes one for every call; to be added to each transport. */
  public static ServerStreamTracer.Factory factory() {
    return new ServerStreamTracer.Factory() {
      @Override
      public ServerStreamTracer newServerStreamTracer(String method, Metadata headers) {
        CallMemory memory = new CallMemory();
        return new ServerStreamTracer() {
          @Override
          public Context filterContext(Context context) {
            return context.withValue(OF_CALL, memory);
          }

          @Override
          public void streamClosed(Status status) {
            memory.close();
          }
        };
      }
    };
  }

  /** That of the call that this thread is handling. */
  static CallMemory ofCall() {
    CallMemory memory = OF_CALL.get();
    return memory == null ? new CallMemory() : memory;
  }

  /** Does something when the call is over; now if it is. */
  void onClose(Runnable action) {
    synchronized (this) {
      if (!closed) {
        actions.add(action);
        return;
      }
    }
    action.run();
  }

  private void close() {
    List<Runnable> due;
    synchronized (this) {
      closed = true;
      due = actions;
      actions = List.of();
    }
    due.forEach(Runnable::run);
  }
}
