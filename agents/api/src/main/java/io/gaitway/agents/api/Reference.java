package io.gaitway.agents.api;

import io.gaitway.client.simulation.Trajectory;
import java.util.ArrayList;
import java.util.List;

/**
 * The solution that learning starts from and is compared with: that of trajectory optimisation.
 *
 * @param trajectory states and actions over the task's horizon at least
 * @param cost cost of the trajectory over the task's horizon
 * @param others the solutions from the task's further starts, in order; each without others
 */
public record Reference(Trajectory trajectory, double cost, List<Reference> others) {
  /** Copies the list. */
  public Reference {
    others = List.copyOf(others);
  }

  /** The solution of a task with one start. */
  public Reference(Trajectory trajectory, double cost) {
    this(trajectory, cost, List.of());
  }

  /** This solution and the others: one for each of the task's starts, in order. */
  public List<Reference> all() {
    List<Reference> all = new ArrayList<>(others);
    all.add(0, this);
    return all;
  }
}
