package io.gaitway.agents.run;

import io.gaitway.agents.api.Reference;
import io.gaitway.agents.measure.IterationMetrics;

/** Hears of a training run's progress. */
public interface TrainingListener {

  /**
   * The run goes on from a state.
   *
   * @param reference the solution that learning starts from
   * @param iteration iterations completed so far
   */
  void started(Reference reference, int iteration);

  /**
   * The learner has something to say while it works; may be called on any thread, and often.
   *
   * @param text one line
   */
  default void noted(String text) {}

  /** An iteration is complete and recorded. */
  void iterated(IterationMetrics metrics);
}
