package io.gaitway.sim.dynamics;

import io.gaitway.sim.model.Joint;
import io.gaitway.sim.model.PlanarModel;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A model with its forces, actuators and step, as the suites take it from {@link Mechanisms}.
 *
 * @param name for messages
 * @param model the bodies
 * @param forces force laws
 * @param motors in the order of the action
 * @param torque size of the controls to try, N m or N where a gear is 1
 * @param speed standard deviation of the velocities to try, m/s and rad/s
 * @param step integrator step
 * @param substeps integrator steps in a control step
 */
record Mechanism(
    String name,
    PlanarModel model,
    List<ForceModel> forces,
    List<Motor> motors,
    double torque,
    double speed,
    TimeStep step,
    int substeps) {

  /** Where in the joints' ranges random states lie. */
  enum Region {
    /** Clear of the limits. */
    FREE,
    /** Every limited joint in or beyond the range over which its limit fades in. */
    AT_LIMITS
  }

  int nv() {
    return model.nv();
  }

  int nu() {
    return motors.size();
  }

  double h() {
    return step.h();
  }

  ImplicitStep newStep() {
    return new ImplicitStep(model, forces, motors, step);
  }

  ControlStep newControlStep() {
    return new ControlStep(newStep(), substeps);
  }

  ForwardDynamics newForwardDynamics() {
    return new ForwardDynamics(model, forces, motors);
  }

  /** A random state with velocities of the standard deviation {@link #speed}. */
  double[] state(SplittableRandom random, Region region) {
    return state(random, region, speed);
  }

  /** A random state, q then q̇, shape (2 nv), with velocities of the given standard deviation. */
  double[] state(SplittableRandom random, Region region, double speed) {
    double[] x = new double[2 * nv()];
    for (int c = 0; c < nv(); c++) {
      x[c] = coordinate(random, region, c);
    }
    for (int i = nv(); i < x.length; i++) {
      x[i] = speed * random.nextGaussian();
    }
    return x;
  }

  private double coordinate(SplittableRandom random, Region region, int c) {
    Joint joint = model.joint(c);
    if (!joint.isLimited()) {
      if (c == model.slideX()) {
        return random.nextDouble(-2, 2);
      }
      // Over a ground, some links touch it.
      return c == model.slideY() ? random.nextDouble(0.9, 1.3) : random.nextDouble(-3, 3);
    }
    if (region == Region.FREE) {
      return random.nextDouble(joint.lower() + 0.2, joint.upper() - 0.2);
    }
    double beyond = random.nextDouble(-0.08, 0.3);
    return random.nextBoolean() ? joint.upper() + beyond : joint.lower() - beyond;
  }

  /** Random torques within ±{@link #torque}, shape (nu). */
  double[] action(SplittableRandom random) {
    double[] u = new double[nu()];
    for (int i = 0; i < u.length; i++) {
      u[i] = random.nextDouble(-torque, torque);
    }
    return u;
  }

  @Override
  public String toString() {
    return name;
  }
}
