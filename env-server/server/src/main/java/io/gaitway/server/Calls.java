package io.gaitway.server;

import io.gaitway.server.call.RequestMemory;
import io.gaitway.server.wire.Errors;
import io.grpc.Metadata;
import io.grpc.ServerStreamTracer;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The calls that run, each until its answers have been written to the transport. Those of health,
 * reflection and channelz do not count: a watched health status has no end of its own.
 */
final class Calls extends ServerStreamTracer.Factory {
  private static final String STANDARD_SERVICES = "grpc.";

  private final int maxMessageBytes;
  private final RequestMemory memory;
  private final Set<Arrival> own = ConcurrentHashMap.newKeySet();
  private final Set<Arrival> standard = ConcurrentHashMap.newKeySet();
  private volatile boolean awaited;

  /**
   * Prepares.
   *
   * @param maxMessageBytes largest request message
   * @param memory what large requests may hold together
   */
  Calls(int maxMessageBytes, RequestMemory memory) {
    this.maxMessageBytes = maxMessageBytes;
    this.memory = memory;
  }

  @Override
  public ServerStreamTracer newServerStreamTracer(String method, Metadata headers) {
    boolean counts = !method.startsWith(STANDARD_SERVICES);
    Arrival call =
        new Arrival(maxMessageBytes, memory, headers, counts ? this::ended : this.standard::remove);
    (counts ? own : standard).add(call);
    return call;
  }

  /** How many calls run. */
  int running() {
    return own.size();
  }

  /**
   * Waits until no call runs.
   *
   * @param longest longest time to wait
   * @return whether no call runs
   */
  synchronized boolean await(Duration longest) throws InterruptedException {
    awaited = true;
    long deadline = System.nanoTime() + longest.toNanos();
    while (!own.isEmpty()) {
      long left = Duration.ofNanos(deadline - System.nanoTime()).toMillis();
      if (left <= 0) {
        return false;
      }
      wait(left);
    }
    return true;
  }

  /** Ends every call for good, also the standard ones. */
  void cut() {
    for (Set<Arrival> calls : List.of(own, standard)) {
      calls.forEach(call -> call.refuse(Errors::cut));
    }
  }

  private void ended(Arrival call) {
    own.remove(call);
    if (awaited) {
      wake();
    }
  }

  private synchronized void wake() {
    notifyAll();
  }
}
