package io.gaitway.sim.model;

/**
 * How a model's root link moves in the world: by any of two slides, then by a hinge. What does not
 * move stays where the link's {@link Link#hinge} places it, unturned.
 *
 * @param slidesX whether it moves along x
 * @param slidesY whether it moves along y
 * @param turns whether its hinge turns
 */
public record Root(boolean slidesX, boolean slidesY, boolean turns) {
  /** Free in the plane: two slides and a hinge. */
  public static final Root FLOATING = new Root(true, true, true);

  /** A base that does not move at all. */
  public static final Root FIXED = new Root(false, false, false);

  /** A carriage on a rail along x, unturned. */
  public static final Root RAIL_X = new Root(true, false, false);

  /** A hinge in a fixed place, such as a pendulum's. */
  public static final Root HINGED = new Root(false, false, true);
}
