package io.gaitway.optim.policy;

import io.gaitway.client.simulation.Controller;
import java.util.Map;

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
   * The mean action of a policy that reads the state alone; one that reads parameters has actions
   * {@link #at} their values only.
   *
   * @param x holds the state at {@code at}, nx entries; not modified
   * @param mu receives the action at {@code muAt}, nu entries; modified
   * @throws IllegalStateException if the policy reads parameters
   */
  void mean(double[] x, int at, double[] mu, int muAt);

  /** The policy as a controller that the simulator runs, noise included; it shares the arrays. */
  Controller.Mlp controller();

  /**
   * The policy when the parameters of the environment that it reads have these values for good: one
   * of the state alone, with the same bits.
   *
   * @param values of the parameters by name; those that it does not read are ignored
   * @throws IllegalArgumentException if one that it reads is missing or not finite
   */
  default Policy at(Map<String, Double> values) {
    return controller().parameters().isEmpty() ? this : new Network(nx(), controller().at(values));
  }
}
