package io.gaitway.client.session;

import org.jspecify.annotations.Nullable;

/**
 * Which environments of a session start a new episode, and from where. Arrays are shared, not
 * copied.
 *
 * @param mask which environments to reset, shape (N); null for all
 * @param seeds seeds to put in force (64 bits, unsigned), shape (N), those outside the mask
 *     ignored; null to go on to the next episode of the seed in force
 * @param states initial states instead of drawn ones, shape (N, nx), rows outside the mask ignored;
 *     null to draw them
 */
public record Reset(
    boolean @Nullable [] mask, long @Nullable [] seeds, double @Nullable [] states) {

  /** All environments go on to their next episodes. */
  public static Reset all() {
    return new Reset(null, null, null);
  }

  /** All environments start the first episodes of these seeds. */
  public static Reset seeds(long... seeds) {
    return new Reset(null, seeds, null);
  }

  /** This reset for some of the environments. */
  public Reset withMask(boolean... mask) {
    return new Reset(mask, seeds, states);
  }

  /** This reset with initial states, shape (N, nx). */
  public Reset withStates(double... states) {
    return new Reset(mask, seeds, states);
  }
}
