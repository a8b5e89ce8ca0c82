package io.gaitway.sim.mjcf;

/**
 * Place and orientation of a frame in another.
 *
 * @param pos of the origin, m
 * @param quat orientation
 */
record Pose(Vec3 pos, Quat quat) {
  static final Pose NONE = new Pose(Vec3.ZERO, Quat.UNIT);

  /** A frame that has {@code inner} in this frame. */
  Pose then(Pose inner) {
    return new Pose(point(inner.pos), quat.times(inner.quat));
  }

  /** A point of this frame in the other. */
  Vec3 point(Vec3 local) {
    return pos.plus(quat.rotate(local));
  }
}
