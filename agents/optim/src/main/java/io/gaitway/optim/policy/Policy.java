package io.gaitway.optim.policy;

import io.gaitway.client.simulation.Controller;

/**
 * A policy: from a state to a normal distribution of actions, π(u | x) = N(μ(x), diag(σ²)), or to
 * the action μ(x) itself. {@link Network} is one of any architecture, {@link GaussianMlp} the one
 * that the fits of this package train, and {@link PolicyFile} what is stored of either.
 */
public interface Policy {

  /** Number of state entries. */
  int nx();

  /** Number of actions. */
  int nu();

  /**
   * The mean action.
   *
   * @param x holds the state at {@code at}, nx entries; not modified
   * @param mu receives the action at {@code muAt}, nu entries; modified
   */
  void mean(double[] x, int at, double[] mu, int muAt);

  /** The policy as a controller that the simulator runs, noise included; it shares the arrays. */
  Controller.Mlp controller();
}
