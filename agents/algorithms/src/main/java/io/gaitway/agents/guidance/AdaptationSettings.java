package io.gaitway.agents.guidance;

import io.gaitway.agents.api.Setting;

/** Settings of q's adaptation to the policy, see {@link Guide#adapt}. */
public record AdaptationSettings(
    BetaSchedule schedule,
    @Setting(
            value = "Disturbance of the torques from iteration inflation_iterations on",
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
    @Setting(value = "States per control step over which -log pi is averaged; 0 for none", min = 0)
        int policySamples) {
  /** The multiplier β of the cost, so many iterations into its schedule. */
  public double beta(int iteration) {
    return schedule.beta(iteration);
  }

  /**
   * The disturbance of the torques that widens the marginals, N m, so many iterations into its
   * schedule.
   *
   * @param start the disturbance at its beginning, N m
   */
  public double inflation(double start, int iteration) {
    double progress = Math.min(1, (double) iteration / inflationIterations);
    return start + progress * (inflationEnd - start);
  }

  /** The factor on Quu⁻¹ in q's action covariance after an iteration. */
  public double covarianceFactor(int iteration) {
    return StrictMath.pow(covarianceDecay, Math.max(0, iteration - covarianceFrom));
  }
}
