package io.gaitway.agents.reproduction;

/**
 * The policy after an iteration, measured.
 *
 * @param iteration from 1
 * @param stochastic mean cost with noise; +∞ if a rollout diverged
 * @param deterministic cost without noise; +∞ if it diverged
 * @param rollouts noisy rollouts, at least 1
 * @param falls noisy rollouts that the environment ended early
 * @param successes noisy rollouts that did what was asked
 * @param deterministicSuccess whether the rollout without noise did
 * @param effort of learning so far
 * @param seconds wall-clock time of the run so far, s
 */
public record Step(
    int iteration,
    double stochastic,
    double deterministic,
    int rollouts,
    int falls,
    int successes,
    boolean deterministicSuccess,
    Effort effort,
    double seconds) {}
