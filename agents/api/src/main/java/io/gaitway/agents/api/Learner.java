package io.gaitway.agents.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gaitway.optim.policy.Policy;

/**
 * An agent at work on one task. Called from one thread: first {@link #start} or {@link #restore},
 * then {@link #iterate} with 1, 2, …. Measuring the policy is not the learner's business; it
 * happens after every iteration, in the same way for all agents.
 */
public interface Learner {

  /** Computes the reference solution that learning starts from and is compared with. */
  Reference start();

  /**
   * Runs one iteration.
   *
   * @param iteration its number, from 1
   */
  IterationReport iterate(int iteration);

  /**
   * The policy after the last iteration, with its noise; of any architecture, though the task asks
   * for one. Its arrays may be shared; callers do not write to them.
   */
  Policy policy();

  /**
   * The learner's whole state, such that a new learner of the same task that restores it continues
   * with the same bits. {@link ExactDoubles} keeps doubles exact.
   */
  ObjectNode save();

  /**
   * Takes the place of {@link #start}: continues where the learner that saved {@code state} was.
   *
   * @throws IllegalArgumentException if something is missing from the state or has another shape
   */
  void restore(ObjectNode state);
}
