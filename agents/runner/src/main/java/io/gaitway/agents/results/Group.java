package io.gaitway.agents.results;

/**
 * Runs that differ in their seed only.
 *
 * @param method how they learn
 * @param task what they learn
 */
public record Group(Method method, GroupTask task) {}
