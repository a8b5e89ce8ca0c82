package io.gaitway.sim.mjcf;

import java.util.List;

/**
 * A body, or the world.
 *
 * @param name the file's, or one that was made up
 * @param place where it stands in the file
 * @param parent index of the parent body; −1 for the world, which is body 0
 * @param pose in the parent's frame, as the file places it
 * @param inertial mass and inertia in its frame
 * @param joints in order
 * @param geoms in order
 * @param sites in order
 */
record Body(
    String name,
    Place place,
    int parent,
    Pose pose,
    Inertial inertial,
    List<Joint3> joints,
    List<Geom> geoms,
    List<Site> sites) {

  /** The same body with its mass and inertia scaled. */
  Body scaled(double factor) {
    return new Body(name, place, parent, pose, inertial.times(factor), joints, geoms, sites);
  }
}
