package io.gaitway.sim.model;

import org.jspecify.annotations.Nullable;

/**
 * How a model's root link moves in the world: by any of two slides, then by a hinge. What does not
 * move stays where the link's {@link Link#hinge} and {@link Link#angle} place it.
 *
 * @param x joint of the slide along x; null if there is none
 * @param y joint of the slide along y; null if there is none
 * @param turns whether its hinge turns; the hinge's joint is the link's
 */
public record Root(@Nullable Joint x, @Nullable Joint y, boolean turns) {
  /** Free in the plane: two slides and a hinge. */
  public static final Root FLOATING = new Root(Joint.FREE, Joint.FREE, true);

  /** A base that does not move at all. */
  public static final Root FIXED = new Root(null, null, false);

  /** A carriage on a rail along x, unturned. */
  public static final Root RAIL_X = new Root(Joint.FREE, null, false);

  /** A hinge in a fixed place, such as a pendulum's. */
  public static final Root HINGED = new Root(null, null, true);

  /** A root that moves without resistance where it moves. */
  public Root(boolean slidesX, boolean slidesY, boolean turns) {
    this(slidesX ? Joint.FREE : null, slidesY ? Joint.FREE : null, turns);
  }

  /** The same root with this joint for each of its slides. */
  public Root withSlides(Joint joint) {
    return new Root(x == null ? null : joint, y == null ? null : joint, turns);
  }

  /** Whether it moves along x. */
  public boolean slidesX() {
    return x != null;
  }

  /** Whether it moves along y. */
  public boolean slidesY() {
    return y != null;
  }

  /** Whether it moves along x and y and turns. */
  public boolean floats() {
    return slidesX() && slidesY() && turns;
  }

  /** Whether it moves at all. */
  boolean moves() {
    return slidesX() || slidesY() || turns;
  }
}
