package io.gaitway.sim.task;

/** An environment parameter that does not exist or whose value is not allowed. */
public final class ParameterException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private final String parameter;
  private final String value;
  private final String allowed;

  /**
   * Describes the fault.
   *
   * @param parameter the name given
   * @param value the value given
   * @param allowed the range of values, or the names that exist
   */
  public ParameterException(String parameter, String value, String allowed) {
    super("parameter '" + parameter + "' = " + value + " is not allowed: " + allowed);
    this.parameter = parameter;
    this.value = value;
    this.allowed = allowed;
  }

  /** The name given. */
  public String parameter() {
    return parameter;
  }

  /** The value given. */
  public String value() {
    return value;
  }

  /** What would have been allowed. */
  public String allowed() {
    return allowed;
  }
}
