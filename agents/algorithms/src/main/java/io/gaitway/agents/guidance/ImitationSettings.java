package io.gaitway.agents.guidance;

import io.gaitway.agents.api.Setting;

/** Settings of the policy's supervised training on q, see {@link Imitation}. */
public record ImitationSettings(
    @Setting(value = "States per control step drawn from the marginals to train on", min = 1)
        int samples,
    @Setting(
            value = "Noisy rollouts of q, whose states are added as far as they stay in the tube",
            min = 0,
            max = 1000)
        int rollouts,
    @Setting(
            value =
                "Share of q's action covariance in the labels, and so in the policy's noise: 1 the"
                    + " distribution of q's actions, 0 their mean alone",
            min = 0,
            max = 1)
        double labelCovariance,
    @Setting(
            value =
                "Share of the fit's squared residual in the policy's noise: 1 maximum likelihood, 0 q's"
                    + " noise alone",
            min = 0,
            max = 1)
        double residualShare,
    @Setting(
            value = "Standard deviation that the policy's noise has at least, in quadrature",
            min = 0,
            unit = "N m")
        double minimumStd,
    @Setting(value = "Most Levenberg-Marquardt iterations of a fit", min = 1) int fitIterations,
    @Setting(value = "Random starts of the first fit", min = 1) int fitRestarts,
    @Setting(
            value = "Most iterations of the first fit, whose starts are compared after a quarter",
            min = 1)
        int firstFitIterations,
    @Setting(
            value =
                "Every so many iterations the fit also starts afresh, and the better one stays; 0 never",
            min = 0)
        int refitEvery,
    @Setting(value = "Weight decay of the policy in standardised units", min = 0)
        double weightDecay) {}
