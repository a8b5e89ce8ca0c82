package io.gaitway.agents.reproduction;

import java.util.List;

/**
 * A complete run, measured after every iteration.
 *
 * @param group agent and task
 * @param settings name of the preset that the settings come from
 * @param seed the run's seed
 * @param ddp cost of the initial DDP solution
 * @param canFall whether the environment can end an episode early
 * @param steps the iterations, at least one, in order
 */
public record ComparedRun(
    ComparedGroup group,
    String settings,
    long seed,
    double ddp,
    boolean canFall,
    List<Step> steps) {

  /** Copies the list. */
  public ComparedRun {
    steps = List.copyOf(steps);
    if (steps.isEmpty()) {
      throw new IllegalArgumentException("steps is empty, but a run has at least one iteration");
    }
  }

  /** The last iteration. */
  public Step last() {
    return steps.get(steps.size() - 1);
  }

  /**
   * The iteration from which on every policy is a success, up to the end.
   *
   * @return index into the steps; their number if the last policy is not a success
   */
  public int successFrom(PolicyKind kind) {
    int from = steps.size();
    while (from > 0 && kind.succeeds(this, steps.get(from - 1))) {
      from--;
    }
    return from;
  }
}
