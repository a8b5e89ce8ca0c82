package io.gaitway.client;

import java.util.Map;

/** A request that the server refused or that could not be carried out. */
public class GaitwayException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String code;
  private final String reason;
  private final transient Map<String, String> metadata;

  /**
   * Describes the fault.
   *
   * @param code canonical status code, such as {@code INVALID_ARGUMENT}
   * @param reason machine-readable reason from the server's ErrorInfo, or empty
   * @param message for people
   * @param metadata the dynamic values of the fault, by name
   */
  public GaitwayException(
      String code, String reason, String message, Map<String, String> metadata, Throwable cause) {
    super(message, cause);
    this.code = code;
    this.reason = reason;
    this.metadata = Map.copyOf(metadata);
  }

  /** Canonical status code, such as {@code INVALID_ARGUMENT}. */
  public String code() {
    return code;
  }

  /** Machine-readable reason, such as {@code TENSOR_SHAPE_MISMATCH}; empty if there is none. */
  public String reason() {
    return reason;
  }

  /** The dynamic values of the fault, by name. */
  public Map<String, String> metadata() {
    return metadata;
  }
}
