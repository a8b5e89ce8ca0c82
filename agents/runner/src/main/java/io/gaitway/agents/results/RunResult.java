package io.gaitway.agents.results;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a run came to.
 *
 * @param group method and task
 * @param settings name of the preset in force
 * @param seed the run's seed
 * @param state whether it is complete
 * @param ddp cost of the initial DDP solution; 0 where the run is not complete
 * @param steps the iterations of a complete run, at least one, in order; of another none
 * @param fault why it failed; null if it did not, or nobody says
 */
public record RunResult(
    Group group,
    String settings,
    long seed,
    State state,
    double ddp,
    List<Step> steps,
    @Nullable String fault) {

  /** How far it is. */
  public enum State {
    /** To its last iteration. */
    COMPLETE,
    /** It ended with an error. */
    FAILED,
    /** It has not begun, or not come to its end yet. */
    MISSING;

    /** The name in lower case. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Copies the list. */
  public RunResult {
    steps = List.copyOf(steps);
    if (steps.isEmpty() == (state == State.COMPLETE)) {
      throw new IllegalArgumentException(
          "a run that is %s has %d iterations".formatted(state, steps.size()));
    }
  }

  /** A complete run. */
  public static RunResult complete(
      Group group, String settings, long seed, double ddp, List<Step> steps) {
    return new RunResult(group, settings, seed, State.COMPLETE, ddp, steps, null);
  }

  /** A run that failed. */
  public static RunResult failed(Group group, String settings, long seed, @Nullable String fault) {
    return new RunResult(group, settings, seed, State.FAILED, 0, List.of(), fault);
  }

  /** A run that is not at its end. */
  public static RunResult missing(Group group, String settings, long seed) {
    return new RunResult(group, settings, seed, State.MISSING, 0, List.of(), null);
  }

  /** Whether it is complete. */
  public boolean isComplete() {
    return state == State.COMPLETE;
  }

  /** The last iteration of a complete run. */
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
    while (from > 0 && kind.succeeds(steps.get(from - 1))) {
      from--;
    }
    return from;
  }
}
