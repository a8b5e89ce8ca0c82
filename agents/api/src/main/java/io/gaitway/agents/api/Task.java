package io.gaitway.agents.api;

import io.gaitway.client.simulation.Simulator;
import io.gaitway.optim.policy.Architecture;
import java.util.List;

/**
 * What a learner is to do.
 *
 * @param simulator the environment
 * @param settings the agent's settings
 * @param observation indices into the state that the policy sees, in order; at least one
 * @param architecture the network that is asked for
 * @param seed the only source of randomness: two learners with equal tasks give equal bits
 * @param iterations number of iterations that will be asked for, at least 1
 * @param horizon number of control steps T over which policies are evaluated
 * @param <S> the settings' type
 */
public record Task<S>(
    Simulator simulator,
    S settings,
    List<Integer> observation,
    Architecture architecture,
    long seed,
    int iterations,
    int horizon) {
  /** Checks the sizes and copies the list. */
  public Task {
    observation = List.copyOf(observation);
    if (observation.isEmpty()) {
      throw new IllegalArgumentException("observation is empty, but a policy sees something");
    }
    if (iterations < 1 || horizon < 1) {
      throw new IllegalArgumentException(
          "iterations and horizon must be at least 1, but are " + iterations + ", " + horizon);
    }
  }

  /** The same task with its settings in another form. */
  <R> Task<R> withSettings(R other) {
    return new Task<>(simulator, other, observation, architecture, seed, iterations, horizon);
  }
}
