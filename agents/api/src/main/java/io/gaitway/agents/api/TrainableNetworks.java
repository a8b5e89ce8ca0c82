package io.gaitway.agents.api;

import io.gaitway.client.simulation.Controller.Activation;
import io.gaitway.optim.policy.Architecture;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * The networks that an agent can train.
 *
 * @param maxHiddenLayers most hidden layers; 0 for any number
 * @param activations activations of hidden layers; empty for all
 */
public record TrainableNetworks(int maxHiddenLayers, List<Activation> activations) {
  /** Whatever is asked for. */
  public static final TrainableNetworks ALL = new TrainableNetworks(0, List.of());

  /** What {@link io.gaitway.optim.policy.GaussianMlp} is. */
  public static final TrainableNetworks ONE_SOFTPLUS_LAYER =
      new TrainableNetworks(1, List.of(Activation.SOFTPLUS));

  /** Copies the list. */
  public TrainableNetworks {
    activations = List.copyOf(activations);
  }

  /**
   * Checks that an agent can train a network.
   *
   * @param agent the agent's name
   * @param architecture the network that is asked for
   * @throws SettingException if it cannot
   */
  public void require(String agent, Architecture architecture) {
    boolean tooDeep = maxHiddenLayers > 0 && architecture.hidden().size() > maxHiddenLayers;
    boolean unknown = !activations.isEmpty() && !activations.contains(architecture.activation());
    if (tooDeep || unknown) {
      throw new SettingException(
          "%s trains networks of %s only, not of %s".formatted(agent, this, architecture));
    }
  }

  /** For people: {@code one hidden layer (softplus)}. */
  @Override
  public String toString() {
    String layers =
        switch (maxHiddenLayers) {
          case 0 -> "any number of hidden layers";
          case 1 -> "one hidden layer";
          default -> "up to " + maxHiddenLayers + " hidden layers";
        };
    return activations.isEmpty()
        ? layers
        : activations.stream()
            .map(activation -> activation.name().toLowerCase(Locale.ROOT))
            .collect(Collectors.joining(" or ", layers + " (", ")"));
  }
}
