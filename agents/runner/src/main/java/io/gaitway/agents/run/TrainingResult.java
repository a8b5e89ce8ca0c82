package io.gaitway.agents.run;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.gaitway.client.simulation.Usage;
import io.gaitway.optim.policy.Architecture;
import org.jspecify.annotations.Nullable;

/**
 * How a run ended; one line of JSON on standard output.
 *
 * @param agent name of the agent
 * @param environment catalog name
 * @param architecture the network that was asked for; {@code hidden} in JSON
 * @param seed the run's seed
 * @param iterations iterations completed
 * @param ddpCost cost of the reference
 * @param deterministicCost cost of the policy without its noise; null if its simulation diverged
 * @param stochasticCost mean cost of the noisy rollouts; null if one of them diverged
 * @param seconds wall-clock time, s
 * @param usage what the learner had the simulator do
 */
public record TrainingResult(
    String agent,
    String environment,
    @JsonProperty("hidden") Architecture architecture,
    long seed,
    int iterations,
    double ddpCost,
    @Nullable Double deterministicCost,
    @Nullable Double stochasticCost,
    double seconds,
    Usage usage) {}
