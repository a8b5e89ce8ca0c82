package io.gaitway.client.agent;

import io.gaitway.client.GaitwayClient;
import io.gaitway.client.simulation.Controller;
import io.gaitway.client.simulation.EnvironmentInfo;
import java.util.List;
import java.util.Map;

/**
 * What an agent in a process of its own is to learn.
 *
 * @param environment catalog name of the environment
 * @param parameters values of its parameters, by name
 * @param modelDigest digest of its dynamics, see {@link EnvironmentInfo#modelDigest}
 * @param server address of the server that simulates it, see {@link GaitwayClient.Builder#target}
 * @param account account that the agent's calls to that server name, see {@link
 *     GaitwayClient.Builder#account}
 * @param observation state indices that the policy sees, in order
 * @param hidden units of each hidden layer of the network that is asked for, from the inputs on
 * @param activation what follows each of them
 * @param seed the only source of randomness
 * @param iterations number of iterations that will be asked for
 * @param horizon number of control steps T over which policies are measured
 * @param settings every setting's value as text, by name
 * @param checkpoint the state to continue from, as {@link AgentTraining#save} gave it; empty, from
 *     the start. The array is shared, not copied.
 */
public record AgentTask(
    String environment,
    Map<String, Double> parameters,
    String modelDigest,
    String server,
    String account,
    List<Integer> observation,
    List<Integer> hidden,
    Controller.Activation activation,
    long seed,
    int iterations,
    int horizon,
    Map<String, String> settings,
    byte[] checkpoint) {

  /** Copies the collections. */
  public AgentTask {
    parameters = Map.copyOf(parameters);
    observation = List.copyOf(observation);
    hidden = List.copyOf(hidden);
    settings = Map.copyOf(settings);
  }
}
