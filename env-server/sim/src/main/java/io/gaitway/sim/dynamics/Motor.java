package io.gaitway.sim.dynamics;

import java.util.List;

/**
 * A motor on a coordinate: it exerts gear · control, N along a slide, N m about a hinge.
 *
 * @param coordinate of the model
 * @param gear effort per unit of control, finite
 */
public record Motor(int coordinate, double gear) {
  /** Checks. */
  public Motor {
    if (!(Math.abs(gear) <= Double.MAX_VALUE)) {
      throw new IllegalArgumentException("the gear of a motor must be finite, but is " + gear);
    }
  }

  /** Motors whose controls are their efforts. */
  public static List<Motor> direct(List<Integer> coordinates) {
    return coordinates.stream().map(coordinate -> new Motor(coordinate, 1)).toList();
  }
}
