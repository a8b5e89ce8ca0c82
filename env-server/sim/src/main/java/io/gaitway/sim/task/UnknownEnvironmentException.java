package io.gaitway.sim.task;

import java.util.List;

/** An environment that the catalog does not have. */
public final class UnknownEnvironmentException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private final String id;
  private final String known;

  /** Describes the fault. */
  public UnknownEnvironmentException(String id, List<String> known) {
    super("there is no environment '" + id + "'; there are: " + String.join(", ", known));
    this.id = id;
    this.known = String.join(", ", known);
  }

  /** The name asked for. */
  public String id() {
    return id;
  }

  /** The names that exist, separated by commas. */
  public String known() {
    return known;
  }
}
