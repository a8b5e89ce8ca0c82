package io.gaitway.sim.mjcf;

/**
 * Mass, centre of mass and inertia of a body.
 *
 * @param mass kg
 * @param com centre of mass in the body's frame, m
 * @param inertia about the centre of mass in the body's axes, kg m²
 * @param axes takes x, y and z to principal axes of the inertia
 */
record Inertial(double mass, Vec3 com, Tensor inertia, Quat axes) {
  /** No mass at all. */
  static final Inertial NONE = new Inertial(0, Vec3.ZERO, Tensor.ZERO, Quat.UNIT);

  /** Both together. */
  Inertial plus(Inertial o) {
    double sum = mass + o.mass;
    if (o.mass == 0 || mass == 0) {
      return o.mass == 0 ? this : o;
    }
    Vec3 centre = com.times(mass / sum).plus(o.com.times(o.mass / sum));
    Tensor both = about(centre).plus(o.about(centre));
    return new Inertial(sum, centre, both, both.principal().axes());
  }

  private Tensor about(Vec3 point) {
    return inertia.plus(Tensor.ofPoint(mass, com.minus(point)));
  }

  /** The same in the frame that this one's frame has in another. */
  Inertial in(Pose frame) {
    return new Inertial(mass, frame.point(com), inertia.in(frame.quat()), frame.quat().times(axes));
  }

  /** The same with mass and inertia scaled. */
  Inertial times(double factor) {
    return new Inertial(mass * factor, com, inertia.times(factor), axes);
  }
}
