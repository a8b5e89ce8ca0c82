package io.gaitway.agents.gait;

import io.gaitway.client.simulation.Controller;
import io.gaitway.client.simulation.EnvironmentInfo;
import io.gaitway.client.simulation.Rollout;
import io.gaitway.client.simulation.RolloutRequest;
import io.gaitway.client.simulation.Simulator;
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
    Simbicon controller = new Simbicon(environment, gait);
    double[] us = new double[T * environment.nu()];
    double[] x = x1.clone();
    for (int t = 0; t < T; t++) {
      Rollout step = step(controller, x);
      System.arraycopy(step.trajectory().us, 0, us, t * environment.nu(), environment.nu());
      if (step.diverged() || step.terminated()) {
        break;
      }
      System.arraycopy(step.trajectory().xs, x.length, x, 0, x.length);
    }
    return us;
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
