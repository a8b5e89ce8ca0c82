package io.gaitway.sim.pause;

/**
 * What a long computation does every now and then: it may wait while others compute, or end by an
 * exception. Control steps have a point between integrator steps, and the compilation of a model
 * has many, so that no computation is out of reach for long. Belongs to a thread.
 */
public interface Pause {
  /** Never waits and never throws. */
  Pause NONE = () -> {};

  /**
   * A point at which the computation is whole; what is on its way may be thrown away, but nothing
   * else has changed. Costs next to nothing unless there is something to do.
   */
  void point();

  /** That of this thread, {@link #NONE} unless {@link #during} has given it one. */
  static Pause ofThread() {
    return ThreadPause.CURRENT.get();
  }

  /** Does {@code work} with this thread's pause being {@code pause}. */
  static void during(Pause pause, Runnable work) {
    Pause before = ThreadPause.CURRENT.get();
    ThreadPause.CURRENT.set(pause);
    try {
      work.run();
    } finally {
      ThreadPause.CURRENT.set(before);
    }
  }
}
