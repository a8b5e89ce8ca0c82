package io.gaitway.sim.model;

import java.util.List;

/**
 * A shape of a link, in the link's frame: all points within a radius of the hull of some vertices.
 */
public sealed interface Shape permits Capsule, Box {
  /** The hull's vertices, m. On level ground a shape stands on some of them. */
  List<Vec2> vertices();

  /** How far the shape reaches beyond the hull, m; 0 for a shape with corners. */
  double radius();

  /** The capsule that fills it best from within: itself, if it is one. */
  Capsule within();

  /** Whether the ground carries it; if not, it is only drawn. */
  boolean touchesGround();
}
