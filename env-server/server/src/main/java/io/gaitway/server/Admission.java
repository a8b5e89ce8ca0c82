package io.gaitway.server;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Whether the server takes new work, and whom to tell when it stops. */
final class Admission {
  private final Set<Runnable> listeners = ConcurrentHashMap.newKeySet();
  private volatile boolean draining;

  /**
   * Lets a piece of work in.
   *
   * @throws RequestException if the server is draining
   */
  void admit() {
    if (draining) {
      throw Errors.draining();
    }
  }

  /** Whether new work is refused. */
  boolean isDraining() {
    return draining;
  }

  /** Registers something to run when draining starts; runs it now if it has. */
  void onDrain(Runnable listener) {
    listeners.add(listener);
    if (draining && listeners.remove(listener)) {
      listener.run();
    }
  }

  /** Takes back a registration. */
  void forget(Runnable listener) {
    listeners.remove(listener);
  }

  /** Refuses new work from now on. */
  void drain() {
    draining = true;
    for (Runnable listener : listeners) {
      if (listeners.remove(listener)) {
        listener.run();
      }
    }
  }
}
