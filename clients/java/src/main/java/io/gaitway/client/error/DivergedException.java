package io.gaitway.client.error;

import java.util.Map;

/**
 * A knot of a trajectory at which the control step diverges, so that there is no derivative and no
 * contact force.
 */
public final class DivergedException extends GaitwayException {
  private static final long serialVersionUID = 1L;

  private final int knot;

  public DivergedException(int knot, String message) {
    super("OK", "DIVERGED", message, Map.of("knot", Integer.toString(knot)), null);
    this.knot = knot;
  }

  /** Index of the first such knot, 0 to T. */
  public int knot() {
    return knot;
  }
}
