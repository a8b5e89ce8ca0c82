package io.gaitway.server.call;

import io.gaitway.server.wire.CallLocal;
import java.util.ArrayList;
import java.util.List;

/** What is to be given back when a call's last answer has left, or its connection is gone. */
public final class CallMemory {
  private static final CallLocal<CallMemory> OF_CALL = new CallLocal<>();

  private List<Runnable> actions = new ArrayList<>();
  private boolean closed;

  private CallMemory() {}

  /** Gives one to a call, whose transport has to close it. */
  public static CallMemory give(CallLocal.Values call) {
    CallMemory memory = new CallMemory();
    OF_CALL.set(call, memory);
    return memory;
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

  /** Gives back: the call is over. */
  public void close() {
    List<Runnable> due;
    synchronized (this) {
      closed = true;
      due = actions;
      actions = List.of();
    }
    due.forEach(Runnable::run);
  }
}
