package io.gaitway.bench;

import io.gaitway.sim.dynamics.ForceModel;
import io.gaitway.sim.dynamics.ForwardDynamics;
import java.util.List;

/** Checks that the two sides compute the same thing before anyone times it. */
final class SameWork {
  private static final double TOLERANCE = 1e-10;

  private SameWork() {}

  /**
   * Sends a robot's states to the peers and returns the worst relative error of accelerations
   * there.
   */
  static double accelerations(
      PeerProcess peers, Robot robot, List<ForceModel> forces, String kernel) {
    ForwardDynamics dynamics = new ForwardDynamics(robot.model(), forces, robot.motors());
    ForwardDynamics.Data data = dynamics.newData();
    double worst = 0;
    for (int s = 0; s < robot.states().size(); s++) {
      Robot.State state = robot.states().get(s);
      dynamics.evaluate(data, state.q(), state.v(), state.tau());
      double[] actual = new double[robot.model().nv()];
      for (int i = 0; i < actual.length; i++) {
        actual[i] = data.qdd(i);
      }
      worst = Math.max(worst, error(actual, peers.evaluate(kernel, robot.name(), s)));
    }
    return checked(robot, kernel, worst);
  }

  /** Worst relative error of the bare tree's partial derivatives against Pinocchio. */
  static double derivatives(PeerProcess peers, Robot robot) {
    ForwardDynamics dynamics = new ForwardDynamics(robot.model(), List.of(), robot.motors());
    ForwardDynamics.Data data = dynamics.newData();
    int nv = robot.model().nv();
    double worst = 0;
    for (int s = 0; s < robot.states().size(); s++) {
      Robot.State state = robot.states().get(s);
      dynamics.differentiate(data, state.q(), state.v(), state.tau());
      double[] expected = peers.evaluate("aba_derivatives", robot.name(), s);
      double[] actual = expected.clone(); // forces on the root have no counterpart here
      for (int i = 0; i < nv; i++) {
        for (int j = 0; j < nv; j++) {
          actual[i * nv + j] = data.qddDq(i, j);
          actual[(nv + i) * nv + j] = data.qddDqd(i, j);
          if (j >= 3) {
            actual[(2 * nv + i) * nv + j] = data.qddDtau(i, j - 3);
          }
        }
      }
      worst = Math.max(worst, error(actual, expected));
    }
    return checked(robot, "aba_derivatives", worst);
  }

  private static double error(double[] actual, double[] expected) {
    if (actual.length != expected.length) {
      throw new IllegalStateException(
          "ours has " + actual.length + " numbers, the peer's " + expected.length);
    }
    double difference = 0;
    double scale = 1;
    for (int i = 0; i < actual.length; i++) {
      difference = Math.max(difference, Math.abs(actual[i] - expected[i]));
      scale = Math.max(scale, Math.abs(expected[i]));
    }
    return difference / scale;
  }

  private static double checked(Robot robot, String kernel, double worst) {
    if (!(worst <= TOLERANCE)) {
      throw new IllegalStateException(
          robot.name() + ": our results differ from " + kernel + "'s by " + worst);
    }
    return worst;
  }
}
