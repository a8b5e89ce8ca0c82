package io.gaitway.agents.guidance;

import io.gaitway.agents.api.Setting;

/**
 * Settings of the samples that q's feedback is to hold over, see {@link
 * io.gaitway.optim.trajopt.SampledFeedback}.
 */
public record SweepSettings(
    @Setting(
            value =
                "Disturbance of the torques under which q's feedback is to hold: its sweep averages"
                    + " over the states it leads to; 0 for the nominal alone",
            min = 0,
            unit = "N m")
        double sweepStd,
    @Setting(value = "States per control step that the sweep averages over", min = 1, max = 1000)
        int sweepSamples,
    @Setting(
            value =
                "Rounds of sampling and sweeping around the initial solution; one after that, from"
                    + " the gains that q has",
            min = 1,
            max = 100)
        int sweepRounds,
    @Setting(
            value = "Largest deviation of an angle among these states; larger ones are scaled down",
            above = 0,
            unit = "rad")
        double sweepAngle) {
  /** Whether the sweep averages over samples. */
  boolean sampled() {
    return sweepStd > 0;
  }
}
