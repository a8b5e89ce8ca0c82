package io.gaitway.agents.guidance;

import io.gaitway.agents.api.Setting;

/** Settings of what a run's result is, see {@link GuidedLearner}. */
public record SelectionSettings(
    @Setting(
            value =
                "Noisy rollouts that judge each policy, so that the best one so far is the result;"
                    + " 0 for none, and the last one",
            min = 0,
            max = 10_000)
        int validation) {}
