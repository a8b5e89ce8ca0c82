package io.gaitway.sim.dynamics;

import io.gaitway.sim.model.Joint;

/**
 * The energy of a mechanism: of its motion, of gravity, and of the springs of joints, limits and
 * ground.
 */
final class Energy {
  private Energy() {}

  /** The whole, J, at a state q then q̇. */
  static double of(Mechanism m, double[] x) {
    Kinematics kinematics = new Kinematics(m.model(), x, new double[m.nv()]);
    double energy = kinematics.kinetic + kinematics.potential;
    for (int c = 0; c < m.nv(); c++) {
      Joint joint = m.model().joint(c);
      double stretch = x[c] - joint.rest();
      energy += joint.stiffness() * stretch * stretch / 2;
    }
    for (ForceModel law : m.forces()) {
      if (law instanceof JointLimits limits) {
        energy += limits(m, limits, x);
      } else if (law instanceof GroundContact ground) {
        energy += ground(m, ground, x);
      }
    }
    return energy;
  }

  private static double limits(Mechanism m, JointLimits limits, double[] x) {
    double energy = 0;
    for (int c = 0; c < m.nv(); c++) {
      Joint joint = m.model().joint(c);
      double e = Math.max(x[c] - joint.upper(), joint.lower() - x[c]);
      energy += limits.stiffness() * rampIntegral(e, limits.width());
    }
    return energy;
  }

  private static double ground(Mechanism m, GroundContact ground, double[] x) {
    double energy = 0;
    for (GroundContact.Sphere sphere : GroundContact.spheres(m.model())) {
      double depth =
          sphere.radius()
              + ground.height()
              - Kinematics.point(m.model(), x, sphere.link(), sphere.centre())[1];
      energy += ground.stiffness() * rampIntegral(depth, ground.width());
    }
    return energy;
  }

  /** The integral of a {@link SoftRamp} of width w from −∞ to e. */
  private static double rampIntegral(double e, double w) {
    double t = Math.max(0, Math.min(1, (e + w) / (2 * w)));
    double t4 = t * t * t * t;
    double faded = 2 * w * w * (t4 / 2 - t4 * t / 5);
    return faded + (e > w ? (e * e - w * w) / 2 : 0);
  }
}
