package io.gaitway.server.episode;

import io.gaitway.server.catalog.Model;
import java.util.Arrays;

/**
 * An episode as far as it has come: states, actions, costs, and how it ended. Used by one thread at
 * a time.
 */
public final class Trajectory {
  /** How an episode stands. */
  public enum Outcome {
    RUNNING,
    /** It reached its horizon. */
    COMPLETED,
    /** The task's failure condition was met. */
    TERMINATED,
    /** An action, a cost or a state was not finite, or the integrator failed. */
    DIVERGED
  }

  /** Rows that an episode has room for when it grows for the first time. */
  private static final int FIRST_ROWS = 16;

  private final int nx;
  private final int nu;
  private final int horizon;
  private final boolean drawnActions;

  /** Steps that there is room for. */
  private int room;

  private double[] xs;
  private double[] us;
  private double[] costs;
  private int steps;
  private int clipped;
  private double actionCosts;
  private Outcome outcome = Outcome.RUNNING;

  private Trajectory(Model model, int horizon, boolean drawnActions, int room) {
    nx = model.nx;
    nu = model.nu;
    this.horizon = horizon;
    this.drawnActions = drawnActions;
    this.room = room;
    xs = new double[(room + 1) * nx];
    us = new double[room * nu];
    costs = new double[room + 1];
  }

  /**
   * A trajectory with room for all its steps.
   *
   * @param drawnActions whether it keeps actions as they were given rather than as applied
   */
  public static Trajectory whole(Model model, int horizon, boolean drawnActions) {
    return new Trajectory(model, horizon, drawnActions, horizon);
  }

  /** A trajectory that takes memory as it goes; it keeps actions as applied. */
  public static Trajectory growing(Model model, int horizon) {
    return new Trajectory(model, horizon, false, 0);
  }

  /** The most memory that a trajectory's arrays can take, bytes. */
  public static long bytes(Model model, int horizon) {
    return Double.BYTES * ((horizon + 1L) * (model.nx + 1L) + (long) horizon * model.nu);
  }

  /**
   * States, the first {@code steps() + 1} rows of shape (·, nx) valid. To be written by who starts
   * the episode, at row 0, and by nobody else; valid until the next step.
   */
  public double[] states() {
    return xs;
  }

  /** Actions, the first {@code steps()} rows of shape (·, nu) valid; valid until the next step. */
  public double[] actions() {
    return us;
  }

  /**
   * Costs: one of each step; then, once the episode is over, the terminal cost plus the charge for
   * the steps that a failure left out, or +∞ if it diverged. Valid until the next step.
   */
  public double[] costs() {
    return costs;
  }

  /** Control steps completed. */
  public int steps() {
    return steps;
  }

  /** Number of completed steps in which an action entry was moved to its bound. */
  public int clipped() {
    return clipped;
  }

  /** How it stands. */
  public Outcome outcome() {
    return outcome;
  }

  /** Whether it has come to its end. */
  public boolean isOver() {
    return outcome != Outcome.RUNNING;
  }

  /**
   * Takes the next step; the episode must not be over.
   *
   * @param u the action, shape (nu) from {@code uAt} on, as {@link Stepper#step} has it
   */
  public void advance(Stepper stepper, double[] u, int uAt) {
    int t = steps;
    if (t == room) {
      grow();
    }
    if (drawnActions) {
      System.arraycopy(u, uAt, us, t * nu, nu);
    }
    if (!stepper.step(xs, t * nx, u, uAt, xs, (t + 1) * nx)) {
      diverge();
      return;
    }
    if (!drawnActions) {
      System.arraycopy(stepper.applied(), 0, us, t * nu, nu);
    }
    costs[t] = stepper.cost();
    clipped += stepper.clipped() ? 1 : 0;
    actionCosts += stepper.actionCost(xs, t * nx);
    steps = t + 1;
    if (stepper.terminated(xs, steps * nx)) {
      end(Outcome.TERMINATED, stepper);
    } else if (steps == horizon) {
      end(Outcome.COMPLETED, stepper);
    }
  }

  private void end(Outcome how, Stepper stepper) {
    outcome = how;
    costs[steps] =
        stepper.terminalCost(xs, steps * nx)
            + stepper.missedSteps(horizon - steps, steps, actionCosts);
    if (!Double.isFinite(costs[steps])) {
      diverge();
    }
  }

  private void diverge() {
    outcome = Outcome.DIVERGED;
    costs[steps] = Double.POSITIVE_INFINITY;
  }

  private void grow() {
    room = Math.min(horizon, Math.max(FIRST_ROWS, 2 * room));
    xs = Arrays.copyOf(xs, (room + 1) * nx);
    us = Arrays.copyOf(us, room * nu);
    costs = Arrays.copyOf(costs, room + 1);
  }

  /** Sum of all costs in the order of time. */
  public double totalCost() {
    double total = 0;
    for (int t = 0; t <= steps; t++) {
      total += costs[t];
    }
    return total;
  }

  /** The bits that identify it; allocates. */
  public byte[] digest() {
    return TrajectoryDigest.of(steps, xs, nx, us, nu, costs);
  }
}
