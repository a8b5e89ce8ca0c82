package io.gaitway.sim.mjcf;

/**
 * A shape of a body.
 *
 * @param index among all geoms
 * @param name empty if it has none
 * @param place where it stands in the file
 * @param type its shape
 * @param size as MuJoCo has it, m; the first {@code type.sizes} count
 * @param pose in the body's frame
 * @param mass kg
 * @param moments principal moments in its own frame, kg m²
 * @param contype bits that it touches others with
 * @param conaffinity bits that others touch it with
 * @param condim 1 without friction, 3 and more with it
 * @param priority whose friction holds where two touch
 * @param friction coefficient of sliding friction
 * @param isEllipsoidInFluid whether MuJoCo's other model of a fluid is asked for
 * @param ownContact names of attributes that shape contacts in ways that are not followed
 */
record Geom(
    int index,
    String name,
    Place place,
    GeomType type,
    double[] size,
    Pose pose,
    double mass,
    double[] moments,
    int contype,
    int conaffinity,
    int condim,
    int priority,
    double friction,
    boolean isEllipsoidInFluid,
    String ownContact) {

  /** Whether it may touch another: their bits decide. */
  boolean touches(Geom other) {
    return (contype & other.conaffinity) != 0 || (other.contype & conaffinity) != 0;
  }

  /** Mass and inertia in the axes of the body. */
  Inertial inertial() {
    return new Inertial(mass, pose.pos(), Tensor.of(moments, pose.quat()), pose.quat());
  }

  /** The same geom in the frame that its body has in another. */
  Geom in(Pose frame) {
    return new Geom(
        index,
        name,
        place,
        type,
        size,
        frame.then(pose),
        mass,
        moments,
        contype,
        conaffinity,
        condim,
        priority,
        friction,
        isEllipsoidInFluid,
        ownContact);
  }
}
