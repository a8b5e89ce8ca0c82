package io.gaitway.agents.api;

import io.gaitway.client.simulation.Trajectory;

/**
 * The solution that learning starts from and is compared with: that of trajectory optimisation.
 *
 * @param trajectory states and actions over the task's horizon at least
 * @param cost cost of the trajectory over the task's horizon
 */
public record Reference(Trajectory trajectory, double cost) {}
