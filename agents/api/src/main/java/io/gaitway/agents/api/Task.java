package io.gaitway.agents.api;

import io.gaitway.client.simulation.Simulator;
import io.gaitway.optim.policy.Architecture;
import java.util.List;

/**
 * What a learner is to do.
 *
 * @param simulator the environment
 * @param settings the agent's settings
 * @param parameters names of the environment's parameters that the policy sees before the state, in
 *     order
 * @param observation indices into the state that the policy sees, in order; at least one
 * @param architecture the network that is asked for
 * @param seed the only source of randomness: two learners with equal tasks give equal bits
 * @param iterations number of iterations that will be asked for, at least 1
 * @param horizon number of control steps T over which policies are evaluated
 * @param starts where the episodes start that one policy is to be trained for; at least one. Only
 *     agents that say so ({@link AnyAgent#manyStarts}) are given others than {@link Start#OWN}
 * @param <S> the settings' type
 */
public record Task<S>(
    Simulator simulator,
    S settings,
    List<String> parameters,
    List<Integer> observation,
    Architecture architecture,
    long seed,
    int iterations,
    int horizon,
    List<Start> starts) {
  /** Checks the sizes and copies the lists. */
  public Task {
    parameters = List.copyOf(parameters);
    observation = List.copyOf(observation);
    starts = List.copyOf(starts);
    if (starts.isEmpty()) {
      throw new IllegalArgumentException("starts is empty, but an episode starts somewhere");
    }
    if (observation.isEmpty()) {
      throw new IllegalArgumentException("observation is empty, but a policy sees something");
    }
    if (iterations < 1 || horizon < 1) {
      throw new IllegalArgumentException(
          "iterations and horizon must be at least 1, but are " + iterations + ", " + horizon);
    }
  }

  /** A task with one start, the environment's own, and a policy that sees the state alone. */
  public Task(
      Simulator simulator,
      S settings,
      List<Integer> observation,
      Architecture architecture,
      long seed,
      int iterations,
      int horizon) {
    this(
        simulator,
        settings,
        List.of(),
        observation,
        architecture,
        seed,
        iterations,
        horizon,
        List.of(Start.OWN));
  }

  /** The same task with its settings in another form. */
  <R> Task<R> withSettings(R other) {
    return new Task<>(
        simulator, other, parameters, observation, architecture, seed, iterations, horizon, starts);
  }
}
