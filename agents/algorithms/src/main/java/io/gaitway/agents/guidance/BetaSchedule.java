package io.gaitway.agents.guidance;

import io.gaitway.agents.api.Setting;

/** The schedule of the cost's multiplier β, which anneals or sharpens the problem. */
public record BetaSchedule(
    @Setting(
            value = "Multiplier beta of the cost that the schedule starts from, before iteration 1",
            above = 0)
        double betaStart,
    @Setting(value = "Multiplier beta of the cost from iteration beta_iterations on", above = 0)
        double betaEnd,
    @Setting(value = "Iterations over which beta changes exponentially", min = 1)
        int betaIterations) {
  /** The multiplier β of the cost, so many iterations into its schedule. */
  public double beta(int iteration) {
    double progress = Math.min(1, (double) iteration / betaIterations);
    return betaStart * StrictMath.pow(betaEnd / betaStart, progress);
  }
}
