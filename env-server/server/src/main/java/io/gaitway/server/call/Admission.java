package io.gaitway.server.call;

import io.gaitway.server.wire.Errors;
import io.gaitway.server.wire.RequestException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Whether the server takes new work, and whom to tell when it stops. */
public final class Admission {
  private final Set<Runnable> listeners = ConcurrentHashMap.newKeySet();
  private volatile boolean draining;

  /**
   * Lets a piece of work in.
   *
   * @throws RequestException if the server is draining
   */
  public void admit() {
    if (draining) {
      throw Errors.draining();
    }
  }

  /** Whether new work is refused. */
  public boolean isDraining() {
    return draining;
  }

  /** Registers something to run when draining starts; runs it now if it has. */
  public void onDrain(Runnable listener) {
    listeners.add(listener);
    if (draining && listeners.remove(listener)) {
      listener.run();
    }
  }

  /** Takes back a registration. */
  public void forget(Runnable listener) {
    listeners.remove(listener);
  }

  /** Refuses new work from now on. */
  public void drain() {
    draining = true;
    for (Runnable listener : listeners) {
      if (listeners.remove(listener)) {
        listener.run();
      }
    }
  }
}
