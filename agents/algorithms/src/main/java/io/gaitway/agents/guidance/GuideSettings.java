package io.gaitway.agents.guidance;

import io.gaitway.agents.api.Setting;

/** Settings of the distribution q around the initial DDP solution, see {@link Guide}. */
public record GuideSettings(
    @Setting(value = "Factor on the cost inside the algorithm (an inverse temperature)", above = 0)
        double kappa,
    @Setting(
            value = "Control steps optimised beyond the horizon, so that no policy learns the end",
            min = 0,
            max = 10_000)
        int padding,
    @Setting(
            value =
                "Standard deviation of the initial state's angles and velocities in the marginals",
            min = 0)
        double initialStd,
    @Setting(
            value =
                "Disturbance of the torques that widens the marginals but not the policy's noise",
            min = 0,
            unit = "N m")
        double inflation,
    SweepSettings sweep,
    DerivativeSettings derivatives,
    @Setting(value = "Most iLQR iterations from one solution to the next", min = 1)
        int innerIterations) {}
