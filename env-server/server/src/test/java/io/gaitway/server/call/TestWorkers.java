package io.gaitway.server.call;

/** Workers with the usual limits. */
public final class TestWorkers {
  private TestWorkers() {}

  /** So many computations at a time. */
  public static Workers of(int count) {
    CallLimits limits = CallLimits.defaults();
    return new Workers(count, limits, new Gate(limits));
  }
}
