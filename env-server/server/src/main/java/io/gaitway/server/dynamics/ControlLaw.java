package io.gaitway.server.dynamics;

import io.gaitway.sim.random.CounterGaussian;

/** A controller as the simulator runs it; immutable, shared between threads. */
interface ControlLaw {

  /** Length of the scratch array that {@link #act} needs. */
  int scratch();

  /** How long {@link #act} takes, about, ns. */
  double nanos();

  /** Whether the law draws noise when there is some. */
  boolean noisy();

  /**
   * Computes the action at step {@code t}; it may be out of bounds or not finite.
   *
   * @param t the step
   * @param xs states, the present one at {@code xAt}; not modified
   * @param stepSize factor on feed-forward terms
   * @param noise numbers of this step from the first on; used only if {@code withNoise}
   * @param scratch modified
   * @param u receives the action; modified
   */
  void act(
      int t,
      double[] xs,
      int xAt,
      double stepSize,
      boolean withNoise,
      CounterGaussian noise,
      double[] scratch,
      double[] u);
}
