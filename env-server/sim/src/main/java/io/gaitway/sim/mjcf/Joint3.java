package io.gaitway.sim.mjcf;

/**
 * A slide or a hinge between a body and its parent, in SI units.
 *
 * @param index among all joints, which is its place in MuJoCo's qpos and qvel
 * @param name empty if it has none
 * @param place where it stands in the file
 * @param isSlide whether it slides and does not turn
 * @param axis unit vector in the body's frame
 * @param pos a point of the axis in the body's frame, m
 * @param ref coordinate at which the bodies stand as the file places them, m or rad
 * @param springRef coordinate at which the spring rests, m or rad
 * @param stiffness N/m or N m/rad
 * @param damping N s/m or N m s/rad
 * @param armature inertia added to the coordinate, kg or kg m²
 * @param frictionLoss dry friction, N or N m
 * @param lower limit, m or rad; −∞ for none
 * @param upper limit, m or rad; +∞ for none
 * @param forceLower least force of all actuators together, N or N m; −∞ for none
 * @param forceUpper greatest force of all actuators together, N or N m; +∞ for none
 */
record Joint3(
    int index,
    String name,
    Place place,
    boolean isSlide,
    Vec3 axis,
    Vec3 pos,
    double ref,
    double springRef,
    double stiffness,
    double damping,
    double armature,
    double frictionLoss,
    double lower,
    double upper,
    double forceLower,
    double forceUpper) {

  /** Whether it has a limit. */
  boolean isLimited() {
    return lower > Double.NEGATIVE_INFINITY || upper < Double.POSITIVE_INFINITY;
  }
}
