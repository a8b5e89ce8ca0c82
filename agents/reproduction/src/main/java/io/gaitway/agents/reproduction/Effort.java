package io.gaitway.agents.reproduction;

/**
 * What a run has asked of the simulator so far.
 *
 * @param samples control steps simulated, in rollouts and sessions
 * @param derivatives control steps linearised
 */
public record Effort(long samples, long derivatives) {}
