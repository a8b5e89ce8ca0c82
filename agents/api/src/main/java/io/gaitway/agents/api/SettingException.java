package io.gaitway.agents.api;

/**
 * A setting that does not exist or whose value is not allowed; the message names field and range.
 */
public final class SettingException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  /** Describes the fault for people, on one line. */
  public SettingException(String message) {
    super(message);
  }
}
