package io.gaitway.agents.reproduction;

/**
 * Runs that differ in their seed only.
 *
 * @param preset preset as it was asked for; where that is the best one, {@link
 *     ComparedRun#settings} says which it is
 * @param agent name of the agent
 * @param task what it learns
 */
public record ComparedGroup(String preset, String agent, ComparedTask task) {}
