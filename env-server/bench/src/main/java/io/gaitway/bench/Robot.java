package io.gaitway.bench;

import io.gaitway.sim.dynamics.Motor;
import io.gaitway.sim.model.PlanarModel;
import io.gaitway.sim.robots.Swimmer;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * A robot that both sides know, with random states well inside its limits (and, for the walker,
 * above the ground), so that neither side pays for contacts or limits in force.
 *
 * @param name name that the peers know
 * @param model our model of it
 * @param states the states
 */
record Robot(String name, PlanarModel model, List<State> states) {
  private static final int STATES = 64;
  private static final long SEED = 7;
  private static final double AIRBORNE = 3;
  private static final double ROOT_ANGLE = 1;
  private static final double TORQUE = 30;

  /**
   * A state and torques.
   *
   * @param q coordinates, shape (nv)
   * @param v their rates, shape (nv)
   * @param tau torques of the hinges after the root, N m, shape (nv − 3)
   */
  record State(double[] q, double[] v, double[] tau) {
    /** Coordinates, then rates. */
    double[] x() {
      double[] x = Arrays.copyOf(q, q.length + v.length);
      System.arraycopy(v, 0, x, q.length, v.length);
      return x;
    }
  }

  /** The swimmer with three links. */
  static Robot swimmer() {
    double[][] hinges = {{-1.5, 1.5}, {-1.5, 1.5}};
    return new Robot("swimmer", Swimmer.model(3), states(0, hinges));
  }

  /** The walker's bare tree. */
  static Robot walker() {
    double[][] hinges = {
      {-2.5, -0.1}, {-2.5, -0.1}, {-0.7, 0.7}, {-2.5, -0.1}, {-2.5, -0.1}, {-0.7, 0.7}
    };
    return new Robot("walker", WalkerTree.model(), states(AIRBORNE, hinges));
  }

  /** Motors in the hinges after the root. */
  List<Motor> motors() {
    return Motor.direct(IntStream.range(1, model.size()).map(model::hinge).boxed().toList());
  }

  private static List<State> states(double height, double[][] hinges) {
    SplittableRandom random = new SplittableRandom(SEED);
    return IntStream.range(0, STATES).mapToObj(i -> state(random, height, hinges)).toList();
  }

  private static State state(SplittableRandom random, double height, double[][] hinges) {
    double[] q = new double[3 + hinges.length];
    double[] v = new double[q.length];
    double[] tau = new double[hinges.length];
    q[1] = height;
    q[2] = random.nextDouble(-ROOT_ANGLE, ROOT_ANGLE);
    for (int j = 0; j < hinges.length; j++) {
      q[3 + j] = random.nextDouble(hinges[j][0], hinges[j][1]);
      tau[j] = random.nextDouble(-TORQUE, TORQUE);
    }
    for (int i = 0; i < v.length; i++) {
      v[i] = random.nextDouble(-1, 1);
    }
    return new State(q, v, tau);
  }
}
