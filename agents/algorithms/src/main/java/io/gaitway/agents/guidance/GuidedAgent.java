package io.gaitway.agents.guidance;

import io.gaitway.agents.api.Agent;
import io.gaitway.agents.api.TrainableNetworks;

/**
 * An agent whose learners are {@link GuidedLearner}s: what these can train is what their fits can.
 *
 * @param <S> the agent's settings
 */
public interface GuidedAgent<S extends Record> extends Agent<S> {
  @Override
  default TrainableNetworks trainable() {
    return TrainableNetworks.ONE_SOFTPLUS_LAYER;
  }
}
