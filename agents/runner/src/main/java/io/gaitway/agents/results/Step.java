package io.gaitway.agents.results;

import org.jspecify.annotations.Nullable;

/**
 * The policy after an iteration, measured.
 *
 * @param iteration from 1
 * @param stochastic mean cost with noise; +∞ if a rollout diverged
 * @param deterministic cost without noise; +∞ if it diverged
 * @param falls share of the noisy rollouts that the environment ended early; null where it cannot
 * @param successShare share of the noisy rollouts that did what was asked
 * @param stochasticSuccess whether the policy with its noise succeeds, see {@link Success}
 * @param deterministicSuccess whether the policy without it does
 * @param samples control steps simulated for learning so far
 * @param derivatives control steps linearised so far
 * @param seconds wall-clock time of the run so far, s
 */
public record Step(
    int iteration,
    double stochastic,
    double deterministic,
    @Nullable Double falls,
    double successShare,
    boolean stochasticSuccess,
    boolean deterministicSuccess,
    long samples,
    long derivatives,
    double seconds) {

  /** Whether the other says the same of the policy; what it took in time may differ. */
  public boolean agrees(Step other) {
    return withoutSeconds().equals(other.withoutSeconds());
  }

  private Step withoutSeconds() {
    return new Step(
        iteration,
        stochastic,
        deterministic,
        falls,
        successShare,
        stochasticSuccess,
        deterministicSuccess,
        samples,
        derivatives,
        0);
  }
}
