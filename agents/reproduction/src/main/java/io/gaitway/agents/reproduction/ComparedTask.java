package io.gaitway.agents.reproduction;

import io.gaitway.optim.policy.Architecture;

/**
 * What agents are compared on.
 *
 * @param environment catalog name
 * @param architecture the networks that are trained
 */
public record ComparedTask(String environment, Architecture architecture) {

  /** The task in a few words. */
  public String title() {
    return environment + ", " + architecture;
  }

  /** The task in one word or two, for tables. */
  public String shortTitle() {
    return environment + " h" + architecture.shortName();
  }
}
