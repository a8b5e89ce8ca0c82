package io.gaitway.agents.reproduction;

/**
 * What agents are compared on.
 *
 * @param environment catalog name
 * @param hidden hidden units of the policies
 */
public record ComparedTask(String environment, int hidden) {

  /** The task in a few words. */
  public String title() {
    return environment + ", " + hidden + " hidden units";
  }

  /** The task in one word or two, for tables. */
  public String shortTitle() {
    return environment + " h" + hidden;
  }
}
