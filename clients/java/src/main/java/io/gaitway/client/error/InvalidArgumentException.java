package io.gaitway.client.error;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A request with a wrong value in it; {@link #field()} says where. */
public final class InvalidArgumentException extends GaitwayException {
  private static final long serialVersionUID = 1L;

  private final String field;

  public InvalidArgumentException(
      String code,
      String reason,
      String message,
      Map<String, String> metadata,
      String field,
      @Nullable Throwable cause) {
    super(code, reason, message, metadata, cause);
    this.field = field;
  }

  /** Path of the field at fault within the request, such as {@code us.shape}; empty if unknown. */
  public String field() {
    return field;
  }
}
