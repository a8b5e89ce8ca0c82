package io.gaitway.server.episode;

import io.gaitway.server.catalog.Model;
import io.gaitway.server.wire.Finite;
import io.gaitway.sim.pause.Pause;
import io.gaitway.sim.task.Environment;

/**
 * Takes control steps of one environment, by the rules that hold wherever one is taken: an action
 * is moved to its bounds, the step is charged for, and a step has diverged if its action, its cost
 * or the state after it is not finite. Allocates nothing per step. Used by one thread at a time.
 */
public final class Stepper {
  private final Model model;
  private final Environment environment;
  private final Model.Scratch scratch;
  private final boolean chargesActions;
  private final Pause pause = Pause.ofThread();
  private final double[] none;

  private double cost;
  private boolean clipped;

  /**
   * Prepares.
   *
   * @param scratch of the model; {@link Model.Scratch#u} is modified by every step
   */
  public Stepper(Model model, Model.Scratch scratch) {
    this.model = model;
    this.scratch = scratch;
    environment = model.environment;
    chargesActions = model.spec.terminationChargesActions();
    none = new double[model.nu];
  }

  /**
   * Takes one control step.
   *
   * @param x the state, shape (nx) from {@code xAt} on; not modified
   * @param u the action, shape (nu) from {@code uAt} on; it may be out of bounds or not finite, and
   *     it may be {@link Model.Scratch#u} itself. Not modified otherwise
   * @param next receives the state after the step, shape (nx) from {@code nextAt} on; modified
   * @return whether the step succeeded; false when it diverged, and {@code next} is then
   *     unspecified
   */
  public boolean step(double[] x, int xAt, double[] u, int uAt, double[] next, int nextAt) {
    pause.point();
    if (!Finite.all(u, uAt, model.nu)) {
      clipped = false;
      cost = Double.NaN;
      return false;
    }
    clipped = model.clip(u, uAt, scratch.u);
    cost = environment.cost(scratch.workspace, x, xAt, scratch.u, 0);
    return Double.isFinite(cost)
        && environment.step(scratch.workspace, x, xAt, scratch.u, 0, next, nextAt)
        && Finite.all(next, nextAt, model.nx);
  }

  /** The running cost of the last step, not finite only if the step diverged. */
  public double cost() {
    return cost;
  }

  /**
   * Writes the terms of {@link #cost}, in the order of the spec's; to be called before {@link
   * #actionCost}.
   *
   * @param out shape (terms), from {@code outAt} on. Modified.
   */
  public void costTerms(double[] out, int outAt) {
    environment.costTerms(scratch.workspace, out, outAt);
  }

  /**
   * The reward of the last step, which has not diverged; 0 where the task has none of its own.
   *
   * @param x the state before the step, shape (nx) from {@code xAt} on; not modified
   * @param next the state after it, likewise
   */
  public double reward(double[] x, int xAt, double[] next, int nextAt) {
    return environment.reward(scratch.workspace, x, xAt, scratch.u, 0, next, nextAt);
  }

  /**
   * Writes the terms of {@link #reward}, in the order of the spec's.
   *
   * @param out shape (terms), from {@code outAt} on. Modified.
   */
  public void rewardTerms(double[] out, int outAt) {
    environment.rewardTerms(scratch.workspace, out, outAt);
  }

  /**
   * What the last step's action cost, c(x, u) − c(x, 0); 0 where the task does not charge it after
   * a failure.
   *
   * @param x the state before the step, shape (nx) from {@code xAt} on; not modified
   */
  public double actionCost(double[] x, int xAt) {
    return chargesActions ? cost - environment.cost(scratch.workspace, x, xAt, none, 0) : 0;
  }

  /** Whether an entry of the last step's action was moved to its bound. */
  public boolean clipped() {
    return clipped;
  }

  /** The last step's action as applied, shape (nu); valid until the next step. */
  double[] applied() {
    return scratch.u;
  }

  /** Whether the task's failure condition holds in a state. */
  public boolean terminated(double[] x, int xAt) {
    return environment.terminated(x, xAt);
  }

  /**
   * The charge for the steps that a failure left out.
   *
   * @param count how many were left out
   * @param steps how many were taken, at least 1
   * @param actionCosts sum of {@link #actionCost} over these
   */
  public double missedSteps(int count, int steps, double actionCosts) {
    return count * (model.spec.terminationCost() + actionCosts / steps);
  }

  /** The cost of an episode's last state. */
  double terminalCost(double[] x, int xAt) {
    return environment.terminalCost(scratch.workspace, x, xAt);
  }
}
