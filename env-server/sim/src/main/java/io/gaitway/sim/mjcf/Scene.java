package io.gaitway.sim.mjcf;

import java.util.List;
import java.util.Set;

/**
 * A file's bodies in space, with all includes, defaults, units and orientations resolved.
 *
 * @param name of the model
 * @param options what surrounds the bodies
 * @param bodies the world and the bodies, parents before children
 * @param actuators in order
 * @param keys in order
 * @param pairs geoms that touch whatever their bits say, two names each
 * @param apart bodies that do not touch the world
 */
record Scene(
    String name,
    WorldOptions options,
    List<Body> bodies,
    List<Actuator3> actuators,
    List<Key> keys,
    List<Pair> pairs,
    Set<String> apart) {

  /** Two geoms that touch whatever their bits say. */
  record Pair(String one, String other, Place place) {
    /** Whether it is of these two. */
    boolean isOf(Geom a, Geom b) {
      return (one.equals(a.name()) && other.equals(b.name()))
          || (one.equals(b.name()) && other.equals(a.name()));
    }
  }

  /** The joints of all bodies, in MuJoCo's order, which is that of the coordinates. */
  List<Joint3> joints() {
    return bodies.stream().flatMap(body -> body.joints().stream()).toList();
  }
}
