package io.gaitway.server.call;

import io.gaitway.server.wire.Errors;
import io.gaitway.server.wire.RequestException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Whether the server takes new work, and whom to tell when it stops. */
public final class Admission {
  private static final Logger LOG = LoggerFactory.getLogger(Admission.class);

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
    if (draining) {
      tell(listener);
    }
  }

  /** Takes back a registration. */
  public void forget(Runnable listener) {
    listeners.remove(listener);
  }

  /** Refuses new work from now on. */
  public void drain() {
    draining = true;
    listeners.forEach(this::tell);
  }

  /** Tells one, once; what it throws does not keep the others from being told. */
  private void tell(Runnable listener) {
    if (listeners.remove(listener)) {
      try {
        listener.run();
      } catch (RuntimeException e) {
        LOG.error("A call failed on a defect of the server while it was told to end", e);
      }
    }
  }
}
