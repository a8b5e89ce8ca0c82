package io.gaitway.agents.reproduction;

import io.gaitway.optim.policy.Architecture;

/**
 * A task of the paper.
 *
 * @param environment catalog name
 * @param architecture the networks that are trained
 */
record PaperTask(String environment, Architecture architecture) {
  PaperTask(String environment, int hidden) {
    this(environment, Architecture.of(hidden));
  }

  /** The task in two words. */
  String shortTitle() {
    return environment + " h" + architecture.shortName();
  }
}
