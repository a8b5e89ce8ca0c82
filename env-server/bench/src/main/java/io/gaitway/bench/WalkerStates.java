package io.gaitway.bench;

import io.gaitway.client.simulation.Trajectory;
import io.gaitway.sim.model.Shape;
import io.gaitway.sim.model.Vec2;
import io.gaitway.sim.task.Environment;
import io.gaitway.sim.task.EnvironmentSpec;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * States of the walker on the ground, for us and as MuJoCo's {@code walker2d_v5.xml} has them: its
 * root is the torso's centre, and it weighs a third.
 */
final class WalkerStates {
  private static final int STATES = 64;
  private static final long SEED = 8;
  private static final int NV = 9;
  private static final double MASS_SCALE = 3;

  /** From the hip to the torso's centre, m. */
  private static final double TORSO = 0.2;

  private WalkerStates() {}

  /**
   * Standing on both feet, knees bent by various angles, the soles as deep in the ground as they
   * rest there; nearly at rest, without torques. The thighs point backward: the XML file's cannot
   * point forward.
   *
   * @param depth of the soles in the ground, m
   */
  static Trajectory standing(Environment walker, double depth) {
    SplittableRandom random = new SplittableRandom(SEED);
    Trajectory run = new Trajectory(STATES, walker.spec().nx(), walker.spec().nu());
    for (int t = 0; t < STATES; t++) {
      double hip = random.nextDouble(-0.3, -0.05);
      double knee = random.nextDouble(-0.3, -0.05);
      int x = t * run.nx;
      for (int leg = 0; leg < 2; leg++) {
        run.xs[x + 3 + 3 * leg] = hip;
        run.xs[x + 4 + 3 * leg] = knee;
        run.xs[x + 5 + 3 * leg] = -hip - knee;
      }
      for (int i = NV; i < run.nx; i++) {
        run.xs[x + i] = 0.01 * random.nextGaussian();
      }
      run.xs[x + 1] = -lowest(walker, run.xs, x) - depth;
    }
    return run;
  }

  /** Every so many states of a run, as many as the peers get. */
  static Trajectory sparse(Trajectory run) {
    Trajectory result = new Trajectory(STATES, run.nx, run.nu);
    for (int t = 0; t < STATES; t++) {
      int from = t * run.T / STATES;
      System.arraycopy(run.xs, from * run.nx, result.xs, t * run.nx, run.nx);
      System.arraycopy(run.us, from * run.nu, result.us, t * run.nu, run.nu);
    }
    return result;
  }

  /** Sends a run's states and torques to the peers. */
  static void send(PeerProcess peers, String robot, Trajectory run) {
    for (int t = 0; t < run.T; t++) {
      double[] q = Arrays.copyOfRange(run.xs, t * run.nx, t * run.nx + NV);
      double[] v = Arrays.copyOfRange(run.xs, t * run.nx + NV, (t + 1) * run.nx);
      double[] tau = Arrays.copyOfRange(run.us, t * run.nu, (t + 1) * run.nu);
      double x = TORSO * StrictMath.sin(q[2]);
      double y = TORSO * StrictMath.cos(q[2]);
      q[0] += x;
      q[1] += y;
      v[0] += v[2] * y;
      v[1] -= v[2] * x;
      peers.addState(robot, q, v, Arrays.stream(tau).map(u -> u / MASS_SCALE).toArray());
    }
  }

  /** Mean number of ends of the feet that are in the ground. */
  static double contacts(Environment walker, Trajectory run) {
    double count = 0;
    for (int t = 0; t < run.T; t++) {
      for (double height : heights(walker, run.xs, t * run.nx)) {
        count += height < 0 ? 1 : 0;
      }
    }
    return count / run.T;
  }

  private static double lowest(Environment walker, double[] xs, int at) {
    return Arrays.stream(heights(walker, xs, at)).min().orElseThrow();
  }

  /** Heights above the ground of the feet's four ends. */
  private static double[] heights(Environment walker, double[] xs, int at) {
    List<EnvironmentSpec.LinkGeometry> links = walker.spec().geometry();
    double[] result = new double[4];
    int next = 0;
    for (int foot : new int[] {3, 6}) {
      EnvironmentSpec.LinkGeometry link = links.get(foot);
      double ankle = xs[at + 1];
      for (int k = foot; k > 0; k = links.get(k).parent()) {
        ankle +=
            rise(
                links, xs, at, links.get(k).parent(), links.get(k).hingeX(), links.get(k).hingeY());
      }
      Shape sole = link.shapes().get(0);
      for (Vec2 end : sole.vertices()) {
        result[next++] = ankle + rise(links, xs, at, foot, end.x(), end.y()) - sole.radius();
      }
    }
    return result;
  }

  private static double rise(
      List<EnvironmentSpec.LinkGeometry> links, double[] xs, int at, int link, double x, double y) {
    double angle = 0;
    for (int k = link; k >= 0; k = links.get(k).parent()) {
      angle += links.get(k).axis() * xs[at + links.get(k).angleIndex()];
    }
    return x * StrictMath.sin(angle) + y * StrictMath.cos(angle);
  }
}
