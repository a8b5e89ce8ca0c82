package io.gaitway.agents.gait;

import io.gaitway.client.simulation.Controller;
import io.gaitway.client.simulation.EnvironmentInfo;
import io.gaitway.client.simulation.Rollout;
import io.gaitway.client.simulation.RolloutRequest;
import io.gaitway.client.simulation.Simulator;
import io.gaitway.client.simulation.Trajectory;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A gait, walked: the torques of a {@link Simbicon} in closed loop with a simulator. */
public final class Demonstration {
  private static final int CHANGES_IN_GAIT = 3;

  private final Simulator simulator;
  private final Gait gait;

  /** Demonstrates {@code gait} on a simulated biped. */
  public Demonstration(Simulator simulator, Gait gait) {
    this.simulator = simulator;
    this.gait = gait;
  }

  /**
   * Walks for {@code T} control steps and repeats the walk's torques in one rollout, which has all
   * that the walk had.
   *
   * @param x1 initial state, shape (nx); leg 0 stands. Not modified
   */
  public Rollout rollout(double[] x1, int T) {
    Controller torques = new Controller.OpenLoop(walk(x1, T));
    return simulator.rollout(RolloutRequest.single(T, x1, torques)).get(0);
  }

  /**
   * Walks for {@code T} control steps.
   *
   * @param x1 initial state, shape (nx); leg 0 stands. Not modified
   * @return the torques as applied, that is within the bounds, shape (T, nu); zeros after a fall
   */
  public double[] walk(double[] x1, int T) {
    EnvironmentInfo environment = simulator.environment();
    double[] us = new double[T * environment.nu()];
    walk(new Simbicon(environment, gait), x1.clone(), us, 0);
    return us;
  }

  /**
   * Goes on with the gait where another walk is left: the gait's phases follow that walk until
   * there, as if they had made it.
   *
   * @param walked the other walk, from a state in which leg 0 stands
   * @param steps control steps of it that are kept
   * @param T control steps of both together
   * @return the torques of both, shape (T, nu); null if the gait falls
   */
  public double @Nullable [] goOn(Trajectory walked, int steps, int T) {
    Simbicon controller = new Simbicon(simulator.environment(), gait);
    double[] u = new double[walked.nu];
    for (int t = 0; t < steps; t++) {
      controller.act(walked.xs, t * walked.nx, u, 0);
    }
    double[] us = Arrays.copyOf(walked.us, T * walked.nu);
    double[] x = Arrays.copyOfRange(walked.xs, steps * walked.nx, (steps + 1) * walked.nx);
    return walk(controller, x, us, steps) ? us : null;
  }

  /**
   * Sets the torques {@code us} from control step {@code from} on to those of a controller. Returns
   * whether it walks to their end.
   *
   * @param x the state at that step; becomes the last one
   */
  private boolean walk(Simbicon controller, double[] x, double[] us, int from) {
    int nu = simulator.environment().nu();
    for (int t = from; t < us.length / nu; t++) {
      Rollout step = step(controller, x);
      System.arraycopy(step.trajectory().us, 0, us, t * nu, nu);
      if (step.diverged() || step.terminated()) {
        return false;
      }
      System.arraycopy(step.trajectory().xs, x.length, x, 0, x.length);
    }
    return true;
  }

  /**
   * Walks from {@code x1} until the stance leg has changed three times, and returns the state then,
   * moved to x = 0 and with the legs exchanged, so that leg 0 stands.
   *
   * @param x1 initial state, shape (nx). Not modified
   * @param longest most control steps
   * @return null if the gait falls or takes longer
   */
  public double @Nullable [] midGait(double[] x1, int longest) {
    Simbicon controller = new Simbicon(simulator.environment(), gait);
    double[] x = x1.clone();
    for (int t = 0; t < longest; t++) {
      double[] before = x.clone();
      Rollout step = step(controller, x);
      if (controller.changes() == CHANGES_IN_GAIT) {
        return mirrored(before);
      }
      if (step.diverged() || step.terminated()) {
        break;
      }
      System.arraycopy(step.trajectory().xs, x.length, x, 0, x.length);
    }
    return null;
  }

  private Rollout step(Simbicon controller, double[] x) {
    double[] u = new double[simulator.environment().nu()];
    controller.act(x, 0, u, 0);
    return simulator.rollout(RolloutRequest.single(1, x, new Controller.OpenLoop(u))).get(0);
  }

  private double[] mirrored(double[] x) {
    int nv = x.length / 2;
    double[] result = x.clone();
    result[0] = 0;
    for (int at : new int[] {0, nv}) {
      int first = at + nv - Biped.LEGS * Biped.JOINTS;
      double[] leg = Arrays.copyOfRange(x, first, first + Biped.JOINTS);
      System.arraycopy(x, first + Biped.JOINTS, result, first, Biped.JOINTS);
      System.arraycopy(leg, 0, result, first + Biped.JOINTS, Biped.JOINTS);
    }
    return result;
  }
}
