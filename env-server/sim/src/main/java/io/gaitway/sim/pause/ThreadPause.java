package io.gaitway.sim.pause;

/** Where a thread finds its pause. */
final class ThreadPause {
  static final ThreadLocal<Pause> CURRENT = ThreadLocal.withInitial(() -> Pause.NONE);

  private ThreadPause() {}
}
