package io.gaitway.agents.algorithms;

import io.gaitway.agents.run.Setting;

/**
 * Settings of {@link Vgps}; see {@code docs/vgps.md} for what they were measured to do.
 *
 * <ul>
 *   <li>Cost: κ, and β's exponential schedule ({@link #beta}). Horizon: padding.
 *   <li>Width of q: the initial state's deviation, the disturbance's linear schedule ({@link
 *       #inflation(int)}), the decay of the action covariance ({@link #covarianceFactor}).
 *   <li>M step: states from the marginals and from rollouts, the residual's share in the policy's
 *       noise and its least value, the fit's iterations, starts, refits and weight decay.
 *   <li>E step: states that −log π is averaged over, iLQR iterations.
 * </ul>
 */
public record VgpsSettings(
    @Setting(value = "Factor on the cost inside the algorithm (an inverse temperature)", above = 0)
        double kappa,
    @Setting(value = "Multiplier beta of the cost in the first iteration", above = 0)
        double betaStart,
    @Setting(value = "Multiplier beta of the cost from iteration beta_iterations on", above = 0)
        double betaEnd,
    @Setting(value = "Iterations over which beta changes exponentially", min = 1)
        int betaIterations,
    @Setting(
            value = "Control steps optimised beyond the horizon, so that no policy learns the end",
            min = 0,
            max = 10_000)
        int padding,
    @Setting(value = "States per control step drawn from the marginals for the M step", min = 1)
        int samples,
    @Setting(
            value =
                "Noisy rollouts of q, whose states join the M step's as far as they stay in the tube",
            min = 0,
            max = 1000)
        int rollouts,
    @Setting(
            value = "States per control step over which the E step averages -log pi; 0 for none",
            min = 0)
        int policySamples,
    @Setting(value = "Most iLQR iterations of an E step", min = 1) int innerIterations,
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
    @Setting(
            value = "The same disturbance from iteration inflation_iterations on",
            min = 0,
            unit = "N m")
        double inflationEnd,
    @Setting(value = "Iterations over which the disturbance changes linearly", min = 1)
        int inflationIterations,
    @Setting(
            value = "Factor on q's action covariance for every iteration after covariance_from",
            above = 0,
            max = 1)
        double covarianceDecay,
    @Setting(value = "Iteration after which q's action covariance is scaled down", min = 0)
        int covarianceFrom,
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
    @Setting(value = "Most Levenberg-Marquardt iterations of an M step", min = 1) int fitIterations,
    @Setting(value = "Random starts of the first M step", min = 1) int fitRestarts,
    @Setting(
            value =
                "Most iterations of the first M step, whose starts are compared after a quarter",
            min = 1)
        int firstFitIterations,
    @Setting(
            value =
                "Every so many iterations the M step also starts afresh, and the better fit stays; 0 never",
            min = 0)
        int refitEvery,
    @Setting(value = "Weight decay of the policy in standardised units", min = 0)
        double weightDecay) {
  /** The multiplier β of the cost in an iteration, counted from 1. */
  double beta(int iteration) {
    double progress = Math.min(1, (double) iteration / betaIterations);
    return betaStart * StrictMath.pow(betaEnd / betaStart, progress);
  }

  /** The disturbance of the torques that widens the marginals after an iteration, N m. */
  double inflation(int iteration) {
    double progress = Math.min(1, (double) iteration / inflationIterations);
    return inflation + progress * (inflationEnd - inflation);
  }

  /** The factor on Quu⁻¹ in q's action covariance after an iteration. */
  double covarianceFactor(int iteration) {
    return StrictMath.pow(covarianceDecay, Math.max(0, iteration - covarianceFrom));
  }
}
