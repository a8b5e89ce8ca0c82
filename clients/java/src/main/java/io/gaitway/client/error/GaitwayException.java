package io.gaitway.client.error;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request that the server refused or that could not be carried out. Its message stands alone: it
 * can be shown to a person as it is. The subclasses tell apart the faults that a program can react
 * to; everything else (a defect of the server, say) is this class itself.
 */
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
   * @param cause what the fault was learnt from, for logs; null when found by the client itself
   */
  public GaitwayException(
      String code,
      String reason,
      String message,
      Map<String, String> metadata,
      @Nullable Throwable cause) {
    super(message, cause);
    this.code = code;
    this.reason = reason;
    this.metadata = Map.copyOf(metadata);
  }

  /** What went wrong and, where something can be done, what; for people. */
  @Override
  public String getMessage() {
    String message = super.getMessage();
    return message == null ? code : message;
  }

  /** Canonical status code, such as {@code INVALID_ARGUMENT}. */
  public String code() {
    return code;
  }

  /** Machine-readable reason, such as {@code TENSOR_SHAPE_MISMATCH}; empty if there is none. */
  public String reason() {
    return reason;
  }

  /** The dynamic values of the fault, by name; empty after deserialisation. */
  public Map<String, String> metadata() {
    return metadata == null ? Map.of() : metadata;
  }
}
